//! Cuts of videos that take long: the job.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rocket::async_trait;

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::{Failure, Kind, Queue, Task};
use crate::media::{self, Cuts, Cutting, Run};

/// Makes a cut of a video. One at a time on a node.
pub static CUT: Kind<App> = Kind {
    name: "video.cut",
    at_once: 1,
    lease: Duration::from_secs(60),
    tries: 2,
    run: |app, task| Box::pin(cut(app, task)),
    given_up: None,
    describe: |_| "Cutting a video".into(),
};

/// The lease is renewed this often.
const RENEW_EVERY: Duration = Duration::from_secs(10);

async fn cut(app: App, task: Task) -> Result<(), Failure> {
    let cutting: Cutting = task.read()?;
    let (run, item) = (Arc::new(Run::default()), cutting.item);
    let mut working = tokio::spawn({
        let (app, run) = (app.clone(), run.clone());
        async move { app.media.make_cut(&cutting, run).await }
    });
    loop {
        tokio::select! {
            done = &mut working => return match done.map_err(Error::from)? {
                // Deleted meanwhile.
                Ok(()) | Err(Error::NotFound) => Ok(()),
                Err(_) if media::find_by_id(&app.db, item).await?.is_none() => Ok(()),
                Err(error @ Error::BadRequest(_)) => Err(Failure::for_good(error.to_string())),
                Err(other) => Err(other.into()),
            },
            () = tokio::time::sleep(RENEW_EVERY) => {}
        }
        if media::find_by_id(&app.db, item).await?.is_none() {
            run.stop.store(true, Ordering::Relaxed);
        }
        if let Err(lost) = task.renew(run.percent.load(Ordering::Relaxed)).await {
            run.stop.store(true, Ordering::Relaxed);
            let _ = working.await;
            return Err(lost);
        }
    }
}

#[async_trait]
impl Cuts for Queue {
    async fn is_under_way(&self, cutting: Cutting) -> Result<bool> {
        let payload =
            serde_json::to_string(&cutting).map_err(|e| Error::Internal(e.to_string()))?;
        Queue::is_under_way(self, &CUT, &payload).await
    }

    async fn put(&self, cutting: Cutting) -> Result<()> {
        /// So many wait at most.
        const MOST: i64 = 100;
        match self.put_within(&CUT, &cutting, MOST).await? {
            true => Ok(()),
            false => Err(Error::Busy(
                "Many videos are being cut. Try again in some minutes.",
            )),
        }
    }
}
