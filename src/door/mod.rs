//! The door: first run, registering, signing in and out, and the links in letters.

mod answer;
pub mod api;
mod device;
mod join;
mod login;
mod qr;
mod recover;
mod reset;
mod session;
mod setup;
mod verify;

use crate::app::App;
use crate::jobs::Kind;

pub use answer::{Answer, go};
pub use api::routes as api_routes;
pub use device::name as device_name;
pub use session::forget_old;
pub use verify::ask as ask_to_confirm;

/// The jobs of this room.
pub static JOBS: [&Kind<App>; 2] = [&reset::LETTER.job, &session::LETTER.job];

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = login::routes();
    routes.extend(join::routes());
    routes.extend(setup::routes());
    routes.extend(recover::routes());
    routes
}
