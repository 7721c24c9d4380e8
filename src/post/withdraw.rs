//! The end of a post. For everybody it is gone at once; its author may bring it back for some seconds. What hangs in it is
//! taken away by a job that outlives the process, piece by piece, because that may be much.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::held::Held;
use super::mentions;
use super::post::{self, Post};
use super::visible::settle;
use super::{drafts_end, guests, waiting, words};
use crate::app::App;
use crate::auth::Viewer;
use crate::changes::{self, Act, WHOLE};
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};
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

/// Deletes a post of the viewer's so that it can be brought back for a moment.
pub async fn withdraw(app: &App, viewer: &Viewer, id: Id<Posts>) -> Result<()> {
    let mut tx = app.db.write_in_turn_as(viewer, &app.clock).await?;
    let post = post::get(&mut tx, (id, viewer)).await?;
    post.require_author(viewer)?;
    withhold(app, &mut tx, &post, ("deleted", BACK_WITHIN)).await?;
    tx.commit().await
}

/// Deletes a post for good: its files now, what hangs in it right after. One that waits for its videos never goes out.
pub async fn remove(app: &App, viewer: &Viewer, id: Id<Posts>) -> Result<()> {
    if let Some(draft) = waiting::draft_of(app, viewer, id).await? {
        return drafts_end::discard(app, viewer, &draft).await;
    }
    let mut tx = app.db.write_in_turn_as(viewer, &app.clock).await?;
    let post = post::get(&mut tx, (id, viewer)).await?;
    post.require_author(viewer)?;
    withhold(app, &mut tx, &post, ("erased", Duration::ZERO)).await?;
    discard(app, &mut tx, id).await?;
    tx.commit().await
}

const WITHHOLD: &str = "
    insert into withheld (post_id, why, by_id, at) values ($1, $2, $3, $4)
    on conflict (post_id, why) do nothing";

/// Withholds a post from everybody, tells open pages, and lets it be erased after a while.
async fn withhold(
    app: &App,
    tx: &mut Tx,
    post: &Post,
    (why, erased_after): (&str, Duration),
) -> Result<()> {
    let done = sqlx::query(WITHHOLD)
        .bind(post.id)
        .bind(why)
        .bind(post.author_id)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    settle(tx, post.id).await?;
    if post.held != Held::No {
        (app.herald.waits_less)(app, tx, post.meant.group()).await?;
    }
    let erased = Withdrawn { post: post.id };
    app.jobs.put_for(tx, &ERASE, &erased, erased_after).await?;
    let (seq, _) = changes::next(tx, app.clock.now()).await?;
    changes::forget(tx, post.id).await?;
    changes::record(tx, &post.change(seq, WHOLE, Act::Gone)).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}

const RETURN: &str = "
    delete from withheld
     where post_id = $1 and why = 'deleted' and by_id = $2 and at > $3";

/// Brings back what its author deleted a moment ago.
pub async fn bring_back(app: &App, viewer: &Viewer, id: Id<Posts>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let (seq, now) = (
        changes::next(&mut tx, app.clock.now()).await?.0,
        app.clock.now(),
    );
    let back = sqlx::query(RETURN)
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
    settle(&mut tx, id).await?;
    let post = post::get(&mut tx, (id, viewer)).await?;
    changes::record(&mut tx, &post.change(seq, WHOLE, Act::Put)).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    tx.commit().await
}

/// Has a post erased that nobody sees any more.
pub(super) async fn erase_now(app: &App, tx: &mut Tx, post: Id<Posts>) -> Result<()> {
    app.jobs.put(tx, &ERASE, &Withdrawn { post }).await
}

async fn erase(app: App, task: Task) -> Result<(), Failure> {
    let Withdrawn { post } = task.read()?;
    while !erase_some(&app, post, MOST_AT_ONCE).await? {
        task.renew(0).await?;
    }
    Ok(())
}

/// Rows that are taken away in one transaction.
const MOST_AT_ONCE: i64 = 100;

/// Takes the row before it is decided: of this and of bringing it back one comes first. What a measure erases that can still be
/// taken back is no matter of this.
const WITHDRAWN: &str = "
    update withheld set at = at
     where post_id = $1 and (why = 'deleted' or (why = 'erased' and case_id is null))
    returning why, at";

/// Takes a piece of a deleted post away; true when nothing is left of it.
async fn erase_some(app: &App, post: Id<Posts>, count: i64) -> Result<bool> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    let why: Vec<(String, Micros)> = sqlx::query_as(WITHDRAWN)
        .bind(post)
        .fetch_all(&mut *tx)
        .await?;
    // Brought back, or gone with its author.
    let Some((_, at)) = why.iter().min_by_key(|(why, _)| why != "erased") else {
        return Ok(true);
    };
    let is_final = why.iter().any(|(why, _)| why == "erased");
    let left = at + BACK_WITHIN.as_micros() as Micros - now;
    if !is_final && left > 0 {
        // Too early: somebody was in a hurry, or the clock was set back.
        let left = Duration::from_micros(left as u64).min(BACK_WITHIN);
        app.jobs
            .put_for(&mut tx, &ERASE, &Withdrawn { post }, left)
            .await?;
        tx.commit().await?;
        return Ok(true);
    }
    let done = take_some(app, &mut tx, post, count).await?;
    tx.commit().await?;
    Ok(done)
}

const UNHOLD: &str = "delete from withheld where post_id = $1";

const DELETE: &str = "delete from posts where id = $1";

/// Takes so many rows of a post that nobody sees away, the post itself at last; true when it is gone.
async fn take_some(app: &App, tx: &mut Tx, post: Id<Posts>, count: i64) -> Result<bool> {
    for leaving in app.leavings {
        if (leaving.take)(tx, post, count).await? {
            return Ok(false);
        }
    }
    words::forget(tx, post).await?;
    mentions::forget_post(tx, post).await?;
    guests::forget_post(tx, post).await?;
    discard(app, tx, post).await?;
    for query in [UNHOLD, DELETE] {
        sqlx::query(query).bind(post).execute(&mut **tx).await?;
    }
    Ok(true)
}

/// Discards a post's files.
async fn discard(app: &App, tx: &mut Tx, post: Id<Posts>) -> Result<()> {
    let keys = media::discard_post(tx, post, app.clock.now()).await?;
    if !keys.is_empty() {
        let media = app.media.clone();
        tx.after_commit(move || media.remove_files_soon(keys));
    }
    Ok(())
}

const SOME: &str = "
    select id from posts where author_id = $1 order by created_at limit $2";

/// Takes so many rows of a member's posts away, who is gone; false when there were none. No page shows any of them since
/// it was told that their author is gone.
pub async fn take_away(app: &App, author: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    let some: Vec<(Id<Posts>,)> = sqlx::query_as(SOME)
        .bind(author)
        .bind(count)
        .fetch_all(&mut *tx)
        .await?;
    if some.is_empty() {
        drafts_end::take_away(&mut tx, author).await?;
        tx.commit().await?;
        return Ok(false);
    }
    for (id,) in some {
        changes::forget(&mut tx, id).await?;
        if !take_some(app, &mut tx, id, count).await? {
            break;
        }
    }
    tx.commit().await?;
    Ok(true)
}

const LEFT: &str = "
    select post_id from withheld
     where (why = 'deleted' or (why = 'erased' and case_id is null)) and at < $1 order by at limit 100";

/// Erases what was deleted long ago and has no job any more: an administrator took it out, or it failed for good.
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
            while !erase_some(app, post, MOST_AT_ONCE).await? {}
        }
    }
}
