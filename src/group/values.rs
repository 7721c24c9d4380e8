//! What a group is called and how it is kept: valid by construction.

use crate::form::clean_text;

/// How long a group's name and the words about it are at most.
pub const MOST_NAME: usize = 50;
pub const MOST_ABOUT: usize = 500;
/// A member looks after so many groups at most.
pub const MOST_OWNED: i64 = 20;

/// What stands behind `/~`: two to forty of `a-z`, `0-9`, `-` and `_`.
#[derive(Clone, Debug)]
pub struct Slug(String);

/// Addresses of pages, and what would pass for another audience or the house itself.
const RESERVED: [&str; 16] = [
    "new",
    "all",
    "everyone",
    "followers",
    "following",
    "none",
    "gone",
    "me",
    "home",
    "porch",
    "admin",
    "moderators",
    "house",
    "staff",
    "official",
    "support",
];

/// Says nothing of whether it is another group's, or of which.
pub const NOT_GIVEN_OUT: &str = "This address is not given out. Choose another.";

impl Slug {
    pub fn new(text: &str) -> Result<Slug, &'static str> {
        let slug = text.trim().trim_start_matches('~').to_lowercase();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if !slug.bytes().all(plain) || !(2..=40).contains(&slug.len()) {
            return Err("2 to 40 of the letters a to z, digits, hyphens and underscores.");
        }
        match RESERVED.contains(&slug.as_str()) {
            true => Err(NOT_GIVEN_OUT),
            false => Ok(Slug(slug)),
        }
    }

    /// One made of a name, for whoever chooses none: what of it is plain, with hyphens for the rest.
    pub fn of(name: &str) -> Slug {
        let plain: String = name
            .to_lowercase()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
        let short: String = parts.join("-").chars().take(30).collect();
        let short = short.trim_matches('-');
        Slug::new(short).unwrap_or_else(|_| Slug(format!("group-{}", crate::id::random_text(7))))
    }

    /// The next to try when that was taken.
    pub fn another(&self) -> Slug {
        let stem: String = self.0.chars().take(30).collect();
        Slug(format!("{stem}-{}", crate::id::random_text(5)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Words about a group, or to its owners; the error is for who typed them.
pub fn words(text: &str) -> Result<String, String> {
    let text = clean_text(text)?.trim().to_owned();
    match text.chars().count() {
        long if long > MOST_ABOUT => Err(format!(
            "{} characters too long: at most {MOST_ABOUT} are taken.",
            long - MOST_ABOUT
        )),
        _ => Ok(text),
    }
}

/// One of a few, by the name that it has in the database, in forms and for programs.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name { $($(#[$of])* $variant,)* }

        impl $name {
            /// Their names, to say what is taken.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            pub fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            pub fn named(name: &str) -> Option<$name> {
                match name { $($text => Some($name::$variant),)* _ => None }
            }
        }

        impl TryFrom<String> for $name {
            type Error = std::io::Error;

            fn try_from(name: String) -> Result<$name, Self::Error> {
                $name::named(&name).ok_or_else(|| {
                    std::io::Error::other(format!("no such {}: {name}", stringify!($name)))
                })
            }
        }
    };
}

choice! {
    /// How others come in.
    Joining {
        /// By themselves.
        Open = "open",
        /// When an owner lets them in, whom they ask.
        Request = "request",
        /// When an owner invites them.
        Invitation = "invitation",
    }
}

choice! {
    /// Who posts.
    Posting {
        Members = "members",
        Owners = "owners",
        /// Every member, and others see it when an owner has looked.
        Review = "review",
    }
}

choice! {
    /// What a member hears of a group.
    Level {
        /// Each post.
        All = "all",
        /// Where they are named.
        Mentions = "mentions",
        Nothing = "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_and_never_one_of_the_house() {
        for (text, slug) in [
            ("~Choir", Some("choir")),
            (" 3b-2026 ", Some("3b-2026")),
            ("a_b", Some("a_b")),
            ("c", None),
            ("chör", None),
            ("a b", None),
            ("new", None),
            ("Everyone", None),
            ("../x", None),
        ] {
            assert_eq!(
                Slug::new(text).ok().as_ref().map(Slug::as_str),
                slug,
                "{text}"
            );
        }
        assert!(Slug::new(&"x".repeat(41)).is_err());
    }

    #[test]
    fn every_name_has_an_address() {
        for (name, slug) in [
            ("The Choir", "the-choir"),
            ("Klasse 3b!", "klasse-3b"),
            ("a  -  b", "a-b"),
        ] {
            assert_eq!(Slug::of(name).as_str(), slug);
        }
        for odd in ["合唱団", "new", "!", ""] {
            let slug = Slug::of(odd);
            assert!(Slug::new(slug.as_str()).is_ok() && slug.as_str().starts_with("group-"));
        }
        let long = Slug::of(&"x".repeat(90)).another();
        assert!(Slug::new(long.as_str()).is_ok());
    }
}
