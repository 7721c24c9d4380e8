//! What is found by words: people, tags, posts, comments. This room only reads; each other room writes its own words.

pub mod api;
mod ask;
mod comments;
mod everything;
mod mark;
mod pages;
mod posts;
mod tags;
mod words;

pub use pages::routes;
