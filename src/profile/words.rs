//! Words that a member does not want to meet.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::Viewer;
use crate::circle;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::terms::{self, terms};

/// So many at most.
const MOST: i64 = 100;

/// A word that is muted
#[derive(Serialize, ToSchema, sqlx::FromRow)]
pub struct Word {
    /// As it is looked for; names it in addresses.
    #[schema(example = "spoiler")]
    pub term: String,
    /// As it was typed.
    #[schema(example = "Spoiler")]
    pub text: String,
}

const LIST: &str = "select term, text from muted_words where user_id = $1 order by term limit 100";

/// The words that the viewer has muted.
pub async fn list(app: &App, viewer: &Viewer) -> Result<Vec<Word>> {
    let words = sqlx::query_as(LIST).bind(viewer.id);
    Ok(words.fetch_all(app.db.read()).await?)
}

/// One word, or a tag with its sign, as it is looked for.
fn read(text: &str) -> Result<String> {
    let text = text.trim();
    let one = match text.strip_prefix('#') {
        Some(tag) => terms::tag(tag).map(|tag| format!("#{tag}")),
        None => match &terms(text)[..] {
            [only] => Some(only.clone()),
            _ => None,
        },
    };
    one.ok_or(Error::Unprocessable(
        "Type one word, or a tag with its #.".into(),
    ))
}

const COUNT: &str = "select count(*) from muted_words where user_id = $1";

const MUTE: &str = "
    insert into muted_words (user_id, term, text) values ($1, $2, $3) on conflict (user_id, term) do nothing";

const UNMUTE: &str = "delete from muted_words where user_id = $1 and term = $2";

/// From now on the viewer meets a word no more.
pub async fn mute(app: &App, viewer: &Viewer, text: &str) -> Result<()> {
    let term = read(text)?;
    let mut tx = app.db.write_in_turn_as(viewer, &app.clock).await?;
    let (count,): (i64,) = sqlx::query_as(COUNT)
        .bind(viewer.id)
        .fetch_one(&mut *tx)
        .await?;
    if count >= MOST {
        return Err(Error::Unprocessable(format!(
            "You have muted {MOST} words already. Take one out first."
        )));
    }
    let done = sqlx::query(MUTE)
        .bind(viewer.id)
        .bind(term)
        .bind(text.trim().chars().take(60).collect::<String>())
        .execute(&mut *tx)
        .await?;
    tell(app, tx, viewer, done.rows_affected() > 0).await
}

/// From now on they meet it again.
pub async fn unmute(app: &App, viewer: &Viewer, term: &str) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let done = sqlx::query(UNMUTE)
        .bind(viewer.id)
        .bind(term)
        .execute(&mut *tx)
        .await?;
    tell(app, tx, viewer, done.rows_affected() > 0).await
}

async fn tell(app: &App, mut tx: Tx, viewer: &Viewer, changed: bool) -> Result<()> {
    if !changed {
        return Ok(());
    }
    let seq = circle::changed(&mut tx, viewer.id, app.clock.now()).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    tx.commit().await
}

const FORGET: &str = "delete from muted_words where user_id = $1";

/// Forgets what a member had muted, who is gone.
pub async fn forget(tx: &mut Tx, user: crate::id::Id<crate::id::Users>) -> Result<()> {
    sqlx::query(FORGET).bind(user).execute(&mut **tx).await?;
    Ok(())
}
