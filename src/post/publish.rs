//! The verbs: publish, edit, remove. Each is one transaction that takes the next number of the feed;
//! the hub hears of it after the commit.

use super::post::{self, Caption};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::{Id, Media, Posts, Users};
use crate::media::Change;
use crate::{live, media};

/// Items, each with what it shows to those who cannot see it.
pub type Described = Vec<(Id<Media>, String)>;

/// A post to be, of items that were taken in before, in their order.
pub struct NewPost {
    pub caption: Caption,
    pub items: Described,
    /// The form's own: sent twice, it makes one post.
    pub idempotency_key: String,
}

const INSERT: &str = "
    insert into posts (id, author_id, caption, created_at, created_seq, idempotency_key)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (author_id, idempotency_key) do nothing";

const ALREADY: &str = "select id from posts where author_id = $1 and idempotency_key = $2";

/// Publishes a post; the same form a second time gives the first one's id.
pub async fn publish(app: &App, viewer: &Viewer, new: NewPost) -> Result<Id<Posts>> {
    let id = Id::new();
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let (seq, at) = live::next(&mut tx, app.clock.now()).await?;
    let inserted = sqlx::query(INSERT)
        .bind(id)
        .bind(viewer.id)
        .bind(new.caption.as_str())
        .bind(at)
        .bind(seq)
        .bind(&new.idempotency_key)
        .execute(&mut *tx)
        .await?;
    if inserted.rows_affected() == 0 {
        drop(tx);
        return published(app, viewer, &new.idempotency_key)
            .await?
            .ok_or(Error::NotFound);
    }
    for (position, (item, alt)) in new.items.iter().enumerate() {
        if !media::attach(&mut tx, (id, position), viewer.id, (*item, alt)).await? {
            return Err(Error::Unprocessable(
                "A file of this post is no longer here. Choose it again.".into(),
            ));
        }
    }
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    tx.commit().await?;
    Ok(id)
}

/// The post that a form with this key has made, if it has.
pub async fn published(app: &App, viewer: &Viewer, key: &str) -> Result<Option<Id<Posts>>> {
    let row: Option<(Id<Posts>,)> = sqlx::query_as(ALREADY)
        .bind(viewer.id)
        .bind(key)
        .fetch_optional(app.db.read())
        .await?;
    Ok(row.map(|(id,)| id))
}

const KNOWN: &str =
    "select id from posts where id = $1 union all select id from imports where id = $1";

const NOTE: &str = "insert into imports (id, imported_at) values ($1, $2)";

/// Whether this post is here, or was imported once and has been deleted since.
pub async fn is_known(db: &Db, id: Id<Posts>) -> Result<bool> {
    let known: Option<(Id<Posts>,)> = sqlx::query_as(KNOWN)
        .bind(id)
        .fetch_optional(db.read())
        .await?;
    Ok(known.is_some())
}

/// Takes in a post of another application, of one item, at the instant it was posted there.
pub async fn adopt(
    db: &Db,
    (id, author, at): (Id<Posts>, Id<Users>, Micros),
    (caption, item): (Caption, Id<Media>),
    now: Micros,
) -> Result<()> {
    let mut tx = db.write().await?;
    let (seq, _) = live::next(&mut tx, now).await?;
    sqlx::query(INSERT)
        .bind(id)
        .bind(author)
        .bind(caption.as_str())
        .bind(at)
        .bind(seq)
        .bind(format!("import:{id}"))
        .execute(&mut *tx)
        .await?;
    if !media::attach(&mut tx, (id, 0), author, (item, "")).await? {
        return Err(Error::NotFound);
    }
    sqlx::query(NOTE)
        .bind(id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

const EDIT: &str = "
    update posts set caption = coalesce($1, caption), edited_at = $2, edited_seq = $3
     where id = $4 and author_id = $5";

/// Changes the caption, if there is another, and what an edit says of items.
pub async fn edit(
    app: &App,
    viewer: &Viewer,
    id: Id<Posts>,
    (caption, changes): (Option<Caption>, Vec<Change>),
) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    post::get(&mut tx, id).await?.require_author(viewer)?;
    let (seq, at) = live::next(&mut tx, app.clock.now()).await?;
    let edited = sqlx::query(EDIT)
        .bind(caption.as_ref().map(Caption::as_str))
        .bind(at)
        .bind(seq)
        .bind(id)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if edited.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    for change in &changes {
        media::change(&mut tx, id, change).await?;
    }
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    tx.commit().await
}

const SOME: &str = "
    select id from posts where author_id = $1 order by created_at, id limit $2";

const DELETE_ONE: &str = "delete from posts where id = $1";

/// Deletes so many posts of a member who goes, with their files; false when there were none.
pub async fn take_away(app: &App, author: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let some: Vec<(Id<Posts>,)> = sqlx::query_as(SOME)
        .bind(author)
        .bind(count)
        .fetch_all(&mut *tx)
        .await?;
    if some.is_empty() {
        return Ok(false);
    }
    let now = app.clock.now();
    let (last, at) = live::next_many(&mut tx, now, some.len() as i64).await?;
    let mut keys = Vec::new();
    for (seq, (id,)) in (last + 1 - some.len() as i64..).zip(&some) {
        keys.extend(media::discard_post(&mut tx, *id, at).await?);
        sqlx::query(DELETE_ONE).bind(id).execute(&mut *tx).await?;
        sqlx::query(BURY)
            .bind(id)
            .bind(seq)
            .bind(at)
            .execute(&mut *tx)
            .await?;
    }
    let (hub, media) = (app.hub.clone(), app.media.clone());
    tx.after_commit(move || {
        hub.hint(last);
        media.remove_files_soon(keys);
    });
    tx.commit().await?;
    Ok(true)
}

const DELETE: &str = "delete from posts where id = $1 and author_id = $2";
const BURY: &str = "insert into tombstones (post_id, seq, deleted_at) values ($1, $2, $3)";

/// Deletes a post: its rows now, its files right after.
pub async fn remove(app: &App, viewer: &Viewer, id: Id<Posts>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    post::get(&mut tx, id).await?.require_author(viewer)?;
    let (seq, at) = live::next(&mut tx, app.clock.now()).await?;
    let keys = media::discard_post(&mut tx, id, at).await?;
    let deleted = sqlx::query(DELETE)
        .bind(id)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if deleted.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    sqlx::query(BURY)
        .bind(id)
        .bind(seq)
        .bind(at)
        .execute(&mut *tx)
        .await?;
    let (hub, media) = (app.hub.clone(), app.media.clone());
    tx.after_commit(move || {
        hub.hint(seq);
        media.remove_files_soon(keys);
    });
    tx.commit().await
}
