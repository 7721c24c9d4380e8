//! How members are called: valid by construction.

use super::email::Email;
use crate::form::{clean_text, is_seen};

/// What stands behind the `@`: two to thirty of `a-z`, `0-9` and `_`.
#[derive(Clone, Debug)]
pub struct Handle(String);

/// Handles that would pass for the house itself.
const RESERVED: [&str; 19] = [
    "porch", "root", "system", "me", "null", "www", "here", "everyone", "all", "staff", "team",
    "security", "help", "abuse", "support", "official", "owner", "host", "mod",
];
/// Such as `admin1`, `site_admin` and `moderators`.
const OFFICIAL: [&str; 5] = [
    "admin",
    "administrator",
    "moderator",
    "postmaster",
    "webmaster",
];

/// Whether a handle would pass for the house itself, whatever signs and digits are in it.
fn looks_official(handle: &str) -> bool {
    let letters: String = handle.chars().filter(char::is_ascii_alphabetic).collect();
    let one = letters.strip_suffix('s').unwrap_or(&letters);
    let office = |word: &&str| letters.starts_with(*word) || one.ends_with(*word);
    RESERVED.contains(&letters.as_str()) || RESERVED.contains(&one) || OFFICIAL.iter().any(office)
}

impl Handle {
    pub fn new(text: &str) -> Result<Self, &'static str> {
        let handle = text.trim().trim_start_matches('@').to_lowercase();
        let fits = handle
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !fits || !(2..=30).contains(&handle.len()) {
            return Err("2 to 30 of the letters a to z, digits and underscores.");
        }
        if looks_official(&handle) {
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
        let made = match looks_official(trimmed) {
            true => format!("member_{}", crate::id::random_text(7)),
            false => format!("{trimmed}_1").replace("__", "_"),
        };
        Handle::new(trimmed).unwrap_or(Handle(made))
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
        if name.contains("://") {
            return Err("A name holds no address of a page. Take it out.".into());
        }
        match name.chars().count() {
            _ if !is_seen(&name) => Err("Give a name by which the others know you.".into()),
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
        assert!(of("admin@example.org").starts_with("member_"));
        assert_eq!(
            Handle::of(&Email::new("ada@example.org").unwrap())
                .numbered(1)
                .0,
            "ada2"
        );
        for official in [
            "admin",
            "Administrators",
            "admin1",
            "_admin_",
            "ad_min",
            "moderators",
            "the_moderator",
            "porch_admin",
            "support2",
            "porch",
            "postmaster",
            "site_admins",
            "mods",
        ] {
            assert!(Handle::new(official).is_err(), "{official}");
            assert!(
                !of(&format!("{official}@example.org")).contains("admin"),
                "{official}"
            );
        }
        for plain in [
            "adam", "ada", "minna", "rooter", "helper", "modesta", "ghost", "jasmin",
        ] {
            assert!(Handle::new(plain).is_ok(), "{plain}");
        }
        assert!(Handle::new("ab-c").is_err() && Handle::new("a").is_err());
        assert_eq!(Handle::new("@Ada").unwrap().as_str(), "ada");
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(
            DisplayName::new("  Ada \n Lovelace ", 50).unwrap().as_str(),
            "Ada Lovelace"
        );
        assert!(DisplayName::new("see https://evil.example", 50).is_err());
        assert!(DisplayName::new("   ", 50).is_err() && DisplayName::new("abc", 2).is_err());
    }
}
