//! Groups that there are, and who is in one.

use serde::Serialize;

use super::row::{Group, known};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::Page;
use crate::error::{Error, Result};
use crate::id::{Groups, Id, Users};
use crate::post::faces::{FaceRow, Faces};
use crate::view::Face;

const MINE: &str = known!("$1 = $1 and m.user_id is not null order by g.name, g.id limit 200");

const INVITED: &str =
    known!("$1 = $1 and m.user_id is null and r.by_id <> $2 order by r.at desc limit 50");

const OTHERS: &str = known!(
    "g.listed = 1 and m.user_id is null and (r.user_id is null or r.by_id = $2) and (g.name, g.id) > ($1, $3) order by g.name, g.id limit 51"
);

/// Groups on a page.
const PAGE: usize = 50;

/// What a member sees of groups.
pub struct Listed {
    /// Which they are in.
    pub mine: Vec<Group>,
    /// Into which they are invited.
    pub invited: Vec<Group>,
    /// The others that everybody may know of, a page of them.
    pub others: Vec<Group>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// The groups that there are for the viewer, by name; of those that are not theirs, the ones after a place.
pub async fn all(app: &App, viewer: &Viewer, after: Option<&str>) -> Result<Listed> {
    let after: Option<Id<Groups>> = after
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::NotFound)?;
    let mut connection = app.db.read().acquire().await?;
    let reader = viewer.id.to_string();
    let (mut mine, mut invited) = (Vec::new(), Vec::new());
    let mut begins = (String::new(), String::new());
    match after {
        None => {
            for (query, list) in [(MINE, &mut mine), (INVITED, &mut invited)] {
                *list = sqlx::query_as(query)
                    .bind("")
                    .bind(&reader)
                    .fetch_all(&mut *connection)
                    .await?;
            }
        }
        Some(after) => {
            let last: Option<(String,)> = sqlx::query_as(NAME)
                .bind(after)
                .fetch_optional(&mut *connection)
                .await?;
            begins = (last.ok_or(Error::NotFound)?.0, after.to_string());
        }
    }
    let rows: Vec<Group> = sqlx::query_as(OTHERS)
        .bind(&begins.0)
        .bind(&reader)
        .bind(&begins.1)
        .fetch_all(&mut *connection)
        .await?;
    let page = Page::of(rows, PAGE);
    let next = page.rows.last().filter(|_| page.more);
    Ok(Listed {
        next: next.map(|last| last.id.to_string()),
        mine,
        invited,
        others: page.rows,
    })
}

const NAME: &str = "select name from groups where id = $1";

/// SQL: members of the group `$1` whom the reader `$2` sees, and owners also whoever keeps apart from them.
macro_rules! members {
    ($condition:literal) => {
        concat!(
            "select u.id, u.handle, u.name, u.face
      from group_members m
      join users u on u.id = m.user_id
     where m.group_id = $1 and u.hidden_at is null and ",
            $condition,
            "
       and (not exists (select 1 from ties t where t.user_id = $2 and t.other_id = u.id and t.why <> 'mute')
            or exists (select 1 from group_members o where o.group_id = $1 and o.user_id = $2 and o.office = 'owner'))
     order by m.user_id limit 51"
        )
    };
}

const OWNERS: &str = members!("m.office = 'owner' and m.user_id > $3");

const MEMBERS: &str = members!("m.office = '' and m.user_id > $3");

/// Who looks after a group.
pub async fn owners(app: &App, viewer: &Viewer, group: Id<Groups>) -> Result<Vec<Face>> {
    let page = some(app, viewer, (OWNERS, group), None).await?;
    Ok(page.members)
}

/// A page of the members of a group who do not look after it, those who are here longest first.
pub async fn members(
    app: &App,
    viewer: &Viewer,
    group: Id<Groups>,
    after: Option<Id<Users>>,
) -> Result<Faces> {
    some(app, viewer, (MEMBERS, group), after).await
}

async fn some(
    app: &App,
    viewer: &Viewer,
    (query, group): (&'static str, Id<Groups>),
    after: Option<Id<Users>>,
) -> Result<Faces> {
    let rows: Vec<FaceRow> = sqlx::query_as(query)
        .bind(group)
        .bind(viewer.id)
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .fetch_all(app.db.read())
        .await?;
    Ok(Faces::of(rows, |row| row.id.to_string()))
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    face: FaceRow,
    words: String,
    at: Micros,
}

/// SQL: who waits at the door of the group `$1`, and why.
macro_rules! waits {
    ($why:literal) => {
        concat!(
            "select u.id, u.handle, u.name, u.face, r.words, r.at
      from group_requests r
      join users u on u.id = r.user_id
     where r.group_id = $1 and r.by_id ",
            $why,
            " r.user_id and u.hidden_at is null
     order by r.at, u.id
     limit 200"
        )
    };
}

const ASKING: &str = waits!("=");

const ASKED_IN: &str = waits!("<>");

/// Somebody who asks to come in, or was invited.
#[derive(Serialize)]
pub struct Waits {
    pub who: Face,
    /// To the owners, in their own words.
    pub words: String,
    #[serde(skip)]
    pub at: Micros,
}

/// Who waits at the door of a group.
pub struct Door {
    /// The longest first.
    pub asking: Vec<Waits>,
    pub invited: Vec<Waits>,
}

/// Who asks to come into a group and who is invited, 200 of each at most.
pub async fn door(app: &App, group: Id<Groups>) -> Result<Door> {
    let waits = async |query: &'static str| -> Result<Vec<Waits>> {
        let rows: Vec<Row> = sqlx::query_as(query)
            .bind(group)
            .fetch_all(app.db.read())
            .await?;
        let waits = |row: Row| Waits {
            who: row.face.into(),
            words: row.words,
            at: row.at,
        };
        Ok(rows.into_iter().map(waits).collect())
    };
    Ok(Door {
        asking: waits(ASKING).await?,
        invited: waits(ASKED_IN).await?,
    })
}
