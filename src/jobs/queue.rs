//! The table: put in, claim, finish, list.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;
use sqlx::AnyConnection;
use tokio::sync::Notify;

use super::kind::Kind;
use crate::clock::{Clock, Micros};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::id::{Id, Jobs};

#[derive(Clone)]
pub struct Queue {
    pub(super) db: Db,
    clock: Clock,
    filled: Arc<Notify>,
    /// The claims of this node; nothing once it has ended.
    held: Arc<Mutex<Option<HashSet<String>>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Waiting,
    Running,
    Failed,
}

impl TryFrom<String> for State {
    type Error = Error;

    fn try_from(text: String) -> Result<State> {
        match text.as_str() {
            "waiting" => Ok(State::Waiting),
            "running" => Ok(State::Running),
            "failed" => Ok(State::Failed),
            other => Err(Error::Internal(format!("a job is {other}"))),
        }
    }
}

/// A job that is this node's to run.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct Claimed {
    pub id: Id<Jobs>,
    pub claim: String,
    pub payload: String,
    pub attempts: i64,
}

const PUT: &str = "
    insert into jobs (id, kind, payload, state, run_at, created_at, turn)
    values ($1, $2, $3, 'waiting', $4, $5, $6)";

// The condition stands twice: of two nodes that chose the same row the second finds it changed.
const CLAIM: &str = "
    update jobs
       set state = 'running', attempts = attempts + 1, leased_until = $3, claim = $4, progress = 0
     where id = (
           select id from jobs
            where kind = $1
              and ((state = 'waiting' and run_at <= $2) or (state = 'running' and leased_until <= $2))
            order by turn, run_at, id
            limit 1)
       and ((state = 'waiting' and run_at <= $2) or (state = 'running' and leased_until <= $2))
    returning id, claim, payload, attempts";

const NEXT: &str = "
    select cast(coalesce(min(case state when 'running' then leased_until else run_at end), $2) as bigint)
      from jobs
     where kind = $1 and state in ('waiting', 'running')";

const RENEW: &str = "
    update jobs set leased_until = $3, progress = $4 where id = $1 and claim = $2 and state = 'running'";

const DONE: &str = "delete from jobs where id = $1 and claim = $2";

const AGAIN: &str = "
    update jobs set state = $3, run_at = $4, error = $5, claim = null, leased_until = null
     where id = $1 and claim = $2";

const TAKE_BACK: &str = "
    update jobs set state = 'waiting', claim = null, leased_until = null where state = 'running'";

// It was not its fault that it did not end.
const GIVE_BACK: &str = "
    update jobs set state = 'waiting', attempts = attempts - 1, claim = null, leased_until = null
     where claim = $1 and state = 'running'";

const RETRY: &str = "
    update jobs set state = 'waiting', attempts = 0, run_at = $2
     where id = $1 and state in ('waiting', 'failed')";

// A run finds at its next renewal that its job is gone.
const CANCEL: &str = "delete from jobs where id = $1";

const UNDER_WAY: &str = "
    select id from jobs where kind = $1 and payload = $2 and state in ('waiting', 'running') limit 1";

const WAITING: &str = "select count(*) from jobs where kind = $1 and state = 'waiting'";

const EXISTS: &str = "select id from jobs where id = $1";

const FORGET: &str = "delete from jobs where state = 'failed' and created_at < $1";

impl Queue {
    pub fn new(db: Db, clock: Clock) -> Queue {
        Queue {
            db,
            clock,
            filled: Arc::new(Notify::new()),
            held: Arc::new(Mutex::new(Some(HashSet::new()))),
        }
    }

    /// Puts a job in, to be run once `tx` is committed.
    pub async fn put<A>(
        &self,
        tx: &mut Tx,
        kind: &Kind<A>,
        payload: &impl Serialize,
    ) -> Result<()> {
        self.put_for(tx, kind, payload, Duration::ZERO).await
    }

    /// The same, to be run after a while.
    pub async fn put_for<A>(
        &self,
        tx: &mut Tx,
        kind: &Kind<A>,
        payload: &impl Serialize,
        after: Duration,
    ) -> Result<()> {
        let at = self.clock.now() + after.as_micros() as Micros;
        self.put_at(tx, (kind.name, payload), (at, at)).await
    }

    /// The same, to be run at once where nothing else of its kind waits, and otherwise as if it had come so much later.
    pub async fn put_behind<A>(
        &self,
        tx: &mut Tx,
        kind: &Kind<A>,
        payload: &impl Serialize,
        behind: Duration,
    ) -> Result<()> {
        let now = self.clock.now();
        let turn = now + behind.as_micros() as Micros;
        self.put_at(tx, (kind.name, payload), (now, turn)).await
    }

    async fn put_at(
        &self,
        tx: &mut Tx,
        (kind, payload): (&str, &impl Serialize),
        (run_at, turn): (Micros, Micros),
    ) -> Result<()> {
        let payload = serde_json::to_string(payload).map_err(|e| Error::Internal(e.to_string()))?;
        sqlx::query(PUT)
            .bind(Id::<Jobs>::new())
            .bind(kind)
            .bind(payload)
            .bind(run_at)
            .bind(self.clock.now())
            .bind(turn)
            .execute(&mut **tx)
            .await?;
        let filled = self.filled.clone();
        tx.after_commit(move || filled.notify_waiters());
        Ok(())
    }

    /// Puts in a job by itself, unless `most` of its kind wait; whether it did.
    pub async fn put_within<A>(
        &self,
        kind: &Kind<A>,
        payload: &impl Serialize,
        most: i64,
    ) -> Result<bool> {
        let mut tx = self.db.write().await?;
        let (waiting,): (i64,) = sqlx::query_as(WAITING)
            .bind(kind.name)
            .fetch_one(&mut *tx)
            .await?;
        if waiting >= most {
            return Ok(false);
        }
        self.put(&mut tx, kind, payload).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whether a job of that kind with this payload runs or waits.
    pub async fn is_under_way<A>(&self, kind: &Kind<A>, payload: &str) -> Result<bool> {
        let found: Option<(Id<Jobs>,)> = sqlx::query_as(UNDER_WAY)
            .bind(kind.name)
            .bind(payload)
            .fetch_optional(self.db.read())
            .await?;
        Ok(found.is_some())
    }

    pub(super) fn filled(&self) -> &Notify {
        &self.filled
    }

    pub(super) fn turned(&self) -> &Notify {
        self.clock.turned()
    }

    pub(super) async fn claim<A>(&self, kind: &Kind<A>) -> Result<Option<Claimed>> {
        let (now, claim) = (self.clock.now(), crate::id::random_text(16));
        match &mut *self.held.lock() {
            None => return Ok(None),
            Some(held) => held.insert(claim.clone()),
        };
        let claimed = self.claim_as(kind, (now, &claim)).await;
        if !matches!(claimed, Ok(Some(_))) {
            self.let_go(&claim);
        }
        claimed
    }

    async fn claim_as<A>(
        &self,
        kind: &Kind<A>,
        (now, claim): (Micros, &str),
    ) -> Result<Option<Claimed>> {
        let mut tx = self.db.write().await?;
        let claimed = sqlx::query_as(CLAIM)
            .bind(kind.name)
            .bind(now)
            .bind(now + kind.lease.as_micros() as Micros)
            .bind(claim)
            .fetch_optional(&mut *tx)
            .await?;
        match claimed {
            Some(claimed) => {
                tx.commit().await?;
                Ok(Some(claimed))
            }
            // Nothing was changed, so there is nothing to commit.
            None => Ok(None),
        }
    }

    pub(super) fn let_go(&self, claim: &str) {
        if let Some(held) = &mut *self.held.lock() {
            held.remove(claim);
        }
    }

    /// Takes back at the start what runs by its row, where nobody else can be at it: its server was killed.
    pub async fn take_back(&self) -> Result<()> {
        if !self.db.has_one_writer() {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        sqlx::query(TAKE_BACK).execute(&mut *tx).await?;
        tx.commit().await
    }

    /// Ends this node's work: what runs waits again, for whoever comes next, and nothing more is claimed.
    pub async fn give_back(&self) -> Result<()> {
        let held = self.held.lock().take().unwrap_or_default();
        if held.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        for claim in held {
            sqlx::query(GIVE_BACK).bind(claim).execute(&mut *tx).await?;
        }
        tx.commit().await
    }

    /// How long until a job of this kind is due, as far as this node knows; `most` at most.
    pub(super) async fn pause<A>(&self, kind: &Kind<A>, most: Duration) -> Result<Duration> {
        let now = self.clock.now();
        let latest = now + most.as_micros() as Micros;
        let (due,): (Micros,) = sqlx::query_as(NEXT)
            .bind(kind.name)
            .bind(latest)
            .fetch_one(self.db.read())
            .await?;
        Ok(Duration::from_micros((due.min(latest) - now).max(0) as u64))
    }

    /// False when the job is no longer that claim's.
    pub(super) async fn renew(
        &self,
        job: &Claimed,
        (lease, percent): (Duration, i64),
    ) -> Result<bool> {
        let mut tx = self.db.write().await?;
        let renewed = sqlx::query(RENEW)
            .bind(job.id)
            .bind(&job.claim)
            .bind(self.clock.now() + lease.as_micros() as Micros)
            .bind(percent)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(renewed.rows_affected() == 1)
    }

    pub(super) async fn done(&self, job: &Claimed) -> Result<()> {
        let mut tx = self.db.write().await?;
        sqlx::query(DONE)
            .bind(job.id)
            .bind(&job.claim)
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// To be tried again after `pause`, or (`None`) given up.
    pub(super) async fn failed(
        &self,
        job: &Claimed,
        pause: Option<Duration>,
        error: &str,
    ) -> Result<()> {
        let state = if pause.is_some() { "waiting" } else { "failed" };
        let pause = pause.unwrap_or_default().as_micros() as Micros;
        let error: String = error.chars().filter(|c| *c != '\0').take(500).collect();
        let mut tx = self.db.write().await?;
        sqlx::query(AGAIN)
            .bind(job.id)
            .bind(&job.claim)
            .bind(state)
            .bind(self.clock.now() + pause)
            .bind(error)
            .execute(&mut *tx)
            .await?;
        // Whoever waits for the next one that is due looks anew.
        let filled = self.filled.clone();
        tx.after_commit(move || filled.notify_waiters());
        tx.commit().await
    }

    /// Runs a job at once that waits or was given up. `Conflict` when it is running.
    pub async fn retry(&self, mut tx: Tx, id: Id<Jobs>) -> Result<()> {
        let done = sqlx::query(RETRY)
            .bind(id)
            .bind(self.clock.now())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(not_now(&mut tx, id).await?);
        }
        let filled = self.filled.clone();
        tx.after_commit(move || filled.notify_waiters());
        tx.commit().await
    }

    /// Takes a job out that waits or was given up. `Conflict` when it is running.
    pub async fn cancel(&self, mut tx: Tx, id: Id<Jobs>) -> Result<()> {
        let done = sqlx::query(CANCEL).bind(id).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Err(not_now(&mut tx, id).await?);
        }
        tx.commit().await
    }

    /// Forgets what was given up before `at`.
    pub async fn forget_before(&self, at: Micros) -> Result<()> {
        let mut tx = self.db.write().await?;
        sqlx::query(FORGET).bind(at).execute(&mut *tx).await?;
        tx.commit().await
    }
}

async fn not_now(connection: &mut AnyConnection, id: Id<Jobs>) -> Result<Error> {
    let there: Option<(Id<Jobs>,)> = sqlx::query_as(EXISTS)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(match there {
        Some(_) => Error::Conflict("It is running just now. Look again in a moment.".into()),
        None => Error::NotFound,
    })
}
