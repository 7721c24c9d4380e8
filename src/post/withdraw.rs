//! A deletion that can be taken back for some seconds. The post is gone for everybody at once; its rows and files go when
//! the time is over, by a job that outlives the process.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::post;
use crate::app::App;
use crate::auth::Viewer;
use crate::changes::{self, Act, WHOLE};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Posts};
use crate::jobs::{Failure, Kind, Task};
use crate::media;

/// For so long its author may bring a post back.
pub const BACK_WITHIN: Duration = Duration::from_secs(10);

/// Takes the files and rows of a deleted post away.
pub static ERASE: Kind<App> = Kind {
    name: "post.erase",
    at_once: 1,
    lease: Duration::from_secs(60),
    tries: 50,
    run: |app, task| Box::pin(erase(app, task)),
    given_up: None,
    describe: |_| "Taking away a deleted post's files".into(),
};

#[derive(Serialize, Deserialize)]
struct Withdrawn {
    post: Id<Posts>,
}

const WITHDRAW: &str = "
    update posts set withdrawn_at = $1 where id = $2 and author_id = $3 and withdrawn_at is null";

/// Deletes a post of the viewer's so that it can be brought back for a moment.
pub async fn withdraw(app: &App, viewer: &Viewer, id: Id<Posts>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let post = post::get(&mut tx, id).await?;
    post.require_author(viewer)?;
    let (seq, _) = changes::next(&mut tx, app.clock.now()).await?;
    let done = sqlx::query(WITHDRAW)
        .bind(app.clock.now())
        .bind(id)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    app.jobs
        .put_for(&mut tx, &ERASE, &Withdrawn { post: id }, BACK_WITHIN)
        .await?;
    changes::forget(&mut tx, id).await?;
    changes::record(&mut tx, &post.change(seq, WHOLE, Act::Gone)).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    tx.commit().await
}

const BRING_BACK: &str = "
    update posts set withdrawn_at = null
     where id = $1 and author_id = $2 and withdrawn_at > $3";

/// Brings back what its author deleted a moment ago.
pub async fn bring_back(app: &App, viewer: &Viewer, id: Id<Posts>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let (seq, now) = (
        changes::next(&mut tx, app.clock.now()).await?.0,
        app.clock.now(),
    );
    let back = sqlx::query(BRING_BACK)
        .bind(id)
        .bind(viewer.id)
        .bind(now - BACK_WITHIN.as_micros() as Micros)
        .execute(&mut *tx)
        .await?;
    if back.rows_affected() == 0 {
        return Err(Error::Conflict(
            "It is too late: the post was deleted for good.".into(),
        ));
    }
    let post = post::get(&mut tx, id).await?;
    changes::record(&mut tx, &post.change(seq, WHOLE, Act::Put)).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    tx.commit().await
}

/// Takes the post's row before it is decided: of this and of bringing it back one comes first.
const WITHDRAWN: &str = "
    update posts set withdrawn_at = withdrawn_at where id = $1 and withdrawn_at is not null
    returning withdrawn_at";

const DELETE: &str = "delete from posts where id = $1";

async fn erase(app: App, task: Task) -> Result<(), Failure> {
    let Withdrawn { post } = task.read()?;
    Ok(erase_one(&app, post).await?)
}

async fn erase_one(app: &App, post: Id<Posts>) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let withdrawn: Option<(Micros,)> = sqlx::query_as(WITHDRAWN)
        .bind(post)
        .fetch_optional(&mut *tx)
        .await?;
    // Brought back, or gone with its author.
    let Some((at,)) = withdrawn else {
        return Ok(());
    };
    let left = at + BACK_WITHIN.as_micros() as Micros - now;
    if left > 0 {
        // Too early: somebody was in a hurry, or the clock was set back.
        let left = Duration::from_micros(left as u64).min(BACK_WITHIN);
        app.jobs
            .put_for(&mut tx, &ERASE, &Withdrawn { post }, left)
            .await?;
        return tx.commit().await;
    }
    let keys = media::discard_post(&mut tx, post, now).await?;
    sqlx::query(DELETE).bind(post).execute(&mut *tx).await?;
    let media = app.media.clone();
    tx.after_commit(move || media.remove_files_soon(keys));
    tx.commit().await
}

const LEFT: &str = "select id from posts where withdrawn_at < $1 order by withdrawn_at limit 100";

/// Erases what was withdrawn long ago and has no job any more: an administrator took it out, or it failed for good.
pub async fn erase_left(app: &App) -> Result<()> {
    const LONG_AGO: Micros = 3_600 * 1_000_000;
    loop {
        let left: Vec<(Id<Posts>,)> = sqlx::query_as(LEFT)
            .bind(app.clock.now() - LONG_AGO)
            .fetch_all(app.db.read())
            .await?;
        if left.is_empty() {
            return Ok(());
        }
        for (post,) in left {
            erase_one(app, post).await?;
        }
    }
}
