//! Who members are to each other. For now a plain list of one member's posts.

mod pages;

pub use pages::routes;
