//! The pages of those who look after the place.

pub mod api;
mod clock;
mod jobs;
mod joining;
mod letters;
mod log;
mod overview;
mod people;
mod place;
mod seen;
pub mod seen_api;
mod seen_ask;
mod seen_pages;
pub mod seen_ways;

pub use seen::check_weekly;

use crate::app::App;
use crate::jobs::Kind;

/// The jobs of this room.
pub static JOBS: [&Kind<App>; 2] = [&letters::LETTER.job, &seen::CHECK];

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = jobs::routes();
    routes.extend(letters::routes());
    routes.extend(clock::routes());
    routes.extend(overview::routes());
    routes.extend(joining::routes());
    routes.extend(people::routes());
    routes.extend(log::routes());
    routes.extend(place::routes());
    routes.extend(seen_pages::routes());
    routes
}

pub fn api_routes() -> Vec<rocket::Route> {
    let mut routes = api::routes();
    routes.extend(seen_api::routes());
    routes
}
