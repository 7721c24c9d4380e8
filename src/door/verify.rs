//! Confirming an address: a link in a letter, whose token dies when the address changes.

use serde::{Deserialize, Serialize};

use super::letter::{LETTER, Letter};
use super::user::{self, User};
use crate::app::App;
use crate::error::Result;
use crate::limit::Address;

/// As the application that Porch replaces names them.
const AUDIENCE: &str = "fastapi-users:verify";
const LIFE_SECONDS: i64 = 3_600;

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    sub: String,
    email: String,
    aud: String,
    exp: i64,
}

pub fn token_for(app: &App, user: &User) -> Result<String> {
    app.sessions.signer().sign(&Claims {
        sub: user.id.to_string(),
        email: user.email.clone(),
        aud: AUDIENCE.into(),
        exp: app.clock.seconds() + LIFE_SECONDS,
    })
}

/// Has a letter sent to this address, if it belongs to somebody who has not confirmed it.
pub async fn ask(app: &App, address: Address, email: &str) -> Result<()> {
    if !app.limiter.letter(address, ("verify", email))? {
        return Ok(());
    }
    let email = email.to_owned();
    app.jobs.put_now(&LETTER, &Letter::Verify { email }).await
}

/// What a token can be.
pub enum Redeemed {
    Now(User),
    Before,
    Bad,
}

const CONFIRM: &str = "
    update users set is_verified = 1 where id = $1 and email = $2 and is_verified = 0";

/// Confirms the address that `token` was sent to.
pub async fn redeem(app: &App, token: &str) -> Result<Redeemed> {
    let claims: Option<Claims> = app.sessions.signer().read(token, AUDIENCE);
    let Some(claims) = claims.filter(|claims| claims.exp > app.clock.seconds()) else {
        return Ok(Redeemed::Bad);
    };
    let Ok(id) = claims.sub.parse() else {
        return Ok(Redeemed::Bad);
    };
    let mut tx = app.db.write().await?;
    let confirmed = sqlx::query(CONFIRM)
        .bind(id)
        .bind(&claims.email)
        .execute(&mut *tx)
        .await?;
    let user = user::find(&mut tx, id).await?;
    match user.filter(|user| user.email == claims.email && user.is_active()) {
        Some(user) if confirmed.rows_affected() == 1 => {
            tx.commit().await?;
            Ok(Redeemed::Now(user))
        }
        Some(_) => Ok(Redeemed::Before),
        None => Ok(Redeemed::Bad),
    }
}
