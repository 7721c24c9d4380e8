//! Posts that wait for their videos: drafts that go out by themselves when the last file is ready. Until then feed, log and
//! lists know nothing of them.

use std::time::Duration;

use serde::Serialize;
use sqlx::AnyConnection;

use super::meant::Meant;
use super::out::put_out;
use super::post::{Caption, NewPost};
use super::{drafts, held};
use crate::app::App;
use crate::auth::Viewer;
use crate::changes;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result, in_words};
use crate::id::{Id, Media, Posts, Users};
use crate::media::{Described, State};

/// A post to be, as its author sees it.
#[derive(Serialize)]
pub struct WaitingPost {
    pub id: String,
    pub words: String,
    pub files: Vec<WaitingFile>,
    /// Nothing comes of it without its author.
    pub stuck: bool,
}

/// One of its files.
#[derive(Serialize, sqlx::FromRow)]
pub struct WaitingFile {
    pub id: Id<Media>,
    pub name: String,
    #[sqlx(try_from = "String")]
    #[serde(skip)]
    state: State,
    #[sqlx(skip)]
    pub is: &'static str,
    pub percent: i64,
    pub reason: String,
    #[serde(skip)]
    started_at: Micros,
    /// How long its conversion takes still, in seconds, as far as that can be told.
    #[sqlx(skip)]
    pub seconds_left: Option<i64>,
    /// The same in words, or nothing.
    #[sqlx(skip)]
    pub left: String,
}

impl WaitingFile {
    /// Tells from how far it has come how long it takes still.
    fn tell(&mut self, now: Micros) {
        /// Earlier nothing can be told.
        const TOLD_FROM: i64 = 3;
        self.is = self.state.name();
        if self.state != State::Converting || self.percent < TOLD_FROM {
            return;
        }
        let took = (now - self.started_at).max(0) / 1_000_000;
        let left = took * (100 - self.percent) / self.percent;
        self.seconds_left = Some(left);
        self.left = in_words(Duration::from_secs(left as u64));
    }
}

const WAITING: &str = "
    select id, caption from drafts
     where owner_id = $1 and post_when_ready = 1
     order by updated_at, id
     limit 20";

const FILES: &str = "
    select m.id, m.file_name as name, m.state, m.progress as percent, m.reason, m.started_at
      from draft_items i
      join media m on m.id = i.media_id
     where i.draft_id = $1
     order by i.position
     limit 40";

/// What of the viewer's waits, the oldest first.
pub async fn list(app: &App, viewer: &Viewer) -> Result<Vec<WaitingPost>> {
    let mut connection = app.db.read().acquire().await?;
    let rows: Vec<(String, String)> = sqlx::query_as(WAITING)
        .bind(viewer.id)
        .fetch_all(&mut *connection)
        .await?;
    let mut waiting = Vec::with_capacity(rows.len());
    for (id, caption) in rows {
        let mut files: Vec<WaitingFile> = sqlx::query_as(FILES)
            .bind(&id)
            .fetch_all(&mut *connection)
            .await?;
        for file in &mut files {
            file.tell(app.clock.now());
        }
        waiting.push(WaitingPost {
            words: caption
                .lines()
                .next()
                .unwrap_or_default()
                .chars()
                .take(60)
                .collect(),
            stuck: files.iter().any(|file| file.state == State::Failed),
            files,
            id,
        });
    }
    Ok(waiting)
}

const SOME_UNREADY: &str = "
    select m.id from draft_items i
      join media m on m.id = i.media_id
     where i.draft_id = $1 and m.state <> 'ready'
     limit 1";

async fn is_unready(connection: &mut AnyConnection, draft: &str) -> Result<bool> {
    let some: Option<(Id<Media>,)> = sqlx::query_as(SOME_UNREADY)
        .bind(draft)
        .fetch_optional(connection)
        .await?;
    Ok(some.is_some())
}

/// So many posts of a member wait at once.
const MOST: i64 = 20;

const COUNT: &str = "
    select cast(count(*) as bigint) from drafts
     where owner_id = $1 and id <> $2 and post_when_ready = 1";

const HELD: &str = "
    select post_id from drafts where id = $1 and owner_id = $2 and post_when_ready = 1";

const HOLD: &str = "
    update drafts set post_when_ready = 1, post_id = $3 where id = $1 and owner_id = $2";

/// Keeps a post that cannot go out yet; the id that it will have.
pub async fn hold(app: &App, tx: &mut Tx, viewer: &Viewer, new: NewPost) -> Result<Id<Posts>> {
    let held: Option<(Option<Id<Posts>>,)> = sqlx::query_as(HELD)
        .bind(&new.idempotency_key)
        .bind(viewer.id)
        .fetch_optional(&mut **tx)
        .await?;
    let (count,): (i64,) = sqlx::query_as(COUNT)
        .bind(viewer.id)
        .bind(&new.idempotency_key)
        .fetch_one(&mut **tx)
        .await?;
    if count >= MOST {
        return Err(Error::Conflict(format!(
            "{MOST} posts of yours wait for their videos already. This one is kept as a draft: post it when they are out."
        )));
    }
    let id = held.and_then(|(id,)| id).unwrap_or_default();
    let key = new.idempotency_key.clone();
    drafts::keep_whole(app, tx, viewer.id, new).await?;
    sqlx::query(HOLD)
        .bind(key)
        .bind(viewer.id)
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(id)
}

#[derive(sqlx::FromRow)]
struct Held {
    id: String,
    owner_id: Id<Users>,
    caption: String,
    #[sqlx(try_from = "String")]
    meant: Meant,
    post_id: Option<Id<Posts>>,
}

const OF_ITEM: &str = "
    select d.id, d.owner_id, d.caption, d.audience as meant, d.post_id
      from drafts d
      join draft_items i on i.draft_id = d.id
      join users u on u.id = d.owner_id
     where i.media_id = $1 and d.post_when_ready = 1
       and u.is_active = 1 and u.hidden_at is null and u.gone_at is null and u.leaves_at is null";

const OF_ITS_ITEMS: &str = "
    select media_id as id, alt, focus from draft_items
     where draft_id = $1 and media_id is not null
     order by position";

/// Publishes what has waited for this item, unless it waits for others too, in the transaction that makes it ready: of
/// several nodes that make the last two ready at once the second sees both.
pub async fn item_is_ready(app: &App, tx: &mut Tx, item: Id<Media>) -> Result<()> {
    changes::hold(tx).await?;
    let held: Option<Held> = sqlx::query_as(OF_ITEM)
        .bind(item)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(held) = held else {
        return Ok(());
    };
    if is_unready(tx, &held.id).await? {
        return Ok(());
    }
    let items: Vec<Described> = sqlx::query_as(OF_ITS_ITEMS)
        .bind(&held.id)
        .fetch_all(&mut **tx)
        .await?;
    let author = held.owner_id;
    match held::who_looks(app, tx, (author, held.meant.group())).await {
        Ok(_) => {}
        // Not for that group, or not now: it is an ordinary draft again.
        Err(Error::Unprocessable(_) | Error::Conflict(_)) => {
            sqlx::query(TAKE_BACK)
                .bind(&held.id)
                .bind(author)
                .execute(&mut **tx)
                .await?;
            return Ok(());
        }
        Err(other) => return Err(other),
    }
    let new = NewPost {
        caption: Caption::new(&held.caption, usize::MAX).map_err(Error::Unprocessable)?,
        items,
        meant: held.meant,
        idempotency_key: held.id,
    };
    let id = held.post_id.unwrap_or_else(Id::new);
    put_out(app, tx, (id, author), &new).await?;
    Ok(())
}

const READY: &str = "
    select i.media_id from drafts d
      join draft_items i on i.draft_id = d.id
     where d.owner_id = $1 and d.post_when_ready = 1 and i.position = 0 and i.media_id is not null
       and not exists (select 1 from draft_items x join media m on m.id = x.media_id
                        where x.draft_id = d.id and m.state <> 'ready')
     order by d.updated_at limit 20";

/// Publishes what of a member's has become ready while they were out.
pub async fn publish_ready(app: &App, tx: &mut Tx, member: Id<Users>) -> Result<()> {
    let ready: Vec<(Id<Media>,)> = sqlx::query_as(READY)
        .bind(member)
        .fetch_all(&mut **tx)
        .await?;
    for (item,) in ready {
        item_is_ready(app, tx, item).await?;
    }
    Ok(())
}

const TAKE_BACK: &str = "
    update drafts set post_when_ready = 0 where id = $1 and owner_id = $2 and post_when_ready = 1";

/// Makes a waiting post an ordinary draft again. `NotFound` when it is out, or never was.
pub async fn take_back(app: &App, viewer: &Viewer, draft: &str) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let done = sqlx::query(TAKE_BACK)
        .bind(draft)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await
}

const OF_POST: &str = "
    select id from drafts where post_id = $1 and owner_id = $2 and post_when_ready = 1";

/// The draft that becomes the post of that id.
pub async fn draft_of(app: &App, viewer: &Viewer, post: Id<Posts>) -> Result<Option<String>> {
    let row: Option<(String,)> = sqlx::query_as(OF_POST)
        .bind(post)
        .bind(viewer.id)
        .fetch_optional(app.db.read())
        .await?;
    Ok(row.map(|(id,)| id))
}
