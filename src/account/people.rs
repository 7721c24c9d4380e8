//! Members as those see them who look after the place: how they stand, and which office they hold.

use sqlx::AnyConnection;

use super::access::require_other_admin;
use super::{row, sessions};
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::changes;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::office::Office;

/// A member's standing.
#[derive(sqlx::FromRow)]
pub struct Person {
    pub id: Id<Users>,
    pub handle: String,
    pub name: String,
    pub face: Option<String>,
    pub email: String,
    is_admin: i64,
    is_moderator: i64,
    is_active: i64,
    is_verified: i64,
    pub leaves_at: Option<Micros>,
    why_out: String,
    pub created_at: Micros,
    pub sessions: i64,
}

impl Person {
    pub fn office(&self) -> Office {
        Office::of(self.is_admin == 1, self.is_moderator == 1)
    }

    pub fn is_active(&self) -> bool {
        self.is_active == 1
    }

    /// Somebody who is not in so far.
    pub fn waits(&self) -> bool {
        !self.why_out.is_empty()
    }

    pub fn is_verified(&self) -> bool {
        self.is_verified == 1
    }
}

/// SQL: the columns of a [`Person`].
macro_rules! person {
    ($condition:literal) => {
        concat!(
            "select u.id, u.handle, u.name, u.face, u.email, u.is_admin, u.is_moderator, u.is_active, u.is_verified,
           u.leaves_at, u.why_out, u.created_at,
           (select cast(count(*) as bigint) from sessions s where s.user_id = u.id and s.kind <> 'token') as sessions
      from users u
     where u.gone_at is null and ",
            $condition
        )
    };
}

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    All,
    /// Those who hold an office.
    Officers,
    /// Those who may not come in.
    Out,
}

impl Which {
    pub const ALL: [Which; 3] = [Which::All, Which::Officers, Which::Out];

    pub fn name(self) -> &'static str {
        match self {
            Which::All => "all",
            Which::Officers => "officers",
            Which::Out => "out",
        }
    }

    pub fn named(name: &str) -> Option<Which> {
        Which::ALL.into_iter().find(|which| which.name() == name)
    }
}

const LIST: &str = person!(
    "u.handle > $1
       and ($2 = 'all' or ($2 = 'officers' and (u.is_admin = 1 or u.is_moderator = 1)) or ($2 = 'out' and u.is_active = 0))
       and ($3 = '' or u.handle like $3 or lower(u.name) like $3 or u.email_lower like $3)
     order by u.handle limit 51"
);

/// Members by handle, one more than a page of 50: those in whose handle, name or address the text stands.
pub async fn people(app: &App, which: Which, (text, after): (&str, &str)) -> Result<Vec<Person>> {
    let plain: String = text
        .trim()
        .trim_start_matches('@')
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, '%' | '_' | '\\'))
        .take(100)
        .collect();
    let pattern = match plain.is_empty() {
        true => String::new(),
        false => format!("%{plain}%"),
    };
    Ok(sqlx::query_as(LIST)
        .bind(after)
        .bind(which.name())
        .bind(pattern)
        .fetch_all(app.db.read())
        .await?)
}

const BY_HANDLE: &str = person!("u.handle = $1");

pub async fn person(app: &App, handle: &str) -> Result<Person> {
    let person: Option<Person> = sqlx::query_as(BY_HANDLE)
        .bind(handle.trim_start_matches('@'))
        .fetch_optional(app.db.read())
        .await?;
    person.ok_or(Error::NotFound)
}

const SET_OFFICE: &str = "update users set is_admin = $2, is_moderator = $3 where id = $1";

/// Gives a member an office, or takes it; somebody always stays administrator.
pub async fn give_office(
    app: &App,
    viewer: &Viewer,
    (id, office): (Id<Users>, Office),
) -> Result<()> {
    let whom = id.to_string();
    let deed = match office {
        Office::Member => Deed::OfficeTaken,
        Office::Moderator | Office::Administrator => Deed::OfficeGiven,
    };
    let done = Done {
        deed,
        subject: &whom,
        detail: office.name(),
    };
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    // Of two administrators who take each other's office, one comes first.
    changes::hold(&mut tx).await?;
    let user = row::get(&mut tx, id).await?;
    if user.is_admin() && office != Office::Administrator {
        require_other_admin(&mut tx, id).await?;
    }
    if !user.is_active() {
        return Err(Error::Conflict(
            "This account is closed. Open it first.".into(),
        ));
    }
    sqlx::query(SET_OFFICE)
        .bind(id)
        .bind(i64::from(office == Office::Administrator))
        .bind(i64::from(office == Office::Moderator))
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// Ends all sessions of a member.
pub async fn end_sessions_of(app: &App, viewer: &Viewer, id: Id<Users>) -> Result<()> {
    let whom = id.to_string();
    let done = Done {
        deed: Deed::AccountChanged,
        subject: &whom,
        detail: "all sessions ended",
    };
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    row::get(&mut tx, id).await?;
    sessions::end_all(app, &mut tx, id).await?;
    tx.commit().await
}

const OFFICERS: &str = "
    select cast(coalesce(sum(is_admin), 0) as bigint) from users where is_admin = 1 and is_active = 1";

const MEMBERS: &str = "
    select cast(count(*) as bigint), cast(coalesce(sum(case when created_at > $1 then 1 else 0 end), 0) as bigint)
      from users where gone_at is null and is_active = 1";

/// How many there are.
pub struct Numbers {
    pub administrators: i64,
    pub members: i64,
    /// Since an instant.
    pub new: i64,
}

pub async fn numbers(connection: &mut AnyConnection, since: Micros) -> Result<Numbers> {
    let (administrators,): (i64,) = sqlx::query_as(OFFICERS).fetch_one(&mut *connection).await?;
    let (members, new): (i64, i64) = sqlx::query_as(MEMBERS)
        .bind(since)
        .fetch_one(connection)
        .await?;
    Ok(Numbers {
        administrators,
        members,
        new,
    })
}
