//! What members are told of.

use crate::error::{Error, Result};
use crate::office::Office;

/// What somebody did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Likes a post of the member's.
    Like,
    /// Says something to a post of theirs.
    Comment,
    /// Answers a comment of theirs.
    Reply,
    /// Names them in a caption or a comment.
    Mention,
    /// Follows them.
    Follow,
    /// Asks to follow them.
    Request,
    /// Lets them follow, who asked.
    Lets,
    /// Posts, whom they follow and of whose posts they want to hear.
    Post,
    /// Asks those who look after the place to be let in.
    Asks,
    /// Has posted what they look at first.
    Waits,
    /// Invites them into a group.
    GroupInvites,
    /// Lets them into a group, which they asked for.
    GroupLets,
    /// Makes them an owner of a group.
    GroupOwner,
    /// Asks to come into a group of theirs.
    GroupAsks,
    /// Has posted in a group of theirs, where they look first.
    GroupWaits,
    /// Has reported something, or speaks against a decision.
    Reports,
    /// Those who look after the place have decided about them.
    House,
    /// What they reported was looked at.
    Answered,
    /// Those who look after the place have looked at what they posted.
    Looked,
    /// An owner has, of a group for which they posted it.
    GroupLooked,
}

impl Kind {
    pub const ALL: [Kind; 20] = [
        Kind::Like,
        Kind::Comment,
        Kind::Reply,
        Kind::Mention,
        Kind::Follow,
        Kind::Request,
        Kind::Lets,
        Kind::Post,
        Kind::Asks,
        Kind::Waits,
        Kind::GroupInvites,
        Kind::GroupLets,
        Kind::GroupOwner,
        Kind::GroupAsks,
        Kind::GroupWaits,
        Kind::Reports,
        Kind::House,
        Kind::Answered,
        Kind::Looked,
        Kind::GroupLooked,
    ];

    /// What is told in an office alone.
    fn is_of_office(self) -> bool {
        matches!(self, Kind::Asks | Kind::Waits | Kind::Reports)
    }

    /// Said by the place and by nobody else.
    pub fn is_of_the_place(self) -> bool {
        matches!(self, Kind::House | Kind::Answered | Kind::Looked)
    }

    /// What somebody in this office can be told of, or not. What was decided about them everybody is told.
    pub fn of(office: Office) -> Vec<Kind> {
        let all = Kind::ALL.into_iter().filter(|kind| *kind != Kind::House);
        all.filter(|kind| office >= Office::Moderator || !kind.is_of_office())
            .collect()
    }

    /// Stands in the database and in addresses: it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Like => "like",
            Kind::Comment => "comment",
            Kind::Reply => "reply",
            Kind::Mention => "mention",
            Kind::Follow => "follow",
            Kind::Request => "request",
            Kind::Lets => "lets",
            Kind::Post => "post",
            Kind::Asks => "asks",
            Kind::Waits => "waits",
            Kind::GroupInvites => "group-invites",
            Kind::GroupLets => "group-lets",
            Kind::GroupOwner => "group-owner",
            Kind::GroupAsks => "group-asks",
            Kind::GroupWaits => "group-waits",
            Kind::Reports => "reports",
            Kind::House => "house",
            Kind::Answered => "answered",
            Kind::Looked => "looked",
            Kind::GroupLooked => "group-looked",
        }
    }

    /// As the settings say it.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Like => "Somebody likes what you posted",
            Kind::Comment => "Somebody says something to what you posted",
            Kind::Reply => "Somebody answers you",
            Kind::Mention => "Somebody names you",
            Kind::Follow => "Somebody follows you",
            Kind::Request => "Somebody asks to follow you",
            Kind::Lets => "Somebody lets you follow them",
            Kind::Post => {
                "Somebody posts whose bell you have rung, or in a group of which you hear all"
            }
            Kind::Asks => "Somebody asks to be let in",
            Kind::Waits => "A newcomer has posted what you look at first",
            Kind::GroupInvites => "Somebody invites you into a group",
            Kind::GroupLets => "You are let into a group",
            Kind::GroupOwner => "You are made an owner of a group",
            Kind::GroupAsks => "Somebody asks to come into a group of yours",
            Kind::GroupWaits => "Somebody posts in a group of yours what you look at first",
            Kind::Reports => "Somebody reports something",
            Kind::House => "Something was decided about you",
            Kind::Answered => "What you reported was looked at",
            Kind::Looked => "What you posted was looked at, and is out or not",
            Kind::GroupLooked => "An owner has looked at what you posted for a group",
        }
    }

    /// The list that it stands in beside the list of all.
    pub fn list(self) -> List {
        match self {
            Kind::Like => List::Likes,
            Kind::Comment | Kind::Reply | Kind::Mention => List::Comments,
            Kind::Follow
            | Kind::Request
            | Kind::Lets
            | Kind::Post
            | Kind::Asks
            | Kind::Waits
            | Kind::GroupInvites
            | Kind::GroupLets
            | Kind::GroupOwner
            | Kind::GroupAsks
            | Kind::GroupWaits
            | Kind::Reports
            | Kind::House
            | Kind::Answered
            | Kind::Looked
            | Kind::GroupLooked => List::People,
        }
    }

    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl TryFrom<String> for Kind {
    type Error = std::io::Error;

    fn try_from(name: String) -> std::result::Result<Kind, Self::Error> {
        Kind::named(&name)
            .ok_or_else(|| std::io::Error::other(format!("no such kind of notice: {name}")))
    }
}

/// Some of the kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum List {
    All,
    Comments,
    Likes,
    People,
}

impl List {
    pub fn name(self) -> &'static str {
        match self {
            List::All => "all",
            List::Comments => "comments",
            List::Likes => "likes",
            List::People => "people",
        }
    }

    /// The list of that name in an address.
    pub fn named(name: Option<&str>) -> Result<List> {
        let Some(name) = name else {
            return Ok(List::All);
        };
        [List::All, List::Comments, List::Likes, List::People]
            .into_iter()
            .find(|list| list.name() == name)
            .ok_or(Error::NotFound)
    }

    /// The kinds in it as the database is asked for them, each between commas.
    pub fn kinds(self) -> String {
        let kinds = Kind::ALL.into_iter();
        let names = kinds.filter(|kind| self == List::All || kind.list() == self);
        names.map(|kind| format!(",{},", kind.name())).collect()
    }
}
