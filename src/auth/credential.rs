//! From what a request brought to the member who asks.

use rocket::http::CookieJar;

use super::sessions::{
    BEARER_AUDIENCE, COOKIE_AUDIENCE, COOKIE_SECONDS, Claims, SECOND, Sessions, TOKEN_PREFIX,
    digest,
};
use super::viewer::Viewer;
use crate::changes;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Sessions as SessionsTable, Users};
use crate::known::Moment;

/// A cookie's token is renewed once a day while it is used; in seconds.
const RENEW_AFTER: i64 = 86_400;
/// How exactly it is known when a session was last used.
const SEEN_EVERY: Micros = 3_600 * SECOND;

/// What a request brought to say who is asking.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    Cookie(&'a str),
    Bearer(&'a str),
}

impl Credential<'_> {
    /// Names it among all: one kind is never taken for another.
    fn key(&self) -> String {
        match self {
            Credential::Cookie(text) => format!("cookie {text}"),
            Credential::Bearer(text) => format!("bearer {text}"),
        }
    }
}

/// SQL: a [`Member`], of the session `s` and its user `u`.
macro_rules! viewer {
    () => {
        concat!(
            "select u.id, u.handle, u.name, u.email, u.face, u.is_admin, u.is_moderator, u.is_verified, s.id as session_id,
           u.circle, s.kind, s.created_at as since, s.seen_at, s.expires_at, u.session_epoch as epoch,
           cast(coalesce((select 1 from notices n where n.user_id = u.id and n.at > u.notices_seen_at limit 1), 0) as bigint) as news, ",
            changes::newest!(),
            " as as_of"
        )
    };
}

const FIND: &str = concat!(
    viewer!(),
    "
      from sessions s
      join users u on u.id = s.user_id
     where s.id = $1 and s.expires_at > $2 and u.is_active = 1 and s.kind <> 'token'"
);

const FIND_TOKEN: &str = concat!(
    viewer!(),
    "
      from sessions s
      join users u on u.id = s.user_id
     where s.digest = $1 and s.expires_at > $2 and u.is_active = 1"
);

const MEMBER: &str = concat!(
    viewer!(),
    "
      from sessions s
      join users u on u.id = s.user_id
     where s.id = $1 and u.is_active = 1"
);

const RENEW: &str = "update sessions set expires_at = $2, seen_at = $3 where id = $1";

const SEEN: &str = "update sessions set seen_at = $2 where id = $1";

impl Sessions {
    /// Whom a correctly signed token names, whether or not its session goes on. Good for nothing but
    /// giving people back what they typed.
    pub fn signed_for(&self, jar: &CookieJar<'_>) -> Option<Id<Users>> {
        let token = jar.get(self.cookie_name())?.value();
        let claims: Claims = self.0.signer.read(token, COOKIE_AUDIENCE)?;
        claims.sub.parse().ok()
    }

    /// The member whom `credential` stands for, if the session goes on. An old cookie is replaced in
    /// `renew`, where there is one.
    pub async fn find(
        &self,
        credential: Credential<'_>,
        renew: Option<&CookieJar<'_>>,
    ) -> Result<Option<Viewer>> {
        // Before anything is read: what is committed from here on makes it void.
        let now = self.0.clock.now();
        let at = Moment {
            version: self.0.db.version(),
            now,
        };
        let key = credential.key();
        let known = self.0.known.find(&key, at);
        if let Some(viewer) = known.filter(|viewer| now < viewer.expires_at) {
            return Ok(Some(viewer));
        }
        let (viewer, issued) = match credential {
            Credential::Bearer(text) if text.starts_with(TOKEN_PREFIX) => {
                (self.look_up_token(text).await?, None)
            }
            Credential::Bearer(token) => (self.look_up_jwt(token, BEARER_AUDIENCE).await?.0, None),
            Credential::Cookie(token) => self.look_up_jwt(token, COOKIE_AUDIENCE).await?,
        };
        let Some(viewer) = viewer else {
            return Ok(None);
        };
        let old = issued.is_some_and(|issued| now / SECOND - issued >= RENEW_AFTER);
        if let Some(jar) = renew.filter(|_| old) {
            let mut tx = self.0.db.write().await?;
            sqlx::query(RENEW)
                .bind(viewer.session_id)
                .bind(now + COOKIE_SECONDS * SECOND)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            jar.add(self.cookie(self.cookie_token(viewer.id, viewer.session_id)?));
        } else if now - viewer.seen_at >= SEEN_EVERY {
            let mut tx = self.0.db.write().await?;
            sqlx::query(SEEN)
                .bind(viewer.session_id)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        } else if !old {
            self.0.known.keep(key, at, viewer.clone());
        }
        Ok(Some(viewer))
    }

    /// The member named by a JWT of that audience, and when it was issued.
    async fn look_up_jwt(
        &self,
        token: &str,
        audience: &str,
    ) -> Result<(Option<Viewer>, Option<i64>)> {
        let claims: Option<Claims> = self.0.signer.read(token, audience);
        let now = self.0.clock.seconds();
        let Some(claims) = claims.filter(|claims| claims.exp > now) else {
            return Ok((None, None));
        };
        let Ok(session) = claims.sid.parse() else {
            return Ok((None, None));
        };
        let viewer = self.look_up(session).await?;
        let viewer = viewer.filter(|viewer| viewer.id.to_string() == claims.sub);
        Ok((viewer, claims.iat))
    }

    async fn look_up(&self, session: Id<SessionsTable>) -> Result<Option<Viewer>> {
        Ok(sqlx::query_as(FIND)
            .bind(session)
            .bind(self.0.clock.now())
            .fetch_optional(self.0.db.read())
            .await?)
    }

    async fn look_up_token(&self, text: &str) -> Result<Option<Viewer>> {
        Ok(sqlx::query_as(FIND_TOKEN)
            .bind(digest(text))
            .bind(self.0.clock.now())
            .fetch_optional(self.0.db.read())
            .await?)
    }

    /// The same member as the database knows them now.
    pub async fn fresh(&self, viewer: Viewer) -> Result<Viewer> {
        let found = sqlx::query_as(MEMBER)
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
