//! Whom an author means a post for.

use std::borrow::Cow;

use crate::circle::{EVERYONE, FOLLOWERS};
use crate::id::{Groups, Id};

/// Whom an author means a post for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub enum Meant {
    /// Everybody here.
    #[default]
    Everyone,
    /// Those who follow the author.
    Followers,
    /// Those who are in it.
    Group(Id<Groups>),
}

impl Meant {
    /// As a form or a program names it.
    pub fn named(name: &str) -> Option<Meant> {
        match name {
            "everyone" => Some(Meant::Everyone),
            "followers" => Some(Meant::Followers),
            id => id.parse().ok().map(Meant::Group),
        }
    }

    pub fn name(self) -> Cow<'static, str> {
        match self {
            Meant::Everyone => "everyone".into(),
            Meant::Followers => "followers".into(),
            Meant::Group(id) => id.to_string().into(),
        }
    }

    /// The audience of a post that nothing withholds.
    pub fn audience(self) -> Cow<'static, str> {
        match self {
            Meant::Everyone => EVERYONE.into(),
            Meant::Followers => FOLLOWERS.into(),
            Meant::Group(id) => id.to_string().into(),
        }
    }

    pub fn group(self) -> Option<Id<Groups>> {
        match self {
            Meant::Group(id) => Some(id),
            Meant::Everyone | Meant::Followers => None,
        }
    }
}

impl From<String> for Meant {
    /// From an audience; what only later versions know is for followers, which shows it to no more people.
    fn from(audience: String) -> Meant {
        match audience.as_str() {
            EVERYONE => Meant::Everyone,
            other => other.parse().map_or(Meant::Followers, Meant::Group),
        }
    }
}
