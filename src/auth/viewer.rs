//! Who is asking: a token in a cookie or in the `Authorization` header, and the session's row that
//! decides at every request.
//!
//! The token alone opens nothing: it names a session, and a session that was ended (sign-out, password
//! change, reset) makes it void. Where both come, the header decides, and a bad one opens nothing even
//! beside a good cookie. Writes that ride on the cookie must come from our own pages (`SameSite`); no
//! browser sends the header by itself.

use std::sync::Arc;

use rocket::http::Method;
use rocket::request::{FromRequest, Outcome, Request};
use serde::Serialize;

use crate::api;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Sessions as SessionsTable, Users};
use crate::limit::{Address, Limiter};

mod credential;
mod known;
pub mod origin;
pub mod password;
mod sessions;
mod signer;

pub use credential::Credential;
pub use origin::{Base, Home, SameSite};
pub use password::{NewPassword, Passwords};
pub use sessions::{BEARER_SECONDS, Kind, Session, Sessions};
pub use signer::Signer;

/// The member who asks.
#[derive(Clone, Debug, sqlx::FromRow, Serialize)]
pub struct Viewer {
    pub id: Id<Users>,
    pub handle: String,
    pub name: String,
    pub email: String,
    pub face: Option<String>,
    #[sqlx(rename = "is_admin")]
    admin: i64,
    #[sqlx(rename = "is_verified")]
    verified: i64,
    #[serde(skip)]
    pub session_id: Id<SessionsTable>,
    #[serde(skip)]
    #[sqlx(try_from = "String")]
    pub kind: Kind,
    #[serde(skip)]
    seen_at: Micros,
    #[serde(skip)]
    expires_at: Micros,
    /// Raised since, it says that every session was ended.
    #[serde(skip)]
    pub epoch: i64,
    /// The newest change of the feed when this request began. What is read after it is complete up to
    /// there.
    #[serde(skip)]
    pub as_of: i64,
}

impl Viewer {
    pub fn is_admin(&self) -> bool {
        self.admin == 1
    }

    /// The member's address was confirmed.
    pub fn is_verified(&self) -> bool {
        self.verified == 1
    }

    pub fn require_admin(&self) -> Result<()> {
        if self.is_admin() {
            return Ok(());
        }
        Err(Error::Forbidden("Only an administrator may do that."))
    }
}

/// The token of an `Authorization: Bearer` header, or the empty text when the header is another.
fn bearer<'r>(request: &'r Request<'_>) -> Option<&'r str> {
    let header = request.headers().get_one("Authorization")?;
    let (scheme, token) = header.trim().split_once(' ').unwrap_or_default();
    Some(if scheme.eq_ignore_ascii_case("bearer") {
        token.trim()
    } else {
        ""
    })
}

/// The viewer of this request, looked up once. An answer that caches may keep brings no new token.
async fn viewer_of(request: &Request<'_>) -> Result<Option<Viewer>> {
    let found = request.local_cache_async(async {
        let state = request.rocket();
        let sessions = state.state::<Sessions>().expect("sessions are managed");
        let limiter = state.state::<Arc<Limiter>>();
        let limiter = limiter.expect("the limiter is managed");
        if let Some(token) = bearer(request) {
            let viewer = sessions.find(Credential::Bearer(token), None).await?;
            match &viewer {
                Some(viewer) => limiter.api(request, viewer.id.to_string())?,
                None => {
                    let address = request.guard::<Address>().await;
                    limiter.bad_token(address.expect("every request has an address"))?;
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
        let credential = Credential::Cookie(cookie.value());
        let viewer = sessions.find(credential, renew).await?;
        if let Some(viewer) = viewer.as_ref().filter(|_| api::is_path(path)) {
            limiter.api(request, viewer.id.to_string())?;
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

/// A guard's refusal, with the error left for the catcher.
pub fn refused<T>(request: &Request<'_>, error: Error) -> Outcome<T, Error> {
    error.clone().remember(request);
    Outcome::Error((error.status(), error))
}

pub fn is_safe(method: Method) -> bool {
    matches!(
        method,
        Method::Get | Method::Head | Method::Options | Method::Trace
    )
}
