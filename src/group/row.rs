//! One group as a member meets it: what it is, and what they are to it.

use serde::Serialize;
use sqlx::AnyConnection;

use super::values::{Joining, Level, Posting};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Groups, Id, Users};
use crate::office::Office;
use crate::view;

/// What a member is to a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tie {
    None,
    /// Has asked to come in.
    Asked,
    /// Was invited.
    Invited,
    Member,
    Owner,
}

impl Tie {
    pub fn name(self) -> &'static str {
        match self {
            Tie::None => "none",
            Tie::Asked => "asked",
            Tie::Invited => "invited",
            Tie::Member => "member",
            Tie::Owner => "owner",
        }
    }

    pub fn is_in(self) -> bool {
        matches!(self, Tie::Member | Tie::Owner)
    }
}

/// A group, and what the reader is to it.
#[derive(sqlx::FromRow)]
pub struct Group {
    pub id: Id<Groups>,
    pub slug: String,
    pub name: String,
    pub about: String,
    #[sqlx(try_from = "String")]
    pub joining: Joining,
    listed: i64,
    #[sqlx(try_from = "String")]
    pub posting: Posting,
    pub members: i64,
    pub created_at: Micros,
    /// When it ends, once that is decided.
    pub closes_at: Option<Micros>,
    office: Option<String>,
    level: Option<String>,
    home: Option<i64>,
    /// Who asks to come in, or was invited: by whom.
    asked_by: Option<String>,
    reader: String,
}

/// SQL: the columns of a [`Group`] for the reader `$2`, of groups that have not ended and that they may know of.
macro_rules! known {
    ($condition:literal) => {
        concat!(
            "select g.id, g.slug, g.name, g.about, g.joining, g.listed, g.posting, g.members, g.created_at, g.closes_at,
           m.office, m.level, m.home, r.by_id as asked_by, $2 as reader
      from groups g
      left join group_members m on m.group_id = g.id and m.user_id = $2
      left join group_requests r on r.group_id = g.id and r.user_id = $2
     where g.closed_at is null and (g.listed = 1 or m.user_id is not null or r.user_id is not null)
       and ",
            $condition
        )
    };
}
pub(super) use known;

const FIND: &str = known!("g.slug = $1");

const GET: &str = known!("g.id = $1");

impl Group {
    /// Others know that it is there.
    pub fn is_listed(&self) -> bool {
        self.listed == 1
    }

    pub fn tie(&self) -> Tie {
        match (self.office.as_deref(), self.asked_by.as_deref()) {
            (Some("owner"), _) => Tie::Owner,
            (Some(_), _) => Tie::Member,
            (None, Some(by)) if by == self.reader => Tie::Asked,
            (None, Some(_)) => Tie::Invited,
            (None, None) => Tie::None,
        }
    }

    /// What the reader hears of it.
    pub fn level(&self) -> Option<Level> {
        self.level.as_deref().and_then(Level::named)
    }

    /// Its posts stand in the reader's feeds.
    pub fn is_at_home(&self) -> bool {
        self.home == Some(1)
    }

    /// Its owners look after it, and administrators after those that everybody may know of.
    pub fn is_managed_by(&self, viewer: &Viewer) -> bool {
        self.tie() == Tie::Owner || (self.is_listed() && viewer.office() == Office::Administrator)
    }

    /// The reader may post in it.
    pub fn takes_posts(&self) -> bool {
        match self.tie() {
            Tie::Owner => true,
            Tie::Member => self.posting != Posting::Owners,
            Tie::None | Tie::Asked | Tie::Invited => false,
        }
    }
}

/// The group of that slug, where the viewer may know of it.
pub async fn find(app: &App, viewer: &Viewer, slug: &str) -> Result<Group> {
    let found: Option<Group> = sqlx::query_as(FIND)
        .bind(slug.to_lowercase())
        .bind(viewer.id.to_string())
        .fetch_optional(app.db.read())
        .await?;
    found.ok_or(Error::NotFound)
}

/// The same group as it is in a transaction, for somebody.
pub async fn get(
    connection: &mut AnyConnection,
    (id, reader): (Id<Groups>, Id<Users>),
) -> Result<Group> {
    sqlx::query_as(GET)
        .bind(id)
        .bind(reader.to_string())
        .fetch_optional(connection)
        .await?
        .ok_or(Error::NotFound)
}

const TIE: &str = "
    select case m.office when 'owner' then 'owner' else 'member' end as tie
      from group_members m where m.group_id = $1 and m.user_id = $2
    union all
    select case when r.by_id = r.user_id then 'asked' else 'invited' end
      from group_requests r where r.group_id = $1 and r.user_id = $2
    limit 1";

/// What somebody is to a group, whether or not they may know of it.
pub async fn tie(
    connection: &mut AnyConnection,
    (id, member): (Id<Groups>, Id<Users>),
) -> Result<Tie> {
    let found: Option<(String,)> = sqlx::query_as(TIE)
        .bind(id)
        .bind(member)
        .fetch_optional(connection)
        .await?;
    Ok(match found.as_ref().map(|(tie,)| &**tie) {
        Some("owner") => Tie::Owner,
        Some("member") => Tie::Member,
        Some("asked") => Tie::Asked,
        Some(_) => Tie::Invited,
        None => Tie::None,
    })
}

const LOCK: &str = "update groups set members = members where id = $1";

/// Lets nobody else change who is in the group until `tx` ends.
pub async fn lock(tx: &mut Tx, id: Id<Groups>) -> Result<()> {
    sqlx::query(LOCK).bind(id).execute(&mut **tx).await?;
    Ok(())
}

const WAS: &str = "
    select g.slug
      from freed_slugs f
      join groups g on g.id = f.group_id
      left join group_members m on m.group_id = g.id and m.user_id = $2
     where f.slug = $1 and g.closed_at is null and (g.listed = 1 or m.user_id is not null)";

/// Where the group is now that was at this address lately, for whoever may know of it.
pub async fn moved(app: &App, viewer: &Viewer, slug: &str) -> Result<Option<String>> {
    let now: Option<(String,)> = sqlx::query_as(WAS)
        .bind(slug.to_lowercase())
        .bind(viewer.id)
        .fetch_optional(app.db.read())
        .await?;
    Ok(now.map(|(slug,)| slug))
}

/// A group as pages show it.
#[derive(Serialize)]
pub struct Shown {
    pub id: Id<Groups>,
    pub slug: String,
    pub name: String,
    pub about: String,
    pub joining: &'static str,
    pub listed: bool,
    pub posting: &'static str,
    pub members: i64,
    pub tie: &'static str,
    pub level: Option<&'static str>,
    pub home: bool,
    letter: String,
    tone: u8,
}

impl From<&Group> for Shown {
    fn from(group: &Group) -> Shown {
        Shown {
            id: group.id,
            slug: group.slug.clone(),
            name: group.name.clone(),
            about: group.about.clone(),
            joining: group.joining.name(),
            listed: group.is_listed(),
            posting: group.posting.name(),
            members: group.members,
            tie: group.tie().name(),
            level: group.level().map(Level::name),
            home: group.is_at_home(),
            letter: view::letter(&group.name),
            tone: view::tone(&group.id.to_string()),
        }
    }
}
