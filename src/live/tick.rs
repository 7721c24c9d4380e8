//! Counts on open pages: once a second, everything whose counts have changed gets one number together.

use std::time::Duration;

use futures::future::BoxFuture;

use super::hub::Hub;
use crate::changes;
use crate::clock::{Clock, Micros};
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};

const EVERY: Duration = Duration::from_secs(1);

/// A table of counts, of which those that have changed are marked.
pub struct Counted {
    /// A query that brings a row where any is marked.
    pub any: &'static str,
    /// A statement that gives some of them the number `$1` and takes their marks away.
    pub give: &'static str,
    /// What else follows from what was given out under a number, at that instant; whom to ring.
    pub then: Option<Then>,
}

/// In the transaction that gives a number out.
pub type Then = for<'a> fn(&'a mut Tx, (i64, Micros)) -> BoxFuture<'a, Result<Vec<Id<Users>>>>;

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
        let rung = match table.then {
            Some(then) => then(&mut tx, (seq, clock.now())).await?,
            None => Vec::new(),
        };
        let hub = hub.clone();
        tx.after_commit(move || {
            hub.hint(seq);
            rung.into_iter().for_each(|member| hub.ring(member));
        });
        tx.commit().await?;
    }
}
