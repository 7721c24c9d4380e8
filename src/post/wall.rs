//! Posts as a wall: of each one picture.

use serde::Serialize;

use super::card::duration;
use super::filter::{self, Filter};
use super::visible::{reader, visible};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::{Cursor, Page};
use crate::error::Result;
use crate::id::{Id, Media, Posts, Users};

/// What hangs on a wall.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hung {
    /// One member's posts.
    Posts(Id<Users>),
    /// Those of them with photos, or videos.
    Photos(Id<Users>),
    Videos(Id<Users>),
    /// What the viewer likes, the newest like first.
    Liked,
}

impl Hung {
    fn kind(self) -> Option<&'static str> {
        match self {
            Hung::Photos(_) => Some("photo"),
            Hung::Videos(_) => Some("video"),
            Hung::Posts(_) | Hung::Liked => None,
        }
    }
}

/// Posts on a page.
const PAGE: usize = 30;

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<Posts>,
    position: i64,
    key: String,
    format: String,
    master: Option<String>,
    frames: i64,
    duration_ms: i64,
    alt: String,
    items: i64,
}

/// A post on the wall.
#[derive(Serialize)]
pub struct Tile {
    id: Id<Posts>,
    /// Of the picture in its post, from 1 on.
    number: i64,
    key: String,
    video: bool,
    poster: bool,
    moves: bool,
    several: bool,
    duration: String,
    alt: String,
}

/// A page of tiles, and where the next one begins.
pub struct Wall {
    pub tiles: Vec<Tile>,
    pub older: Option<String>,
}

const TILES: &str = "
    select p.id, m.position, m.key, m.format, m.master, m.frames, m.duration_ms, m.alt,
           cast((select count(*) from media n where n.post_id = p.id) as bigint) as items
      from posts p
      join media m on m.post_id = p.id
       and m.position = (
           select min(n.position) from media n
            where n.post_id = p.id
              and ($1 = '' or case when n.duration_ms > 0 then 'video' else 'photo' end = $1))
     where p.id in ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                    $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)";

/// A page of a wall, from the cursor on or from the newest.
pub async fn wall(
    app: &App,
    viewer: &Viewer,
    (hung, before): (Hung, Option<Cursor<Posts>>),
) -> Result<Wall> {
    let (ids, older) = match hung {
        Hung::Liked => liked(app, viewer, before).await?,
        Hung::Posts(by) | Hung::Photos(by) | Hung::Videos(by) => {
            let filter = Filter {
                by: Some(by),
                kind: hung.kind(),
                ..Filter::default()
            };
            let found = filter::find(app, viewer, &filter, (before, PAGE)).await?;
            let page = Page::of(found.keys, PAGE);
            let last = page.rows.last().filter(|_| page.more);
            let place = last.map(|key| Cursor {
                at: key.created_at,
                id: key.id,
            });
            let older = place.map(|place| place.to_string()).or(found.goes_on);
            (page.rows.iter().map(|key| key.id).collect(), older)
        }
    };
    let tiles = tiles(app, &ids, hung.kind()).await?;
    Ok(Wall { tiles, older })
}

/// Of what a member posted after an instant, the newest six.
pub async fn since(
    app: &App,
    viewer: &Viewer,
    (by, line): (Id<Users>, Micros),
) -> Result<Vec<Tile>> {
    const SHOWN: usize = 6;
    let filter = Filter {
        by: Some(by),
        from: Some(line + 1),
        ..Filter::default()
    };
    let found = filter::find(app, viewer, &filter, (None, SHOWN)).await?;
    let ids: Vec<Id<Posts>> = found.keys.iter().take(SHOWN).map(|key| key.id).collect();
    tiles(app, &ids, None).await
}

/// Of each of these posts, of which the viewer may see all, the first picture of that kind.
async fn tiles(app: &App, ids: &[Id<Posts>], kind: Option<&str>) -> Result<Vec<Tile>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = sqlx::query_as(TILES).bind(kind.unwrap_or_default());
    for n in 0..PAGE {
        query = query.bind(ids.get(n).map(Id::to_string).unwrap_or_default());
    }
    let mut rows: Vec<Row> = query.fetch_all(app.db.read()).await?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    let tile = |row: Row| {
        let format = transform::Format::from_extension(&row.format);
        let video = format.is_some_and(|format| format.is_video());
        Tile {
            id: row.id,
            number: row.position + 1,
            key: row.key,
            video,
            poster: video && row.master.is_some(),
            moves: row.frames > 1,
            several: row.items > 1,
            duration: duration(row.duration_ms),
            alt: row.alt,
        }
    };
    Ok(rows.into_iter().map(tile).collect())
}

const LIKED: &str = concat!(
    "select p.id, l.created_at
       from (select post_id, created_at from likes
              where user_id = $2 and (created_at, post_id) < ($1, $3)
              order by created_at desc, post_id desc limit 200) l
       join posts p on p.id = l.post_id
       join users u on u.id = p.author_id
      where ",
    visible!(),
    "
      order by l.created_at desc, p.id desc
      limit 31"
);

/// How far a window of likes goes: its last one, where it is full.
const END_OF_LIKES: &str = "
    select post_id, created_at from likes
     where user_id = $2 and (created_at, post_id) < ($1, $3)
     order by created_at desc, post_id desc
     limit 1 offset 199";

/// So many windows of likes are looked through for a page.
const MOST_WINDOWS: usize = 5;

/// What the viewer likes and may see, and where the next page begins.
async fn liked(
    app: &App,
    viewer: &Viewer,
    before: Option<Cursor<Posts>>,
) -> Result<(Vec<Id<Posts>>, Option<String>)> {
    let mut place = before.unwrap_or(Cursor {
        at: Micros::MAX,
        id: Id::default(),
    });
    let mut found: Vec<(Id<Posts>, Micros)> = Vec::new();
    let reader = reader(Some(viewer.id));
    for _ in 0..MOST_WINDOWS {
        let ask = |query| {
            sqlx::query_as(query)
                .bind(place.at)
                .bind(reader.clone())
                .bind(place.id)
        };
        let rows: Vec<(Id<Posts>, Micros)> = ask(LIKED).fetch_all(app.db.read()).await?;
        let end: Option<(Id<Posts>, Micros)> =
            ask(END_OF_LIKES).fetch_optional(app.db.read()).await?;
        found.extend(rows);
        if found.len() > PAGE {
            break;
        }
        let Some((id, at)) = end else {
            return Ok((found.into_iter().map(|(id, _)| id).collect(), None));
        };
        place = Cursor { at, id };
    }
    if found.len() > PAGE {
        found.truncate(PAGE);
        let (id, at) = found[PAGE - 1];
        place = Cursor { at, id };
    }
    let ids = found.into_iter().map(|(id, _)| id).collect();
    Ok((ids, Some(place.to_string())))
}

/// A picture that hangs across the head of a member's page.
#[derive(Serialize, sqlx::FromRow)]
pub struct Cover {
    pub id: Id<Media>,
    pub key: String,
    pub alt: String,
}

const COVER: &str = concat!(
    "select m.id, m.key, m.alt
       from users u
       join media m on m.id = u.cover and m.owner_id = u.id and m.duration_ms = 0
       join posts p on p.id = m.post_id and p.author_id = u.id
      where u.id = $1 and ",
    visible!()
);

/// A member's cover, where they have one and this viewer may see it.
pub async fn cover(app: &App, viewer: &Viewer, of: Id<Users>) -> Result<Option<Cover>> {
    let cover = sqlx::query_as(COVER).bind(of).bind(reader(Some(viewer.id)));
    Ok(cover.fetch_optional(app.db.read()).await?)
}

const PICTURES: &str = "
    select m.id, m.key, m.alt
      from (select id, created_at from posts
             where author_id = $1 and audience <> 'gone' order by created_at desc limit 24) p
      join media m on m.post_id = p.id and m.position = 0 and m.duration_ms = 0
     order by p.created_at desc";

/// The newest pictures of the viewer's own, one of each post, to choose a cover from.
pub async fn covers(app: &App, viewer: &Viewer) -> Result<Vec<Cover>> {
    let pictures = sqlx::query_as(PICTURES).bind(viewer.id);
    Ok(pictures.fetch_all(app.db.read()).await?)
}
