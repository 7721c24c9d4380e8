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

use crate::app::App;
use crate::jobs::Kind;

/// The jobs of this room.
pub static JOBS: [&Kind<App>; 1] = [&letters::LETTER.job];

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = jobs::routes();
    routes.extend(letters::routes());
    routes.extend(clock::routes());
    routes.extend(overview::routes());
    routes.extend(joining::routes());
    routes.extend(people::routes());
    routes.extend(log::routes());
    routes.extend(place::routes());
    routes
}
