//! What can be done about something that is not in order, and the row of what was done: which act, to what, why, until when.

use sqlx::AnyConnection;

use super::subject::Subject;
use super::why::Why;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Cases, Id, Measures, Users};
use crate::office::Office;

/// So long an act can be undone as if it had not been.
pub const UNDOABLE: Micros = 10 * 60 * 1_000_000;
pub const DAY: Micros = 86_400 * 1_000_000;
/// What was removed is erased after so long, and so long somebody may ask to think again.
pub const SEALED: Micros = 30 * DAY;

/// What can be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// A friendly note.
    Remind,
    /// Counted, for a year.
    Warn,
    /// Out of sight for all but its author.
    Hide,
    /// The same, and erased after thirty days.
    Remove,
    /// Gone for everybody, and erased in ten minutes.
    Erase,
    /// What they post is looked at first.
    Review,
    /// Their account is closed until an instant.
    Suspend,
    /// Their account is closed.
    Ban,
}

impl Act {
    pub const ALL: [Act; 8] = [
        Act::Remind,
        Act::Warn,
        Act::Hide,
        Act::Remove,
        Act::Erase,
        Act::Review,
        Act::Suspend,
        Act::Ban,
    ];

    /// Stands in the database and in programs: it never changes.
    pub fn name(self) -> &'static str {
        match self {
            Act::Remind => "remind",
            Act::Warn => "warn",
            Act::Hide => "hide",
            Act::Remove => "remove",
            Act::Erase => "erase",
            Act::Review => "review",
            Act::Suspend => "suspend",
            Act::Ban => "ban",
        }
    }

    pub fn named(name: &str) -> Option<Act> {
        Act::ALL.into_iter().find(|act| act.name() == name)
    }

    /// As whoever decides reads it.
    pub fn label(self) -> &'static str {
        match self {
            Act::Remind => "A friendly note",
            Act::Warn => "A warning, which counts for a year",
            Act::Hide => "Hide it: only its author sees it",
            Act::Remove => "Remove it: hidden, and erased in 30 days",
            Act::Erase => "Erase it in ten minutes",
            Act::Review => "Look at their posts before others do",
            Act::Suspend => "Close their account for a while",
            Act::Ban => "Close their account for good",
        }
    }

    /// What it is done to.
    pub fn suits(self, subject: Subject) -> bool {
        match self {
            Act::Hide | Act::Remove | Act::Erase => !matches!(subject, Subject::Member(_)),
            _ => true,
        }
    }

    /// The least office that does it.
    pub fn office(self) -> Office {
        match self {
            Act::Erase | Act::Ban => Office::Administrator,
            _ => Office::Moderator,
        }
    }

    /// Of a thing and whose it is, what it is done to.
    pub fn target(self, subject: Subject, author: Id<Users>) -> Subject {
        match self {
            Act::Hide | Act::Remove | Act::Erase => subject,
            _ => Subject::Member(author),
        }
    }
}

/// A measure as it stands in its table.
#[derive(Clone, sqlx::FromRow)]
pub struct Measure {
    pub id: Id<Measures>,
    pub case_id: Option<Id<Cases>>,
    pub member_id: Id<Users>,
    pub by_id: Option<Id<Users>>,
    act: String,
    kind: String,
    subject: String,
    pub reason: String,
    pub words: String,
    away: i64,
    closes: i64,
    pub kept: String,
    pub at: Micros,
    pub ends_at: Option<Micros>,
    pub final_at: Option<Micros>,
    pub read_at: Option<Micros>,
    pub undone_at: Option<Micros>,
    pub undone_words: String,
}

impl Measure {
    pub fn act(&self) -> Result<Act> {
        Act::named(&self.act).ok_or_else(|| Error::Internal(format!("a measure is {}", self.act)))
    }

    pub fn subject(&self) -> Result<Subject> {
        Subject::named(&self.kind, &self.subject)
            .ok_or_else(|| Error::Internal(format!("a measure is about {}", self.kind)))
    }

    pub fn is_away(&self) -> bool {
        self.away == 1
    }

    /// Its time is over: nobody took it back.
    pub fn has_ended(&self) -> bool {
        let ended = self.ends_at.zip(self.undone_at);
        ended.is_some_and(|(end, undone)| undone >= end)
    }

    /// Its case was closed with it.
    pub fn closes(&self) -> bool {
        self.closes == 1
    }

    pub fn why(&self) -> Why {
        Why::named(&self.reason).unwrap_or(Why::NotHere)
    }
}

/// SQL: measures `m`.
macro_rules! measures {
    ($rest:literal) => {
        concat!(
            "select m.id, m.case_id, m.member_id, m.by_id, m.act, m.kind, m.subject, m.reason, m.words, m.away, m.closes, m.kept, m.at,
           m.ends_at, m.final_at, m.read_at, m.undone_at, m.undone_words
      from measures m where ",
            $rest
        )
    };
}
pub(super) use measures;

const ONE: &str = measures!("m.id = $1");

pub async fn find(connection: &mut AnyConnection, id: Id<Measures>) -> Result<Option<Measure>> {
    Ok(sqlx::query_as(ONE)
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

const STANDING: &str = measures!(
    "m.member_id = $1 and m.id <> $2 and m.undone_at is null and m.act in ('suspend', 'ban')
     order by m.away desc, m.at desc limit 1"
);

/// What keeps a member out, where something else does than this.
pub async fn keeps_out(
    connection: &mut AnyConnection,
    member: Id<Users>,
    but: Option<Id<Measures>>,
) -> Result<Option<Measure>> {
    Ok(sqlx::query_as(STANDING)
        .bind(member)
        .bind(but.map(|id| id.to_string()).unwrap_or_default())
        .fetch_optional(connection)
        .await?)
}

/// What a member says against a measure.
#[derive(Clone, sqlx::FromRow)]
pub struct Appeal {
    pub words: String,
    pub at: Micros,
    pub decided_at: Option<Micros>,
    pub decided_by: Option<Id<Users>>,
    /// `upheld` or `lifted`; empty until somebody has answered.
    pub outcome: String,
    pub answer: String,
}

const OF: &str = "
    select words, at, decided_at, decided_by, outcome, answer from appeals where measure_id = $1";

/// What its member says against a measure, where they do.
pub async fn appeal_of(
    connection: &mut AnyConnection,
    measure: Id<Measures>,
) -> Result<Option<Appeal>> {
    Ok(sqlx::query_as(OF)
        .bind(measure)
        .fetch_optional(connection)
        .await?)
}

/// Whether its member has asked to think again, and nobody has answered.
pub async fn waits_for_an_answer(connection: &mut AnyConnection, id: Id<Measures>) -> Result<bool> {
    let appeal = appeal_of(connection, id).await?;
    Ok(appeal.is_some_and(|appeal| appeal.outcome.is_empty()))
}
