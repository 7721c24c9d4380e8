//! A member's posts as a wall: of each its first picture.

use serde::Serialize;

use super::card::duration;
use super::visible::{reader, visible};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::{Cursor, Page};
use crate::error::Result;
use crate::id::{Id, Posts, Users};

const PAGE: usize = 30;

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<Posts>,
    created_at: Micros,
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

const WALL: &str = concat!(
    "select p.id, p.created_at, m.key, m.format, m.master, m.frames, m.duration_ms, m.alt,
            cast((select count(*) from media n where n.post_id = p.id) as bigint) as items
       from posts p
       join users u on u.id = p.author_id
       join media m on m.post_id = p.id and m.position = 0
      where p.author_id = $3 and p.created_at < $1
        and ",
    visible!(),
    "
      order by p.created_at desc
      limit 31"
);

/// One member's posts, from the cursor on or from the newest.
pub async fn wall(
    app: &App,
    viewer: &Viewer,
    (author, before): (Id<Users>, Option<Cursor<Posts>>),
) -> Result<Wall> {
    let at = before.map_or(Micros::MAX, |cursor| cursor.at);
    let rows: Vec<Row> = sqlx::query_as(WALL)
        .bind(at)
        .bind(reader(Some(viewer.id)))
        .bind(author)
        .fetch_all(app.db.read())
        .await?;
    let page = Page::of(rows, PAGE);
    let place = |row: &Row| Cursor {
        at: row.created_at,
        id: row.id,
    };
    let last = page.rows.last().filter(|_| page.more);
    let older = last.map(|row| place(row).to_string());
    let tile = |row: Row| {
        let format = transform::Format::from_extension(&row.format);
        let video = format.is_some_and(|format| format.is_video());
        Tile {
            id: row.id,
            key: row.key,
            video,
            poster: video && row.master.is_some(),
            moves: row.frames > 1,
            several: row.items > 1,
            duration: duration(row.duration_ms),
            alt: row.alt,
        }
    };
    Ok(Wall {
        tiles: page.rows.into_iter().map(tile).collect(),
        older,
    })
}
