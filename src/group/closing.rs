//! The end of a group: decided by who looks after it, and undone for a day. Then its members fall out of it, so that what
//! they posted is seen by themselves alone, and after a month it is forgotten.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::entry::go;
use super::manage::manage;
use crate::app::App;
use crate::audit::Deed;
use crate::auth::Viewer;
use crate::changes;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Groups, Id, Users};
use crate::jobs::{Failure, Kind, Task};
use crate::notice;
use crate::post;

/// For so long it can be undone.
pub const UNDONE_WITHIN: Duration = Duration::from_secs(86_400);

/// Lets the members of a group fall out of it.
pub static CLOSE: Kind<App> = Kind {
    name: "group.close",
    at_once: 1,
    lease: Duration::from_secs(60),
    tries: 50,
    run: |app, task| Box::pin(close_whole(app, task)),
    given_up: None,
    describe: |_| "Closing a group".into(),
};

#[derive(Serialize, Deserialize)]
struct Closing {
    group: Id<Groups>,
    /// The instant that was decided on: another one is another decision.
    at: Micros,
}

const DECIDE: &str = "update groups set closes_at = $2 where id = $1";

/// Lets a group end in a day.
pub async fn close(app: &App, viewer: &Viewer, slug: &str) -> Result<()> {
    let (mut tx, group) = manage(app, viewer, (slug, Deed::GroupClosed)).await?;
    if group.closes_at.is_some() {
        return Ok(());
    }
    let at = app.clock.now() + UNDONE_WITHIN.as_micros() as Micros;
    sqlx::query(DECIDE)
        .bind(group.id)
        .bind(at)
        .execute(&mut *tx)
        .await?;
    let closing = Closing {
        group: group.id,
        at,
    };
    app.jobs
        .put_for(&mut tx, &CLOSE, &closing, UNDONE_WITHIN)
        .await?;
    tx.commit().await
}

const KEEP: &str = "update groups set closes_at = null where id = $1";

/// Lets a group go on that was to end.
pub async fn keep_open(app: &App, viewer: &Viewer, slug: &str) -> Result<()> {
    let (mut tx, group) = manage(app, viewer, (slug, Deed::GroupChanged)).await?;
    sqlx::query(KEEP).bind(group.id).execute(&mut *tx).await?;
    tx.commit().await
}

const END: &str = "
    update groups set closed_at = $2 where id = $1 and closes_at = $3 and closes_at <= $2 and closed_at is null";

const ENDED: &str = "select id from groups where id = $1 and closed_at is not null";

const SOME: &str = "select user_id from group_members where group_id = $1 limit $2";

const UNASK: &str = "
    delete from group_requests where group_id = $1 and user_id in (
        select r.user_id from group_requests r where r.group_id = $1 limit $2)";

/// People at a time.
const PIECE: i64 = 50;
/// Whoever waits to write comes in between.
const BETWEEN: Duration = Duration::from_millis(25);

async fn close_whole(app: App, task: Task) -> Result<(), Failure> {
    let closing: Closing = task.read()?;
    if !end(&app, &closing).await? {
        // Somebody has decided otherwise.
        return Ok(());
    }
    while empty_some(&app, closing.group).await? {
        task.renew(0).await?;
        tokio::time::sleep(BETWEEN).await;
    }
    Ok(())
}

/// Nobody finds the group any more; false where it goes on.
async fn end(app: &App, closing: &Closing) -> Result<bool> {
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    sqlx::query(END)
        .bind(closing.group)
        .bind(app.clock.now())
        .bind(closing.at)
        .execute(&mut *tx)
        .await?;
    let ended: Option<(Id<Groups>,)> = sqlx::query_as(ENDED)
        .bind(closing.group)
        .fetch_optional(&mut *tx)
        .await?;
    if ended.is_some() {
        post::redraw_group(app, &mut tx, closing.group).await?;
    }
    tx.commit().await?;
    Ok(ended.is_some())
}

/// Takes some out of it; false when nothing is left.
async fn empty_some(app: &App, group: Id<Groups>) -> Result<bool> {
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    let some: Vec<(Id<Users>,)> = sqlx::query_as(SOME)
        .bind(group)
        .bind(PIECE)
        .fetch_all(&mut *tx)
        .await?;
    for (member,) in &some {
        go(app, &mut tx, (group, *member)).await?;
    }
    let asked = sqlx::query(UNASK)
        .bind(group)
        .bind(PIECE)
        .execute(&mut *tx)
        .await?;
    let told = notice::forget_ended_group(&mut tx, group, PIECE).await?;
    tx.commit().await?;
    Ok(!some.is_empty() || asked.rows_affected() > 0 || told)
}

/// A group that has ended is forgotten after so long.
const KEPT: Micros = 30 * 86_400 * 1_000_000;

const OLD: &str = "
    select id from groups g
     where closed_at < $1 and not exists (select 1 from group_members m where m.group_id = g.id)
       and not exists (select 1 from group_requests r where r.group_id = g.id)
     order by closed_at limit 100";

const FORGET: [&str; 2] = [
    "delete from freed_slugs where group_id = $1",
    "delete from groups where id = $1",
];

const OLD_SLUGS: &str = "
    delete from freed_slugs where slug in (select f.slug from freed_slugs f where f.until < $1 limit 500)";

// One that nobody was left in ended without the job; and a job may be taken out.
const LEFT: &str = "
    select g.id from groups g
     where g.closed_at is not null
       and (exists (select 1 from group_requests r where r.group_id = g.id)
            or exists (select 1 from group_members m where m.group_id = g.id))
     limit 100";

const OVERDUE: &str = "
    select id, closes_at from groups where closed_at is null and closes_at < $1 limit 100";

/// Goes on with groups whose job is no more: an administrator took it out, or had it tried too early.
async fn close_overdue(app: &App) -> Result<()> {
    let overdue: Vec<(Id<Groups>, Micros)> = sqlx::query_as(OVERDUE)
        .bind(app.clock.now())
        .fetch_all(app.db.read())
        .await?;
    for (group, at) in overdue {
        let closing = Closing { group, at };
        let payload =
            serde_json::to_string(&closing).map_err(|e| Error::Internal(e.to_string()))?;
        if !app.jobs.is_under_way(&CLOSE, &payload).await? {
            let mut tx = app.db.write().await?;
            app.jobs.put(&mut tx, &CLOSE, &closing).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Forgets groups that ended long ago, and where others were.
pub async fn forget_old(app: &App) -> Result<()> {
    close_overdue(app).await?;
    let left: Vec<(Id<Groups>,)> = sqlx::query_as(LEFT).fetch_all(app.db.read()).await?;
    for (group,) in left {
        while empty_some(app, group).await? {}
    }
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    sqlx::query(OLD_SLUGS).bind(now).execute(&mut *tx).await?;
    let old: Vec<(Id<Groups>,)> = sqlx::query_as(OLD)
        .bind(now - KEPT)
        .fetch_all(&mut *tx)
        .await?;
    for (group,) in old {
        for query in FORGET {
            sqlx::query(query).bind(group).execute(&mut *tx).await?;
        }
    }
    tx.commit().await
}
