//! What happens, to whoever is looking: numbered changes, and the sockets that get them.
//!
//! The database is the truth. A change takes the next number of one counter in its own transaction
//! (`clock`); after the commit the hub is told that number, asks for everything between the last
//! number it gave out and this one, and sends it to every socket. A socket that was away asks the
//! same question from its own last number. This room knows the id of a post and nothing else of it: `lib.rs` gives it
//! the function that draws changes.

mod clock;
mod fragments;
mod frame;
mod hub;
mod publisher;
mod socket;

pub use clock::{forget_before, hold, next, next_many, read_epoch};
pub use fragments::{Fragments, ListKey, Listed, ListedPost, Newest};
pub use frame::Frame;
pub use hub::{Close, Hub, Replay, Replayed};
pub use publisher::publish;

pub fn routes() -> Vec<rocket::Route> {
    rocket::routes![socket::live]
}
