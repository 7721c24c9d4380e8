//! Where pixels are worked on: the blocking threads, as many at once as there are cores, and a very
//! large picture alone, so that memory stays bounded by the largest and not by their sum.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::error::{Error, Result};

pub struct Workers {
    places: Arc<Semaphore>,
    cores: u32,
}

/// From here on a picture is worked on alone.
const LARGE_PIXELS: u64 = 25_000_000;
/// Longer than this nobody waits for a free place.
const PATIENCE: Duration = Duration::from_secs(120);

impl Workers {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        Workers {
            places: Arc::new(Semaphore::new(cores as usize)),
            cores,
        }
    }

    /// Runs `work` on a picture of about so many pixels.
    pub async fn run<T: Send + 'static>(
        &self,
        pixels: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let wanted = if pixels > LARGE_PIXELS { self.cores } else { 1 };
        let place = self.places.clone().acquire_many_owned(wanted);
        let Ok(Ok(place)) = tokio::time::timeout(PATIENCE, place).await else {
            return Err(Error::Busy(
                "Too many pictures are being worked on. Try again in a moment.",
            ));
        };
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        Ok(done.await?)
    }
}
