//! A member's row, and the values in it that are valid by construction.

use sqlx::AnyConnection;

use super::email::Email;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::form::clean_text;
use crate::id::{Id, Users};

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
    /// The end of the grace time, after which this account goes.
    pub leaves_at: Option<Micros>,
}

impl User {
    /// May come in at all.
    pub fn is_active(&self) -> bool {
        self.active == 1
    }

    /// The address was confirmed.
    pub fn is_verified(&self) -> bool {
        self.verified == 1
    }

    pub fn is_admin(&self) -> bool {
        self.admin == 1
    }
}

const BY_EMAIL: &str = "
    select id, email, name, password_hash, session_epoch, is_active, is_verified, is_admin, leaves_at
      from users
     where email_lower = $1";

const BY_ID: &str = "
    select id, email, name, password_hash, session_epoch, is_active, is_verified, is_admin, leaves_at
      from users
     where id = $1";

/// Compared without case, otherwise as it was typed.
pub async fn find_by_email(connection: &mut AnyConnection, email: &str) -> Result<Option<User>> {
    let email = email.to_lowercase();
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

/// What stands behind the `@`: two to thirty of `a-z`, `0-9` and `_`.
#[derive(Clone, Debug)]
pub struct Handle(String);

/// Handles that would pass for the house itself.
const RESERVED: [&str; 10] = [
    "admin",
    "administrator",
    "moderator",
    "porch",
    "root",
    "support",
    "system",
    "me",
    "null",
    "www",
];

impl Handle {
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let handle = text.trim().trim_start_matches('@').to_lowercase();
        let fits = handle
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits || !(2..=30).contains(&handle.len()) {
            return Err("2 to 30 of the letters a to z, digits and underscores.");
        }
        if RESERVED.contains(&handle.as_str()) {
            return Err("This handle is not given out. Choose another.");
        }
        Ok(Handle(handle))
    }

    /// A handle made of the part of an address before the `@`, for people who chose none.
    pub fn of(email: &Email) -> Self {
        let local = email.local().to_lowercase();
        let plain: String = local
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .take(24)
            .collect();
        let trimmed = plain.trim_matches('_');
        Handle::new(trimmed).unwrap_or_else(|_| Handle(format!("{trimmed}_1").replace("__", "_")))
    }

    /// The `n`th handle to try when the ones before were taken: numbered at first, then anything.
    pub fn numbered(&self, n: usize) -> Self {
        let stem: String = self.0.chars().take(22).collect();
        match n {
            0 => self.clone(),
            1..20 => Handle(format!("{stem}{}", n + 1)),
            _ => Handle(format!("{stem}_{}", crate::id::random_text(7))),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a member is called on cards: one line, not empty.
#[derive(Clone, Debug)]
pub struct DisplayName(String);

impl DisplayName {
    pub fn new(text: &str, most: usize) -> Result<Self, String> {
        let name = clean_text(text)?
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        match name.chars().count() {
            0 => Err("Give a name by which the others know you.".into()),
            length if length > most => {
                Err(format!("Too long: at most {most} characters are taken."))
            }
            _ => Ok(DisplayName(name)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_comes_from_the_address_when_none_is_chosen() {
        let of = |email: &str| Handle::of(&Email::new(email).unwrap()).0;
        assert_eq!(of("Ada.Lovelace@example.org"), "ada_lovelace");
        assert_eq!(of("a@example.org"), "a_1");
        assert_eq!(of("admin@example.org"), "admin_1");
        assert_eq!(
            Handle::of(&Email::new("ada@example.org").unwrap())
                .numbered(1)
                .0,
            "ada2"
        );
        assert!(Handle::new("ab-c").is_err() && Handle::new("a").is_err());
        assert_eq!(Handle::new("@Ada").unwrap().as_str(), "ada");
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(
            DisplayName::new("  Ada \n Lovelace ", 50).unwrap().as_str(),
            "Ada Lovelace"
        );
        assert!(DisplayName::new("   ", 50).is_err() && DisplayName::new("abc", 2).is_err());
    }
}
