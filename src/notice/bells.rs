//! Bells: whoever wants to hear of each post of somebody they follow, or of all that is posted in a group. A job tells
//! them, in pieces, because they may be many.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::outbox;
use crate::app::{App, Posted};
use crate::changes;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};
use crate::jobs::{Failure, Kind, Task};

/// Tells those who have rung the bell of a post's author, and those who hear of all in its group.
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

const ANY: &str = "
    select 1 as one from follows where author_id = $1 and bell = 1
    union all
    select 1 from group_members where group_id = $2 and level = 'all'
    limit 1";

/// Somebody has posted: whoever wants to hear of it is told once `tx` is committed.
pub async fn posted(app: &App, tx: &mut Tx, post: Posted) -> Result<()> {
    let group = post.group.map(|group| group.to_string());
    let any = sqlx::query(ANY)
        .bind(post.author)
        .bind(group.unwrap_or_default())
        .fetch_optional(&mut **tx)
        .await?;
    match any {
        Some(_) => app.jobs.put(tx, &RING, &Rung { post: post.id }).await,
        None => Ok(()),
    }
}

/// Queries about those who listen to a member, or a group, in pieces of 500.
struct Listeners {
    /// The last of a piece of those who listen to `$1` and come after `$2`, where there are more.
    piece: &'static str,
    /// Tells those who listen to `$5`, come after `$2` and not after `$3`, of the post `$1`.
    tell: &'static str,
}

macro_rules! listeners {
    ($listeners:literal, $member:literal, $of:literal, $listens:literal) => {
        Listeners {
            piece: concat!(
                "select l.", $member, " from ", $listeners, " l where l.", $of, " = $1 and l.", $listens,
                " and l.", $member, " > $2 order by l.", $member, " limit 1 offset 499"
            ),
            // Only to whom the post is shown; of one author there is one notice, of the newest post.
            tell: concat!(
                "insert into notices (id, user_id, kind, post_id, comment_id, actor_id, at)
    select 'post:' || p.author_id || ':' || u.id, u.id, 'post', p.id, '', p.author_id, $4
      from posts p
      join ", $listeners, " l on l.", $of, " = $5 and l.", $listens, " and l.", $member, " > $2 and l.", $member, " <= $3
      join users u on u.id = l.", $member, "
     where p.id = $1 and u.id <> p.author_id and u.hidden_at is null
       and (p.audience in ('', 'followers')
            or exists (select 1 from group_members a
                        where a.user_id = u.id and a.group_id = p.audience and a.level <> 'none'))
       and not exists (select 1 from ties t where t.user_id = u.id and t.other_id = p.author_id)
       and not exists (select 1 from notice_choices o
                        where o.user_id = u.id and o.kind = 'post' and o.shown = 0)
    on conflict (id) do update set post_id = excluded.post_id, at = excluded.at
    returning user_id"
            ),
        }
    };
}

static OF_AUTHOR: Listeners = listeners!("follows", "follower_id", "author_id", "bell = 1");

static OF_GROUP: Listeners = listeners!("group_members", "user_id", "group_id", "level = 'all'");

const POST: &str = "select author_id, audience from posts where id = $1";

async fn ring(app: App, task: Task) -> Result<(), Failure> {
    let Rung { post } = task.read()?;
    let found: Option<(String, String)> = sqlx::query_as(POST)
        .bind(post)
        .fetch_optional(app.db.read())
        .await
        .map_err(Error::from)?;
    let Some((author, audience)) = found else {
        return Ok(());
    };
    for (listeners, of) in [(&OF_AUTHOR, author), (&OF_GROUP, audience)] {
        let mut after = String::new();
        while let Some(last) = tell(&app, post, (listeners, &of), &after).await? {
            after = last;
            task.renew(0).await?;
        }
    }
    Ok(())
}

/// Tells 500 of those who come after that member; the last of them, where there may be more.
async fn tell(
    app: &App,
    post: Id<Posts>,
    (listeners, of): (&Listeners, &str),
    after: &str,
) -> Result<Option<String>> {
    let mut tx = app.db.write().await?;
    // First, as whoever tells several members does: nobody waits for the other.
    changes::hold(&mut tx).await?;
    let last: Option<(String,)> = sqlx::query_as(listeners.piece)
        .bind(of)
        .bind(after)
        .fetch_optional(&mut *tx)
        .await?;
    let last = last.map(|(last,)| last);
    let now = app.clock.now();
    let told: Vec<(Id<Users>,)> = sqlx::query_as(listeners.tell)
        .bind(post)
        .bind(after)
        .bind(last.as_deref().unwrap_or("\u{10ffff}"))
        .bind(now)
        .bind(of)
        .fetch_all(&mut *tx)
        .await?;
    outbox::stir(&mut tx, super::Kind::Post, now).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || told.into_iter().for_each(|(user,)| hub.ring(user)));
    tx.commit().await?;
    Ok(last)
}
