//! The pages of those who look after the place.

mod jobs;

pub fn routes() -> Vec<rocket::Route> {
    jobs::routes()
}
