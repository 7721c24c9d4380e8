//! How guards refuse.

use rocket::request::{Outcome, Request};

use crate::error::Error;

/// A guard's refusal, with the error left for the catcher.
pub fn refused<T>(request: &Request<'_>, error: Error) -> Outcome<T, Error> {
    error.clone().remember(request);
    Outcome::Error((error.status(), error))
}
