//! How far a member has read: the line between what they have seen and what is new, the same on every device.

use serde::Serialize;

use super::filter::Of;
use super::visible::{reader, wanted};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::known::Moment;
use crate::view::Face;

/// After so long without reading on, another visit begins.
const VISIT: Micros = 30 * 60 * 1_000_000;

// Forward only: what a page says that stood open for days changes nothing.
const MARK: &str = "
    insert into read_marks (user_id, feed, at, set_at, line_at) values ($1, $2, $3, $4, 0)
    on conflict (user_id, feed)
    do update set line_at = case when excluded.set_at - read_marks.set_at > $5 then read_marks.at else read_marks.line_at end,
                  at = excluded.at, set_at = excluded.set_at
     where read_marks.at < excluded.at";

/// The viewer has seen this feed up to the post of that instant.
pub async fn mark(app: &App, viewer: &Viewer, (of, at): (Of, Micros)) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    sqlx::query(MARK)
        .bind(viewer.id)
        .bind(of.name())
        // Nothing that is still to come was seen.
        .bind(at.min(now))
        .bind(now)
        .bind(VISIT)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

#[derive(sqlx::FromRow)]
struct Row {
    at: Micros,
    set_at: Micros,
    line_at: Micros,
}

const READ: &str = "select at, set_at, line_at from read_marks where user_id = $1 and feed = $2";

/// Up to where the viewer had read when this visit began; 0 when they never have.
pub async fn line(app: &App, viewer: &Viewer, of: Of) -> Result<Micros> {
    let moment = Moment {
        version: app.db.version(),
        now: app.clock.now(),
    };
    let key = format!("{} {}", of.name(), viewer.id);
    if let Some(line) = app.fragments.lines.find(&key, moment) {
        return Ok(line);
    }
    let row: Option<Row> = sqlx::query_as(READ)
        .bind(viewer.id)
        .bind(of.name())
        .fetch_optional(app.db.read())
        .await?;
    let line = row.map_or(0, |row| match moment.now - row.set_at > VISIT {
        true => row.at,
        false => row.line_at,
    });
    app.fragments.lines.keep(key, moment, line);
    Ok(line)
}

/// Posts of one author since the line.
#[derive(Serialize)]
pub struct By {
    pub author: Face,
    pub posts: i64,
}

#[derive(sqlx::FromRow)]
struct ByRow {
    author_id: Id<Users>,
    handle: String,
    name: String,
    face: Option<String>,
    posts: i64,
}

const SINCE: &str = concat!(
    "select p.author_id, u.handle, u.name, u.face, cast(count(*) as bigint) as posts
       from (select * from posts where created_at > $1 order by created_at desc limit 500) p
       join users u on u.id = p.author_id
      where ",
    wanted!(),
    "
        and p.author_id <> $2
        and ($3 = '' or exists (select 1 from follows f where f.follower_id = $2 and f.author_id = p.author_id))
      group by p.author_id, u.handle, u.name, u.face
      order by max(p.created_at) desc
      limit 100"
);

/// Who has posted since an instant, and how much: of the newest 500 posts of the whole feed, not of the viewer's own.
pub async fn since(app: &App, viewer: Id<Users>, (of, line): (Of, Micros)) -> Result<Vec<By>> {
    let followed = match of {
        Of::Everyone => "",
        Of::Followed => "followed",
    };
    let rows: Vec<ByRow> = sqlx::query_as(SINCE)
        .bind(line)
        .bind(reader(Some(viewer)))
        .bind(followed)
        .fetch_all(app.db.read())
        .await?;
    let by = |row: ByRow| By {
        posts: row.posts,
        author: Face::new(row.author_id, row.handle, row.name, row.face),
    };
    Ok(rows.into_iter().map(by).collect())
}

const FORGET: &str = "delete from read_marks where user_id = $1";

/// Forgets how far a member has read, who is gone; there are few rows of it.
pub async fn forget(app: &App, user: Id<Users>) -> Result<bool> {
    let mut tx = app.db.write().await?;
    sqlx::query(FORGET).bind(user).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(false)
}
