//! What every request gets: an id, a line in the log, the headers that keep a browser safe, and the size of the pieces in
//! which its answer goes out.
//!
//! The log names method, path and status; never a query (it may hold a token), a cookie or an
//! address of a person.

use std::fmt;
use std::time::Instant;

use rocket::fairing::{Fairing, Info, Kind};
use rocket::http::{Header, Method};
use rocket::{Data, Request, Response};
use uuid::Uuid;

/// Names one request in the log and on its error page.
#[derive(Clone, Copy)]
pub struct RequestId(Uuid, Instant);

impl RequestId {
    pub fn of(request: &Request<'_>) -> RequestId {
        *request.local_cache(|| RequestId(Uuid::now_v7(), Instant::now()))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.simple().to_string();
        write!(f, "{}-{}", &text[..12], &text[24..])
    }
}

pub struct Trace {
    /// Older Safari wants the socket's address spelled out.
    policy: String,
    hsts: bool,
}

impl Trace {
    pub fn new(public_url: Option<&str>) -> Self {
        let socket = public_url
            .map(|url| url.replacen("http", "ws", 1))
            .unwrap_or_default();
        let policy = format!(
            "default-src 'self'; img-src 'self' blob:; media-src 'self' blob:; \
             connect-src 'self' {socket}; object-src 'none'; base-uri 'none'; \
             form-action 'self'; frame-ancestors 'none'"
        );
        let hsts = public_url.is_some_and(|url| url.starts_with("https://"));
        Trace { policy, hsts }
    }
}

const ALWAYS: [(&str, &str); 5] = [
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    (
        "Permissions-Policy",
        "camera=(self), microphone=(self), geolocation=(), interest-cohort=()",
    ),
    ("X-Permitted-Cross-Domain-Policies", "none"),
];

/// An answer goes out in pieces of so many bytes: each is a way from one task to another and a call to the kernel, and
/// as much memory for a reader who is slow.
const PIECE: usize = 32 << 10;

#[rocket::async_trait]
impl Fairing for Trace {
    fn info(&self) -> Info {
        Info {
            name: "Trace",
            kind: Kind::Request | Kind::Response | Kind::Singleton,
        }
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        RequestId::of(request);
        // A range of a HEAD means nothing (RFC 9110, 14.2), and Rocket answers it by the route of GET.
        if request.method() == Method::Head && request.headers().contains("Range") {
            request.replace_header(Header::new("Range", ""));
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let id = RequestId::of(request);
        response.set_max_chunk_size(PIECE);
        for (name, value) in ALWAYS {
            response.set_header(Header::new(name, value));
        }
        // Swagger UI has its icons in its style sheet.
        let policy = if request.uri().path().starts_with("/docs/") {
            self.policy
                .replace("img-src 'self'", "img-src 'self' data:")
        } else {
            self.policy.clone()
        };
        for (name, value) in [
            ("Content-Security-Policy", policy.as_str()),
            ("Referrer-Policy", "same-origin"),
        ] {
            if !response.headers().contains(name) {
                response.set_header(Header::new(name, value.to_owned()));
            }
        }
        if self.hsts {
            let year = "max-age=31536000";
            response.set_header(Header::new("Strict-Transport-Security", year));
        }
        response.set_header(Header::new("X-Request-Id", id.to_string()));
        let (status, path) = (response.status().code, request.uri().path());
        let ms = id.1.elapsed().as_millis();
        let (method, path) = (request.method(), path.as_str());
        if status >= 500 {
            tracing::warn!(%id, %method, path, status, ms, "answered");
        } else {
            tracing::debug!(%id, %method, path, status, ms, "answered");
        }
    }
}
