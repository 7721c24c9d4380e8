//! Bells: whoever wants to hear of each post of somebody they follow. A job tells them, in pieces, because they may be
//! many.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::outbox;
use crate::app::{App, Posted};
use crate::changes;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Posts, Users};
use crate::jobs::{Failure, Kind, Task};

/// Tells those who have rung the bell of a post's author.
pub static RING: Kind<App> = Kind {
    name: "notice.ring",
    at_once: 1,
    lease: Duration::from_secs(60),
    tries: 5,
    run: |app, task| Box::pin(ring(app, task)),
    given_up: None,
    describe: |_| "Telling who wants to hear of a new post".into(),
};

#[derive(Serialize, Deserialize)]
struct Rung {
    post: Id<Posts>,
}

const ANY: &str = "select follower_id from follows where author_id = $1 and bell = 1 limit 1";

/// Somebody has posted: whoever wants to hear of it is told once `tx` is committed.
pub async fn posted(app: &App, tx: &mut Tx, post: Posted) -> Result<()> {
    let any = sqlx::query(ANY)
        .bind(post.author)
        .fetch_optional(&mut **tx)
        .await?;
    match any {
        Some(_) => app.jobs.put(tx, &RING, &Rung { post: post.id }).await,
        None => Ok(()),
    }
}

const PIECE: &str = "
    select f.follower_id from follows f where f.author_id = $1 and f.bell = 1 and f.follower_id > $2
     order by f.follower_id limit 1 offset 499";

// Only to whom the post is shown; of one author there is one notice, of the newest post.
const TELL: &str = "
    insert into notices (id, user_id, kind, post_id, comment_id, actor_id, at)
    select 'post:' || p.author_id || ':' || f.follower_id, f.follower_id, 'post', p.id, '', p.author_id, $4
      from posts p
      join follows f on f.author_id = p.author_id and f.bell = 1 and f.follower_id > $2 and f.follower_id <= $3
      join users u on u.id = f.follower_id
     where p.id = $1 and u.hidden_at is null
       and (p.audience in ('', 'followers')
            or exists (select 1 from audience_members a where a.user_id = f.follower_id and a.audience = p.audience))
       and not exists (select 1 from ties t where t.user_id = f.follower_id and t.other_id = p.author_id)
       and not exists (select 1 from notice_choices o
                        where o.user_id = f.follower_id and o.kind = 'post' and o.shown = 0)
    on conflict (id) do update set post_id = excluded.post_id, at = excluded.at
    returning user_id";

const AUTHOR: &str = "select author_id from posts where id = $1";

async fn ring(app: App, task: Task) -> Result<(), Failure> {
    let Rung { post } = task.read()?;
    let mut after = String::new();
    while let Some(last) = tell(&app, post, &after).await? {
        after = last;
        task.renew(0).await?;
    }
    Ok(())
}

/// Tells 500 of those who come after that member; the last of them, where there may be more.
async fn tell(app: &App, post: Id<Posts>, after: &str) -> Result<Option<String>> {
    let mut tx = app.db.write().await?;
    // First, as whoever tells several members does: nobody waits for the other.
    changes::hold(&mut tx).await?;
    let author: Option<(Id<Users>,)> = sqlx::query_as(AUTHOR)
        .bind(post)
        .fetch_optional(&mut *tx)
        .await?;
    let Some((author,)) = author else {
        return Ok(None);
    };
    let last: Option<(String,)> = sqlx::query_as(PIECE)
        .bind(author)
        .bind(after)
        .fetch_optional(&mut *tx)
        .await?;
    let last = last.map(|(last,)| last);
    let now = app.clock.now();
    let told: Vec<(Id<Users>,)> = sqlx::query_as(TELL)
        .bind(post)
        .bind(after)
        .bind(last.as_deref().unwrap_or("\u{10ffff}"))
        .bind(now)
        .fetch_all(&mut *tx)
        .await?;
    outbox::stir(&mut tx, super::Kind::Post, now).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || told.into_iter().for_each(|(user,)| hub.ring(user)));
    tx.commit().await?;
    Ok(last)
}
