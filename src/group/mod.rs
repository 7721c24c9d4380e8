//! Groups: some of those here, for whom a post may be meant. Who is in one, who may come in, who looks after it, and how it
//! ends. What a group's posts show, and to whom, is the rooms' below.

pub mod api;
mod closing;
mod entry;
mod found;
mod found_pages;
mod leaving;
mod lists;
mod manage;
pub mod members_api;
mod pages;
mod people_pages;
mod row;
mod values;

pub use closing::{CLOSE, forget_old};
pub use leaving::take_away;

use crate::app::App;
use crate::jobs::Kind;

/// The sorts of work of this room.
pub static JOBS: [&Kind<App>; 1] = [&CLOSE];

pub fn routes() -> Vec<rocket::Route> {
    let mut routes = pages::routes();
    routes.extend(found_pages::routes());
    routes.extend(people_pages::routes());
    routes
}

pub fn api_routes() -> Vec<rocket::Route> {
    let mut routes = api::routes();
    routes.extend(members_api::routes());
    routes
}
