//! The map: what there is, and how it is put together.

pub mod account;
pub mod admin;
pub mod api;
pub mod app;
pub mod assets;
pub mod audience;
pub mod audit;
pub mod auth;
pub mod catch;
pub mod changes;
pub mod circle;
pub mod clock;
pub mod config;
pub mod cors;
pub mod cursor;
pub mod db;
pub mod doctor;
pub mod door;
pub mod error;
pub mod form;
pub mod generations;
mod group;
mod gzip;
pub mod health;
pub mod house;
pub mod id;
pub mod import;
mod install;
pub mod jobs;
pub mod known;
pub mod limit;
pub mod lines;
pub mod live;
pub mod log;
pub mod mail;
pub mod media;
pub mod moderation;
pub mod notice;
mod office;
pub mod openapi;
mod outside;
pub mod paths;
pub mod post;
pub mod profile;
mod push;
mod seams;
mod search;
pub mod settings;
pub mod site;
pub mod talk;
mod taste;
mod terms;
pub mod trace;
mod upkeep;
pub mod view;
pub mod visit;

pub use seams::SEE;
pub use upkeep::sweep;

use std::sync::Arc;

use rocket::fairing::{AdHoc, Fairing};
use rocket::figment::Figment;
use rocket::{Build, Rocket, Route};
use rocket_db_pools::Database;

use crate::app::{App, Inner};
use crate::auth::{Grouped, Home, Passwords, Sessions, Signer, TicketDoor};
use crate::circle::Circles;
use crate::clock::Clock;
use crate::config::Settings;
use crate::error::{Error, Result};
use crate::house::House;
use crate::jobs::Queue;
use crate::limit::{Limiter, TrustedProxies};
use crate::lines::Lines;
use crate::live::{Fragments, Heads, Hub};
use crate::mail::Mailer;
use crate::media::{Media, Others, PutConversion};
use crate::paths::{ApiPaths, FormPages};
use crate::push::Pusher;
use crate::seams::{DRAWERS, FAREWELLS, HERALD, LEAVINGS, PAGES_ASK, kinds};
use crate::site::Site;

/// The server, ready to be launched. `clock` is the time of day, or a test's.
pub fn rocket(figment: Figment, settings: Settings, clock: Clock) -> Rocket<Build> {
    let figment = figment.merge(("databases.porch.url", settings.database_url.clone()));
    rocket::custom(figment)
        .attach(Lines::new(&settings))
        .attach(trace::Trace::new(settings.public_url.as_deref()))
        .attach(limit::RateLimitHeaders)
        .attach(cors::Cors::new(&settings))
        .attach(db::Stage::init())
        .attach(stage(settings, clock))
        .attach(AdHoc::on_shutdown("Sockets first", |rocket| {
            Box::pin(upkeep::say_goodbye(rocket))
        }))
        .attach(AdHoc::on_liftoff("Porch's own work", |rocket| {
            Box::pin(upkeep::begin(rocket))
        }))
        .mount("/", assets::routes())
        .mount("/", health::routes())
        .mount("/", install::routes())
        .mount("/", live::routes())
        .mount("/", media::routes())
        .mount("/", door::routes())
        .mount("/", settings::routes())
        .mount("/", post::routes())
        .mount("/", api_routes())
        .mount("/", talk::routes())
        .mount("/", profile::routes())
        .mount("/", notice::routes())
        .mount("/", search::routes())
        .mount("/", admin::routes())
        .mount("/", moderation::routes())
        .mount("/", group::routes())
        .mount("/", openapi::routes())
        .register("/", catch::catchers())
}

/// The routes that `/openapi.json` describes.
pub fn api_routes() -> Vec<Route> {
    let mut routes = door::api_routes();
    routes.extend(account::api_routes());
    routes.extend(settings::api_routes());
    routes.extend(settings::invitations_api::routes());
    routes.extend(admin::api_routes());
    routes.extend(moderation::api_routes());
    routes.extend(group::api_routes());
    routes.extend(post::api::routes());
    routes.extend(post::feeds_api::routes());
    routes.extend(post::guests_api::routes());
    routes.extend(post::drafts_api::routes());
    routes.extend(post::captions::api_routes());
    routes.extend(post::tus::api_routes());
    routes.extend(post::waiting_api::routes());
    routes.extend(post::seen_api::routes());
    routes.extend(talk::api_routes());
    routes.extend(profile::api_routes());
    routes.extend(notice::api::routes());
    routes.extend(search::api::routes());
    routes
}

fn api_paths() -> ApiPaths {
    let mut routes = api_routes();
    routes.extend(openapi::routes());
    ApiPaths::of(
        routes
            .iter()
            .filter(|route| !route.uri.path().starts_with("/docs")),
    )
}

fn form_pages() -> FormPages {
    let pages = talk::form_pages().into_iter().chain(post::form_pages());
    let pages = pages.chain(moderation::form_pages());
    FormPages::of(pages.chain(settings::form_pages()))
}

/// Builds what outlives requests, once the database is there.
fn stage(settings: Settings, clock: Clock) -> impl Fairing {
    AdHoc::try_on_ignite("Porch", move |rocket| async move {
        let db = match db::Stage::fetch(&rocket) {
            Some(stage) => (**stage).clone(),
            None => return Err(rocket),
        };
        match build(settings, clock, db).await {
            Ok(app) => Ok(manage(rocket, app)),
            Err(error) => {
                eprintln!("Porch cannot start: {error}.");
                Err(rocket)
            }
        }
    })
}

async fn build(settings: Settings, clock: Clock, db: db::Db) -> Result<App> {
    let refused = |problem: config::Problem| Error::Internal(problem.to_string());
    let secret = settings.secret().map_err(refused)?;
    let signer = Signer::new(&secret);
    let sessions = Sessions::new(db.clone(), clock.clone(), signer, settings.is_https());
    let bounds = (settings.limits.clone(), settings.intervals.clone());
    let sockets = most_sockets();
    changes::start(&db).await?;
    let counter = changes::counter(&db).await?;
    let circles = Arc::new(Circles::new(db.clone()));
    let hub = Hub::new(
        (db.clone(), circles.clone()),
        PAGES_ASK,
        counter,
        bounds,
        sockets,
    );
    let assets = Arc::new(assets::Assets::load());
    let limiter = Arc::new(Limiter::new(settings.rate_limit));
    let jobs = Queue::new(db.clone(), clock.clone());
    let house = House::new(db.clone(), clock.clone(), settings.place.clone());
    let tickets = TicketDoor::new(db.clone(), clock.clone(), Signer::new(&secret));
    let asks = asks(limiter.clone(), &jobs, (house.clone(), tickets));
    let app = App::new(Inner {
        sessions,
        pusher: Pusher::new(&secret, settings.contact(), settings.push_private),
        passwords: Passwords::new(settings.argon2_memory_kib),
        view: view::View::load(&assets)?,
        assets,
        media: Media::open(db.clone(), clock.clone(), asks, &settings).await?,
        limiter,
        fragments: Fragments::default(),
        heads: Heads::new(db.clone()),
        circles,
        hub: hub.clone(),
        grouped: Grouped::start(db.clone(), clock.clone()),
        site: Arc::new(Site::load(db.clone()).await?),
        house,
        jobs,
        kinds: kinds(),
        farewells: &FAREWELLS,
        leavings: &LEAVINGS,
        herald: &HERALD,
        mailer: Mailer::new(&settings.mail, &settings.data.join("mail"))
            .map_err(Error::Internal)?,
        settings,
        db,
        clock,
        served: Default::default(),
    });
    let app_of = app.weak();
    hub.set_draw(Arc::new(move |change| {
        let app = app_of();
        Box::pin(async move {
            let app = app.ok_or_else(|| Error::Internal("the server has ended".into()))?;
            // Written by a newer node, where none draws it.
            match DRAWERS.iter().find(|drawer| drawer.part == change.part) {
                Some(drawer) => (drawer.draw)(&app, &change).await,
                None => Ok(None),
            }
        })
    }));
    Ok(app)
}

/// What the room of media asks the others.
pub fn asks(limiter: Arc<Limiter>, queue: &Queue, (house, tickets): (House, TicketDoor)) -> Others {
    let (cuts, queue) = (Arc::new(queue.clone()), queue.clone());
    let put_conversion: PutConversion = Arc::new(move |tx, item, owner| {
        let queue = queue.clone();
        Box::pin(async move { post::put_conversion(&queue, tx, (item, owner)).await })
    });
    Others {
        limiter,
        see: SEE,
        put_conversion,
        cuts,
        house,
        tickets,
    }
}

fn manage(rocket: Rocket<Build>, app: App) -> Rocket<Build> {
    rocket
        .manage(Home::new(app.settings.public_url.clone()))
        .manage(app.sessions.clone())
        .manage(app.limiter.clone())
        .manage(app.assets.clone())
        .manage(api_paths())
        .manage(form_pages())
        .manage(TrustedProxies(app.settings.trusted_proxies.clone()))
        .manage(app.db.clone())
        .manage(app.clock.clone())
        .manage(app.site.clone())
        .manage(app.house.clone())
        .manage(app.media.clone())
        .manage(app.hub.clone())
        .manage(PAGES_ASK.unread as visit::Unread)
        .manage(upkeep::Background::default())
        .manage(app)
}

/// Four fifths of the files that this process may have open; the rest is for requests and the disk.
fn most_sockets() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum.or(limit.current);
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(1 << 20);
    tracing::debug!(files, "open files allowed");
    (files / 5 * 4) as usize
}

/// Prints, once it listens, the one line that says where; and for an empty site the way in.
pub fn announce() -> impl Fairing {
    AdHoc::on_liftoff("Announcement", |rocket| {
        Box::pin(async move {
            let app = rocket.state::<App>().expect("the app is managed");
            let url = app.settings.address_url(rocket.config().port);
            let mut said = format!("Porch is at {url}\n");
            if !app.site.has_admin().await.unwrap_or(true) {
                said += &format!(
                    "Set it up on this machine, or once from elsewhere: {url}/setup?key={}\n",
                    app.site.key
                );
            }
            // At once, so that who waits for the first line has read both.
            print!("{said}");
        })
    })
}
