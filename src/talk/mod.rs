//! What members make of each other's posts: likes. A post's own room shows their number, and takes nothing from here.

pub mod api;
mod likes;
mod pages;
mod tick;

pub use likes::{take_away, take_from};
pub use pages::routes;
pub use tick::{counts, tick};
