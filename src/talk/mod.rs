//! What members make of each other's posts: likes and comments. A post's own room shows their numbers, and takes nothing
//! from here.

pub mod api;
mod by_house;
mod comment;
mod comments;
pub mod comments_api;
mod counts;
mod drawer;
mod erase;
mod likes;
mod pages;
mod say;
mod thread;
mod words;

pub use by_house::{erase_hidden, hide, show};
pub use comment::find;
pub use comments::seen;
pub use counts::{GIVEN_OUT, counts};
pub use drawer::{CLOSED, TALKS};
pub use erase::{take_away, take_from};
pub use words::fill as fill_words;

use rocket::Route;

use crate::paths::FormPage;

pub fn routes() -> Vec<Route> {
    let mut routes = pages::routes();
    routes.extend(say::routes());
    routes
}

pub fn api_routes() -> Vec<Route> {
    let mut routes = api::routes();
    routes.extend(comments_api::routes());
    routes
}

/// Where forms are that were sent when a session had ended.
pub fn form_pages() -> [FormPage; 2] {
    [
        FormPage {
            sent_to: "/p/<id>/comments",
            page: "/p/<id>",
        },
        FormPage {
            sent_to: "/c/<id>",
            page: "/c/<id>/edit",
        },
    ]
}
