//! One photo or video: its row.

use std::collections::HashMap;

use sqlx::{AnyConnection, AssertSqlSafe};

use crate::clock::Micros;
use crate::db::Db;
use crate::error::Result;
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
    #[sqlx(try_from = "String")]
    #[serde(skip)]
    pub state: State,
    /// Why it failed, in words for its author.
    pub reason: String,
    /// Percent of its conversion.
    pub progress: i64,
    /// The format of the file that was sent, where that is kept beside what is served.
    pub source: Option<String>,
    /// 1 where there is a smaller size beside what is served.
    pub small: i64,
    /// 0 for a video that is known to have none.
    pub sound: i64,
    /// Which version of its captions there is; 0 for none.
    pub captions: i64,
    /// As BCP 47 names it.
    pub captions_language: String,
    /// By this the same file is known again.
    pub fingerprint: String,
    /// A smaller size is to be made; known when it was taken in.
    #[sqlx(default)]
    #[serde(skip)]
    pub wants_small: bool,
    /// Not the video that the row is of, but the picture of it.
    #[sqlx(default)]
    #[serde(skip)]
    pub poster: bool,
    /// Some of what was sent did not belong to the picture and was left behind; known when it was taken in.
    #[sqlx(default)]
    #[serde(skip)]
    pub stripped: bool,
}

/// Whether others may see a video.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Ready,
    /// Its turn to be made anew comes.
    Waiting,
    Converting,
    Failed,
}

impl State {
    const ALL: [(State, &str); 4] = [
        (State::Ready, "ready"),
        (State::Waiting, "waiting"),
        (State::Converting, "converting"),
        (State::Failed, "failed"),
    ];

    pub fn name(self) -> &'static str {
        let found = State::ALL.into_iter().find(|(state, _)| *state == self);
        found.expect("all are listed").1
    }
}

impl TryFrom<String> for State {
    type Error = std::io::Error;

    fn try_from(text: String) -> std::result::Result<State, Self::Error> {
        let found = State::ALL.into_iter().find(|(_, name)| *name == text);
        found
            .map(|(state, _)| state)
            .ok_or_else(|| std::io::Error::other(format!("no such state: {text}")))
    }
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

    /// The picture of a video, if there is one.
    pub fn poster(&self) -> Option<Item> {
        let format = self.master.clone().filter(|_| self.is_video())?;
        Some(Item {
            format,
            poster: true,
            ..self.clone()
        })
    }

    /// Whether pages play it in sizes as the line allows: a video that is long, of which there are two.
    pub fn is_streamed(&self) -> bool {
        /// In milliseconds.
        const LONG: i64 = 60_000;
        self.format() == Format::Mp4 && self.small != 0 && self.duration_ms > LONG
    }

    /// What a layer shows of it: of a video its picture.
    pub fn as_layer(self) -> Option<Item> {
        match self.is_video() {
            true => self.poster(),
            false => Some(self),
        }
    }

    pub fn is_animated(&self) -> bool {
        self.frames > 1
    }
}

const INSERT: &str = "
    insert into media (id, key, owner_id, purpose, format, width, height, frames, duration_ms, bytes,
                       master, file_name, created_at, state, source, small, sound, fingerprint, stored)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $10)";

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
        .bind(item.state.name())
        .bind(&item.source)
        .bind(item.small)
        .bind(item.sound)
        .bind(&item.fingerprint)
        .execute(connection)
        .await?;
    Ok(())
}

/// SQL: the columns of an [`Item`].
macro_rules! columns {
    () => {
        "id, key, owner_id, post_id, format, width, height, frames, duration_ms, bytes, master, alt,
           focus, file_name, state, reason, progress, source, small, sound, captions, captions_language, fingerprint"
    };
}
pub(super) use columns;

const FIND: &str = concat!(
    "select ",
    columns!(),
    "
      from media
     where key = $1"
);

pub(super) async fn find(db: &Db, key: &str) -> Result<Option<Item>> {
    Ok(sqlx::query_as(FIND)
        .bind(key)
        .fetch_optional(db.read())
        .await?)
}

const OLDEST_STAGED: &str = "
    select id from media
     where owner_id = $1 and post_id is null and purpose = 'post'
       and id not in (select media_id from draft_items where media_id is not null)
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

const STAGED: &str = concat!(
    "select ",
    columns!(),
    "
      from media
     where id = $1 and owner_id = $2 and (post_id is null or post_id = $3) and purpose = 'post'"
);

/// What `owner` has chosen in a composer and not posted yet, or has in that post.
pub async fn find_staged(
    db: &Db,
    owner: Id<Users>,
    (id, post): (Id<MediaTable>, Option<Id<Posts>>),
) -> Result<Option<Item>> {
    Ok(sqlx::query_as(STAGED)
        .bind(id)
        .bind(owner)
        .bind(post)
        .fetch_optional(db.read())
        .await?)
}

/// Those of these that `owner` has chosen and not posted yet, in this order.
pub async fn staged(db: &Db, owner: Id<Users>, ids: &[Id<MediaTable>]) -> Result<Vec<Item>> {
    let mut items = Vec::with_capacity(ids.len());
    for id in ids {
        items.extend(find_staged(db, owner, (*id, None)).await?);
    }
    Ok(items)
}

const IS_STAGED: &str = "
    select id from media where id = $1 and owner_id = $2 and post_id is null and purpose = 'post'";

/// Whether `owner` has chosen it and not posted it yet.
pub async fn is_staged(
    connection: &mut AnyConnection,
    owner: Id<Users>,
    id: Id<MediaTable>,
) -> Result<bool> {
    let found: Option<(Id<MediaTable>,)> = sqlx::query_as(IS_STAGED)
        .bind(id)
        .bind(owner)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

const OF_POST: &str = concat!(
    "select ",
    columns!(),
    "
      from media
     where post_id = $1
     order by position
     limit 20"
);

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
        "select {}
           from media
          where post_id in ({})
          order by post_id, position",
        columns!(),
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

const POSTER: &str = "
    update media set master = $1 where id = $2 and owner_id = $3 and post_id is null";

/// A staged video has a picture now, in this format. False when there is no such video any more.
pub(super) async fn has_poster(
    connection: &mut AnyConnection,
    (id, owner): (Id<MediaTable>, Id<Users>),
    format: Format,
) -> Result<bool> {
    let done = sqlx::query(POSTER)
        .bind(format.extension())
        .bind(id)
        .bind(owner)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
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
