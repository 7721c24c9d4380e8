//! The member who asks.

use serde::Serialize;

use super::kind::Kind;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{GuestLinks, Id, Sessions, Users};
use crate::office::Office;

/// The member who asks.
#[derive(Clone, Debug, sqlx::FromRow, Serialize)]
pub struct Viewer {
    pub id: Id<Users>,
    pub handle: String,
    pub name: String,
    pub email: String,
    pub face: Option<String>,
    #[sqlx(rename = "is_admin")]
    admin: i64,
    #[sqlx(rename = "is_moderator")]
    moderator: i64,
    #[sqlx(rename = "is_verified")]
    verified: i64,
    #[serde(skip)]
    pub session_id: Id<Sessions>,
    #[serde(skip)]
    #[sqlx(try_from = "String")]
    pub kind: Kind,
    /// When the session began, by signing in.
    #[serde(skip)]
    pub since: Micros,
    #[serde(skip)]
    pub(super) seen_at: Micros,
    #[serde(skip)]
    pub(super) expires_at: Micros,
    /// Raised since, it says that every session was ended.
    #[serde(skip)]
    pub epoch: i64,
    /// The number of their circle ([`crate::circle::Circles`]).
    #[serde(skip)]
    pub circle: i64,
    /// Whether there are notices that they have not looked at, some of which may be of no use any more.
    #[serde(skip)]
    news: i64,
    /// The newest change of the feed when this request began. What is read after it is complete up to
    /// there.
    #[serde(skip)]
    pub as_of: i64,
}

/// Who asks, and what they look after.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asker {
    pub member: Id<Users>,
    pub office: Office,
}

/// Somebody without an account who has a link to one post.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guest {
    pub link: Id<GuestLinks>,
    pub now: Micros,
}

/// Who asks for the pictures of a post.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asks {
    Stranger,
    Guest(Guest),
    Member(Asker),
}

impl Asker {
    pub fn of(viewer: &Viewer) -> Asker {
        Asker {
            member: viewer.id,
            office: viewer.office(),
        }
    }
}

impl Viewer {
    /// What they look after. Whatever an access token opens is a member's.
    pub fn office(&self) -> Office {
        match self.kind {
            Kind::Token => Office::Member,
            Kind::Api | Kind::Browser => Office::of(self.admin == 1, self.moderator == 1),
        }
    }

    pub fn is_admin(&self) -> bool {
        self.office() == Office::Administrator
    }

    /// There may be notices that they have not looked at.
    pub fn has_news(&self) -> bool {
        self.news == 1
    }

    /// The member's address was confirmed.
    pub fn is_verified(&self) -> bool {
        self.verified == 1
    }

    pub fn require(&self, office: Office) -> Result<()> {
        match self.office() >= office {
            true => Ok(()),
            false => Err(Error::Forbidden(office.refusal())),
        }
    }
}
