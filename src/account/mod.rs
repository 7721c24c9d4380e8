//! Who you are: registering, signing in and out, and everything about one's own account.

mod appoint;
mod details;
mod door;
mod reset;
mod session;
mod settings;
mod setup;
mod signup;
mod user;

pub use appoint::{Appointed, appoint};
pub use session::forget_old;
pub use user::Email;

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = door::routes();
    routes.extend(setup::routes());
    routes.extend(settings::routes());
    routes.extend(reset::routes());
    routes
}
