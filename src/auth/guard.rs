//! The guards that say who asks.

use std::sync::Arc;

use rocket::http::Method;
use rocket::request::{FromRequest, Outcome, Request};

use super::credential::Credential;
use super::origin;
use super::refuse::refused;
use super::sessions::Sessions;
use super::viewer::Viewer;
use crate::error::{Error, Result};
use crate::limit::{Act, Address, Key, Limiter, note_left};
use crate::paths::ApiPaths;

/// The token of an `Authorization: Bearer` header. Another scheme is between a browser and the proxy before us.
fn bearer<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    let header = request.headers().get_one("Authorization")?;
    let (scheme, token) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// The viewer of this request, looked up once. An answer that caches may keep brings no new token.
async fn viewer_of(request: &Request<'_>) -> Result<Option<Viewer>> {
    let found = request.local_cache_async(async {
        let state = request.rocket();
        let sessions = state.state::<Sessions>().expect("sessions are managed");
        let limiter = state.state::<Arc<Limiter>>();
        let limiter = limiter.expect("the limiter is managed");
        let count = async |viewer: &Viewer| -> Result<()> {
            let account = Key::Account(viewer.id);
            note_left(request, limiter.spend(Act::Api, account, 1).await?);
            Ok(())
        };
        if let Some(token) = bearer(request) {
            let viewer = sessions.find(Credential::Bearer(token), None).await?;
            match &viewer {
                Some(viewer) => count(viewer).await?,
                None => {
                    let address = request.guard::<Address>().await;
                    let address = address.expect("every request has an address");
                    let key = Key::Address(address);
                    limiter.spend(Act::BadToken, key, 1).await?;
                }
            }
            return Ok(viewer);
        }
        let jar = request.cookies();
        let path = request.uri().path().as_str();
        let renew = (!path.starts_with("/media/")).then_some(jar);
        let Some(cookie) = jar.get(sessions.cookie_name()) else {
            return Ok(None);
        };
        let viewer = sessions.find(Credential::Cookie(cookie.value()), renew);
        let viewer = viewer.await?;
        let Some(known) = &viewer else {
            return Ok(None);
        };
        if !is_safe(request.method()) {
            let account = Key::Account(known.id);
            limiter.spend(Act::Write, account, 1).await?;
        }
        let api = state.state::<ApiPaths>().expect("paths are managed");
        if api.contain(path) {
            count(known).await?;
        }
        Ok(viewer)
    });
    found.await.clone()
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Viewer {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        match require(request).await {
            Ok(viewer) => Outcome::Success(viewer),
            Err(error) => refused(request, error),
        }
    }
}

/// The viewer, or the reason why this request is refused.
pub async fn require(request: &Request<'_>) -> Result<Viewer> {
    if !is_safe(request.method()) && bearer(request).is_none() {
        // Without a session there is nothing that another site could ride on.
        let sessions = request.rocket().state::<Sessions>();
        let name = sessions.expect("sessions are managed").cookie_name();
        if request.cookies().get(name).is_some() {
            origin::check(request)?;
        }
    }
    viewer_of(request).await?.ok_or(Error::Unauthenticated)
}

/// Who asks, judged later: a client of the JSON API hears first that its body is broken.
pub struct Caller(Result<Viewer>);

impl Caller {
    pub fn viewer(self) -> Result<Viewer> {
        self.0
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Caller {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(Caller(require(request).await))
    }
}

/// For pages that members and strangers both see. Not knowing is an error, and not a stranger.
pub struct Anyone(pub Option<Viewer>);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Anyone {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        match viewer_of(request).await {
            Ok(viewer) => Outcome::Success(Anyone(viewer)),
            Err(error) => refused(request, error),
        }
    }
}

pub fn is_safe(method: Method) -> bool {
    matches!(
        method,
        Method::Get | Method::Head | Method::Options | Method::Trace
    )
}
