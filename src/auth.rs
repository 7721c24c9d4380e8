//! Who is asking: a JWT in a cookie, and the session's row that decides at every request.
//!
//! The token alone opens nothing: it names a session, and a session that was ended (sign-out, password
//! change, reset) makes it void.
//! Writes that ride on the cookie must come from our own pages (`SameSite`).

use rocket::http::Method;
use rocket::request::{FromRequest, Outcome, Request};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::id::{Id, Sessions as SessionsTable, Users};

mod known;
pub mod origin;
pub mod password;
mod sessions;
mod signer;

pub use origin::{Home, SameSite};
pub use password::{NewPassword, Passwords};
pub use sessions::Sessions;
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
    #[serde(skip)]
    pub session_id: Id<SessionsTable>,
    /// The newest change of the feed when this request began. What is read after it is complete up to
    /// there.
    #[serde(skip)]
    pub as_of: i64,
}

impl Viewer {
    pub fn is_admin(&self) -> bool {
        self.admin == 1
    }
}

/// The viewer of this request, looked up once. An answer that caches may keep brings no new token.
async fn viewer_of(request: &Request<'_>) -> Result<Option<Viewer>> {
    let found = request.local_cache_async(async {
        let sessions = request
            .rocket()
            .state::<Sessions>()
            .expect("sessions are managed");
        let renew = !request.uri().path().starts_with("/media/");
        sessions.find(request.cookies(), renew).await
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
    if !is_safe(request.method()) {
        origin::check(request)?;
    }
    viewer_of(request).await?.ok_or(Error::Unauthenticated)
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
