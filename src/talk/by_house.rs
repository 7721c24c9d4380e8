//! What those who look after the place do to a comment: its words are taken out of it and lie with them, so that no list, search
//! or letter can show them, and are put back exactly.

use super::comment::{self, Comment};
use super::comments::{note_named, take, tell};
use super::words;
use crate::app::App;
use crate::changes::{self, Act};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Comments, Id};
use crate::post;

const HIDE: &str = "
    update comments set body = '', hidden_at = $2 where id = $1 and hidden_at is null and author_id is not null";

/// Takes a comment out of sight; its words, which the caller keeps. `tx` holds the feed's counter.
pub async fn hide(app: &App, tx: &mut Tx, id: Id<Comments>) -> Result<String> {
    let found = comment::find(tx, id).await?.ok_or(Error::NotFound)?;
    let now = app.clock.now();
    let (seq, _) = changes::next(tx, now).await?;
    let hidden = sqlx::query(HIDE)
        .bind(id)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    if hidden.rows_affected() == 0 {
        return Err(Error::Conflict("It is out of sight already.".into()));
    }
    words::forget(tx, &found).await?;
    post::forget_named(tx, (found.post_id, found.id)).await?;
    tell(app, tx, (&found, seq), Act::Put).await?;
    Ok(found.body)
}

const SHOW: &str = "
    update comments set body = $2, hidden_at = null where id = $1 and hidden_at is not null and author_id is not null";

/// Puts the words of a hidden comment back; nothing where it is no more.
pub async fn show(app: &App, tx: &mut Tx, id: Id<Comments>, body: &str) -> Result<()> {
    let (seq, _) = changes::next(tx, app.clock.now()).await?;
    let shown = sqlx::query(SHOW)
        .bind(id)
        .bind(body)
        .execute(&mut **tx)
        .await?;
    if shown.rows_affected() == 0 {
        return Ok(());
    }
    let Some(back) = comment::find(tx, id).await? else {
        return Ok(());
    };
    words::begin(tx, &back).await?;
    note_named(app, tx, &back).await?;
    tell(app, tx, (&back, seq), Act::Put).await
}

/// Takes a hidden comment away for good.
pub async fn erase_hidden(app: &App, tx: &mut Tx, id: Id<Comments>) -> Result<()> {
    let found: Option<Comment> = comment::find(tx, id).await?;
    match found.filter(|found| found.hidden_at.is_some()) {
        Some(found) => take(app, tx, &found).await,
        None => Ok(()),
    }
}
