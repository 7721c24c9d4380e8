//! What runs beside requests, and what is done when the server begins and ends.

use parking_lot::Mutex;
use rocket::http::Method;
use rocket::{Orbit, Rocket};
use tokio::task::JoinSet;

use crate::app::{App, Served};
use crate::clock::Micros;
use crate::error::Result;
use crate::{
    account, admin, audit, changes, door, form, group, jobs, live, media, moderation, notice, post,
    profile, talk,
};

/// What is counted, of which open pages are told once a second.
static COUNTED: [&live::Counted; 2] = [&talk::GIVEN_OUT, &profile::GIVEN_OUT];

/// The tasks that run beside requests; they end with the server, not with the process.
#[derive(Default)]
pub(crate) struct Background(Mutex<JoinSet<()>>);

pub(crate) async fn begin(rocket: &Rocket<Orbit>) {
    let app = rocket.state::<App>().expect("the app is managed");
    let background = rocket.state::<Background>().expect("they are managed");
    let gets = rocket.routes().filter(|route| route.method == Method::Get);
    let _ = app.served.set(Served {
        port: rocket.config().port,
        ways: gets.map(|route| route.uri.path().to_owned()).collect(),
    });
    if let Err(error) = app.jobs.take_back().await {
        tracing::warn!(%error, "what a killed server was at waits for its lease to end");
    }
    let pause = app.settings.intervals.job_retry;
    let mut tasks = background.0.lock();
    tasks.spawn(app.db.clone().move_commits());
    tasks.spawn(live::publish(app.hub.clone()));
    tasks.spawn(live::tick(app.hub.clone(), app.clock.clone(), &COUNTED));
    tasks.spawn(notice::post(app.weak()));
    tasks.spawn(media::make_avifs(app.media.clone()));
    tasks.spawn(keep_house(app.weak()));
    jobs::start(&mut tasks, &app.jobs, &app.kinds, app.weak(), pause);
}

/// Whatever connection is still open when this returns, Rocket waits for with its whole grace.
pub(crate) async fn say_goodbye(rocket: &Rocket<Orbit>) {
    let app = rocket.state::<App>().expect("the app is managed");
    // Another node, or this one when it is back, goes on at once.
    if let Err(error) = app.jobs.give_back().await {
        tracing::warn!(%error, "running jobs wait for their leases to end");
    }
    app.media.stop_runs();
    let grace = std::time::Duration::from_secs(u64::from(rocket.config().shutdown.grace));
    app.hub.emptied(grace).await;
}

/// Sweeps at the start and then once an hour.
async fn keep_house(app: impl Fn() -> Option<App>) {
    while let Some(app) = app() {
        match sweep(&app).await {
            Ok(swept) if swept == media::Swept::default() => {}
            Ok(swept) => tracing::info!(?swept, "swept"),
            Err(error) => tracing::error!(%error, "the sweep stopped; the next one goes on"),
        }
        let pause = app.settings.intervals.sweep;
        drop(app);
        tokio::time::sleep(pause).await;
    }
}

/// Takes away what crashes, changed minds and time leave behind. What fails keeps nothing else from being done.
pub async fn sweep(app: &App) -> Result<media::Swept> {
    /// A job that failed so long ago is of no use.
    const KEPT: Micros = 30 * 86_400 * 1_000_000;
    app.limiter.forget_old();
    let done = [
        form::forget_old(&app.db, &app.clock).await,
        door::forget_old(app).await,
        account::forget_freed(app).await,
        account::fill_words(app).await,
        post::fill_words(app).await,
        talk::fill_words(app).await,
        post::forget_old(app).await,
        post::forget_old_guests(app).await,
        post::erase_left(app).await,
        post::give_up_lost(app).await,
        post::forget_old_uploads(app).await,
        account::erase_due(app).await,
        app.jobs.forget_before(app.clock.now() - KEPT).await,
        notice::forget_old(app).await,
        group::forget_old(app).await,
        moderation::keep_order(app).await,
        admin::check_weekly(app).await,
        audit::forget_old(&app.db, app.clock.now()).await,
        changes::prune(&app.db).await,
    ];
    let swept = media::sweep(&app.media).await?;
    done.into_iter().collect::<Result<()>>()?;
    Ok(swept)
}
