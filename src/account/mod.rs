//! Who you are: registering, signing in and out, and everything about one's own account.

mod adopt;
pub mod api_account;
pub mod api_auth;
pub mod api_users;
mod appoint;
mod details;
mod device;
mod door;
mod email;
mod leave;
mod letter;
mod recover;
mod reset;
mod session;
mod settings;
mod setup;
mod signup;
mod token;
mod user;
mod verify;

pub use adopt::{Adopted, Old, adopt};
pub use appoint::{Appointed, appoint};
pub use email::Email;
pub use leave::erase_due;
pub use letter::{LETTER, Letter, describe as describe_letter, send as send_letter};
pub use session::forget_old;

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = door::routes();
    routes.extend(setup::routes());
    routes.extend(settings::routes());
    routes.extend(recover::routes());
    routes
}

/// The JSON door.
pub fn api_routes() -> Vec<rocket::Route> {
    let mut routes = api_auth::routes();
    routes.extend(api_users::routes());
    routes.extend(api_account::routes());
    routes
}
