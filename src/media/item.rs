//! One photo or video: its row.

use std::collections::HashMap;

use sqlx::{AnyConnection, AssertSqlSafe};

use crate::clock::Micros;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::{Id, Media as MediaTable, Posts, Users};
use transform::Format;

#[derive(Clone, Debug, sqlx::FromRow, serde::Serialize)]
pub struct Item {
    pub id: Id<MediaTable>,
    pub key: String,
    pub owner_id: Id<Users>,
    pub post_id: Option<Id<Posts>>,
    pub format: String,
    pub width: i64,
    pub height: i64,
    pub frames: i64,
    pub duration_ms: i64,
    pub bytes: i64,
    pub master: Option<String>,
    pub alt: String,
    /// The place that its author chose, or nothing.
    pub focus: String,
    pub file_name: String,
}

/// What a stored file is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Post,
    Face,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Purpose::Post => "post",
            Purpose::Face => "face",
        }
    }
}

impl Item {
    pub fn format(&self) -> Format {
        Format::from_extension(&self.format).expect("only known formats are stored")
    }

    pub fn is_video(&self) -> bool {
        self.format().is_video()
    }

    /// What stays when it is cut: a place of [`PLACES`](transform::PLACES), or `auto`.
    pub fn place(&self) -> &str {
        match self.focus.as_str() {
            "" => "auto",
            place => place,
        }
    }

    pub fn is_animated(&self) -> bool {
        self.frames > 1
    }
}

const INSERT: &str = "
    insert into media (id, key, owner_id, purpose, format, width, height, frames, duration_ms, bytes,
                       master, file_name, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";

pub(super) async fn insert(
    connection: &mut AnyConnection,
    item: &Item,
    purpose: Purpose,
    at: Micros,
) -> Result<()> {
    sqlx::query(INSERT)
        .bind(item.id)
        .bind(&item.key)
        .bind(item.owner_id)
        .bind(purpose.name())
        .bind(&item.format)
        .bind(item.width)
        .bind(item.height)
        .bind(item.frames)
        .bind(item.duration_ms)
        .bind(item.bytes)
        .bind(&item.master)
        .bind(&item.file_name)
        .bind(at)
        .execute(connection)
        .await?;
    Ok(())
}

const FIND: &str = "
    select id, key, owner_id, post_id, format, width, height, frames, duration_ms, bytes, master, alt,
           focus, file_name
      from media
     where key = $1";

pub(super) async fn find(db: &Db, key: &str) -> Result<Option<Item>> {
    Ok(sqlx::query_as(FIND)
        .bind(key)
        .fetch_optional(db.read())
        .await?)
}

const OLDEST_STAGED: &str = "
    select id from media
     where owner_id = $1 and post_id is null and purpose = 'post'
     order by created_at desc, id desc
     limit 100 offset $2";

/// What `owner` chose so long ago, and so much since, that it may go.
pub(super) async fn forgotten_by(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    keep: usize,
) -> Result<Vec<Id<MediaTable>>> {
    let rows: Vec<(Id<MediaTable>,)> = sqlx::query_as(OLDEST_STAGED)
        .bind(owner)
        .bind(keep as i64)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

const STAGED: &str = "
    select id, key, owner_id, post_id, format, width, height, frames, duration_ms, bytes, master, alt,
           focus, file_name
      from media
     where id = $1 and owner_id = $2 and post_id is null and purpose = 'post'";

/// What `owner` has chosen in a composer and not posted yet.
pub async fn find_staged(db: &Db, owner: Id<Users>, id: Id<MediaTable>) -> Result<Option<Item>> {
    Ok(sqlx::query_as(STAGED)
        .bind(id)
        .bind(owner)
        .fetch_optional(db.read())
        .await?)
}

const OF_POST: &str = "
    select id, key, owner_id, post_id, format, width, height, frames, duration_ms, bytes, master, alt,
           focus, file_name
      from media
     where post_id = $1
     order by position
     limit 20";

pub async fn of_post(connection: &mut AnyConnection, post: Id<Posts>) -> Result<Vec<Item>> {
    Ok(sqlx::query_as(OF_POST)
        .bind(post)
        .fetch_all(connection)
        .await?)
}

/// The items of these posts, by post and in their order.
pub async fn of_posts(
    connection: &mut AnyConnection,
    posts: &[Id<Posts>],
) -> Result<HashMap<Id<Posts>, Vec<Item>>> {
    let places: Vec<String> = (1..=posts.len()).map(|n| format!("${n}")).collect();
    if posts.is_empty() {
        return Ok(HashMap::new());
    }
    let query = format!(
        "select id, key, owner_id, post_id, format, width, height, frames, duration_ms, bytes, master, alt,
                focus, file_name
           from media
          where post_id in ({})
          order by post_id, position",
        places.join(", ")
    );
    let query = posts
        .iter()
        .fold(sqlx::query_as(AssertSqlSafe(query)), |query, post| {
            query.bind(post)
        });
    let items: Vec<Item> = query.fetch_all(connection).await?;
    let mut by_post: HashMap<_, Vec<Item>> = HashMap::new();
    for item in items {
        if let Some(post) = item.post_id {
            by_post.entry(post).or_default().push(item);
        }
    }
    Ok(by_post)
}

/// What an edit changes of an item: what it shows to those who cannot see it, and what stays when it is cut.
pub struct Change {
    pub id: Id<MediaTable>,
    pub alt: Option<String>,
    pub focus: Option<String>,
}

const CHANGE: &str = "
    update media
       set alt = coalesce($1, alt), focus = coalesce($2, focus)
     where id = $3 and post_id = $4";

pub async fn change(
    connection: &mut AnyConnection,
    post: Id<Posts>,
    Change { id, alt, focus }: &Change,
) -> Result<()> {
    sqlx::query(CHANGE)
        .bind(alt)
        .bind(focus)
        .bind(id)
        .bind(post)
        .execute(connection)
        .await?;
    Ok(())
}

const ATTACH: &str = "
    update media
       set post_id = $1, position = $2, alt = $3
     where id = $4 and owner_id = $5 and post_id is null and purpose = 'post'";

/// Hangs a staged item into a post. False when there is no such item any more.
pub async fn attach(
    connection: &mut AnyConnection,
    (post, position): (Id<Posts>, usize),
    owner: Id<Users>,
    (id, alt): (Id<MediaTable>, &str),
) -> Result<bool> {
    let done = sqlx::query(ATTACH)
        .bind(post)
        .bind(position as i64)
        .bind(alt)
        .bind(id)
        .bind(owner)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

const DISCARD: &str =
    "delete from media where id = $1 and owner_id = $2 and post_id is null returning key";

const DISCARD_STAGED: &str = "
    delete from media
     where id = $1 and owner_id = $2 and post_id is null and purpose = 'post'
    returning key";

const DISCARD_POST: &str = "delete from media where post_id = $1 returning key";

const DISCARD_SOME: &str = "
    delete from media
     where id in (select id from media where owner_id = $1 order by created_at, id limit $2)
    returning key";

const QUEUE: &str = "
    insert into media_gc (key, queued_at) values ($1, $2) on conflict (key) do nothing";

/// Deletes the rows of a post's items and queues their files. The caller removes them after the
/// commit.
pub async fn discard_post(
    connection: &mut AnyConnection,
    post: Id<Posts>,
    at: Micros,
) -> Result<Vec<String>> {
    let keys = sqlx::query_as(DISCARD_POST)
        .bind(post)
        .fetch_all(&mut *connection)
        .await?;
    queue(connection, keys, at).await
}

/// The same for so many of what a member owns.
pub(super) async fn discard_some(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    (at, count): (Micros, i64),
) -> Result<Vec<String>> {
    let keys = sqlx::query_as(DISCARD_SOME)
        .bind(owner)
        .bind(count)
        .fetch_all(&mut *connection)
        .await?;
    queue(connection, keys, at).await
}

async fn queue(
    connection: &mut AnyConnection,
    keys: Vec<(String,)>,
    at: Micros,
) -> Result<Vec<String>> {
    for (key,) in &keys {
        sqlx::query(QUEUE)
            .bind(key)
            .bind(at)
            .execute(&mut *connection)
            .await?;
    }
    Ok(keys.into_iter().map(|(key,)| key).collect())
}

/// The same for one item that was chosen in a composer and not posted.
pub async fn discard_staged(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    id: Id<MediaTable>,
    at: Micros,
) -> Result<String> {
    discard_one(connection, DISCARD_STAGED, (owner, id), at).await
}

/// The same for one item that hangs in no post, whatever it is for.
pub async fn discard(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    id: Id<MediaTable>,
    at: Micros,
) -> Result<String> {
    discard_one(connection, DISCARD, (owner, id), at).await
}

async fn discard_one(
    connection: &mut AnyConnection,
    query: &'static str,
    (owner, id): (Id<Users>, Id<MediaTable>),
    at: Micros,
) -> Result<String> {
    let key: Option<(String,)> = sqlx::query_as(query)
        .bind(id)
        .bind(owner)
        .fetch_optional(&mut *connection)
        .await?;
    let (key,) = key.ok_or(Error::NotFound)?;
    queue(connection, vec![(key.clone(),)], at).await?;
    Ok(key)
}

const FACE: &str = "select id from media where owner_id = $1 and key = $2 and purpose = 'face'";

/// The item of a member's profile picture.
pub async fn find_face(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    key: &str,
) -> Result<Option<Id<MediaTable>>> {
    let id: Option<(Id<MediaTable>,)> = sqlx::query_as(FACE)
        .bind(owner)
        .bind(key)
        .fetch_optional(connection)
        .await?;
    Ok(id.map(|(id,)| id))
}
