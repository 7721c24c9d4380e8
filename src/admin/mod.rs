//! The pages of those who look after the place.

mod clock;
mod jobs;
mod letters;

use crate::app::App;
use crate::jobs::Kind;

/// The jobs of this room.
pub static JOBS: [&Kind<App>; 1] = [&letters::LETTER.job];

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = jobs::routes();
    routes.extend(letters::routes());
    routes.extend(clock::routes());
    routes
}
