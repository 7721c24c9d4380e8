//! Where pixels are worked on: the blocking threads, as many at once as there are cores, and a very
//! large picture alone, so that memory stays bounded by the largest and not by their sum.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

pub struct Workers {
    places: Arc<Semaphore>,
    cores: u32,
    /// Requests that wait for a place in [`Workers::answer`].
    waiting: AtomicUsize,
}

/// From here on a picture is worked on alone.
const LARGE_PIXELS: u64 = 25_000_000;
/// Longer than this nobody waits for a free place.
const PATIENCE: Duration = Duration::from_secs(120);
/// So many requests wait for each core; more are sent away at once.
const QUEUE: usize = 32;
pub const BUSY: &str = "Too many pictures are being worked on. Try again in a moment.";

impl Workers {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        Workers {
            places: Arc::new(Semaphore::new(cores as usize)),
            cores,
            waiting: AtomicUsize::new(0),
        }
    }

    /// Runs `work` for somebody who waits for an answer, and tells it until when. Where too many wait
    /// already, or the time is over before there is a place, the answer is that it is busy.
    pub async fn answer<T: Send + 'static>(
        &self,
        (pixels, patience): (u64, Duration),
        work: impl FnOnce(Instant) -> T + Send + 'static,
    ) -> Result<T> {
        let until = Instant::now() + patience;
        let waits = self.waiting.fetch_add(1, Ordering::Relaxed);
        let left = Waiting(&self.waiting);
        if waits >= QUEUE * self.cores as usize {
            return Err(Error::Busy(BUSY));
        }
        let place = tokio::time::timeout_at(until.into(), self.place(pixels)).await;
        drop(left);
        let place = place.map_err(|_| Error::Busy(BUSY))?;
        self.spawn(place, move || work(until)).await
    }

    /// Runs `work` on a picture of about so many pixels.
    pub async fn run<T: Send + 'static>(
        &self,
        pixels: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let Ok(place) = tokio::time::timeout(PATIENCE, self.place(pixels)).await else {
            return Err(Error::Busy(BUSY));
        };
        self.spawn(place, work).await
    }

    async fn place(&self, pixels: u64) -> OwnedSemaphorePermit {
        let wanted = if pixels > LARGE_PIXELS { self.cores } else { 1 };
        let place = self.places.clone().acquire_many_owned(wanted).await;
        place.expect("the places are never closed")
    }

    async fn spawn<T: Send + 'static>(
        &self,
        place: OwnedSemaphorePermit,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        Ok(done.await?)
    }
}

/// Counts one less when it is dropped, also where the request is given up.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
