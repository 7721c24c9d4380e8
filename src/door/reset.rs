//! Choosing a password by a link: from a letter, or printed by `porch admin`.
//!
//! The link's token is signed, lives an hour, and is bound to the password it replaces, so it works
//! once and no table is needed.

use serde::{Deserialize, Serialize};

use super::letter::{LETTER, Letter};
use super::session;
use super::user::{self, User};
use crate::app::App;
use crate::auth::{NewPassword, Signer};
use crate::clock::Clock;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::limit::Address;

/// As the application that Porch replaces names them.
const AUDIENCE: &str = "fastapi-users:reset";
const LIFE_SECONDS: i64 = 3_600;

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    sub: String,
    password_fgpt: String,
    aud: String,
    exp: i64,
}

/// The path of a link under which the account's password can be chosen, once, within the hour.
pub fn link_for(
    signer: &Signer,
    clock: &Clock,
    (user, password_hash): (Id<Users>, &str),
) -> Result<String> {
    let token = signer.sign(&Claims {
        sub: user.to_string(),
        password_fgpt: signer.fingerprint(AUDIENCE, password_hash),
        aud: AUDIENCE.into(),
        exp: clock.seconds() + LIFE_SECONDS,
    })?;
    Ok(format!("/reset?token={token}"))
}

/// Has a letter sent to this address, if it is somebody's.
pub async fn ask(app: &App, address: Address, email: &str) -> Result<()> {
    if !app.limiter.letter(address, ("reset", email))? {
        return Ok(());
    }
    let email = email.to_owned();
    app.jobs.put_now(&LETTER, &Letter::Reset { email }).await
}

/// Whose password a token may replace, if it still may.
pub async fn holder(app: &App, token: &str) -> Result<Option<User>> {
    let signer = app.sessions.signer();
    let claims: Option<Claims> = signer.read(token, AUDIENCE);
    let Some(claims) = claims.filter(|claims| claims.exp > app.clock.seconds()) else {
        return Ok(None);
    };
    let Ok(id) = claims.sub.parse() else {
        return Ok(None);
    };
    let mut connection = app.db.read().acquire().await?;
    let user = user::find(&mut connection, id).await?;
    Ok(user.filter(|user| {
        let current = signer.fingerprint(AUDIENCE, &user.password_hash);
        user.is_active() && claims.password_fgpt == current
    }))
}

const SET_PASSWORD: &str = "
    update users set password_hash = $1 where id = $2 and password_hash = $3 and is_active = 1";

/// Replaces the password of the token's holder and ends every session; the epoch with which a new one
/// begins. `None` when the password was changed meanwhile, so that the token is used up.
pub async fn redeem(app: &App, holder: &User, new: NewPassword) -> Result<Option<i64>> {
    let hash = app.passwords.hash(new).await?;
    let mut tx = app.db.write().await?;
    let set = sqlx::query(SET_PASSWORD)
        .bind(hash)
        .bind(holder.id)
        .bind(&holder.password_hash)
        .execute(&mut *tx)
        .await?;
    if set.rows_affected() == 0 {
        return Ok(None);
    }
    let epoch = session::end_all(app, &mut tx, holder.id).await?;
    let email = holder.email.clone();
    let letter = Letter::PasswordChanged { email };
    app.jobs.put(&mut tx, &LETTER, &letter).await?;
    tx.commit().await?;
    Ok(Some(epoch))
}
