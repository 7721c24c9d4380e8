//! What members are told of what others do. Rooms that do something to a member lend it to `put`; this room knows when
//! it is read.

pub mod api;
mod bells;
mod choices;
mod erase;
mod kind;
mod list;
mod pages;
mod put;

pub use bells::posted;
pub use choices::{Choice, choices, choose};
pub use erase::{forget_old, take_away, take_from};
pub use kind::Kind;
pub use list::unread;
pub use pages::routes;
pub use put::{New, Told, forget_comment, of_likes, put, take_back};

use crate::app::App;
use crate::jobs;

/// The sorts of work of this room.
pub static JOBS: [&jobs::Kind<App>; 1] = [&bells::RING];
