//! Who is asking: a JWT in a cookie, and the session's row that decides at every request.
//!
//! The token alone opens nothing. It carries a session id and the member's epoch; a session that was
//! ended, or an epoch that was raised (password change, reset, log out everywhere), makes it void.
//! Writes that ride on the cookie must come from our own pages (`SameSite`).

use std::sync::Arc;

use rocket::http::{Cookie, CookieJar, Method};
use rocket::request::{FromRequest, Outcome, Request};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::id::{Id, Sessions as SessionsTable, Users};

pub mod origin;
pub mod password;
mod signer;

pub use origin::{Home, SameSite};
pub use password::{NewPassword, Passwords};
pub use signer::Signer;

const DAY: i64 = 86_400;
/// How long a cookie's token lives, in seconds; it is renewed once a day while it is used.
pub const SESSION_SECONDS: i64 = 30 * DAY;
const RENEW_AFTER: i64 = DAY;
const AUDIENCE: &str = "porch:session";

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
    epoch: i64,
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

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    sid: String,
    epoch: i64,
    aud: Vec<String>,
    iat: i64,
    exp: i64,
}

/// Reads and writes sessions; one for the process.
#[derive(Clone)]
pub struct Sessions(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    signer: Signer,
    /// Behind https: the cookie is `Secure`, and bound to this host by its name.
    secure: bool,
}

impl Clone for Claims {
    fn clone(&self) -> Self {
        Claims {
            sub: self.sub.clone(),
            sid: self.sid.clone(),
            aud: self.aud.clone(),
            ..*self
        }
    }
}

const FIND: &str = "
    select u.id, u.handle, u.name, u.email, u.face, u.is_admin, u.session_epoch as epoch,
           s.id as session_id, (select seq from feed_clock where id = 1) as as_of
      from sessions s
      join users u on u.id = s.user_id
     where s.id = $1 and s.expires_at > $2";

const MEMBER: &str = "
    select u.id, u.handle, u.name, u.email, u.face, u.is_admin, u.session_epoch as epoch,
           cast($2 as text) as session_id, (select seq from feed_clock where id = 1) as as_of
      from users u
     where u.id = $1";

const START: &str = "
    insert into sessions (id, user_id, created_at, expires_at, user_agent)
    values ($1, $2, $3, $4, $5)";

/// Takes the member's row for this transaction: a session never begins beside the end of all sessions.
const STILL: &str = "
    update users set session_epoch = session_epoch where id = $1 and session_epoch = $2";

const RAISE: &str = "
    update users set session_epoch = session_epoch + 1 where id = $1 and session_epoch = $2";

const END_OTHERS: &str = "delete from sessions where user_id = $1 and id <> $2";

const RENEW: &str = "update sessions set expires_at = $2 where id = $1";

impl Sessions {
    pub fn new(db: Db, clock: Clock, signer: Signer, secure: bool) -> Self {
        Sessions(Arc::new(Inner {
            db,
            clock,
            signer,
            secure,
        }))
    }

    pub fn signer(&self) -> &Signer {
        &self.0.signer
    }

    fn cookie_name(&self) -> &'static str {
        if self.0.secure {
            "__Host-porch"
        } else {
            "porch"
        }
    }

    fn cookie(&self, token: String) -> Cookie<'static> {
        Cookie::build((self.cookie_name(), token))
            .path("/")
            .http_only(true)
            .secure(self.0.secure)
            .same_site(rocket::http::SameSite::Lax)
            .max_age(rocket::time::Duration::seconds(SESSION_SECONDS))
            .build()
    }

    /// Begins a session for a member whose epoch is (still) `epoch`, and hands its token to the browser.
    pub async fn start(
        &self,
        user: Id<Users>,
        epoch: i64,
        user_agent: &str,
        jar: &CookieJar<'_>,
    ) -> Result<()> {
        let id = Id::new();
        let now = self.0.clock.now();
        let user_agent: String = user_agent.chars().take(200).collect();
        let mut tx = self.0.db.write().await?;
        let still = sqlx::query(STILL)
            .bind(user)
            .bind(epoch)
            .execute(&mut *tx)
            .await?;
        if still.rows_affected() == 0 {
            return Err(Error::Conflict(
                "The account was changed in this moment. Sign in again.".into(),
            ));
        }
        sqlx::query(START)
            .bind(id)
            .bind(user)
            .bind(now)
            .bind(now + SESSION_SECONDS * 1_000_000)
            .bind(user_agent)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        jar.add(self.cookie(self.token(user, id, epoch)?));
        Ok(())
    }

    fn token(&self, user: Id<Users>, session: Id<SessionsTable>, epoch: i64) -> Result<String> {
        let iat = self.0.clock.seconds();
        self.0.signer.sign(&Claims {
            sub: user.to_string(),
            sid: session.to_string(),
            epoch,
            aud: vec![AUDIENCE.into()],
            iat,
            exp: iat + SESSION_SECONDS,
        })
    }

    /// Ends every session of the viewer but this one, whose token is renewed. `Conflict` when this one
    /// was ended meanwhile.
    pub async fn end_others(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        jar: &CookieJar<'_>,
    ) -> Result<()> {
        let raised = sqlx::query(RAISE)
            .bind(viewer.id)
            .bind(viewer.epoch)
            .execute(&mut **tx)
            .await?;
        if raised.rows_affected() == 0 {
            return Err(Error::Conflict(
                "The account was changed in this moment. Load the page again.".into(),
            ));
        }
        sqlx::query(END_OTHERS)
            .bind(viewer.id)
            .bind(viewer.session_id)
            .execute(&mut **tx)
            .await?;
        jar.add(self.cookie(self.token(viewer.id, viewer.session_id, viewer.epoch + 1)?));
        Ok(())
    }

    /// Takes the token from the browser. The row is the caller's to delete.
    pub fn forget(&self, jar: &CookieJar<'_>) {
        // Without `secure` a browser keeps a cookie whose name begins with `__Host-`.
        let cookie = Cookie::build(self.cookie_name())
            .path("/")
            .secure(self.0.secure);
        jar.remove(cookie);
    }

    /// Whom a correctly signed token names, whether or not its session goes on. Good for nothing but
    /// giving people back what they typed.
    pub fn signed_for(&self, jar: &CookieJar<'_>) -> Option<Id<Users>> {
        self.claims(jar)?.sub.parse().ok()
    }

    fn claims(&self, jar: &CookieJar<'_>) -> Option<Claims> {
        self.0
            .signer
            .read(jar.get(self.cookie_name())?.value(), AUDIENCE)
    }

    /// The member behind this request's cookie, if the session goes on.
    pub async fn find(&self, jar: &CookieJar<'_>) -> Result<Option<Viewer>> {
        let now = self.0.clock.seconds();
        let Some(claims) = self.claims(jar).filter(|claims| claims.exp > now) else {
            return Ok(None);
        };
        let Ok(session) = claims.sid.parse() else {
            return Ok(None);
        };
        let viewer = self.look_up(session).await?;
        let viewer = viewer.filter(|v| v.epoch == claims.epoch && v.id.to_string() == claims.sub);
        if let Some(viewer) = &viewer
            && now - claims.iat >= RENEW_AFTER
        {
            let mut tx = self.0.db.write().await?;
            let expires_at = (now + SESSION_SECONDS) * 1_000_000;
            sqlx::query(RENEW)
                .bind(session)
                .bind(expires_at)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            jar.add(self.cookie(self.token(viewer.id, session, viewer.epoch)?));
        }
        Ok(viewer)
    }

    async fn look_up(&self, session: Id<SessionsTable>) -> Result<Option<Viewer>> {
        let viewer = sqlx::query_as(FIND)
            .bind(session)
            .bind(self.0.clock.now())
            .fetch_optional(self.0.db.read())
            .await?;
        Ok(viewer)
    }

    /// The same member as the database knows them now.
    pub async fn fresh(&self, viewer: Viewer) -> Result<Viewer> {
        let found = sqlx::query_as(MEMBER)
            .bind(viewer.id)
            .bind(viewer.session_id)
            .fetch_optional(self.0.db.read())
            .await?;
        found.ok_or(Error::Unauthenticated)
    }

    /// Whether the session that `viewer` came with goes on; for sockets, which stay open for days.
    pub async fn goes_on(&self, viewer: &Viewer) -> Result<bool> {
        // Its row alone tells: the epoch also rises when this session is the one that stays.
        Ok(self.look_up(viewer.session_id).await?.is_some())
    }
}

/// The viewer of this request, looked up once.
async fn viewer_of(request: &Request<'_>) -> Result<Option<Viewer>> {
    let found = request.local_cache_async(async {
        let sessions = request
            .rocket()
            .state::<Sessions>()
            .expect("sessions are managed");
        sessions.find(request.cookies()).await
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
