//! Pages of posts as values, with everything that belongs to each; for the JSON API. (Cards are drawn in
//! `feed.rs`, which reads no more than it needs to find a kept one.)

use super::post::{Post, columns};
use super::visible::visible;
use crate::app::App;
use crate::clock::Micros;
use crate::cursor::{self, Cursor};
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};
use crate::media::{self, Item};

pub struct Page {
    pub posts: Vec<Listed>,
    /// Where the next page begins.
    pub next: Option<String>,
}

pub struct Listed {
    pub post: Post,
    /// Its author's address.
    pub email: String,
    /// In their order.
    pub items: Vec<Item>,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    post: Post,
    email: String,
}

const ALL: &str = concat!(
    "select ",
    columns!(),
    ", u.email
      from posts p
      join users u on u.id = p.author_id
     where (p.created_at, p.id) < ($1, $2)
       and ",
    visible!(),
    "
     order by p.created_at desc, p.id desc
     limit $3"
);

const OF_AUTHOR: &str = concat!(
    "select ",
    columns!(),
    ", u.email
      from posts p
      join users u on u.id = p.author_id
     where p.author_id = $4 and (p.created_at, p.id) < ($1, $2)
       and ",
    visible!(),
    "
     order by p.created_at desc, p.id desc
     limit $3"
);

const AUTHOR: &str = "select id from users where handle = $1";

const EMAIL: &str = "select email from users where id = $1";

/// At most `limit` posts, the newest first, from the cursor on; everybody's, or those of the member with
/// this handle.
pub async fn page(
    app: &App,
    (before, author): (Option<Cursor<Posts>>, Option<&str>),
    limit: usize,
) -> Result<Page> {
    let (at, id) = before.map_or((Micros::MAX, String::new()), |cursor| {
        (cursor.at, cursor.id.to_string())
    });
    let mut connection = app.db.read().acquire().await?;
    let rows: Vec<Row> = match author {
        None => {
            let query = sqlx::query_as(ALL).bind(at).bind(id).bind(limit as i64 + 1);
            query.fetch_all(&mut *connection).await?
        }
        Some(handle) => {
            let handle = handle.trim_start_matches('@').to_lowercase();
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            if !handle.bytes().all(plain) {
                return Err(Error::NotFound);
            }
            let author: Option<(Id<Users>,)> = sqlx::query_as(AUTHOR)
                .bind(handle)
                .fetch_optional(&mut *connection)
                .await?;
            let (author,) = author.ok_or(Error::NotFound)?;
            let query = sqlx::query_as(OF_AUTHOR)
                .bind(at)
                .bind(id)
                .bind(limit as i64 + 1);
            query.bind(author).fetch_all(&mut *connection).await?
        }
    };
    let page = cursor::Page::of(rows, limit);
    let place = |row: &Row| Cursor {
        at: row.post.created_at,
        id: row.post.id,
    };
    let next = page
        .rows
        .last()
        .filter(|_| page.more)
        .map(|row| place(row).to_string());
    let ids: Vec<Id<Posts>> = page.rows.iter().map(|row| row.post.id).collect();
    let mut items = media::of_posts(&mut connection, &ids).await?;
    let posts = page.rows.into_iter().map(|row| {
        let items = items.remove(&row.post.id).unwrap_or_default();
        Listed {
            post: row.post,
            email: row.email,
            items,
        }
    });
    Ok(Page {
        posts: posts.collect(),
        next,
    })
}

/// A member's address.
pub async fn email_of(app: &App, user: Id<Users>) -> Result<String> {
    let (email,) = sqlx::query_as(EMAIL)
        .bind(user)
        .fetch_one(app.db.read())
        .await?;
    Ok(email)
}
