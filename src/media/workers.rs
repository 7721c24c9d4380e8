//! Where pixels are worked on: the blocking threads, in lanes, so that whoever asks for much keeps none waiting but
//! their own kind. A place is kept for uploads and one for members whatever strangers ask for; a very large picture
//! is worked on alone, so that memory stays bounded by the largest and not by their sum.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use crate::error::{Error, Result};

/// Whose work it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    Upload,
    Member,
    Stranger,
    /// Nobody waits for it.
    Background,
    /// An outside program: another process does the work.
    Program,
}

pub struct Workers {
    lanes: [Places; 5],
    large: Arc<Semaphore>,
}

/// One lane.
struct Places {
    free: Arc<Semaphore>,
    /// Requests that wait for a place.
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// From here on a picture is worked on alone.
const LARGE_PIXELS: u64 = 25_000_000;
/// So many wait for each place; more are sent away at once.
const QUEUE: usize = 32;
/// So many files wait, whose bytes are on the disk already.
const UPLOADS: usize = 512;
pub const BUSY: &str = "Too many pictures are being worked on. Try again in a moment.";

impl Workers {
    pub fn new() -> Self {
        Workers::on(std::thread::available_parallelism().map_or(1, usize::from))
    }

    fn on(cores: usize) -> Self {
        let half = cores.div_ceil(2);
        let lane = |places: usize, most_waiting: usize| Places {
            free: Arc::new(Semaphore::new(places)),
            waiting: AtomicUsize::new(0),
            most_waiting,
        };
        Workers {
            // In the order of `Lane`.
            lanes: [
                lane(half, UPLOADS),
                lane(cores, QUEUE * cores),
                lane(half, QUEUE * half),
                lane(1, QUEUE),
                lane(1, UPLOADS),
            ],
            large: Arc::new(Semaphore::new(1)),
        }
    }

    /// Runs `work` on a picture of about so many pixels, once there is a place. Where too many wait already, or
    /// `until` is over before there is a place, the answer is that it is busy.
    pub async fn run<T: Send + 'static>(
        &self,
        (lane, pixels): (Lane, u64),
        until: Instant,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let lane = &self.lanes[lane as usize];
        let waits = lane.waiting.fetch_add(1, Ordering::Relaxed);
        let left = Waiting(&lane.waiting);
        if waits >= lane.most_waiting {
            return Err(Error::Busy(BUSY));
        }
        let place = async {
            // First: what waits for its turn must not hold a place that others could use.
            let alone = match pixels > LARGE_PIXELS {
                true => Some(self.large.clone().acquire_owned().await),
                false => None,
            };
            (lane.free.clone().acquire_owned().await, alone)
        };
        let place = timeout_at(until.into(), place).await;
        drop(left);
        let place = place.map_err(|_| Error::Busy(BUSY))?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        Ok(done.await?)
    }
}

/// How long the work of a lane may wait and take.
pub fn patience(lane: Lane) -> Duration {
    match lane {
        Lane::Upload | Lane::Background | Lane::Program => Duration::from_secs(120),
        Lane::Member | Lane::Stranger => Duration::from_secs(20),
    }
}

/// Counts one less when it is dropped, also where the request is given up.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(300)
    }

    /// Strangers fill their lane, and what waits for it; nobody else notices.
    #[rocket::async_test]
    async fn strangers_keep_nobody_waiting_but_strangers() {
        let workers = Arc::new(Workers::on(2));
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let ended = Arc::new(std::sync::Mutex::new(ended));
        let mut busy = Vec::new();
        for _ in 0..60 {
            let (workers, ended) = (workers.clone(), ended.clone());
            busy.push(tokio::spawn(async move {
                let until = Instant::now() + Duration::from_secs(60);
                let work = move || ended.lock().unwrap().recv().is_err();
                workers.run((Lane::Stranger, 1), until, work).await
            }));
        }
        let mut refused = false;
        for _ in 0..1000 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            refused = busy.iter().any(|job| job.is_finished());
            if refused {
                break;
            }
        }
        assert!(refused, "more than can wait are sent away at once");
        assert!(
            workers
                .run((Lane::Stranger, 1), soon(), || ())
                .await
                .is_err()
        );
        for lane in [Lane::Member, Lane::Upload, Lane::Background, Lane::Program] {
            let done = workers.run((lane, 1), soon(), || 7).await;
            assert_eq!(done.unwrap(), 7, "{lane:?}");
        }
        drop(end);
        for job in busy {
            let _ = job.await;
        }
        assert!(
            workers
                .run((Lane::Stranger, 1), soon(), || ())
                .await
                .is_ok()
        );
    }

    #[rocket::async_test]
    async fn of_two_very_large_pictures_one_waits() {
        let workers = Arc::new(Workers::on(4));
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let other = workers.clone();
        let large = tokio::spawn(async move {
            let until = Instant::now() + Duration::from_secs(60);
            other
                .run((Lane::Upload, u64::MAX), until, move || {
                    ended.recv().is_err()
                })
                .await
        });
        while workers.large.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(
            workers
                .run((Lane::Member, u64::MAX), soon(), || ())
                .await
                .is_err()
        );
        // However many wait for their turn, small ones go on in their lane.
        let mut waiting = Vec::new();
        for _ in 0..8 {
            let workers = workers.clone();
            let until = Instant::now() + Duration::from_secs(60);
            let work = async move { workers.run((Lane::Upload, u64::MAX), until, || ()).await };
            waiting.push(tokio::spawn(work));
        }
        tokio::task::yield_now().await;
        for lane in [Lane::Member, Lane::Upload] {
            assert!(workers.run((lane, 1), soon(), || ()).await.is_ok());
        }
        drop(end);
        for job in waiting {
            job.await.unwrap().unwrap();
        }
        large.await.unwrap().unwrap();
    }
}
