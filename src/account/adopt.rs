//! An account that comes from another application, with its id and its password.

use super::email::Email;
use super::names::{DisplayName, Handle};
use super::row;
use super::signup::{Row, Wish, insert};
use crate::auth::Passwords;
use crate::clock::Clock;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Users};

pub struct Old<'a> {
    pub id: Id<Users>,
    pub email: &'a str,
    /// Argon2id as a PHC string, or bcrypt.
    pub hash: &'a str,
    pub active: bool,
    pub admin: bool,
    pub verified: bool,
}

pub enum Adopted {
    New(Id<Users>),
    /// It is here already.
    Here(Id<Users>),
    /// Another account here has this address, as it is written there.
    Other {
        id: Id<Users>,
        email: String,
        /// Its owner has confirmed the address, so both are one person's.
        confirmed: bool,
    },
}

const SET_FLAGS: &str = "
    update users set is_active = $2, is_admin = $3, is_verified = $4 where id = $1";

/// Takes an account in, unless it is here. Nothing was written where the inner result is not `New`; its error is a sentence.
pub async fn adopt(
    tx: &mut Tx,
    clock: &Clock,
    old: Old<'_>,
) -> Result<std::result::Result<Adopted, String>> {
    let email = match Email::new(old.email) {
        Ok(email) => email,
        Err(bad) => return Ok(Err(bad.reason().into())),
    };
    if let Some(user) = row::find(tx, old.id).await? {
        return Ok(Ok(Adopted::Here(user.id)));
    }
    if let Some(user) = row::find_by_email(tx, email.as_str()).await? {
        return Ok(Ok(Adopted::Other {
            id: user.id,
            confirmed: user.is_verified(),
            email: user.email,
        }));
    }
    // No password fits what is no hash; its owner asks for a letter.
    let none = format!("none:{}", crate::id::random_text(26));
    let hash = if Passwords::can_verify(old.hash) {
        old.hash
    } else {
        &none
    };
    let handle = Handle::of(&email);
    let name = DisplayName::new(handle.as_str(), 50).map_err(Error::Unprocessable)?;
    let row = Row {
        id: old.id,
        email: &email,
        name: &name,
        hash,
        admin: old.admin,
        at: clock.now(),
    };
    if insert(tx, row, &Wish::made(handle)).await?.is_err() {
        return Ok(Err("no handle is free for it".into()));
    }
    sqlx::query(SET_FLAGS)
        .bind(old.id)
        .bind(i64::from(old.active))
        .bind(i64::from(old.admin))
        .bind(i64::from(old.verified))
        .execute(&mut **tx)
        .await?;
    Ok(Ok(Adopted::New(old.id)))
}
