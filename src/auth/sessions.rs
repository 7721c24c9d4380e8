//! Sessions: their rows, which decide at every request, and what is handed out to name one.
//!
//! A browser gets a JWT in a cookie, a client of the JSON API a JWT of another kind, and a personal
//! access token is random text of which only a digest is kept: a leaked backup must not open accounts.

use std::sync::Arc;

use rocket::http::{Cookie, CookieJar};
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::signer::Signer;
use super::viewer::Viewer;
use crate::clock::{Clock, Micros};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::id::{Id, Sessions as SessionsTable, Users};
use crate::known::Known;

const DAY: i64 = 86_400;
pub(super) const SECOND: Micros = 1_000_000;
/// How long a cookie's token lives, in seconds; it is renewed once a day while it is used.
pub(super) const COOKIE_SECONDS: i64 = 30 * DAY;
/// How long a token of the JSON API lives, in seconds, as in the application that Porch replaces.
pub const BEARER_SECONDS: i64 = 3_600;
pub(super) const COOKIE_AUDIENCE: &str = "porch:session";
pub(super) const BEARER_AUDIENCE: &str = "fastapi-users:auth";
/// How personal access tokens begin, so that they are recognised where they should not be.
pub const TOKEN_PREFIX: &str = "porch_";

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Claims {
    pub sub: String,
    pub sid: String,
    pub aud: Vec<String>,
    pub exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
}

/// Reads and writes sessions; one for the process.
#[derive(Clone)]
pub struct Sessions(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub db: Db,
    pub clock: Clock,
    pub signer: Signer,
    /// Behind https: the cookie is `Secure`, and bound to this host by its name.
    secure: bool,
    pub known: Known<Viewer>,
}

/// A session as its owner sees it listed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    pub id: Id<SessionsTable>,
    #[sqlx(try_from = "String")]
    pub kind: Kind,
    /// Of a personal access token.
    pub name: String,
    pub user_agent: String,
    pub created_at: Micros,
    pub expires_at: Micros,
    pub seen_at: Micros,
}

const START: &str = "
    insert into sessions (id, user_id, kind, name, digest, created_at, seen_at, expires_at, user_agent)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Takes the member's row for this transaction: a session never begins beside the end of all sessions.
const STILL: &str = "
    update users set session_epoch = session_epoch
     where id = $1 and session_epoch = $2 and is_active = 1";

const RAISE: &str = "
    update users set session_epoch = session_epoch + 1 where id = $1 returning session_epoch";

/// What somebody comes in by, to be ended.
#[derive(Clone, Copy)]
pub enum WayIn {
    /// A browser's or a program's session.
    Session(Id<SessionsTable>),
    /// An access token.
    Token(Id<SessionsTable>),
}

impl WayIn {
    pub fn id(self) -> Id<SessionsTable> {
        match self {
            WayIn::Session(id) | WayIn::Token(id) => id,
        }
    }
}

const END: &str = "delete from sessions where id = $1 and user_id = $2 and kind <> 'token'";

const REVOKE: &str = "delete from sessions where id = $1 and user_id = $2 and kind = 'token'";

const END_BEFORE: &str = "delete from sessions where id = $1 and kind = 'browser'";

const END_ALL: &str = "delete from sessions where user_id = $1";

const END_OTHERS: &str = "delete from sessions where user_id = $1 and id <> $2";

const GOES_ON: &str = "select id from sessions where id = $1";

const LIST: &str = "
    select id, kind, name, user_agent, created_at, expires_at, seen_at
      from sessions
     where user_id = $1 and expires_at > $2 and kind <> 'token'
     order by seen_at desc, id desc
     limit 200";

const LIST_TOKENS: &str = "
    select id, kind, name, user_agent, created_at, expires_at, seen_at
      from sessions
     where user_id = $1 and expires_at > $2 and kind = 'token'
     order by seen_at desc, id desc
     limit 200";

const SWEEP: &str = "delete from sessions where expires_at < $1";

/// A session to be.
struct New<'a> {
    kind: Kind,
    name: &'a str,
    digest: Option<String>,
    expires_at: Micros,
    user_agent: &'a str,
}

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

    pub fn cookie_name(&self) -> &'static str {
        if self.0.secure {
            "__Host-porch"
        } else {
            "porch"
        }
    }

    pub(super) fn cookie(&self, token: String) -> Cookie<'static> {
        Cookie::build((self.cookie_name(), token))
            .path("/")
            .http_only(true)
            .secure(self.0.secure)
            .same_site(rocket::http::SameSite::Lax)
            .max_age(rocket::time::Duration::seconds(COOKIE_SECONDS))
            .build()
    }

    /// The session that this browser has been in, whether or not it goes on.
    pub fn session_in(&self, jar: &CookieJar<'_>) -> Option<Id<SessionsTable>> {
        let token = jar.get(self.cookie_name())?.value();
        let claims: Claims = self.0.signer.read(token, COOKIE_AUDIENCE)?;
        claims.sid.parse().ok()
    }

    /// Begins a session for a member whose epoch is (still) `epoch`, and hands its token to the browser.
    pub async fn start(
        &self,
        (user, epoch): (Id<Users>, i64),
        user_agent: &str,
        jar: &CookieJar<'_>,
    ) -> Result<Option<Id<SessionsTable>>> {
        let new = New {
            kind: Kind::Browser,
            name: "",
            digest: None,
            expires_at: self.0.clock.now() + COOKIE_SECONDS * SECOND,
            user_agent,
        };
        let mut tx = self.0.db.write().await?;
        let before = self.session_in(jar);
        if let Some(before) = before {
            sqlx::query(END_BEFORE)
                .bind(before)
                .execute(&mut *tx)
                .await?;
        }
        let id = self.insert(&mut tx, (user, epoch), new).await?;
        tx.commit().await?;
        jar.add(self.cookie(self.cookie_token(user, id)?));
        Ok(before)
    }

    /// Begins a session for a client of the JSON API; its token.
    pub async fn start_bearer(
        &self,
        (user, epoch): (Id<Users>, i64),
        user_agent: &str,
    ) -> Result<String> {
        let exp = self.0.clock.seconds() + BEARER_SECONDS;
        let new = New {
            kind: Kind::Api,
            name: "",
            digest: None,
            expires_at: exp * SECOND,
            user_agent,
        };
        let mut tx = self.0.db.write().await?;
        let id = self.insert(&mut tx, (user, epoch), new).await?;
        tx.commit().await?;
        self.0.signer.sign(&Claims {
            sub: user.to_string(),
            sid: id.to_string(),
            aud: vec![BEARER_AUDIENCE.into()],
            exp,
            iat: None,
        })
    }

    /// Makes a personal access token: its session and its text, which nobody can read again.
    pub async fn start_token(
        &self,
        tx: &mut Tx,
        viewer: &Viewer,
        (name, expires_at): (&str, Micros),
    ) -> Result<(Id<SessionsTable>, String)> {
        let text = format!("{TOKEN_PREFIX}{}", crate::id::random_text(32));
        let new = New {
            kind: Kind::Token,
            name,
            digest: Some(digest(&text)),
            expires_at,
            user_agent: "",
        };
        let id = self.insert(tx, (viewer.id, viewer.epoch), new).await?;
        Ok((id, text))
    }

    async fn insert(
        &self,
        tx: &mut Tx,
        (user, epoch): (Id<Users>, i64),
        new: New<'_>,
    ) -> Result<Id<SessionsTable>> {
        let (id, now) = (Id::new(), self.0.clock.now());
        let user_agent: String = new.user_agent.chars().take(200).collect();
        let still = sqlx::query(STILL)
            .bind(user)
            .bind(epoch)
            .execute(&mut **tx)
            .await?;
        if still.rows_affected() == 0 {
            return Err(Error::Conflict(
                "The account was changed in this moment. Sign in again.".into(),
            ));
        }
        sqlx::query(START)
            .bind(id)
            .bind(user)
            .bind(new.kind.name())
            .bind(new.name)
            .bind(new.digest)
            .bind(now)
            .bind(now)
            .bind(new.expires_at)
            .bind(user_agent)
            .execute(&mut **tx)
            .await?;
        Ok(id)
    }

    pub(super) fn cookie_token(
        &self,
        user: Id<Users>,
        session: Id<SessionsTable>,
    ) -> Result<String> {
        let iat = self.0.clock.seconds();
        self.0.signer.sign(&Claims {
            sub: user.to_string(),
            sid: session.to_string(),
            aud: vec![COOKIE_AUDIENCE.into()],
            exp: iat + COOKIE_SECONDS,
            iat: Some(iat),
        })
    }

    /// A cookie of a session of this member that is there no more: its name and its token, which open nothing.
    pub fn ended_cookie(&self, user: Id<Users>) -> Result<(&'static str, String)> {
        Ok((self.cookie_name(), self.cookie_token(user, Id::new())?))
    }

    /// Ends one of a member's ways in. False when there is none like it.
    pub async fn end(&self, tx: &mut Tx, user: Id<Users>, way: WayIn) -> Result<bool> {
        let (query, id) = match way {
            WayIn::Session(id) => (END, id),
            WayIn::Token(id) => (REVOKE, id),
        };
        let ended = sqlx::query(query)
            .bind(id)
            .bind(user)
            .execute(&mut **tx)
            .await?;
        Ok(ended.rows_affected() == 1)
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

    /// A member's sessions, or (`tokens`) access tokens, the last used first.
    pub async fn list(&self, user: Id<Users>, tokens: bool) -> Result<Vec<Session>> {
        Ok(sqlx::query_as(if tokens { LIST_TOKENS } else { LIST })
            .bind(user)
            .bind(self.0.clock.now())
            .fetch_all(self.0.db.read())
            .await?)
    }

    /// Forgets sessions that have run out.
    pub async fn forget_old(&self) -> Result<()> {
        let mut tx = self.0.db.write().await?;
        sqlx::query(SWEEP)
            .bind(self.0.clock.now())
            .execute(&mut *tx)
            .await?;
        tx.commit().await
    }

    /// Takes the token from the browser. The row is the caller's to delete.
    pub fn forget(&self, jar: &CookieJar<'_>) {
        // Without `secure` a browser keeps a cookie whose name begins with `__Host-`.
        let cookie = Cookie::build(self.cookie_name())
            .path("/")
            .secure(self.0.secure);
        jar.remove(cookie);
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

/// SHA-256 as base64url. The token has 160 random bits, so that nothing slower is needed.
pub(super) fn digest(text: &str) -> String {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
}
