//! Pages of posts as values, with everything that belongs to each; for the JSON API. (Cards are drawn in
//! `feed.rs`, which reads no more than it needs to find a kept one.)

use sqlx::AnyConnection;

use super::filter::Found;
use super::post::{Post, columns};
use super::visible::{reader, there, visible, wanted};
use crate::app::App;
use crate::auth::Viewer;
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

/// What is asked for.
pub struct Asked<'a> {
    /// From there on; or else from the newest.
    pub before: Option<Cursor<Posts>>,
    /// By handle; or else everybody's.
    pub author: Option<&'a str>,
    /// So many at most.
    pub limit: usize,
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
     where p.created_at < $1
       and ",
    wanted!(),
    "
     order by p.created_at desc
     limit $3"
);

const NEWEST: &str = concat!(
    "select ",
    columns!(),
    ", u.email
      from posts p
      join users u on u.id = p.author_id
     where ",
    there!(),
    "
     order by p.created_at desc
     limit $1"
);

const OF_AUTHOR: &str = concat!(
    "select ",
    columns!(),
    ", u.email
      from posts p
      join users u on u.id = p.author_id
     where p.author_id = $4 and p.created_at < $1
       and ",
    visible!(),
    "
     order by p.created_at desc
     limit $3"
);

const AUTHOR: &str = "select id from users where handle = $1";

const EMAIL: &str = "select email from users where id = $1";

async fn author_of(connection: &mut AnyConnection, handle: &str) -> Result<Id<Users>> {
    let handle = handle.trim_start_matches('@').to_lowercase();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    if !handle.bytes().all(plain) {
        return Err(Error::NotFound);
    }
    let author: Option<(Id<Users>,)> = sqlx::query_as(AUTHOR)
        .bind(handle)
        .fetch_optional(connection)
        .await?;
    author.map(|(id,)| id).ok_or(Error::NotFound)
}

/// The member of that handle.
pub async fn author(app: &App, handle: &str) -> Result<Id<Users>> {
    author_of(&mut *app.db.read().acquire().await?, handle).await
}

/// Posts that this viewer sees in lists, the newest first.
pub async fn page(
    app: &App,
    viewer: &Viewer,
    Asked {
        before,
        author,
        limit,
    }: Asked<'_>,
) -> Result<Page> {
    let at = before.map_or(Micros::MAX, |cursor| cursor.at);
    let reader = reader(Some(viewer.id));
    let mut connection = app.db.read().acquire().await?;
    let rows: Vec<Row> = match author {
        None => {
            let query = sqlx::query_as(ALL)
                .bind(at)
                .bind(reader)
                .bind(limit as i64 + 1);
            query.fetch_all(&mut *connection).await?
        }
        Some(handle) => {
            let author = author_of(&mut connection, handle).await?;
            let query = sqlx::query_as(OF_AUTHOR)
                .bind(at)
                .bind(reader)
                .bind(limit as i64 + 1);
            query.bind(author).fetch_all(&mut *connection).await?
        }
    };
    whole(&mut connection, rows, limit).await
}

/// Posts that are asked for at a time.
const AT_ONCE: usize = 20;

const THESE: &str = concat!(
    "select ",
    columns!(),
    ", u.email
      from posts p
      join users u on u.id = p.author_id
     where p.id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
       and ",
    there!()
);

/// What a filter has found, with all that belongs to it.
pub async fn of(app: &App, found: Found, limit: usize) -> Result<Page> {
    let page = cursor::Page::of(found.keys, limit);
    let last = page.rows.last().filter(|_| page.more);
    let next = last.map(|key| {
        let (at, id) = (key.created_at, key.id);
        Cursor { at, id }.to_string()
    });
    let mut connection = app.db.read().acquire().await?;
    let mut rows: Vec<Row> = Vec::new();
    for keys in page.rows.chunks(AT_ONCE) {
        let mut query = sqlx::query_as(THESE);
        for n in 0..AT_ONCE {
            query = query.bind(
                keys.get(n)
                    .map(|key| key.id.to_string())
                    .unwrap_or_default(),
            );
        }
        rows.extend(query.fetch_all(&mut *connection).await?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.post.created_at));
    let whole = whole(&mut connection, rows, limit).await?;
    Ok(Page {
        next: next.or(found.goes_on),
        ..whole
    })
}

/// The newest posts, whoever may see them.
pub async fn newest(app: &App, limit: usize) -> Result<Page> {
    let mut connection = app.db.read().acquire().await?;
    let rows = sqlx::query_as(NEWEST)
        .bind(limit as i64 + 1)
        .fetch_all(&mut *connection)
        .await?;
    whole(&mut connection, rows, limit).await
}

/// The first so many, with their files.
async fn whole(connection: &mut AnyConnection, rows: Vec<Row>, limit: usize) -> Result<Page> {
    let page = cursor::Page::of(rows, limit);
    let last = page.rows.last().filter(|_| page.more);
    let next = last.map(|row| row.post.place().to_string());
    let ids: Vec<Id<Posts>> = page.rows.iter().map(|row| row.post.id).collect();
    let mut items = media::of_posts(connection, &ids).await?;
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
