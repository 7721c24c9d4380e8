//! `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10) on answers to requests that were
//! counted.

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::Status;
use rocket::request::Request;
use rocket::response::Response;

use super::limiter::Left;

/// What is left to whoever sent this request.
struct Noted(Option<Left>);

/// Keeps for the headers what a limit has left.
pub fn note_left(request: &Request<'_>, left: Option<Left>) {
    request.local_cache(|| Noted(left));
}

pub struct RateLimitHeaders;

#[rocket::async_trait]
impl Fairing for RateLimitHeaders {
    fn info(&self) -> Info {
        Info {
            name: "Rate limits",
            kind: Kind::Response,
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        // Whoever is told to wait reads of that limit, and not of what another one has left.
        if response.status() == Status::TooManyRequests {
            return;
        }
        let Some(Left { act, left }) = request.local_cache(|| Noted(None)).0 else {
            return;
        };
        let rule = act.rule();
        let window = rule.period * rule.burst;
        let refill = rule.period * (rule.burst - left.min(rule.burst));
        let (window, refill) = (window.as_secs(), refill.as_millis().div_ceil(1_000));
        let name = format!("{act:?}").to_lowercase();
        response.set_raw_header(
            "RateLimit-Policy",
            format!("\"{name}\";q={};w={window}", rule.burst),
        );
        response.set_raw_header("RateLimit", format!("\"{name}\";r={left};t={refill}"));
    }
}
