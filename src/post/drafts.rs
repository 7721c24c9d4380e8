//! Posts that are being written: what was typed and which files were chosen, kept on the server as one types, so that
//! leaving by any way loses nothing and another device goes on. A draft's id becomes the idempotency key of its post.

use serde::Serialize;
use sqlx::AnyConnection;

use super::meant::Meant;
use super::post::{self, NewPost, focus};
use super::twins;
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Media, Users};
use crate::media::{self, Described, Item};

/// So many drafts a member keeps.
pub const MOST: i64 = 10;

/// What is to be kept of a draft, as it was typed: nothing of it need be valid yet. What is not said stays as it was:
/// another page may have written it.
#[derive(Debug, Default)]
pub struct Content {
    pub caption: Option<String>,
    pub meant: Option<Meant>,
    /// In their order.
    pub items: Vec<Placed>,
}

/// A file in a draft, and what is said of it.
#[derive(Clone, Debug)]
pub struct Placed {
    pub id: Id<Media>,
    pub alt: Option<String>,
    pub focus: Option<String>,
}

/// SQL: there is something in the draft `d`, and it does not wait to go out.
macro_rules! filled {
    () => {
        "d.post_when_ready = 0
           and (d.caption <> '' or exists (select 1 from draft_items i where i.draft_id = d.id))"
    };
}

/// A draft in a list.
#[derive(Serialize, sqlx::FromRow)]
pub struct Listed {
    pub id: String,
    pub caption: String,
    pub updated_at: Micros,
    pub files: i64,
}

const LIST: &str = concat!(
    "select d.id, d.caption, d.updated_at,
           cast((select count(*) from draft_items i where i.draft_id = d.id) as bigint) as files
      from drafts d
     where d.owner_id = $1 and ",
    filled!(),
    "
     order by d.updated_at desc, d.id desc
     limit $2"
);

/// A member's drafts, the last one first.
pub async fn list(app: &App, viewer: &Viewer) -> Result<Vec<Listed>> {
    Ok(sqlx::query_as(LIST)
        .bind(viewer.id)
        .bind(MOST)
        .fetch_all(app.db.read())
        .await?)
}

const FIND: &str =
    "select caption, audience as meant, updated_at from drafts where id = $1 and owner_id = $2";

#[derive(Default, sqlx::FromRow)]
struct Words {
    caption: String,
    #[sqlx(try_from = "String")]
    meant: Meant,
    updated_at: Micros,
}

/// A draft as its owner left it, and when.
pub struct Draft {
    pub caption: String,
    pub meant: Meant,
    pub updated_at: Micros,
    /// With what was typed for each.
    pub items: Vec<Item>,
}

pub async fn find(app: &App, viewer: &Viewer, id: &str) -> Result<Option<Draft>> {
    let mut connection = app.db.read().acquire().await?;
    let row: Option<Words> = sqlx::query_as(FIND)
        .bind(id)
        .bind(viewer.id)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(words) = row else {
        return Ok(None);
    };
    let said = drafted(&mut connection, id).await?;
    drop(connection);
    let ids: Vec<Id<Media>> = said.iter().map(|said| said.id).collect();
    let mut items = media::staged(&app.db, viewer.id, &ids).await?;
    for item in &mut items {
        let said = said.iter().find(|said| said.id == item.id);
        let Some(Described { alt, focus, .. }) = said.cloned() else {
            continue;
        };
        (item.alt, item.focus) = (alt, focus);
    }
    Ok(Some(Draft {
        caption: words.caption,
        meant: words.meant,
        updated_at: words.updated_at,
        items,
    }))
}

/// Where a draft is after it was to be saved.
#[derive(Debug, PartialEq, Eq)]
pub enum Saved {
    Kept,
    /// There was nothing in it.
    Empty,
    /// Its post is out already: what comes late changes nothing.
    Posted,
}

pub(super) const KEEP: &str = "
    insert into drafts (id, owner_id, caption, updated_at, audience) values ($1, $2, $3, $4, $5)
    on conflict (id)
    do update set caption = excluded.caption, updated_at = excluded.updated_at, audience = excluded.audience
          where drafts.owner_id = excluded.owner_id";

const COUNT: &str = concat!(
    "select cast(count(*) as bigint) from drafts d where d.owner_id = $1 and d.id <> $2 and ",
    filled!()
);

const OWNER: &str = "select owner_id from drafts where id = $1";

const CLEAR: &str = "delete from draft_items where draft_id = $1";

/// Wherever its owner had it before.
const TAKE_OUT: &str = "
    delete from draft_items
     where media_id = $1 and draft_id in (select id from drafts where owner_id = $2)";

const PUT: &str = "
    insert into draft_items (draft_id, position, alt, focus, media_id)
    select $1, $2, $3, $4, m.id from media m
     where m.id = $5 and m.owner_id = $6 and m.post_id is null and m.purpose = 'post'";

pub(super) const DROP: &str = "delete from drafts where id = $1 and owner_id = $2";

/// Keeps what is typed. Files of the draft that `content` does not name stay, at its end: another device chose them.
pub async fn save(app: &App, viewer: &Viewer, id: &str, content: &Content) -> Result<Saved> {
    let mut tx = app.db.write_alone_as(viewer, &app.clock).await?;
    let saved = save_in(app, &mut tx, viewer.id, (id, content)).await?;
    tx.commit().await?;
    Ok(saved)
}

async fn save_in(
    app: &App,
    tx: &mut Tx,
    owner: Id<Users>,
    (id, content): (&str, &Content),
) -> Result<Saved> {
    require_id(id)?;
    let of: Option<(Id<Users>,)> = sqlx::query_as(OWNER)
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    if of.is_some_and(|(of,)| of != owner) {
        return Err(Error::NotFound);
    }
    if post::made_by(tx, owner, id).await?.is_some() {
        return Ok(Saved::Posted);
    }
    let there = drafted(tx, id).await?;
    let row: Option<Words> = sqlx::query_as(FIND)
        .bind(id)
        .bind(owner)
        .fetch_optional(&mut **tx)
        .await?;
    let was = row.unwrap_or_default();
    let caption = content.caption.as_ref().unwrap_or(&was.caption);
    let mut items = Vec::new();
    for placed in &content.items {
        let twice = items.iter().any(|item: &Described| item.id == placed.id);
        if twice || !media::is_staged(tx, owner, placed.id).await? {
            continue;
        }
        let known = there.iter().find(|item| item.id == placed.id);
        let known = known.cloned().unwrap_or(Described::bare(placed.id));
        items.push(Described {
            id: placed.id,
            alt: placed.alt.clone().unwrap_or(known.alt),
            focus: placed.focus.clone().unwrap_or(known.focus),
        });
    }
    let named = |id: Id<Media>| content.items.iter().any(|item| item.id == id);
    items.extend(there.into_iter().filter(|item| !named(item.id)));
    let most = 2 * app.settings.limits.post_items;
    if items.len() > most {
        return Err(Error::Conflict(format!(
            "A draft holds at most {most} files. Remove some, or post it."
        )));
    }
    if caption.is_empty() && items.is_empty() {
        sqlx::query(DROP)
            .bind(id)
            .bind(owner)
            .execute(&mut **tx)
            .await?;
        return Ok(Saved::Empty);
    }
    let (count,): (i64,) = sqlx::query_as(COUNT)
        .bind(owner)
        .bind(id)
        .fetch_one(&mut **tx)
        .await?;
    if count >= MOST {
        return Err(Error::Conflict(format!(
            "You keep {MOST} drafts already. Post one of them or throw one away; this one is kept here meanwhile."
        )));
    }
    let kept = sqlx::query(KEEP)
        .bind(id)
        .bind(owner)
        .bind(caption)
        .bind(app.clock.now())
        .bind(&*content.meant.unwrap_or(was.meant).audience())
        .execute(&mut **tx)
        .await?;
    if kept.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    sqlx::query(CLEAR).bind(id).execute(&mut **tx).await?;
    for (position, item) in items.iter().enumerate() {
        sqlx::query(TAKE_OUT)
            .bind(item.id)
            .bind(owner)
            .execute(&mut **tx)
            .await?;
        sqlx::query(PUT)
            .bind(id)
            .bind(position as i64)
            .bind(&item.alt)
            .bind(focus(&item.focus).unwrap_or_default())
            .bind(item.id)
            .bind(owner)
            .execute(&mut **tx)
            .await?;
    }
    Ok(Saved::Kept)
}

const DRAFTED: &str = "
    select media_id as id, alt, focus from draft_items
     where draft_id = $1 and media_id is not null
     order by position";

pub(super) async fn drafted(connection: &mut AnyConnection, id: &str) -> Result<Vec<Described>> {
    Ok(sqlx::query_as(DRAFTED)
        .bind(id)
        .fetch_all(connection)
        .await?)
}

/// What became of a file that was to hang in a draft.
pub enum Added {
    Kept,
    Posted,
    /// The draft has it already, under this name; the new one is let go of.
    Twin(Box<Item>),
}

/// Hangs a file that was just taken in at a draft's end, so that it is there again even if its sender never hears of it.
pub async fn add(app: &App, viewer: &Viewer, id: &str, item: &Item) -> Result<Added> {
    let mut tx = app.db.write_alone_as(viewer, &app.clock).await?;
    if let Some(twin) = twins::find(&mut tx, (id, viewer.id), item).await? {
        let key = media::discard_staged(&mut tx, viewer.id, item.id, app.clock.now()).await?;
        tx.commit().await?;
        app.media.remove_files_soon(vec![key]);
        let twin = media::find_by_id(&app.db, twin).await?;
        return Ok(Added::Twin(Box::new(twin.ok_or(Error::NotFound)?)));
    }
    let saved = add_in(app, &mut tx, viewer.id, (id, item.id)).await?;
    tx.commit().await?;
    Ok(match saved {
        Saved::Kept | Saved::Empty => Added::Kept,
        Saved::Posted => Added::Posted,
    })
}

/// The same in a transaction that does more.
pub(super) async fn add_in(
    app: &App,
    tx: &mut Tx,
    owner: Id<Users>,
    (id, item): (&str, Id<Media>),
) -> Result<Saved> {
    let there = drafted(tx, id).await?.into_iter().map(|item| item.id);
    let bare = |id| Placed {
        id,
        alt: None,
        focus: None,
    };
    let content = Content {
        caption: None,
        meant: None,
        items: there.chain([item]).map(bare).collect(),
    };
    save_in(app, tx, owner, (id, &content)).await
}

/// Keeps a whole post as the draft of its key.
pub(super) async fn keep_whole(
    app: &App,
    tx: &mut Tx,
    owner: Id<Users>,
    new: NewPost,
) -> Result<()> {
    let placed = |item: Described| Placed {
        id: item.id,
        alt: Some(item.alt),
        focus: Some(item.focus),
    };
    let content = Content {
        caption: Some(new.caption.as_str().to_owned()),
        meant: Some(new.meant),
        items: new.items.into_iter().map(placed).collect(),
    };
    match save_in(app, tx, owner, (&new.idempotency_key, &content)).await? {
        Saved::Kept => Ok(()),
        Saved::Empty | Saved::Posted => Err(Error::NotFound),
    }
}

/// A draft's id is made by a page or a program: letters and digits that nobody else guesses.
fn require_id(id: &str) -> Result<()> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    match (16..=64).contains(&id.len()) && id.bytes().all(plain) {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}
