//! The loop that claims and runs, one for each kind on each node.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::Semaphore;

use super::queue::{Claimed, Kind, Queue};

/// Why a run failed, and whether another one may go better.
#[derive(Debug)]
pub struct Failure {
    pub error: String,
    pub again: bool,
}

impl From<crate::error::Error> for Failure {
    fn from(error: crate::error::Error) -> Self {
        Failure {
            error: error.to_string(),
            again: true,
        }
    }
}

type Handler = dyn Fn(String) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync;

#[derive(Clone)]
pub struct Worker {
    queue: Queue,
    kind: &'static Kind,
    /// Given the payload.
    handler: Arc<Handler>,
    /// The pause after the first failure; each later one is four times as long.
    first_pause: Duration,
}

/// Nobody tells a node what other nodes have put in, so it looks by itself this often.
const LOOK_EVERY: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(86_400);

impl Worker {
    pub fn new(
        queue: Queue,
        kind: &'static Kind,
        handler: Arc<Handler>,
        first_pause: Duration,
    ) -> Worker {
        Worker {
            queue,
            kind,
            handler,
            first_pause,
        }
    }

    /// Works until the task is dropped.
    pub async fn run(self) {
        let places = Arc::new(Semaphore::new(self.kind.at_once));
        loop {
            let place = places.clone().acquire_owned().await;
            // Before looking: what is put in from now on wakes us.
            let filled = self.queue.filled().notified();
            tokio::pin!(filled);
            filled.as_mut().enable();
            match self.queue.claim(self.kind).await {
                Ok(Some(job)) => {
                    let worker = self.clone();
                    tokio::spawn(async move {
                        worker.work(job).await;
                        drop(place);
                    });
                }
                Ok(None) => {
                    drop(place);
                    let pause = self.queue.pause(self.kind, LOOK_EVERY).await;
                    tokio::select! {
                        () = tokio::time::sleep(pause.unwrap_or(LOOK_EVERY)) => {}
                        () = filled => {}
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

    async fn work(&self, job: Claimed) {
        let outcome = if job.attempts > self.kind.tries {
            // Claimed again and again, because the process ended each time before it could say how it went.
            Err(Failure {
                error: "the server ended in the middle of every try".into(),
                again: false,
            })
        } else {
            self.run_one(&job).await
        };
        let told = match outcome {
            Ok(()) => self.queue.done(&job).await,
            Err(failure) => {
                let again = failure.again && job.attempts < self.kind.tries;
                let pause = again.then(|| self.pause_after(job.attempts));
                tracing::warn!(kind = self.kind.name, id = %job.id, attempts = job.attempts,
                    error = failure.error, given_up = !again, "a job failed");
                self.queue.failed(&job, pause, &failure.error).await
            }
        };
        if let Err(error) = told {
            tracing::error!(%error, id = %job.id, "a job's end could not be written down; it will run again");
        }
    }

    async fn run_one(&self, job: &Claimed) -> Result<(), Failure> {
        let mut run = tokio::spawn((self.handler)(job.payload.clone()));
        match tokio::time::timeout(self.kind.lease, &mut run).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(Failure {
                error: panic.to_string(),
                again: false,
            }),
            Err(_) => {
                // The lease has run out: from here on it may be another node's.
                run.abort();
                Err(Failure {
                    error: "it took too long".into(),
                    again: true,
                })
            }
        }
    }

    fn pause_after(&self, attempts: i64) -> Duration {
        let factor = 4u32.saturating_pow(attempts.clamp(1, 12) as u32 - 1);
        self.first_pause.saturating_mul(factor).min(LONGEST_PAUSE)
    }
}
