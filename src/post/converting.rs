//! Videos that are made anew in the background: the job, and what becomes of posts that wait for them.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{publish, waiting};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Media, Users};
use crate::jobs::{Failure, Kind, Queue, Task};
use crate::media::{self, Failed, Item, Run, State};

/// Makes a video anew. One at a time on a node: it takes all the processor there is, at the lowest priority.
pub static CONVERT: Kind<App> = Kind {
    name: "video.convert",
    at_once: 1,
    lease: Duration::from_secs(60),
    tries: 5,
    run: |app, task| Box::pin(convert(app, task)),
    given_up: Some(|app, task| Box::pin(not_converted(app, task))),
    describe: |_| "Converting a video".into(),
};

#[derive(Serialize, Deserialize)]
struct Conversion {
    item: Id<Media>,
}

/// For each video of a member that waits already the next one stands so much further behind: others come first.
const BEHIND: Duration = Duration::from_secs(30);

/// Puts the conversion of a member's item into the queue.
pub async fn put(queue: &Queue, tx: &mut Tx, (item, owner): (Id<Media>, Id<Users>)) -> Result<()> {
    let ahead = media::unready_of(tx, owner).await?;
    // Of itself nothing is counted where it is ready, and only its small size is wanted.
    let behind = BEHIND.saturating_mul(u32::try_from(ahead - 1).unwrap_or(0));
    queue
        .put_behind(tx, &CONVERT, &Conversion { item }, behind)
        .await
}

/// The lease is renewed this often.
const RENEW_EVERY: Duration = Duration::from_secs(10);
/// So often a change of the percent is written down.
const LOOK_EVERY: Duration = Duration::from_millis(1_000);

async fn not_converted(app: App, task: Task) -> Result<(), Failure> {
    let Conversion { item } = task.read()?;
    Ok(media::has_failed(&app.db, item, GIVEN_UP).await?)
}

const GIVEN_UP: &str =
    "The conversion was given up. Try again, or save the video as MP4 and choose it again.";

async fn convert(app: App, task: Task) -> Result<(), Failure> {
    let Conversion { item } = task.read()?;
    let Some(item) = media::find_by_id(&app.db, item).await? else {
        // Taken away meanwhile.
        return Ok(());
    };
    let wants_small = item.state == State::Ready && item.small == 0;
    if item.state == State::Ready && !wants_small {
        return Ok(());
    }
    if !wants_small {
        media::is_converting(&app.db, item.id, app.clock.now()).await?;
    }
    let run = Arc::new(Run::default());
    let working = tokio::spawn({
        let (app, item, run) = (app.clone(), item.clone(), run.clone());
        async move { app.media.convert(&item, run).await }
    });
    let outcome = watched(&app, (&task, &item), &run, working).await?;
    match outcome {
        Ok(converted) => {
            let mut tx = app.db.write().await?;
            let grown = converted.stored.saturating_sub(item.bytes.max(0) as u64);
            if !wants_small
                && let Some(said) = app
                    .media
                    .over_quota(&mut tx, (item.owner_id, grown))
                    .await?
            {
                drop(tx);
                app.media.forget_converted(&item).await?;
                media::has_failed(&app.db, item.id, &said).await?;
                return Err(Failure::for_good(said));
            }
            let there = media::is_converted(&mut tx, item.id, &converted).await?;
            match (there, wants_small) {
                (true, true) => publish::redraw(&app, &mut tx, item.id).await?,
                (true, false) => waiting::item_is_ready(&app, &mut tx, item.id).await?,
                (false, _) => {}
            }
            tx.commit().await?;
            match there {
                true => app.media.let_source_go(&item, &converted).await?,
                false => app.media.remove_files_soon(vec![item.key]),
            }
            Ok(())
        }
        Err(Failed::Stopped) if media::find_by_id(&app.db, item.id).await?.is_none() => {
            // Taken away meanwhile, with whatever was made so far.
            app.media.remove_files_soon(vec![item.key]);
            Ok(())
        }
        Err(Failed::Stopped) => Err(Failure {
            error: "it was stopped, or hung".into(),
            again: true,
        }),
        // What is served is there; only the small size is missing.
        Err(Failed::Refused(refusal)) if wants_small => Err(Failure::for_good(refusal.to_string())),
        Err(Failed::Refused(refusal)) => {
            let reason = refusal.to_string();
            media::has_failed(&app.db, item.id, &reason).await?;
            Err(Failure::for_good(reason))
        }
    }
}

type Outcome = Result<Result<media::Converted, Failed>>;

/// Renews the lease and writes the percent down while it works; stops it when the job is not this run's any more.
async fn watched(
    app: &App,
    (task, item): (&Task, &Item),
    run: &Run,
    mut working: tokio::task::JoinHandle<Outcome>,
) -> Result<Result<media::Converted, Failed>, Failure> {
    let mut renewed = tokio::time::Instant::now();
    let mut told = 0;
    loop {
        tokio::select! {
            done = &mut working => return Ok(done.map_err(Error::from)??),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        if renewed.elapsed() >= RENEW_EVERY {
            if let Err(lost) = task.renew(run.percent.load(Ordering::Relaxed)).await {
                run.stop.store(true, Ordering::Relaxed);
                let _ = working.await;
                // Another run's; or nobody's, where an administrator has stopped it.
                give_up_lost(app).await?;
                return Err(lost);
            }
            renewed = tokio::time::Instant::now();
        }
        let percent = run.percent.load(Ordering::Relaxed);
        if percent != told {
            told = percent;
            // Gone meanwhile, with its post or its draft.
            if !media::note_progress(&app.db, item.id, percent).await? {
                run.stop.store(true, Ordering::Relaxed);
            }
        }
    }
}

/// Tries a failed video of the viewer's once more.
pub async fn again(app: &App, viewer: &crate::auth::Viewer, item: Id<Media>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    if !media::waits_again(&mut tx, viewer.id, item).await? {
        return Err(Error::NotFound);
    }
    put(&app.jobs, &mut tx, (item, viewer.id)).await?;
    tx.commit().await
}

/// Gives up what waits without a job: the server ended in the middle of every try, or an administrator took it out.
pub async fn give_up_lost(app: &App) -> Result<()> {
    for item in media::unready(&app.db).await? {
        let payload = serde_json::to_string(&Conversion { item })
            .map_err(|error| Error::Internal(error.to_string()))?;
        if !app.jobs.is_under_way(&CONVERT, &payload).await? {
            media::has_failed(&app.db, item, GIVEN_UP).await?;
        }
    }
    Ok(())
}
