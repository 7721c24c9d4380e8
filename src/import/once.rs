//! What has come from another application, so that it comes once, even if it is deleted here.

use crate::clock::Micros;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::id::Id;

const KNOWN: &str = "select id from imports where id = $1";

/// Whether this was taken in before.
pub async fn is_known<T>(db: &Db, id: Id<T>) -> Result<bool> {
    let known: Option<(String,)> = sqlx::query_as(KNOWN)
        .bind(id)
        .fetch_optional(db.read())
        .await?;
    Ok(known.is_some())
}

const NOTE: &str = "insert into imports (id, imported_at) values ($1, $2)";

/// Remembers it, in the transaction that takes it in.
pub async fn note<T>(tx: &mut Tx, id: Id<T>, at: Micros) -> Result<()> {
    sqlx::query(NOTE)
        .bind(id)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
