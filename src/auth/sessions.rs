//! Sessions: their rows, which decide at every request, and the JWT that names one in a cookie.

use std::sync::Arc;

use rocket::http::{Cookie, CookieJar};
use serde::{Deserialize, Serialize};

use super::known::Known;
use super::{Signer, Viewer};
use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::id::{Id, Sessions as SessionsTable, Users};

const DAY: i64 = 86_400;
/// How long a cookie's token lives, in seconds; it is renewed once a day while it is used.
pub const SESSION_SECONDS: i64 = 30 * DAY;
const RENEW_AFTER: i64 = DAY;
const AUDIENCE: &str = "porch:session";

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    sub: String,
    sid: String,
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
    known: Known,
}

const FIND: &str = "
    select u.id, u.handle, u.name, u.email, u.face, u.is_admin, s.id as session_id,
           (select seq from feed_clock where id = 1) as as_of
      from sessions s
      join users u on u.id = s.user_id
     where s.id = $1 and s.expires_at > $2";

const MEMBER: &str = "
    select u.id, u.handle, u.name, u.email, u.face, u.is_admin, cast($2 as text) as session_id,
           (select seq from feed_clock where id = 1) as as_of
      from users u
     where u.id = $1";

const START: &str = "
    insert into sessions (id, user_id, created_at, expires_at, user_agent)
    values ($1, $2, $3, $4, $5)";

/// Takes the member's row for this transaction: a session never begins beside the end of all sessions.
const STILL: &str = "
    update users set session_epoch = session_epoch where id = $1 and session_epoch = $2";

const RAISE: &str = "
    update users set session_epoch = session_epoch + 1 where id = $1 returning session_epoch";

const END_ALL: &str = "delete from sessions where user_id = $1";

const END_OTHERS: &str = "delete from sessions where user_id = $1 and id <> $2";

const GOES_ON: &str = "select id from sessions where id = $1";

const RENEW: &str = "update sessions set expires_at = $2 where id = $1";

impl Sessions {
    pub fn new(db: Db, clock: Clock, signer: Signer, secure: bool) -> Self {
        Sessions(Arc::new(Inner {
            db,
            clock,
            signer,
            secure,
            known: Known::default(),
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
        jar.add(self.cookie(self.token(user, id)?));
        Ok(())
    }

    fn token(&self, user: Id<Users>, session: Id<SessionsTable>) -> Result<String> {
        let iat = self.0.clock.seconds();
        self.0.signer.sign(&Claims {
            sub: user.to_string(),
            sid: session.to_string(),
            aud: vec![AUDIENCE.into()],
            iat,
            exp: iat + SESSION_SECONDS,
        })
    }

    /// Ends every session of a member; a new one starts with the epoch that this returns.
    pub async fn end_all(&self, tx: &mut Tx, user: Id<Users>) -> Result<i64> {
        let epoch = raise(tx, user).await?;
        sqlx::query(END_ALL).bind(user).execute(&mut **tx).await?;
        Ok(epoch)
    }

    /// Ends every session of the viewer but this one. `Conflict` when this one was ended meanwhile.
    pub async fn end_others(&self, tx: &mut Tx, viewer: &Viewer) -> Result<()> {
        raise(tx, viewer.id).await?;
        let this: Option<(Id<SessionsTable>,)> = sqlx::query_as(GOES_ON)
            .bind(viewer.session_id)
            .fetch_optional(&mut **tx)
            .await?;
        if this.is_none() {
            return Err(Error::Conflict(
                "The account was changed in this moment. Load the page again.".into(),
            ));
        }
        sqlx::query(END_OTHERS)
            .bind(viewer.id)
            .bind(viewer.session_id)
            .execute(&mut **tx)
            .await?;
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
        let token = jar.get(self.cookie_name())?.value();
        let claims: Claims = self.0.signer.read(token, AUDIENCE)?;
        claims.sub.parse().ok()
    }

    /// The member behind this request's cookie, if the session goes on; with `renew`, an old token is
    /// replaced by a new one.
    pub async fn find(&self, jar: &CookieJar<'_>, renew: bool) -> Result<Option<Viewer>> {
        let Some(cookie) = jar.get(self.cookie_name()) else {
            return Ok(None);
        };
        // Before anything is read: what is committed from here on makes it void.
        let version = self.0.db.version();
        let now = self.0.clock.now();
        if let Some(viewer) = self.0.known.find(cookie.value(), (version, now)) {
            return Ok(Some(viewer));
        }
        let claims: Option<Claims> = self.0.signer.read(cookie.value(), AUDIENCE);
        let Some(claims) = claims.filter(|claims| claims.exp > now / 1_000_000) else {
            return Ok(None);
        };
        let Ok(session) = claims.sid.parse() else {
            return Ok(None);
        };
        let viewer = self.look_up(session).await?;
        let Some(viewer) = viewer.filter(|viewer| viewer.id.to_string() == claims.sub) else {
            return Ok(None);
        };
        if now / 1_000_000 - claims.iat < RENEW_AFTER {
            self.0.known.keep(cookie.value(), (version, now), &viewer);
        } else if renew {
            let mut tx = self.0.db.write().await?;
            sqlx::query(RENEW)
                .bind(session)
                .bind(now + SESSION_SECONDS * 1_000_000)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            jar.add(self.cookie(self.token(viewer.id, session)?));
        }
        Ok(Some(viewer))
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
        Ok(self.look_up(viewer.session_id).await?.is_some())
    }
}

/// Raises a member's epoch, which a session on its way in was going to begin with.
async fn raise(tx: &mut Tx, user: Id<Users>) -> Result<i64> {
    let (epoch,) = sqlx::query_as(RAISE)
        .bind(user)
        .fetch_one(&mut **tx)
        .await?;
    Ok(epoch)
}
