//! Who members are to each other: their pages, who follows whom.

pub mod api;
mod follow;
mod members;
mod pages;

pub use follow::take_away;
pub use pages::routes;
