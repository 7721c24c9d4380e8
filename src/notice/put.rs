//! The one door for notices: whoever does something to another lets them know here, in the transaction that does it.

use super::kind::Kind;
use super::outbox;
use crate::app::{App, Mentioned};
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Comments, Groups, Id, Posts, Users};
use crate::post;

/// Something that a member is to know.
pub struct New<'a> {
    pub kind: Kind,
    pub to: Id<Users>,
    /// Who did it.
    pub by: Id<Users>,
    /// What happens again to the same is one notice.
    pub subject: &'a str,
    pub post: Option<Id<Posts>>,
    pub comment: Option<Id<Comments>>,
    /// Where it is about a group itself.
    pub group: Option<Id<Groups>>,
}

// Nobody hears of themselves, of whom they keep away from (but in an office), or of what they do not want to hear of, be it
// of a kind or in a group.
const PUT: &str = "
    insert into notices (id, user_id, kind, post_id, comment_id, actor_id, at, group_id)
    select $1, u.id, $3, $4, $5, $6, $7, $8
      from users u
     where u.id = $2 and (u.id <> $6 or $3 in ('group-owner', 'house', 'answered', 'looked')) and u.hidden_at is null
       and ($3 in ('asks', 'waits', 'reports', 'group-asks', 'group-waits') or not exists (select 1 from ties t where t.user_id = $2 and t.other_id = $6))
       and not exists (select 1 from notice_choices o where o.user_id = $2 and o.kind = $3 and o.shown = 0)
       and ($3 <> 'mention' or not exists (select 1 from group_members m join posts p on p.meant = m.group_id
                                            where p.id = $4 and m.user_id = $2 and m.level = 'none'))
    on conflict (id)
    do update set post_id = excluded.post_id, comment_id = excluded.comment_id, actor_id = excluded.actor_id,
                  at = excluded.at";

fn id_of(kind: Kind, subject: &str, to: Id<Users>) -> String {
    format!("{}:{subject}:{to}", kind.name())
}

/// Lets a member know, once `tx` is committed.
pub async fn put(app: &App, tx: &mut Tx, new: New<'_>) -> Result<()> {
    let now = app.clock.now();
    let done = sqlx::query(PUT)
        .bind(id_of(new.kind, new.subject, new.to))
        .bind(new.to)
        .bind(new.kind.name())
        .bind(new.post)
        .bind(new.comment.map(|id| id.to_string()).unwrap_or_default())
        .bind(new.by)
        .bind(now)
        .bind(new.group)
        .execute(&mut **tx)
        .await?;
    if done.rows_affected() > 0 {
        outbox::stir(tx, new.kind, now).await?;
        let (hub, to) = (app.hub.clone(), new.to);
        tx.after_commit(move || hub.ring(to));
    }
    Ok(())
}

/// Somebody is named in a post or a comment, and hears of it where they may see that.
pub async fn mentioned(app: &App, tx: &mut Tx, named: Mentioned) -> Result<()> {
    if !post::see(tx, Some(named.who), named.post).await? {
        return Ok(());
    }
    let subject = match named.comment {
        Some(comment) => comment.to_string(),
        None => named.post.to_string(),
    };
    let new = New {
        kind: Kind::Mention,
        to: named.who,
        by: named.by,
        subject: &subject,
        post: Some(named.post),
        comment: named.comment,
        group: None,
    };
    put(app, tx, new).await
}

const TAKE_BACK: &str = "delete from notices where id = $1";

/// What a member was told.
pub struct Told<'a> {
    pub kind: Kind,
    pub to: Id<Users>,
    pub subject: &'a str,
}

/// Takes back what is so no more.
pub async fn take_back(app: &App, tx: &mut Tx, told: Told<'_>) -> Result<()> {
    let Told { kind, to, subject } = told;
    let gone = sqlx::query(TAKE_BACK)
        .bind(id_of(kind, subject, to))
        .execute(&mut **tx)
        .await?;
    if gone.rows_affected() > 0 {
        let hub = app.hub.clone();
        tx.after_commit(move || hub.ring(to));
    }
    Ok(())
}

const OF_COMMENT: &str = "delete from notices where comment_id = $1";

/// Takes back what was told of a comment that is gone.
pub async fn forget_comment(tx: &mut Tx, comment: Id<Comments>) -> Result<()> {
    sqlx::query(OF_COMMENT)
        .bind(comment)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const LIKES: &str = "
    insert into notices (id, user_id, kind, post_id, comment_id, actor_id, at)
    select 'like:' || c.post_id || ':' || p.author_id, p.author_id, 'like', c.post_id, '', c.liker_id, $2
      from post_counts c
      join posts p on p.id = c.post_id
      join users u on u.id = p.author_id
     where c.seq = $1 and c.liked = 1 and c.liker_id is not null and c.liker_id <> p.author_id
       and u.hidden_at is null and p.audience <> 'gone'
       and not exists (select 1 from ties t where t.user_id = p.author_id and t.other_id = c.liker_id)
       and not exists (select 1 from notice_choices o
                        where o.user_id = p.author_id and o.kind = 'like' and o.shown = 0)
    on conflict (id) do update set actor_id = excluded.actor_id, at = excluded.at
    returning user_id";

const TOLD: &str = "update post_counts set liked = 0 where seq = $1 and liked = 1";

/// Lets authors know of likes, whose counts have just been given out under that number; whom to ring.
pub async fn of_likes(tx: &mut Tx, seq: i64, now: Micros) -> Result<Vec<Id<Users>>> {
    let told: Vec<(Id<Users>,)> = sqlx::query_as(LIKES)
        .bind(seq)
        .bind(now)
        .fetch_all(&mut **tx)
        .await?;
    if !told.is_empty() {
        outbox::stir(tx, Kind::Like, now).await?;
    }
    sqlx::query(TOLD).bind(seq).execute(&mut **tx).await?;
    Ok(told.into_iter().map(|(user,)| user).collect())
}
