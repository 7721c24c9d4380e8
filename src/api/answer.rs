//! Answers in JSON.

use rocket::http::{ContentType, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use serde::Serialize;

use crate::auth::Tickets;
use crate::clock::{self, Micros};

/// An answer in JSON, which no cache keeps.
pub struct Json<T>(pub T);

impl<'r, T: Serialize> Responder<'r, 'static> for Json<T> {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let body = serde_json::to_string(&self.0).map_err(|_| Status::InternalServerError)?;
        Written(body).respond_to(request)
    }
}

/// An answer that is JSON already, which no cache keeps. Where addresses of pictures need tickets it gets them.
pub struct Written(pub String);

impl<'r> Responder<'r, 'static> for Written {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let body = match request.local_cache(|| None::<Tickets>) {
            Some(tickets) => tickets.fill(&self.0),
            None => self.0,
        };
        Response::build()
            .header(ContentType::JSON)
            .raw_header("Cache-Control", "no-store")
            .sized_body(body.len(), std::io::Cursor::new(body))
            .ok()
    }
}

/// An instant as the contract writes it: UTC without a zone, microseconds unless they are 0.
pub fn time_stamp(at: Micros) -> String {
    use time::macros::format_description;
    let whole = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let text = clock::date(at)
        .format(whole)
        .expect("a date has these parts");
    match at.rem_euclid(1_000_000) {
        0 => text,
        micros => format!("{text}.{micros:06}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_microseconds_unless_they_are_none() {
        assert_eq!(
            time_stamp(1_764_506_096_123_456),
            "2025-11-30T12:34:56.123456"
        );
        assert_eq!(time_stamp(1_764_506_096_000_000), "2025-11-30T12:34:56");
        assert_eq!(
            time_stamp(1_764_506_096_000_001),
            "2025-11-30T12:34:56.000001"
        );
    }
}
