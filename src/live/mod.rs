//! What happens, to whoever is looking: numbered changes, and the sockets that get them.
//!
//! The database is the truth. A change takes the next number of one counter in its own transaction
//! (`changes.rs`); after the commit the hub is told that number, asks for everything between the last
//! number it gave out and this one, and sends it to every socket whose reader may see it. A socket that was away asks
//! the same question from its own last number. This room knows no thing that changes: `seams.rs` lists the drawers.

mod drawer;
mod fragments;
mod frame;
mod heads;
mod hub;
mod publisher;
mod replay;
mod socket;
mod tick;

pub use drawer::{Asks, Draw, Drawer};
pub use fragments::{
    Fragments, Key, ListKey, Listed, ListedPost, Mark, Newest, Shell, Shown, Versions,
};
pub use frame::{Count, Frame};
pub use heads::{Head, Heads};
pub use hub::{Close, Hub};
pub use publisher::publish;
pub use tick::{Counted, tick};

pub fn routes() -> Vec<rocket::Route> {
    rocket::routes![socket::live]
}
