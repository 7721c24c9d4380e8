//! What runs, waits and failed, for those who look after the place.

use serde::Serialize;

use super::queue::{Queue, State};
use crate::clock::Micros;
use crate::cursor::Cursor;
use crate::error::Result;
use crate::id::{Id, Jobs};

/// A job as the administrator's page lists it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Job {
    pub id: Id<Jobs>,
    pub kind: String,
    pub payload: String,
    #[sqlx(try_from = "String")]
    pub state: State,
    pub attempts: i64,
    pub run_at: Micros,
    /// Of one that runs, in percent, where that is known.
    pub progress: i64,
    pub error: String,
    pub created_at: Micros,
}

/// How many jobs of a kind there are.
#[derive(Clone, Debug, Serialize, sqlx::FromRow)]
pub struct Counts {
    pub kind: String,
    pub running: i64,
    pub waiting: i64,
    pub failed: i64,
}

const LIST: &str = "
    select id, kind, payload, state, attempts, run_at, progress, error, created_at
      from jobs
     where (created_at, id) < ($1, $2) and ($3 = '' or kind = $3)
     order by created_at desc, id desc
     limit $4";

const COUNTS: &str = "
    select kind,
           cast(sum(case state when 'running' then 1 else 0 end) as bigint) as running,
           cast(sum(case state when 'waiting' then 1 else 0 end) as bigint) as waiting,
           cast(sum(case state when 'failed' then 1 else 0 end) as bigint) as failed
      from jobs group by kind order by kind";

impl Queue {
    /// How many of each kind there are.
    pub async fn counts(&self) -> Result<Vec<Counts>> {
        Ok(sqlx::query_as(COUNTS).fetch_all(self.db.read()).await?)
    }

    /// What runs, waits and failed, of one kind or (the empty text) of all, newest first, from the cursor on.
    pub async fn list_of(
        &self,
        kind: &str,
        (before, limit): (Option<Cursor<Jobs>>, usize),
    ) -> Result<Vec<Job>> {
        let (at, id) = before.map_or((Micros::MAX, String::new()), |cursor| {
            (cursor.at, cursor.id.to_string())
        });
        Ok(sqlx::query_as(LIST)
            .bind(at)
            .bind(id)
            .bind(kind)
            .bind(limit as i64)
            .fetch_all(self.db.read())
            .await?)
    }

    /// The same of all kinds.
    pub async fn list(&self, before: Option<Cursor<Jobs>>, limit: usize) -> Result<Vec<Job>> {
        self.list_of("", (before, limit)).await
    }
}
