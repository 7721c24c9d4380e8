//! What members are told of what others do. Rooms that do something to a member lend it to `put`; this room knows when
//! it is read.

pub mod api;
mod bells;
mod choices;
mod desk;
pub mod devices;
mod digest;
mod erase;
mod kind;
mod list;
mod outbox;
mod pages;
mod put;
mod stop;

pub use bells::posted;
pub use choices::{LETTERS, Wish, choices, choose, set_when, when};
pub use desk::{looked, waits, waits_less};
pub use erase::{forget_ended_group, forget_group, forget_old, take_away, take_from};
pub use kind::Kind;
pub use list::unread;
pub use outbox::{Digest, When, follows, post, post_due};
pub use put::{New, Told, forget_comment, mentioned, of_likes, put, take_back};

use rocket::Route;

use crate::app::App;
use crate::jobs;

pub fn routes() -> Vec<Route> {
    let mut routes = pages::routes();
    routes.extend(stop::routes());
    routes
}

/// The sorts of work of this room.
pub static JOBS: [&jobs::Kind<App>; 3] = [&bells::RING, &digest::LETTER.job, &devices::PUSH];
