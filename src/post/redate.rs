//! Posts that a clock which ran ahead has dated in the future, dated anew.

use super::{post, words};
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::changes::{self, Act, WHOLE};
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Posts};

const COUNT: &str = "select count(*) from posts where created_at > $1";

/// How many posts are dated after `now`.
pub async fn dated_ahead(app: &App, now: Micros) -> Result<i64> {
    let (count,) = sqlx::query_as(COUNT)
        .bind(now)
        .fetch_one(app.db.read())
        .await?;
    Ok(count)
}

const LAST_BEFORE: &str =
    "select cast(coalesce(max(created_at), 0) as bigint) from posts where created_at <= $1";

const AFTER: &str = "
    select id, created_at from posts
     where created_at > $1
     order by created_at, id";

/// Out of each other's way: no two posts have one instant.
const ASIDE: &str = "update posts set created_at = -created_at where created_at > $1";

const DATE: &str = "
    update posts
       set created_at = $1, card_seq = $2,
           edited_at = case when edited_at > $1 then $1 else edited_at end
     where id = $3";

/// Dates what is dated after now back, so that the newest is of now; the order of all posts stays. Open feeds follow.
pub async fn redate(app: &App, viewer: &Viewer) -> Result<()> {
    let mut tx = app
        .db
        .write_in_office(viewer, &app.clock, Done::to(Deed::DatesPutRight, ""))
        .await?;
    changes::hold(&mut tx).await?;
    let now = app.clock.now();
    let ahead: Vec<(Id<Posts>, Micros)> =
        sqlx::query_as(AFTER).bind(now).fetch_all(&mut *tx).await?;
    let (mut last,): (Micros,) = sqlx::query_as(LAST_BEFORE)
        .bind(now)
        .fetch_one(&mut *tx)
        .await?;
    for (id, _) in &ahead {
        words::forget(&mut tx, *id).await?;
    }
    sqlx::query(ASIDE).bind(now).execute(&mut *tx).await?;
    let by = ahead.last().map_or(0, |(_, newest)| newest - now);
    let mut newest = 0;
    for (id, at) in ahead {
        last = (at - by).max(last + 1);
        newest = date(&mut tx, id, last).await?;
        words::begin(&mut tx, id).await?;
    }
    changes::set_back(&mut tx, last.max(now)).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(newest));
    tx.commit().await
}

/// Dates one post, and writes that down; the number of that change.
async fn date(tx: &mut Tx, id: Id<Posts>, at: Micros) -> Result<i64> {
    let (seq, _) = changes::next(tx, at).await?;
    sqlx::query(DATE)
        .bind(at)
        .bind(seq)
        .bind(id)
        .execute(&mut **tx)
        .await?;
    if let Some(post) = post::find(tx, id).await? {
        changes::record(tx, &post.change(seq, WHOLE, Act::Put)).await?;
    }
    Ok(seq)
}
