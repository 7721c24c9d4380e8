//! Where a request comes from. A browser says so in `Sec-Fetch-Site` and `Origin`, which no page can
//! forge; what another site sends with our cookie is refused.

use std::net::IpAddr;

use rocket::request::{FromRequest, Outcome, Request};

use super::refuse::refused;
use crate::error::{Error, Result};

/// The origin of this site, as far as it is configured.
pub struct Home {
    public_url: Option<String>,
}

impl Home {
    pub fn new(public_url: Option<String>) -> Self {
        Home { public_url }
    }

    /// The one origin that pages of ours have in this request, or none when its `Host` is not ours.
    ///
    /// Without a public address only this machine's name and bare IP addresses with our port count:
    /// a phone on the same network works, and no name can be smuggled in by DNS.
    pub(super) fn origin(&self, request: &Request<'_>) -> Option<String> {
        if let Some(url) = &self.public_url {
            return Some(url.clone());
        }
        let host = request.host()?;
        let port = host.port().unwrap_or(80);
        let name = host.domain().as_str();
        let plain = name.trim_start_matches('[').trim_end_matches(']');
        let ours = name == "localhost" || plain.parse::<IpAddr>().is_ok();
        let same_port = port == request.rocket().config().port;
        (ours && same_port).then(|| match host.port() {
            Some(port) => format!("http://{name}:{port}"),
            None => format!("http://{name}"),
        })
    }
}

/// Refuses what did not come from a page of ours.
pub fn check(request: &Request<'_>) -> Result<()> {
    let site = request.headers().get_one("Sec-Fetch-Site");
    let allowed = match (site, origin(request)) {
        // A page with `Referrer-Policy: no-referrer` names no origin even to its own site.
        (Some("same-origin" | "none"), Sent::None | Sent::Opaque | Sent::Ours) => true,
        (None, Sent::Ours) => true,
        _ => false,
    };
    if allowed {
        Ok(())
    } else {
        Err(Error::Forbidden(
            "This came from another site, so nothing was done. Open the page here and try again.",
        ))
    }
}

/// Refuses a handshake whose `Origin` is not exactly ours; there is no other line of defence against
/// cross-site WebSocket hijacking.
pub fn check_socket(request: &Request<'_>) -> Result<()> {
    match origin(request) {
        Sent::Ours => Ok(()),
        _ => Err(Error::Forbidden("This socket is for pages of this site.")),
    }
}

enum Sent {
    None,
    Opaque,
    Ours,
    Foreign,
}

fn origin(request: &Request<'_>) -> Sent {
    let home = request.rocket().state::<Home>().expect("home is managed");
    let mut sent = request.headers().get("Origin");
    match (sent.next(), sent.next()) {
        (None, _) => Sent::None,
        (Some("null"), None) => Sent::Opaque,
        (Some(origin), None) if home.origin(request).as_deref() == Some(origin) => Sent::Ours,
        _ => Sent::Foreign,
    }
}

/// A request guard for writes that need no session, such as signing in: they too come from our pages.
pub struct SameSite;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SameSite {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        match check(request) {
            Ok(()) => Outcome::Success(SameSite),
            Err(error) => refused(request, error),
        }
    }
}
