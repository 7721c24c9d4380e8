//! The change log under the live feed: one row a thing and part of it, with the number of its last change.
//!
//! Every change takes the next number of one counter. The counter's row is locked until the commit, so whoever sees
//! number 11 sees number 10 as well; a PostgreSQL sequence would not promise that. A newer change of the same part
//! replaces the older, so the log says what is now and never what was. This file alone reads and writes `changes`
//! and `feed_clock`.

use sqlx::FromRow;

use crate::clock::Micros;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::id::{Id, Posts, Users};

/// What is not asked of an open page any more: it would load the feed anew.
const KEPT: i64 = 50_000;

/// What became of a part of a thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// It is there, wherever it belongs.
    Put,
    /// It says something else, where it is shown.
    Fill,
    /// It is nowhere any more.
    Gone,
}

impl Act {
    const ALL: [(Act, &str); 3] = [(Act::Put, "put"), (Act::Fill, "fill"), (Act::Gone, "gone")];

    fn as_str(self) -> &'static str {
        let (_, name) = Act::ALL
            .into_iter()
            .find(|(act, _)| *act == self)
            .expect("all are listed");
        name
    }
}

impl TryFrom<String> for Act {
    type Error = std::io::Error;

    fn try_from(text: String) -> Result<Act, Self::Error> {
        let known = Act::ALL.into_iter().find(|(_, name)| *name == text);
        known
            .map(|(act, _)| act)
            .ok_or_else(|| std::io::Error::other(format!("no such act: {text}")))
    }
}

/// Whom a change is about and who may hear of it.
#[derive(Clone, PartialEq, Eq, Debug, FromRow)]
pub struct About {
    #[sqlx(rename = "author_id")]
    pub author: Id<Users>,
    /// `''` is everybody here.
    pub audience: String,
}

/// One row of the log.
#[derive(Clone, Debug, FromRow)]
pub struct Change {
    pub seq: i64,
    /// The id of a post or of a member.
    pub subject: String,
    /// Names the drawer that knows how to show it.
    pub part: String,
    #[sqlx(try_from = "String")]
    pub act: Act,
    /// The post that it belongs to, with which it is forgotten.
    #[sqlx(rename = "post_id")]
    pub post: Option<Id<Posts>>,
    #[sqlx(flatten)]
    pub about: About,
}

impl Change {
    /// What became of a part of a post.
    pub fn of_post(seq: i64, post: Id<Posts>, about: About, (part, act): (&str, Act)) -> Change {
        Change {
            seq,
            subject: post.to_string(),
            part: part.to_owned(),
            act,
            post: Some(post),
            about,
        }
    }
}

/// The part of a post that stands for all of it: when it is put, its other parts come with it.
pub const WHOLE: &str = "card";

/// The part that stands for a post where it is for other readers than before: it goes from those who see it no more.
pub const LEFT: &str = "left";

/// The part of a post that only its own page shows: what is said to it.
pub const TALK: &str = "talk";

/// SQL: the number of the newest change, to be read with something else.
macro_rules! newest {
    () => {
        "(select seq from feed_clock where id = 1)"
    };
}
pub(crate) use newest;

/// Where the counter stands.
pub struct Counter {
    /// New whenever numbers start over.
    pub epoch: String,
    pub seq: i64,
    /// Changes up to this number may have been forgotten.
    pub forgotten: i64,
}

const START: &str = "
    insert into feed_clock (id, installation, epoch, seq, last_at, forgotten)
    values (1, $1, $2, 0, 0, 0)
    on conflict (id) do nothing";

/// Makes the counter of a new database; of any other nothing.
pub async fn start(db: &Db) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(START)
        .bind(crate::id::random_text(26))
        .bind(crate::id::random_text(12))
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

const INSTALLATION: &str = "select installation from feed_clock where id = 1";

/// The text that names this installation for ever.
pub async fn installation(db: &Db) -> Result<String> {
    let (text,): (String,) = sqlx::query_as(INSTALLATION).fetch_one(db.read()).await?;
    Ok(text)
}

const COUNTER: &str = "select epoch, seq, forgotten from feed_clock where id = 1";

pub async fn counter(db: &Db) -> Result<Counter> {
    let (epoch, seq, forgotten) = sqlx::query_as(COUNTER).fetch_one(db.read()).await?;
    Ok(Counter {
        epoch,
        seq,
        forgotten,
    })
}

const NEXT: &str = "
    update feed_clock
       set seq = seq + 1,
           last_at = case when $1 > last_at then $1 else last_at + 1 end
     where id = 1
    returning seq, last_at";

/// The number of the change that `tx` makes, and its instant: never before the last one, so that the
/// feed's order is commit order.
pub async fn next(tx: &mut Tx, now: Micros) -> Result<(i64, Micros)> {
    Ok(sqlx::query_as(NEXT).bind(now).fetch_one(&mut **tx).await?)
}

/// The newest post may be dated so far ahead of the clock: nodes differ a little.
const AHEAD: Micros = 60 * 1_000_000;

const LAST_AT: &str = "select last_at from feed_clock where id = 1";

/// How far the newest instant given out lies ahead of `now`, when that is more than a minute: a clock ran ahead then,
/// and until `now` gets there everything is dated after it.
pub async fn ahead(db: &Db, now: Micros) -> Result<Option<Micros>> {
    let (last,): (Micros,) = sqlx::query_as(LAST_AT).fetch_one(db.read()).await?;
    Ok((last - now > AHEAD).then_some(last - now))
}

const SET_BACK: &str = "update feed_clock set last_at = $1 where id = 1";

/// Gives out instants from `now` on again; the caller has dated everything before it, in this transaction.
pub async fn set_back(tx: &mut Tx, now: Micros) -> Result<()> {
    sqlx::query(SET_BACK).bind(now).execute(&mut **tx).await?;
    Ok(())
}

const HOLD: &str = "update feed_clock set seq = seq where id = 1";

/// Takes the counter's row for this transaction, before any other: what comes after it is done by one at a
/// time.
pub async fn hold(tx: &mut Tx) -> Result<()> {
    sqlx::query(HOLD).execute(&mut **tx).await?;
    Ok(())
}

const RECORD: &str = "
    insert into changes (seq, subject, part, act, post_id, author_id, audience)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (subject, part)
    do update set seq = excluded.seq, act = excluded.act, post_id = excluded.post_id,
                  author_id = excluded.author_id, audience = excluded.audience";

/// Writes a change down, in the transaction that took its number and makes it.
pub async fn record(tx: &mut Tx, change: &Change) -> Result<()> {
    sqlx::query(RECORD)
        .bind(change.seq)
        .bind(&change.subject)
        .bind(&change.part)
        .bind(change.act.as_str())
        .bind(change.post)
        .bind(change.about.author)
        .bind(&change.about.audience)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const FORGET: &str = "delete from changes where post_id = $1 and part <> 'left'";

/// The log speaks no more of anything in this post, but to those who saw it before it was for others.
pub async fn forget(tx: &mut Tx, post: Id<Posts>) -> Result<()> {
    sqlx::query(FORGET).bind(post).execute(&mut **tx).await?;
    Ok(())
}

/// At most so many rows are looked at for one reader.
pub const MOST_LOOKED_AT: usize = 2_000;

const BETWEEN: &str = "
    select seq, subject, part, act, post_id, author_id, audience
      from changes
     where seq > $1 and seq <= $2
     order by seq
     limit 2001";

/// What changed after one number up to another, in order; nothing when that is more than [`MOST_LOOKED_AT`].
pub async fn between(db: &Db, after: i64, upto: i64) -> Result<Option<Vec<Change>>> {
    let rows: Vec<Change> = sqlx::query_as(BETWEEN)
        .bind(after)
        .bind(upto)
        .fetch_all(db.read())
        .await?;
    Ok((rows.len() <= MOST_LOOKED_AT).then_some(rows))
}

const OLDEST: &str = "
    select seq from (select seq from changes where seq <= $1 order by seq limit 1000) piece
     order by seq desc limit 1";

const PRUNE: &str = "delete from changes where seq <= $1";

const RAISE: &str = "update feed_clock set forgotten = $1 where id = 1 and forgotten < $1";

/// Forgets all but the last 50,000 numbers, in pieces. Who was away for longer gets a reset.
pub async fn prune(db: &Db) -> Result<()> {
    let bound = counter(db).await?.seq - KEPT;
    loop {
        let mut tx = db.write().await?;
        let piece: Option<(i64,)> = sqlx::query_as(OLDEST)
            .bind(bound)
            .fetch_optional(&mut *tx)
            .await?;
        let Some((upto,)) = piece else {
            return Ok(());
        };
        sqlx::query(RAISE).bind(upto).execute(&mut *tx).await?;
        sqlx::query(PRUNE).bind(upto).execute(&mut *tx).await?;
        tx.commit().await?;
    }
}
