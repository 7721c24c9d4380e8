//! A job that is being run, as its run sees it.

use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

use super::failure::Failure;

/// A wish for as much time again: how far the work is, in percent, and where the answer goes.
pub(super) struct Renewal {
    pub percent: i64,
    pub answer: oneshot::Sender<Result<(), Failure>>,
}

/// A job that is being run, as its run sees it.
pub struct Task {
    payload: String,
    renewals: mpsc::Sender<Renewal>,
}

impl Task {
    pub(super) fn new(payload: String) -> (Task, mpsc::Receiver<Renewal>) {
        let (renewals, wished) = mpsc::channel(1);
        (Task { payload, renewals }, wished)
    }

    /// What it is about.
    pub fn read<P: DeserializeOwned>(&self) -> Result<P, Failure> {
        serde_json::from_str(&self.payload).map_err(|error| {
            Failure::for_good(format!("what this is about cannot be read: {error}"))
        })
    }

    /// Asks for as much time again, and says how far it is. Fails when the job is no longer this run's.
    pub async fn renew(&self, percent: i64) -> Result<(), Failure> {
        let (answer, answered) = oneshot::channel();
        if self
            .renewals
            .send(Renewal { percent, answer })
            .await
            .is_ok()
        {
            return answered.await.unwrap_or_else(|_| Err(ended()));
        }
        Err(ended())
    }

    /// Works, and asks for more time meanwhile. Ends, wherever it is, when the job is no longer this run's.
    pub async fn renewing<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        /// Some times within any lease.
        const EVERY: Duration = Duration::from_secs(10);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = tokio::time::sleep(EVERY) => self.renew(0).await?,
            }
        }
    }
}

fn ended() -> Failure {
    Failure {
        error: "the worker has ended".into(),
        again: true,
    }
}
