//! Videos that are not ready yet: their states in the table.

use sqlx::AnyConnection;

use super::films::Converted;
use super::item::{Item, columns};
use crate::clock::Micros;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::id::{Id, Media as MediaTable, Users};

const FIND: &str = concat!("select ", columns!(), " from media where id = $1");

pub async fn find_by_id(db: &Db, id: Id<MediaTable>) -> Result<Option<Item>> {
    Ok(sqlx::query_as(FIND)
        .bind(id)
        .fetch_optional(db.read())
        .await?)
}

const UNREADY_OF: &str = "
    select cast(count(*) as bigint) from media where owner_id = $1 and state in ('waiting', 'converting')";

/// How many videos of a member are not ready.
pub async fn unready_of(connection: &mut AnyConnection, owner: Id<Users>) -> Result<i64> {
    let (count,) = sqlx::query_as(UNREADY_OF)
        .bind(owner)
        .fetch_one(connection)
        .await?;
    Ok(count)
}

const IS_UNREADY: &str = "
    select id from media
     where id = $1 and owner_id = $2 and post_id is null and state <> 'ready'";

/// Whether one of these, staged by `owner`, is not ready.
pub async fn some_unready(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    items: &[Id<MediaTable>],
) -> Result<bool> {
    for id in items {
        let unready: Option<(Id<MediaTable>,)> = sqlx::query_as(IS_UNREADY)
            .bind(id)
            .bind(owner)
            .fetch_optional(&mut *connection)
            .await?;
        if unready.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

const UNREADY: &str = "
    select id from media where state in ('waiting', 'converting') order by created_at, id limit 1000";

/// The oldest of all that are not ready.
pub async fn unready(db: &Db) -> Result<Vec<Id<MediaTable>>> {
    let rows: Vec<(Id<MediaTable>,)> = sqlx::query_as(UNREADY).fetch_all(db.read()).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

const CONVERTING: &str = "
    update media set state = 'converting', progress = 0, reason = '', started_at = $2
     where id = $1 and state <> 'ready'";

pub async fn is_converting(db: &Db, id: Id<MediaTable>, at: Micros) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(CONVERTING)
        .bind(id)
        .bind(at)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

const PROGRESS: &str = "update media set progress = $2 where id = $1";

/// False when the item is gone.
pub async fn note_progress(db: &Db, id: Id<MediaTable>, percent: i64) -> Result<bool> {
    let mut tx = db.write().await?;
    let noted = sqlx::query(PROGRESS)
        .bind(id)
        .bind(percent)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(noted.rows_affected() == 1)
}

const CONVERTED: &str = "
    update media
       set state = 'ready', progress = 100, reason = '', width = $2, height = $3, duration_ms = $4, bytes = $5,
           sound = $6, small = $7, source = $8, stored = $9
     where id = $1";

/// False when the item is gone.
pub async fn is_converted(tx: &mut Tx, id: Id<MediaTable>, made: &Converted) -> Result<bool> {
    let noted = sqlx::query(CONVERTED)
        .bind(id)
        .bind(i64::from(made.width))
        .bind(i64::from(made.height))
        .bind(made.duration_ms as i64)
        .bind(made.bytes as i64)
        .bind(i64::from(made.sound))
        .bind(i64::from(made.small))
        .bind(made.source.map(|format| format.extension()))
        .bind(made.stored as i64)
        .execute(&mut **tx)
        .await?;
    Ok(noted.rows_affected() == 1)
}

const FAILED: &str = "
    update media set state = 'failed', reason = $2 where id = $1 and state in ('waiting', 'converting')";

/// Says why it will not be ready; the first reason stands.
pub async fn has_failed(db: &Db, id: Id<MediaTable>, reason: &str) -> Result<()> {
    let mut tx = db.write().await?;
    sqlx::query(FAILED)
        .bind(id)
        .bind(reason)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

const AGAIN: &str = "
    update media set state = 'waiting', progress = 0, reason = ''
     where id = $1 and owner_id = $2 and state = 'failed'";

/// A failed one of its owner waits again; false when there is none.
pub async fn waits_again(tx: &mut Tx, owner: Id<Users>, id: Id<MediaTable>) -> Result<bool> {
    let noted = sqlx::query(AGAIN)
        .bind(id)
        .bind(owner)
        .execute(&mut **tx)
        .await?;
    Ok(noted.rows_affected() == 1)
}
