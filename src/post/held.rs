//! Why others do not see a post, and how one waits until somebody has looked at it.

use super::visible::settle;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};

/// Why others do not see a post, as its author is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Held {
    No,
    /// Nobody has looked at it yet.
    Waits,
    /// Who looked at it keeps it back, and says why, in words that may be empty.
    KeptBack(String),
}

/// SQL: why the post `p` is held; empty for most.
macro_rules! held {
    () => {
        "case when p.audience <> 'none' then ''
                else coalesce((select w.why || ':' || w.words from withheld w
                                where w.post_id = p.id and w.why in ('review', 'house') order by w.why limit 1), '') end as held"
    };
}
pub(super) use held;

impl TryFrom<String> for Held {
    type Error = std::io::Error;

    fn try_from(text: String) -> std::result::Result<Held, Self::Error> {
        Ok(match text.split_once(':') {
            Some(("house", words)) => Held::KeptBack(words.to_owned()),
            Some(_) => Held::Waits,
            None => Held::No,
        })
    }
}

/// So many posts of a member wait at most.
const MOST_WAITING: i64 = 20;

const COUNT_OF: &str = "
    select cast(count(*) as bigint) from withheld w join posts p on p.id = w.post_id
     where w.why = 'review' and p.author_id = $1";

const WAIT: &str = "insert into withheld (post_id, why, by_id, at) values ($1, 'review', $2, $3)";

/// A post that was just written waits until somebody has looked at it.
pub(super) async fn wait(
    tx: &mut Tx,
    (id, author): (Id<Posts>, Id<Users>),
    at: Micros,
) -> Result<()> {
    let (waiting,): (i64,) = sqlx::query_as(COUNT_OF)
        .bind(author)
        .fetch_one(&mut **tx)
        .await?;
    if waiting >= MOST_WAITING {
        return Err(Error::Conflict(format!(
            "{MOST_WAITING} of your posts wait to be looked at. Post this one when somebody has."
        )));
    }
    sqlx::query(WAIT)
        .bind(id)
        .bind(author)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    settle(tx, id).await?;
    Ok(())
}

const ASK_AGAIN: &str = "
    update withheld set why = 'review', words = '', at = $2
     where post_id = $1 and why = 'house' and case_id is null";

const DRAW_ANEW: &str = "update posts set card_seq = $1 where id = $2";

/// What was kept back and is changed now is looked at once more; whether it was.
pub(super) async fn ask_again(
    tx: &mut Tx,
    id: Id<Posts>,
    (seq, at): (i64, Micros),
) -> Result<bool> {
    let asked = sqlx::query(ASK_AGAIN)
        .bind(id)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    if asked.rows_affected() == 0 {
        return Ok(false);
    }
    draw_anew(tx, id, seq).await?;
    Ok(true)
}

/// The card is another one from this change on.
pub(super) async fn draw_anew(tx: &mut Tx, id: Id<Posts>, seq: i64) -> Result<()> {
    sqlx::query(DRAW_ANEW)
        .bind(seq)
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
