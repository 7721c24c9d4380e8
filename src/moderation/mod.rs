//! What those who look after the place look at: posts that wait for them.

pub mod api;
mod desk;
mod pages;

pub use desk::count;

pub fn routes() -> Vec<rocket::Route> {
    pages::routes()
}
