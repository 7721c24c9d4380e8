//! Cases: what was reported of one thing, who looks at it, and what came of it.
//!
//! Nobody sees a case about themselves, and one about somebody who looks after the place only administrators do.

use super::subject::{self, Subject, Thing};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::Cursor;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::{Cases, Id, Users};
use crate::office::Office;

/// Who takes a case has it for so long without doing anything.
pub const TAKEN: Micros = 30 * 60 * 1_000_000;

#[derive(Clone, sqlx::FromRow)]
pub struct Case {
    pub id: Id<Cases>,
    kind: String,
    subject: String,
    pub author_id: Id<Users>,
    urgent: i64,
    pub state: String,
    pub reports: i64,
    pub version: i64,
    pub taken_by: Option<Id<Users>>,
    pub taken_at: Option<Micros>,
    pub opened_at: Micros,
    pub outcome: String,
    /// Whose it is, as they are called now; nobody once they are gone.
    pub handle: Option<String>,
    pub name: Option<String>,
    /// Who has taken it.
    pub taker: Option<String>,
}

impl Case {
    pub fn subject(&self) -> Result<Subject> {
        Subject::named(&self.kind, &self.subject)
            .ok_or_else(|| Error::Internal(format!("a case is about {}", self.kind)))
    }

    pub fn is_urgent(&self) -> bool {
        self.urgent == 1
    }

    pub fn is_open(&self) -> bool {
        self.state == "open"
    }

    /// Who looks at it in this moment.
    pub fn looked_at_by(&self, now: Micros) -> Option<Id<Users>> {
        let at = self.taken_at?;
        self.taken_by.filter(|_| now - at < TAKEN)
    }
}

/// SQL: cases `c` that somebody may see, who is `$1` and (`$2`) an administrator or not.
macro_rules! cases {
    ($rest:literal) => {
        concat!(
            "select c.id, c.kind, c.subject, c.author_id, c.urgent, c.state, c.reports, c.version, c.taken_by, c.taken_at,
           c.opened_at, c.outcome, a.handle, a.name, t.name as taker
      from cases c
      left join users a on a.id = c.author_id and a.gone_at is null
      left join users t on t.id = c.taken_by and t.gone_at is null
     where c.author_id <> $1 and ($2 = 1 or not exists (
               select 1 from users o where o.id = c.author_id and (o.is_admin = 1 or o.is_moderator = 1)))
       and ",
            $rest
        )
    };
}

const QUEUE: &str = cases!(
    "c.state = 'open' and (c.urgent < $3 or (c.urgent = $3 and (c.opened_at > $4 or (c.opened_at = $4 and c.id > $5))))
     order by c.urgent desc, c.opened_at, c.id limit 21"
);

/// The place of a case in the queue, as an address has it.
pub struct Place {
    pub urgent: bool,
    pub at: Cursor<Cases>,
}

impl Place {
    pub fn read(text: &str) -> Option<Place> {
        let (urgent, at) = text.split_once('.')?;
        Some(Place {
            urgent: urgent == "1",
            at: at.parse().ok()?,
        })
    }

    pub fn of(case: &Case) -> Place {
        Place {
            urgent: case.is_urgent(),
            at: Cursor {
                at: case.opened_at,
                id: case.id,
            },
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", i64::from(self.urgent), self.at)
    }
}

/// Open cases: what is urgent first, then what waits longest; one more than a page of 20.
pub async fn queue(app: &App, viewer: &Viewer, after: Option<Place>) -> Result<Vec<Case>> {
    viewer.require(Office::Moderator)?;
    let (urgent, at, id) = match after {
        Some(place) => (
            i64::from(place.urgent),
            place.at.at,
            place.at.id.to_string(),
        ),
        None => (2, 0, String::new()),
    };
    Ok(sqlx::query_as(QUEUE)
        .bind(viewer.id)
        .bind(i64::from(viewer.is_admin()))
        .bind(urgent)
        .bind(at)
        .bind(id)
        .fetch_all(app.db.read())
        .await?)
}

const ONE: &str = cases!("c.id = $3");

/// A case that the viewer may look at.
pub async fn get(
    connection: &mut sqlx::AnyConnection,
    viewer: &Viewer,
    id: Id<Cases>,
) -> Result<Case> {
    viewer.require(Office::Moderator)?;
    let found: Option<Case> = sqlx::query_as(ONE)
        .bind(viewer.id)
        .bind(i64::from(viewer.is_admin()))
        .bind(id)
        .fetch_optional(connection)
        .await?;
    found.ok_or(Error::NotFound)
}

const COUNT_FOR: &str = "
    select cast(count(*) as bigint), cast(coalesce(sum(urgent), 0) as bigint) from (
        select c.urgent from cases c
         where c.state = 'open' and c.author_id <> $1 and ($2 = 1 or not exists (
               select 1 from users o where o.id = c.author_id and (o.is_admin = 1 or o.is_moderator = 1)))
         limit 100) few";

/// How many open cases there are for somebody, and how many of them are urgent; 100 for more.
pub async fn count(db: &Db, viewer: &Viewer) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(COUNT_FOR)
        .bind(viewer.id)
        .bind(i64::from(viewer.is_admin()))
        .fetch_one(db.read())
        .await?)
}

/// A report as those see it who look at the case.
#[derive(sqlx::FromRow)]
pub struct Report {
    pub why: String,
    pub words: String,
    pub seen: String,
    pub at: Micros,
    pub handle: Option<String>,
    pub name: Option<String>,
}

const REPORTS: &str = "
    select r.why, r.words, r.seen, r.at, u.handle, u.name
      from reports r
      left join users u on u.id = r.by_id and u.gone_at is null
     where r.case_id = $1 order by r.at limit 100";

/// What was said to it among those who look at it.
#[derive(sqlx::FromRow)]
pub struct Note {
    pub words: String,
    pub at: Micros,
    pub name: Option<String>,
}

const NOTES: &str = "
    select n.words, n.at, u.name
      from case_notes n
      left join users u on u.id = n.by_id and u.gone_at is null
     where n.case_id = $1 order by n.at limit 100";

const EARLIER: &str = cases!("c.author_id = $3 and c.id <> $4 order by c.opened_at desc limit 10");

/// A case with what belongs to it.
pub struct Whole {
    pub case: Case,
    /// Nothing once it is gone.
    pub thing: Option<Thing>,
    pub reports: Vec<Report>,
    pub notes: Vec<Note>,
    /// Other cases about the same person.
    pub earlier: Vec<Case>,
}

pub async fn whole(app: &App, viewer: &Viewer, id: Id<Cases>) -> Result<Whole> {
    let mut connection = app.db.read().acquire().await?;
    let case = get(&mut connection, viewer, id).await?;
    let thing = subject::find(&mut connection, case.subject()?).await?;
    let earlier = sqlx::query_as(EARLIER)
        .bind(viewer.id)
        .bind(i64::from(viewer.is_admin()))
        .bind(case.author_id)
        .bind(id)
        .fetch_all(&mut *connection)
        .await?;
    let reports = sqlx::query_as(REPORTS).bind(id);
    let notes = sqlx::query_as(NOTES).bind(id);
    Ok(Whole {
        reports: reports.fetch_all(&mut *connection).await?,
        notes: notes.fetch_all(&mut *connection).await?,
        case,
        thing,
        earlier,
    })
}
