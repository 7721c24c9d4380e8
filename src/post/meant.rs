//! Whom an author means a post for.

use crate::circle::{EVERYONE, FOLLOWERS};

/// Whom an author means a post for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Meant {
    /// Everybody here.
    #[default]
    Everyone,
    /// Those who follow the author.
    Followers,
}

impl Meant {
    /// As a form or a program names it.
    pub fn named(name: &str) -> Option<Meant> {
        match name {
            "everyone" => Some(Meant::Everyone),
            "followers" => Some(Meant::Followers),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Meant::Everyone => "everyone",
            Meant::Followers => "followers",
        }
    }

    /// The audience of a post that nothing withholds.
    pub fn audience(self) -> &'static str {
        match self {
            Meant::Everyone => EVERYONE,
            Meant::Followers => FOLLOWERS,
        }
    }
}

impl From<String> for Meant {
    /// From an audience; what only later versions know is for followers, which shows it to no more people.
    fn from(audience: String) -> Meant {
        match audience.as_str() {
            EVERYONE => Meant::Everyone,
            _ => Meant::Followers,
        }
    }
}
