//! Everybody here: by handle, the newest first, or by what somebody types of a name.

use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::{Cursor, Page};
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::post::faces::{FaceRow, Faces, PAGE};
use crate::terms::{end_of, terms};
use crate::view::Face;

/// In which order members are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    #[default]
    Name,
    Newest,
}

impl Order {
    /// The order of that name in an address.
    pub fn named(name: Option<&str>) -> Result<Order> {
        match name {
            None | Some("name") => Ok(Order::Name),
            Some("newest") => Ok(Order::Newest),
            Some(_) => Err(Error::NotFound),
        }
    }
}

/// SQL: members whom the reader `$2` sees.
macro_rules! seen {
    ($condition:literal) => {
        concat!(
            "select u.id, u.handle, u.name, u.face, u.created_at
      from users u
     where u.hidden_at is null and u.is_active = 1
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = u.id and t.why <> 'mute')
       and ",
            $condition
        )
    };
}

const BY_NAME: &str = seen!("u.handle > $1 order by u.handle limit 51");

const NEWEST: &str =
    seen!("(u.created_at, u.id) < ($1, $3) order by u.created_at desc, u.id desc limit 51");

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    face: FaceRow,
    created_at: Micros,
}

/// A page of everybody here.
async fn all(app: &App, viewer: &Viewer, (order, after): (Order, Option<&str>)) -> Result<Faces> {
    match order {
        Order::Name => {
            let rows = sqlx::query_as(BY_NAME)
                .bind(after.unwrap_or_default())
                .bind(viewer.id)
                .fetch_all(app.db.read())
                .await?;
            Ok(Faces::of(rows, |row| row.handle.clone()))
        }
        Order::Newest => {
            let after: Option<Cursor<Users>> = after
                .map(str::parse)
                .transpose()
                .map_err(|_| Error::NotFound)?;
            let rows: Vec<Row> = sqlx::query_as(NEWEST)
                .bind(after.as_ref().map_or(Micros::MAX, |place| place.at))
                .bind(viewer.id)
                .bind(after.map_or(Id::default(), |place| place.id))
                .fetch_all(app.db.read())
                .await?;
            let page = Page::of(rows, PAGE);
            let last = page.rows.last().filter(|_| page.more);
            let place = |row: &Row| Cursor {
                at: row.created_at,
                id: row.face.id,
            };
            Ok(Faces {
                next: last.map(|row| place(row).to_string()),
                members: page.rows.into_iter().map(|row| row.face.into()).collect(),
            })
        }
    }
}

/// Words of which members are found by the first three.
const WORDS: usize = 3;

// The longest word leads, through so many of its rows at most; the others are looked up for each.
const FOUND: &str = "
    select u.id, u.handle, u.name, u.face
      from (select distinct user_id
              from (select user_id from member_terms where term >= $1 and term < $3 order by term limit 2000) few) t
      join users u on u.id = t.user_id
     where u.hidden_at is null and u.is_active = 1
       and exists (select 1 from member_terms a where a.user_id = u.id and a.term >= $4 and a.term < $5)
       and exists (select 1 from member_terms a where a.user_id = u.id and a.term >= $6 and a.term < $7)
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = u.id and t.why <> 'mute')
     order by coalesce((select 1 from follows f where f.follower_id = $2 and f.author_id = u.id), 0) desc, u.handle
     limit 51";

/// Members in whose name or handle every word begins like one of these, those whom the viewer follows first: at most 50.
async fn find(app: &App, viewer: &Viewer, text: &str) -> Result<Directory> {
    let mut words = terms(text);
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.truncate(WORDS);
    if words.is_empty() {
        return Ok(Directory::of(Vec::new(), false));
    }
    words.resize(WORDS, String::new());
    let rows: Vec<FaceRow> = sqlx::query_as(FOUND)
        .bind(&words[0])
        .bind(viewer.id)
        .bind(end_of(&words[0]))
        .bind(&words[1])
        .bind(end_of(&words[1]))
        .bind(&words[2])
        .bind(end_of(&words[2]))
        .fetch_all(app.db.read())
        .await?;
    let page = Page::of(rows, PAGE);
    let members = page.rows.into_iter().map(Into::into).collect();
    Ok(Directory::of(members, page.more))
}

/// What the page of everybody here shows.
pub struct Directory {
    pub faces: Faces,
    /// There are more than are shown.
    pub has_more: bool,
}

impl Directory {
    fn of(members: Vec<Face>, has_more: bool) -> Directory {
        let faces = Faces {
            members,
            next: None,
        };
        Directory { faces, has_more }
    }
}

/// Members who are called so, those whom the viewer follows first.
pub async fn called(app: &App, viewer: &Viewer, text: &str) -> Result<Vec<Face>> {
    Ok(find(app, viewer, text).await?.faces.members)
}

/// What is asked of the directory.
pub struct Asked<'a> {
    /// What was typed of a name.
    pub q: Option<&'a str>,
    pub order: Order,
    /// `next` of the page before.
    pub after: Option<&'a str>,
}

/// Whoever is called so, or else everybody in that order.
pub async fn ask(app: &App, viewer: &Viewer, asked: Asked<'_>) -> Result<Directory> {
    let Asked { q, order, after } = asked;
    let typed = q.map(str::trim).filter(|q| !q.is_empty());
    match typed {
        Some(q) => find(app, viewer, q).await,
        None => Ok(Directory {
            faces: all(app, viewer, (order, after)).await?,
            has_more: false,
        }),
    }
}
