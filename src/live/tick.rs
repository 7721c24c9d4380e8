//! Counts on open pages: once a second, everything whose counts have changed gets one number together.

use std::time::Duration;

use super::hub::Hub;
use crate::changes;
use crate::clock::Clock;
use crate::error::Result;

const EVERY: Duration = Duration::from_secs(1);

/// A table of counts, of which those that have changed are marked.
pub struct Counted {
    /// A query that brings a row where any is marked.
    pub any: &'static str,
    /// A statement that gives some of them the number `$1` and takes their marks away.
    pub give: &'static str,
}

/// Runs until the process ends.
pub async fn tick(hub: Hub, clock: Clock, tables: &'static [&'static Counted]) {
    loop {
        for table in tables {
            if let Err(error) = all(table, &hub, &clock).await {
                tracing::error!(%error, "counts could not be given out; trying again");
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// In pieces, each under a number of its own, until nothing is left.
async fn all(table: &Counted, hub: &Hub, clock: &Clock) -> Result<()> {
    let db = &hub.inner().db;
    loop {
        let marked = sqlx::query(table.any).fetch_optional(db.read()).await?;
        if marked.is_none() {
            return Ok(());
        }
        let mut tx = db.write().await?;
        let (seq, _) = changes::next(&mut tx, clock.now()).await?;
        sqlx::query(table.give).bind(seq).execute(&mut *tx).await?;
        let hub = hub.clone();
        tx.after_commit(move || hub.hint(seq));
        tx.commit().await?;
    }
}
