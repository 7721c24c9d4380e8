//! A member's row, and the values in it that are valid by construction.

use sqlx::AnyConnection;

use crate::error::{Error, Result};
use crate::form::clean_text;
use crate::id::{Id, Users};

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    pub id: Id<Users>,
    pub email: String,
    pub password_hash: String,
    pub session_epoch: i64,
}

const BY_EMAIL: &str =
    "select id, email, password_hash, session_epoch from users where email_lower = $1";
const BY_ID: &str = "select id, email, password_hash, session_epoch from users where id = $1";

/// Compared without case, as it was typed otherwise.
pub async fn find_by_email(connection: &mut AnyConnection, email: &str) -> Result<Option<User>> {
    let email = email.to_lowercase();
    Ok(sqlx::query_as(BY_EMAIL)
        .bind(email)
        .fetch_optional(connection)
        .await?)
}

pub async fn get(connection: &mut AnyConnection, id: Id<Users>) -> Result<User> {
    let user = sqlx::query_as(BY_ID)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    user.ok_or(Error::NotFound)
}

/// An e-mail address: the local part as it was typed, the domain in lower case.
#[derive(Clone, Debug)]
pub struct Email(String);

/// RFC 6761 and its like: letters to these never arrive.
const SPECIAL: [&str; 6] = ["test", "invalid", "local", "localhost", "arpa", "onion"];

impl Email {
    pub fn new(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str = "This is no e-mail address. One looks like ana@example.org.";
        let (local, domain) = text.trim().rsplit_once('@').ok_or(SHAPE)?;
        let domain = domain.to_lowercase();
        let labels: Vec<&str> = domain.split('.').collect();
        let local_fits = !local.is_empty()
            && local
                .chars()
                .all(|c| c.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c))
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let label_fits = |label: &&str| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let last = labels.last().copied().unwrap_or_default();
        let domain_fits = labels.len() >= 2
            && labels.iter().all(label_fits)
            && !last.bytes().all(|b| b.is_ascii_digit());
        if !local_fits || !domain_fits || local.len() + domain.len() > 253 {
            return Err(SHAPE);
        }
        if SPECIAL.contains(&last) {
            return Err("No letter can reach an address with this ending. Give your real one.");
        }
        Ok(Email(format!("{local}@{domain}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn lower(&self) -> String {
        self.0.to_lowercase()
    }
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
        let local = email.0.split('@').next().unwrap_or_default().to_lowercase();
        let plain: String = local
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .take(24)
            .collect();
        let trimmed = plain.trim_matches('_');
        Handle::new(trimmed).unwrap_or_else(|_| Handle(format!("{trimmed}_1").replace("__", "_")))
    }

    /// The `n`th handle to try when the ones before were taken.
    pub fn numbered(&self, n: usize) -> Self {
        match n {
            0 => self.clone(),
            _ => Handle(format!(
                "{}{}",
                self.0.chars().take(26).collect::<String>(),
                n + 1
            )),
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
    fn an_address_needs_a_local_part_and_a_real_domain() {
        assert_eq!(
            Email::new(" Ada@Example.ORG ").unwrap().as_str(),
            "Ada@example.org"
        );
        assert!(Email::new("a!#$%&'*+/=?^_`{|}~@example.com").is_ok());
        for bad in [
            "",
            "ada",
            "a@b",
            "@example.org",
            "a@",
            "a..b@x.org",
            ".a@x.org",
            "a@1.2",
            "a@x_y.org",
            "a b@x.org",
            "a@x.test",
            "a@localhost",
            "a@[127.0.0.1]",
            "a\r\nBcc: b@x.org",
            "a@-x.org",
            "a@example.org.",
        ] {
            assert!(Email::new(bad).is_err(), "{bad}");
        }
    }

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
