//! The verb by which a post that waits is shown or kept back.

use crate::account;
use crate::app::{App, Desk};
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::changes;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::form::clean_text;
use crate::id::{Id, Posts};
use crate::post;

/// Words to an author have so many characters at most.
pub const MOST_WORDS: usize = 1_000;

/// What becomes of a post that waits.
pub struct Decision<'a> {
    pub post: Id<Posts>,
    pub is_shown: bool,
    /// To its author, where it is kept back; may be empty.
    pub words: &'a str,
}

/// Shows a post that waits, or keeps it back; of two who decide the second hears that it is done.
pub async fn decide(app: &App, viewer: &Viewer, decision: Decision<'_>) -> Result<()> {
    let words = clean_text(decision.words).map_err(|e| Error::Unprocessable(e.into()))?;
    if words.chars().count() > MOST_WORDS {
        return Err(Error::Unprocessable(format!(
            "Words to an author have {MOST_WORDS} characters at most."
        )));
    }
    let id = decision.post.to_string();
    let deed = match decision.is_shown {
        true => Deed::PostShown,
        false => Deed::PostKeptBack,
    };
    let done = Done::to(deed, &id);
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    changes::hold(&mut tx).await?;
    let post = post::one_that_waits(&mut tx, decision.post).await?;
    if post.author_id == viewer.id {
        return Err(Error::Forbidden("Nobody judges what is their own."));
    }
    match decision.is_shown {
        true => post::release(app, &mut tx, post.id).await?,
        false => post::keep_back(app, &mut tx, &post, (viewer.id, words.trim())).await?,
    }
    account::judged(&mut tx, post.author_id, decision.is_shown).await?;
    if post::posts_waiting(&mut tx).await? == 0 {
        (app.herald.is_clear)(app, &mut tx, Desk::Post).await?;
    }
    tx.commit().await
}

/// How much waits; 100 for more.
pub async fn count(db: &Db) -> Result<i64> {
    let mut connection = db.read().acquire().await?;
    post::posts_waiting(&mut connection).await
}
