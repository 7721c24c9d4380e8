//! The loop that claims and runs, one for each kind on each node.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::failure::Failure;
use super::kind::Kind;
use super::queue::{Claimed, Queue};
use super::task::{Renewal, Task};

/// What finds the `A` of the runs, as long as it lives.
type Find<A> = dyn Fn() -> Option<A> + Send + Sync;

struct Worker<A: 'static> {
    queue: Queue,
    kind: &'static Kind<A>,
    find: Arc<Find<A>>,
    /// The pause after the first failure; each later one is four times as long.
    first_pause: Duration,
}

/// Nobody tells a node what other nodes have put in, so it looks by itself this often.
const LOOK_EVERY: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(86_400);

/// Starts a worker for each kind among `tasks`, with which they end; `find` finds what their runs work
/// with, as long as it lives.
pub fn start<A: Send + 'static>(
    tasks: &mut JoinSet<()>,
    queue: &Queue,
    kinds: &[&'static Kind<A>],
    find: impl Fn() -> Option<A> + Send + Sync + 'static,
    first_pause: Duration,
) {
    let find: Arc<Find<A>> = Arc::new(find);
    for kind in kinds {
        let worker = Worker {
            queue: queue.clone(),
            kind,
            find: find.clone(),
            first_pause,
        };
        tasks.spawn(Arc::new(worker).run());
    }
}

impl<A: Send + 'static> Worker<A> {
    /// Works until the task is dropped.
    async fn run(self: Arc<Self>) {
        let places = Arc::new(Semaphore::new(self.kind.at_once));
        loop {
            let place = places.clone().acquire_owned().await;
            // Before looking: what is put in from now on wakes us.
            let filled = self.queue.filled().notified();
            tokio::pin!(filled);
            filled.as_mut().enable();
            let turned = self.queue.turned().notified();
            tokio::pin!(turned);
            turned.as_mut().enable();
            match self.queue.claim(self.kind).await {
                Ok(Some(job)) => {
                    let worker = self.clone();
                    tokio::spawn(async move {
                        worker.work(&job).await;
                        worker.queue.let_go(&job.claim);
                        drop(place);
                    });
                }
                Ok(None) => {
                    drop(place);
                    let pause = self.queue.pause(self.kind, LOOK_EVERY).await;
                    tokio::select! {
                        () = tokio::time::sleep(pause.unwrap_or(LOOK_EVERY)) => {}
                        () = filled => {}
                        () = turned => {}
                    }
                }
                Err(error) => {
                    drop(place);
                    tracing::error!(%error, kind = self.kind.name, "no job can be claimed");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    async fn work(&self, job: &Claimed) {
        let outcome = if job.attempts > self.kind.tries {
            // Claimed again and again, because the process ended each time before it could say how it went.
            Err(Failure::for_good(
                "the server ended in the middle of every try",
            ))
        } else {
            self.run_one(job).await
        };
        let told = match outcome {
            Ok(()) => self.queue.done(job).await,
            Err(failure) => {
                let again = failure.again && job.attempts < self.kind.tries;
                let pause = again.then(|| self.pause_after(job.attempts));
                tracing::warn!(kind = self.kind.name, id = %job.id, attempts = job.attempts,
                    error = failure.error, given_up = !again, "a job failed");
                let failed = self.queue.failed(job, pause, &failure.error).await;
                if !again {
                    self.give_up(job).await;
                }
                failed
            }
        };
        if let Err(error) = told {
            tracing::error!(%error, id = %job.id, "a job's end could not be written down; it will run again");
        }
    }

    /// What cannot be told now is found by the sweep.
    async fn give_up(&self, job: &Claimed) {
        let (Some(given_up), Some(with)) = (self.kind.given_up, (self.find)()) else {
            return;
        };
        let (task, _) = Task::new(job.payload.clone());
        if let Err(failure) = given_up(with, task).await {
            tracing::error!(error = failure.error, id = %job.id, "nobody could be told that a job was given up");
        }
    }

    async fn run_one(&self, job: &Claimed) -> Result<(), Failure> {
        let with = (self.find)().ok_or_else(|| Failure {
            error: "the server has ended".into(),
            again: true,
        })?;
        let (task, mut renewals) = Task::new(job.payload.clone());
        let mut run = tokio::spawn((self.kind.run)(with, task));
        let mut until = Instant::now() + self.kind.lease;
        loop {
            tokio::select! {
                outcome = &mut run => return outcome.unwrap_or_else(|panic| {
                    Err(Failure::for_good(panic.to_string()))
                }),
                Some(Renewal { percent, answer }) = renewals.recv() => {
                    let renewed = self.renew(job, percent).await;
                    if renewed.is_ok() {
                        until = Instant::now() + self.kind.lease;
                    }
                    let _ = answer.send(renewed);
                }
                () = sleep_until(until) => {
                    // From here on it may be another node's.
                    run.abort();
                    return Err(Failure {
                        error: "it took too long".into(),
                        again: true,
                    });
                }
            }
        }
    }

    async fn renew(&self, job: &Claimed, percent: i64) -> Result<(), Failure> {
        if self.queue.renew(job, (self.kind.lease, percent)).await? {
            return Ok(());
        }
        Err(Failure {
            error: "another run has taken it over".into(),
            again: true,
        })
    }

    fn pause_after(&self, attempts: i64) -> Duration {
        let factor = 4u32.saturating_pow(attempts.clamp(1, 12) as u32 - 1);
        self.first_pause.saturating_mul(factor).min(LONGEST_PAUSE)
    }
}
