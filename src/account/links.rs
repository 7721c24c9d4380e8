//! Signed links in letters: nothing of them lies in the database.
//!
//! Each is bound to what it is about, so that it dies when that changes: a link that chooses a password to the
//! hash, the address and the epoch of sessions; one that confirms an address to the address. One that gives an
//! address back lives for a week, until it or an older one was used: whoever had the account first has the last word.

use serde::{Deserialize, Serialize};

use super::row::{self, User, WhyOut};
use crate::app::App;
use crate::auth::Signer;
use crate::clock::{Clock, Micros};
use crate::error::Result;
use crate::id::{Id, Users};

/// As the application that Porch replaces names them.
const RESET: &str = "fastapi-users:reset";
const CONFIRM: &str = "fastapi-users:verify";
const WAY_BACK: &str = "porch:way-back";
const STAY: &str = "porch:stay";
const TAKE_BACK: &str = "porch:take-back";
const STANDING: &str = "porch:standing";
const MINUTES: i64 = 10 * 60;
const HOUR: i64 = 3_600;
const WEEK: i64 = 7 * 24 * HOUR;
const MONTH: i64 = 30 * 24 * HOUR;

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    sub: String,
    /// Of a reset: what it is bound to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    password_fgpt: Option<String>,
    /// Of the others: the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Of a way back: when the account was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moved_at: Option<Micros>,
    aud: String,
    exp: i64,
}

/// What a reset is bound to.
pub struct Bound<'a> {
    pub user: Id<Users>,
    pub hash: &'a str,
    pub email: &'a str,
    pub epoch: i64,
}

impl<'a> Bound<'a> {
    pub fn to(user: &'a User) -> Bound<'a> {
        Bound {
            user: user.id,
            hash: &user.password_hash,
            email: &user.email,
            epoch: user.session_epoch,
        }
    }

    fn fingerprint(&self, signer: &Signer) -> String {
        let text = format!(
            "{}\0{}\0{}",
            self.hash,
            self.email.to_lowercase(),
            self.epoch
        );
        signer.fingerprint(RESET, &text)
    }
}

/// A token that dies when what it is bound to changes.
fn bound(
    (signer, clock): (&Signer, &Clock),
    bound: &Bound<'_>,
    (audience, lasts): (&str, i64),
) -> Result<String> {
    signer.sign(&Claims {
        sub: bound.user.to_string(),
        password_fgpt: Some(bound.fingerprint(signer)),
        email: None,
        moved_at: None,
        aud: audience.into(),
        exp: clock.seconds() + lasts,
    })
}

/// Whose such a token is, as long as nothing of that has changed; whether or not they may come in.
async fn holder(app: &App, token: &str, audience: &str) -> Result<Option<User>> {
    let Some(claims) = read(app, token, audience) else {
        return Ok(None);
    };
    let user = find(app, &claims).await?;
    Ok(user.filter(|user| {
        let now = Bound::to(user).fingerprint(app.sessions.signer());
        claims.password_fgpt == Some(now)
    }))
}

/// The path of a link under which the account's password can be chosen, once, within the hour.
pub fn to_choose_password(signer: &Signer, clock: &Clock, to: &Bound<'_>) -> Result<String> {
    let token = bound((signer, clock), to, (RESET, HOUR))?;
    Ok(format!("/reset?token={token}"))
}

/// Whose password a token may replace, if it still may.
pub async fn may_choose_password(app: &App, token: &str) -> Result<Option<User>> {
    let user = holder(app, token, RESET).await?;
    Ok(user.filter(User::is_active))
}

/// A token for who has just shown the password of an account that is leaving: it signs in, and the account stays. For ten
/// minutes.
pub fn to_stay(app: &App, user: &User) -> Result<String> {
    let by = (app.sessions.signer(), &app.clock);
    bound(by, &Bound::to(user), (STAY, MINUTES))
}

/// Whose account may stay, if it still may.
pub async fn may_stay(app: &App, token: &str) -> Result<Option<User>> {
    let user = holder(app, token, STAY).await?;
    Ok(user.filter(User::is_active))
}

/// A token for who has just shown the password of an account that waits to be let in: it takes the request back. For an
/// hour.
pub fn to_take_back(app: &App, user: &User) -> Result<String> {
    let by = (app.sessions.signer(), &app.clock);
    bound(by, &Bound::to(user), (TAKE_BACK, HOUR))
}

/// Whose request may be taken back, if it still may.
pub async fn may_take_back(app: &App, token: &str) -> Result<Option<User>> {
    let user = holder(app, token, TAKE_BACK).await?;
    Ok(user.filter(|user| !user.is_active() && user.why_out() == WhyOut::Waiting))
}

/// The path of a link under which somebody whose account is closed reads why, asks to think again, or leaves. For a month.
pub fn to_standing(app: &App, user: &User) -> Result<String> {
    let by = (app.sessions.signer(), &app.clock);
    let token = bound(by, &Bound::to(user), (STANDING, MONTH))?;
    Ok(format!("/standing/{token}"))
}

/// Whose account it is that is closed.
pub async fn may_read_standing(app: &App, token: &str) -> Result<Option<User>> {
    let user = holder(app, token, STANDING).await?;
    Ok(user.filter(|user| !user.is_active() && user.why_out() == WhyOut::Closed))
}

/// A token that confirms a member's address.
pub fn to_confirm(app: &App, user: &User) -> Result<String> {
    app.sessions.signer().sign(&Claims {
        sub: user.id.to_string(),
        password_fgpt: None,
        email: Some(user.email.clone()),
        moved_at: None,
        aud: CONFIRM.into(),
        exp: app.clock.seconds() + HOUR,
    })
}

/// Whom a token confirms, and which address.
pub fn confirms(app: &App, token: &str) -> Option<(Id<Users>, String)> {
    let claims = read(app, token, CONFIRM)?;
    Some((claims.sub.parse().ok()?, claims.email?))
}

/// Whose account may have which address back, from which it was moved when.
pub struct WayBack {
    pub user: Id<Users>,
    pub email: String,
    pub moved_at: Micros,
}

/// A token that gives a member an address back, for a week.
pub fn to_go_back(app: &App, way: &WayBack) -> Result<String> {
    app.sessions.signer().sign(&Claims {
        sub: way.user.to_string(),
        password_fgpt: None,
        email: Some(way.email.clone()),
        moved_at: Some(way.moved_at),
        aud: WAY_BACK.into(),
        exp: app.clock.seconds() + WEEK,
    })
}

/// What a token gives back, if it is one; `account::go_back` says whether it still may.
pub fn goes_back(app: &App, token: &str) -> Option<WayBack> {
    let claims = read(app, token, WAY_BACK)?;
    Some(WayBack {
        user: claims.sub.parse().ok()?,
        email: claims.email?,
        moved_at: claims.moved_at?,
    })
}

fn read(app: &App, token: &str, audience: &str) -> Option<Claims> {
    let claims: Option<Claims> = app.sessions.signer().read(token, audience);
    claims.filter(|claims| claims.exp > app.clock.seconds())
}

async fn find(app: &App, claims: &Claims) -> Result<Option<User>> {
    let Ok(id) = claims.sub.parse() else {
        return Ok(None);
    };
    let mut connection = app.db.read().acquire().await?;
    row::find(&mut connection, id).await
}
