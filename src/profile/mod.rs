//! Who members are to each other: their pages, who follows whom, who keeps away from whom.

mod apart;
pub mod apart_pages;
pub mod api;
mod counts;
mod directory;
mod follow;
mod members;
pub mod own_api;
mod pages;
mod words;

pub use apart::take_away as untie;
pub use counts::{GIVEN_OUT, counts};
pub use directory::called;
pub use follow::take_away as unfollow;
pub use members::id_of;

use rocket::Route;

pub fn routes() -> Vec<Route> {
    let mut routes = pages::routes();
    routes.extend(apart_pages::routes());
    routes
}

pub fn api_routes() -> Vec<Route> {
    let mut routes = api::routes();
    routes.extend(own_api::routes());
    routes.extend(apart_pages::api_routes());
    routes
}
