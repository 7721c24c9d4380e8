//! A member's row.

use sqlx::AnyConnection;

use super::email::Email;
use crate::app::App;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::office::Office;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    pub id: Id<Users>,
    pub email: String,
    pub name: String,
    pub password_hash: String,
    pub session_epoch: i64,
    #[sqlx(rename = "is_active")]
    active: i64,
    #[sqlx(rename = "is_verified")]
    verified: i64,
    #[sqlx(rename = "is_admin")]
    admin: i64,
    #[sqlx(rename = "is_moderator")]
    moderator: i64,
    /// The end of the grace time, after which this account goes.
    pub leaves_at: Option<Micros>,
    why_out: String,
}

/// Why an account that is not active is out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhyOut {
    /// Somebody has closed it, or it is not out.
    Closed,
    /// Its owner asks to be let in.
    Waiting,
    /// It opens when its address is confirmed.
    Confirm,
}

impl WhyOut {
    /// As the database has it.
    pub fn name(self) -> &'static str {
        match self {
            WhyOut::Closed => "",
            WhyOut::Waiting => "waiting",
            WhyOut::Confirm => "confirm",
        }
    }
}

impl User {
    /// May come in at all.
    pub fn is_active(&self) -> bool {
        self.active == 1
    }

    pub fn why_out(&self) -> WhyOut {
        match self.why_out.as_str() {
            "waiting" => WhyOut::Waiting,
            "confirm" => WhyOut::Confirm,
            _ => WhyOut::Closed,
        }
    }

    /// May come in, or will be able to.
    pub fn is_expected(&self) -> bool {
        self.is_active() || self.why_out() != WhyOut::Closed
    }

    /// The address was confirmed.
    pub fn is_verified(&self) -> bool {
        self.verified == 1
    }

    pub fn office(&self) -> Office {
        Office::of(self.admin == 1, self.moderator == 1)
    }

    pub fn is_admin(&self) -> bool {
        self.office() == Office::Administrator
    }
}

const BY_EMAIL: &str = "
    select id, email, name, password_hash, session_epoch, is_active, is_verified, is_admin, is_moderator, leaves_at, why_out
      from users
     where email_lower = $1 and gone_at is null";

const BY_ID: &str = "
    select id, email, name, password_hash, session_epoch, is_active, is_verified, is_admin, is_moderator, leaves_at, why_out
      from users
     where id = $1 and gone_at is null";

/// In whatever spelling it was typed.
pub async fn find_by_email(connection: &mut AnyConnection, email: &str) -> Result<Option<User>> {
    let email = Email::spelling(email);
    Ok(sqlx::query_as(BY_EMAIL)
        .bind(email)
        .fetch_optional(connection)
        .await?)
}

pub async fn find(connection: &mut AnyConnection, id: Id<Users>) -> Result<Option<User>> {
    Ok(sqlx::query_as(BY_ID)
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

pub async fn get(connection: &mut AnyConnection, id: Id<Users>) -> Result<User> {
    find(connection, id).await?.ok_or(Error::NotFound)
}

/// The same, outside of a transaction.
pub async fn by_email(app: &App, email: &str) -> Result<Option<User>> {
    let mut connection = app.db.read().acquire().await?;
    find_by_email(&mut connection, email).await
}

pub async fn by_id(app: &App, id: Id<Users>) -> Result<Option<User>> {
    let mut connection = app.db.read().acquire().await?;
    find(&mut connection, id).await
}
