//! E-mail addresses, checked and normalised as the application that Porch replaces did it (Python's
//! email-validator 2.3 without a look-up in the DNS), so that both keep an account under one spelling.

use unicode_normalization::UnicodeNormalization;

/// An address: the local part as it was typed (NFC), the domain in lower case and in Unicode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

/// Why a text is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadEmail {
    NoAt,
    Local,
    Domain,
    /// A domain that letters never reach (RFC 6761 and its like).
    Special,
    TooLong,
}

impl BadEmail {
    /// For the person who typed it.
    pub fn sentence(self) -> &'static str {
        match self {
            BadEmail::Special => {
                "No letter can reach an address with this ending. Give your real one."
            }
            BadEmail::TooLong => "This address is too long. Give another one.",
            _ => "This is no e-mail address. One looks like ana@example.org.",
        }
    }

    /// For clients of the JSON API.
    pub fn reason(self) -> &'static str {
        match self {
            BadEmail::NoAt => "An email address must have an @-sign.",
            BadEmail::Local => "The email address contains invalid characters before the @-sign.",
            BadEmail::Domain => {
                "The part after the @-sign is not valid. It should have a period and no invalid characters."
            }
            BadEmail::Special => {
                "The part after the @-sign is a special-use or reserved name that cannot be used with email."
            }
            BadEmail::TooLong => "The email address is too long.",
        }
    }
}

const SPECIAL: [&str; 6] = ["test", "invalid", "local", "localhost", "arpa", "onion"];
/// RFC 5321 4.5.3.1.3, less the angle brackets around a path.
const MOST_BYTES: usize = 254;

impl Email {
    /// Spaces around it are removed; `Name <address>` counts as the address.
    pub fn new(text: &str) -> Result<Self, BadEmail> {
        let text = text.trim();
        let text = match (text.rfind('<'), text.strip_suffix('>')) {
            (Some(at), Some(inner)) if at > 0 => &inner[at + 1..],
            _ => text,
        };
        let (local, domain) = text.rsplit_once('@').ok_or(BadEmail::NoAt)?;
        let local: String = local.nfc().collect();
        let fits = |c: char| {
            c.is_ascii_alphanumeric()
                || "!#$%&'*+/=?^_`{|}~.-".contains(c)
                || (!c.is_ascii() && !c.is_control() && !c.is_whitespace() && is_visible(c))
        };
        let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if local.is_empty() || dots || !local.chars().all(fits) {
            return Err(BadEmail::Local);
        }
        let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| BadEmail::Domain)?;
        let labels: Vec<&str> = ascii.split('.').collect();
        let last = labels.last().copied().unwrap_or_default();
        let number = last.bytes().all(|b| b.is_ascii_digit());
        // The special ones are named as such even without a dot.
        if SPECIAL.contains(&last) && labels.len() > 1 {
            return Err(BadEmail::Special);
        }
        if labels.len() < 2 || number || ascii.len() > 253 {
            return Err(BadEmail::Domain);
        }
        let (domain, shown) = idna::domain_to_unicode(&ascii);
        shown.map_err(|_| BadEmail::Domain)?;
        let email = format!("{local}@{domain}");
        if email.len() > MOST_BYTES || local.len() + 1 + ascii.len() > MOST_BYTES {
            return Err(BadEmail::TooLong);
        }
        Ok(Email(email))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A typed address as accounts are found by it: the same in every spelling. What is none is only trimmed and
    /// in lower case.
    pub fn spelling(typed: &str) -> String {
        match Email::new(typed) {
            Ok(email) => email.lower(),
            Err(_) => typed.trim().to_lowercase(),
        }
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }

    /// Two addresses that differ in case alone are one account's.
    pub fn lower(&self) -> String {
        self.0.to_lowercase()
    }
}

/// Marks of direction and the like would let one address pass for another.
fn is_visible(c: char) -> bool {
    !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_one_spelling() {
        for (typed, kept) in [
            (" a@example.com ", "a@example.com"),
            ("Ada <a@example.com>", "a@example.com"),
            ("Alice@Example.COM", "Alice@example.com"),
            ("x@XN--EXMPLE-CUA.com", "x@exämple.com"),
            (
                "a!#$%&'*+/=?^_`{|}~@example.com",
                "a!#$%&'*+/=?^_`{|}~@example.com",
            ),
            ("a@x.c", "a@x.c"),
            ("u\u{308}ber@example.com", "über@example.com"),
        ] {
            assert_eq!(Email::new(typed).unwrap().as_str(), kept, "{typed}");
        }
        assert!(Email::new(&format!("{}@example.com", "a".repeat(65))).is_ok());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "ada",
            "a@b",
            "@example.org",
            "a@",
            "a..b@x.com",
            ".a@x.org",
            "a.@x.org",
            "a@1.2",
            "a@x_y.com",
            "a b@x.org",
            "a@localhost",
            "a@[127.0.0.1]",
            "a\r\nBcc: b@x.org",
            "a@-x.org",
            "a@example.com.",
            "\"a\"@x.org",
            "a@x..org",
            "a\u{202e}b@x.org",
            "a@exa mple.com",
        ] {
            assert!(Email::new(bad).is_err(), "{bad}");
        }
        for special in [
            "a@x.test",
            "a@mail.invalid",
            "a@host.local",
            "a@b.onion",
            "a@x.arpa",
        ] {
            assert_eq!(Email::new(special), Err(BadEmail::Special), "{special}");
        }
        let long = format!("a@{}.com", vec!["x".repeat(60); 5].join("."));
        assert!(Email::new(&long).is_err());
        assert!(Email::new(&format!("a@{}.com", "x".repeat(64))).is_err());
    }
}
