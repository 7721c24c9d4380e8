//! The counter under every change. Its row's lock is held until the commit, so whoever sees number
//! 11 sees number 10 as well; a PostgreSQL sequence would not promise that.

use crate::clock::Micros;
use crate::db::{Db, Tx};
use crate::error::Result;

const NEXT: &str = "
    update feed_clock
       set seq = seq + 1,
           last_at = case when $1 > last_at then $1 else last_at + 1 end
     where id = 1
    returning seq, last_at";

const EPOCH: &str = "select epoch, seq from feed_clock where id = 1";

const COUNTER: &str = "select seq, forgotten from feed_clock where id = 1";

const FORGET: &str = "
    update feed_clock
       set forgotten = (select coalesce(max(seq), forgotten) from tombstones where deleted_at < $1)
     where id = 1";

const SWEEP: &str = "delete from tombstones where deleted_at < $1";

/// The number of the change that `tx` makes, and its instant: never before the last one, so that the
/// feed's order is commit order.
pub async fn next(tx: &mut Tx, now: Micros) -> Result<(i64, Micros)> {
    Ok(sqlx::query_as(NEXT).bind(now).fetch_one(&mut **tx).await?)
}

const HOLD: &str = "update feed_clock set seq = seq where id = 1";

/// Takes the counter's row for this transaction, before any other: what comes after it is done by one at a
/// time.
pub async fn hold(tx: &mut Tx) -> Result<()> {
    sqlx::query(HOLD).execute(&mut **tx).await?;
    Ok(())
}

const SKIP: &str = "
    update feed_clock
       set seq = seq + $2,
           last_at = case when $1 > last_at then $1 else last_at + 1 end
     where id = 1
    returning seq, last_at";

/// The numbers of `count` changes that `tx` makes at once: the last of them, and their instant.
pub async fn next_many(tx: &mut Tx, now: Micros, count: i64) -> Result<(i64, Micros)> {
    Ok(sqlx::query_as(SKIP)
        .bind(now)
        .bind(count)
        .fetch_one(&mut **tx)
        .await?)
}

/// The text that is new whenever numbers start over, and the newest number.
pub async fn read_epoch(db: &Db) -> Result<(String, i64)> {
    Ok(sqlx::query_as(EPOCH).fetch_one(db.read()).await?)
}

/// The newest number, and the one up to which changes may have been forgotten.
pub(super) async fn counter(db: &Db) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(COUNTER).fetch_one(db.read()).await?)
}

/// Forgets what was deleted before `at`. Who was away for longer gets a reset.
pub async fn forget_before(db: &Db, at: Micros) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(FORGET).bind(at).execute(&mut *tx).await?;
    sqlx::query(SWEEP).bind(at).execute(&mut *tx).await?;
    tx.commit().await
}
