//! The verbs: write, change, take back; close a post and open it again.

use super::comment::{self, Body, Comment};
use super::words;
use crate::app::App;
use crate::auth::Viewer;
use crate::changes::{self, About, Act, Change, TALK};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Comments, Id, Posts, Users};
use crate::notice::{self, Kind};
use crate::post;

/// A comment to be.
pub struct New {
    pub post: Id<Posts>,
    pub body: Body,
    /// What it answers.
    pub parent: Option<Id<Comments>>,
    /// The form's own: sent twice, it makes one comment.
    pub key: String,
}

const CLOSED: &str = "Comments are closed here. What you wrote is still in the field.";
const PARENT_GONE: &str =
    "What you answer was deleted meanwhile. What you wrote is still in the field.";

const INSERT: &str = "
    insert into comments (id, post_id, author_id, root_id, parent_id, body, created_at, idempotency_key)
    select $1, p.id, $2, $3, $4, $5, $6, $7
      from posts p
     where p.id = $8 and p.comments_closed = 0
    on conflict (author_id, idempotency_key) do nothing";

const MADE_BY: &str = "
    select id from comments where author_id = $1 and idempotency_key = $2 and post_id = $3";

pub(super) const ANSWERED: &str = "update comments set replies = replies + $2 where id = $1";

const COUNTED: &str = "
    insert into post_counts (post_id, comments, dirty) values ($1, $2, 1)
    on conflict (post_id) do update set comments = post_counts.comments + $2, dirty = 1";

/// Writes a comment; the same form a second time gives the first one's.
pub async fn write(app: &App, viewer: &Viewer, new: New) -> Result<Comment> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    // First: what it answers is taken back before or after.
    let (seq, at) = changes::next(&mut tx, app.clock.now()).await?;
    post::require_part(&mut tx, viewer.id, new.post).await?;
    if let Some(id) = made_by(&mut tx, viewer.id, &new).await? {
        return comment::find(&mut tx, id).await?.ok_or(Error::NotFound);
    }
    let mut answers = None;
    let (root, parent) = match new.parent {
        None => (String::new(), String::new()),
        Some(parent) => {
            let answered = seen(&mut tx, viewer, parent).await?;
            let answered =
                answered.filter(|one| one.post_id == new.post && one.author_id.is_some());
            let answered = answered.ok_or(Error::Conflict(PARENT_GONE.into()))?;
            let root = match answered.root_id.as_str() {
                "" => answered.id.to_string(),
                root => root.to_owned(),
            };
            let id = answered.id.to_string();
            answers = Some(answered);
            (root, id)
        }
    };
    let id = Id::<Comments>::new();
    let inserted = sqlx::query(INSERT)
        .bind(id)
        .bind(viewer.id)
        .bind(&root)
        .bind(&parent)
        .bind(new.body.as_str())
        .bind(at)
        .bind(&new.key)
        .bind(new.post)
        .execute(&mut *tx)
        .await?;
    if inserted.rows_affected() == 0 {
        // By another press in this moment; or else the post is closed.
        let made = made_by(&mut tx, viewer.id, &new).await?;
        let id = made.ok_or(Error::Conflict(CLOSED.into()))?;
        return comment::find(&mut tx, id).await?.ok_or(Error::NotFound);
    }
    count(&mut tx, new.post, (&root, 1)).await?;
    let written = comment::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
    tell(app, &mut tx, (&written, seq), Act::Put).await?;
    let_know(app, &mut tx, (&written, answers)).await?;
    words::begin(&mut tx, &written).await?;
    note_named(app, &mut tx, &written).await?;
    tx.commit().await?;
    Ok(written)
}

/// Notes who is named in a comment.
pub(super) async fn note_named(app: &App, tx: &mut Tx, said: &Comment) -> Result<()> {
    let Some(by) = said.author_id else {
        return Ok(());
    };
    let written = post::Written {
        post: said.post_id,
        comment: Some(said.id),
        by,
        text: &said.body,
    };
    post::note_named(app, tx, written).await
}

/// Lets whoever is answered know of a comment, and the author of the post where that is somebody else.
async fn let_know(
    app: &App,
    tx: &mut Tx,
    (written, answered): (&Comment, Option<Comment>),
) -> Result<()> {
    let Some(by) = written.author_id else {
        return Ok(());
    };
    let (post, comment) = (Some(written.post_id), Some(written.id));
    let answers = answered.as_ref().and_then(|answered| answered.author_id);
    if let (Some(to), Some(answered)) = (answers, &answered)
        && post::sight(tx, Some(to), written.post_id)
            .await?
            .takes_part()
    {
        let new = notice::New {
            kind: Kind::Reply,
            to,
            by,
            subject: &answered.id.to_string(),
            post,
            comment,
            group: None,
        };
        notice::put(app, tx, new).await?;
    }
    if answers != Some(written.host_id) {
        let new = notice::New {
            kind: Kind::Comment,
            to: written.host_id,
            by,
            subject: &written.post_id.to_string(),
            post,
            comment,
            group: None,
        };
        notice::put(app, tx, new).await?;
    }
    Ok(())
}

async fn made_by(tx: &mut Tx, author: Id<Users>, new: &New) -> Result<Option<Id<Comments>>> {
    let made: Option<(Id<Comments>,)> = sqlx::query_as(MADE_BY)
        .bind(author)
        .bind(&new.key)
        .bind(new.post)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(made.map(|(id,)| id))
}

/// A comment on a post that the viewer may see, by somebody whom they see.
pub async fn seen(
    tx: &mut sqlx::AnyConnection,
    viewer: &Viewer,
    id: Id<Comments>,
) -> Result<Option<Comment>> {
    let Some(found) = comment::find(tx, id).await? else {
        return Ok(None);
    };
    let sees = post::see(tx, Some(viewer.id), found.post_id).await?;
    let keeps_away = match found.author_id {
        Some(author) => post::keep_apart(tx, viewer.id, author).await?,
        None => false,
    };
    Ok((sees && !keeps_away).then_some(found))
}

async fn count(tx: &mut Tx, post: Id<Posts>, (root, by): (&str, i64)) -> Result<()> {
    if !root.is_empty() {
        sqlx::query(ANSWERED)
            .bind(root)
            .bind(by)
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query(COUNTED)
        .bind(post)
        .bind(by)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Writes down what became of a comment, and tells whoever has its post's page open.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    (told, seq): (&Comment, i64),
    act: Act,
) -> Result<()> {
    let change = Change {
        seq,
        subject: told.id.to_string(),
        part: TALK.to_owned(),
        act,
        post: Some(told.post_id),
        about: About {
            author: told.author_id.unwrap_or(told.host_id),
            audience: told.audience.clone(),
        },
    };
    changes::record(tx, &change).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}

const CHANGE: &str = "
    update comments set body = $1, edited_at = $2 where id = $3 and author_id = $4";

/// Changes a comment of the viewer's.
pub async fn change(app: &App, viewer: &Viewer, id: Id<Comments>, body: &Body) -> Result<Comment> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let found = seen(&mut tx, viewer, id).await?.ok_or(Error::NotFound)?;
    if found.author_id != Some(viewer.id) {
        return Err(Error::Forbidden("Only its author may change a comment."));
    }
    if found.hidden_at.is_some() {
        return Err(Error::Conflict(
            "This comment was hidden, so it cannot be changed.".into(),
        ));
    }
    let (seq, at) = changes::next(&mut tx, app.clock.now()).await?;
    let changed = sqlx::query(CHANGE)
        .bind(body.as_str())
        .bind(at)
        .bind(id)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if changed.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    let changed = comment::find(&mut tx, id).await?.ok_or(Error::NotFound)?;
    tell(app, &mut tx, (&changed, seq), Act::Put).await?;
    words::forget(&mut tx, &found).await?;
    words::begin(&mut tx, &changed).await?;
    note_named(app, &mut tx, &changed).await?;
    tx.commit().await?;
    Ok(changed)
}

const EMPTY: &str = "
    update comments set author_id = null, body = '', edited_at = null, hidden_at = null, removed_at = $2
     where id = $1 and replies > 0 and removed_at is null";

pub(super) const DELETE: &str = "delete from comments where id = $1 and replies = 0";

pub(super) const DELETE_EMPTY: &str = "
    delete from comments where id = $1 and replies = 0 and removed_at is not null";

/// Deletes a comment of the viewer's, or one on a post of theirs. What was answered leaves an empty place.
pub async fn remove(app: &App, viewer: &Viewer, id: Id<Comments>) -> Result<Comment> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    // First: an answer that comes in this moment comes before or after.
    changes::hold(&mut tx).await?;
    let found = seen(&mut tx, viewer, id).await?;
    let found = found.filter(|found| found.author_id.is_some());
    let found = found.ok_or(Error::NotFound)?;
    if ![found.author_id, Some(found.host_id)].contains(&Some(viewer.id)) {
        return Err(Error::Forbidden(
            "Only its author, or the author of the post, may delete a comment.",
        ));
    }
    take(app, &mut tx, &found).await?;
    tx.commit().await?;
    Ok(found)
}

/// Takes a comment out of its thread.
pub(super) async fn take(app: &App, tx: &mut Tx, found: &Comment) -> Result<()> {
    let now = app.clock.now();
    let (seq, _) = changes::next(tx, now).await?;
    notice::forget_comment(tx, found.id).await?;
    words::forget(tx, found).await?;
    post::forget_named(tx, (found.post_id, found.id)).await?;
    let emptied = sqlx::query(EMPTY)
        .bind(found.id)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    count(tx, found.post_id, (&found.root_id, -1)).await?;
    if emptied.rows_affected() == 1 {
        return tell(app, tx, (found, seq), Act::Put).await;
    }
    sqlx::query(DELETE)
        .bind(found.id)
        .execute(&mut **tx)
        .await?;
    tell(app, tx, (found, seq), Act::Gone).await?;
    // The last answer takes an empty place with it.
    let root = sqlx::query(DELETE_EMPTY)
        .bind(&found.root_id)
        .execute(&mut **tx)
        .await?;
    if root.rows_affected() == 1 {
        let (seq, _) = changes::next(tx, now).await?;
        let mut root = found.clone();
        root.id = root.root_id.parse().map_err(|_| Error::NotFound)?;
        tell(app, tx, (&root, seq), Act::Gone).await?;
    }
    Ok(())
}

const CLOSE: &str = "update posts set comments_closed = $1 where id = $2 and author_id = $3";

/// Closes a post of the viewer's to comments, or opens it again. What was said stays.
pub async fn close(app: &App, viewer: &Viewer, id: Id<Posts>, closed: bool) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    if !post::see(&mut tx, Some(viewer.id), id).await? {
        return Err(Error::NotFound);
    }
    let (seq, _) = changes::next(&mut tx, app.clock.now()).await?;
    let done = sqlx::query(CLOSE)
        .bind(i64::from(closed))
        .bind(id)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Forbidden(
            "Only the author of a post may close its comments.",
        ));
    }
    let about = post::about(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let change = Change::of_post(seq, id, about, (super::drawer::CLOSED.part, Act::Fill));
    changes::record(&mut tx, &change).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    tx.commit().await
}
