//! The verbs: publish and edit. Each is one transaction that takes the next number of the feed;
//! writes what changed into the log; the hub hears of it after the commit.

use super::held::{self, Held, Put};
use super::meant::Meant;
use super::mentions::{self, Written};
use super::out::{FILE_IS_GONE, STILL_CONVERTING, put_out};
use super::post::{self, Caption, NewPost, Post, TEXT};
use super::release;
use super::visible::settle;
use super::waiting;
use super::words;
use crate::app::App;
use crate::audience;
use crate::auth::Viewer;
use crate::changes::{self, Act, LEFT, WHOLE};
use crate::circle::NONE;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::id::{Id, Media, Posts};
use crate::media::{self, Change};

/// What has become of a form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Published {
    Out(Id<Posts>),
    /// It goes out with this id when the last of its videos is ready.
    Waits(Id<Posts>),
}

/// Publishes a post, now or when its videos are ready; the same form a second time gives the first one's id.
pub async fn publish(app: &App, viewer: &Viewer, new: NewPost) -> Result<Published> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    // First: a video that becomes ready in this moment is so before or after this.
    changes::hold(&mut tx).await?;
    let made = post::made_by(&mut tx, viewer.id, &new.idempotency_key).await?;
    let items: Vec<Id<Media>> = new.items.iter().map(|item| item.id).collect();
    if made.is_none() && media::some_unready(&mut tx, viewer.id, &items).await? {
        let id = waiting::hold(app, &mut tx, viewer, new).await?;
        tx.commit().await?;
        return Ok(Published::Waits(id));
    }
    let id = Id::new();
    if made.is_none() && put_out(app, &mut tx, (id, viewer.id), &new).await? {
        tx.commit().await?;
        return Ok(Published::Out(id));
    }
    drop(tx);
    published(app, viewer, &new.idempotency_key)
        .await?
        .map(Published::Out)
        .ok_or(Error::NotFound)
}

/// The post that a form with this key has made, if it has.
pub async fn published(app: &App, viewer: &Viewer, key: &str) -> Result<Option<Id<Posts>>> {
    let mut connection = app.db.read().acquire().await?;
    post::made_by(&mut connection, viewer.id, key).await
}

const IS_HERE: &str = "select id from posts where id = $1";

/// Whether there is such a post, for whomever.
pub async fn is_here(db: &Db, id: Id<Posts>) -> Result<bool> {
    let found: Option<(Id<Posts>,)> = sqlx::query_as(IS_HERE)
        .bind(id)
        .fetch_optional(db.read())
        .await?;
    Ok(found.is_some())
}

const EDIT: &str = "
    update posts set caption = coalesce($1, caption), edited_at = $2, edited_seq = $3
     where id = $4 and author_id = $5";

const MEAN: &str = "update posts set meant = $1, card_seq = $2 where id = $3";

const REDRAW: &str = "update posts set card_seq = $1 where id = $2";

const REDRAW_OF: &str = "
    update posts set card_seq = $1 where id = (select post_id from media where id = $2)";

/// The card that shows an item is drawn anew for whoever opens a page from now on. Open pages keep theirs: a film may be
/// playing in it.
pub(super) async fn redraw(app: &App, tx: &mut Tx, item: Id<Media>) -> Result<()> {
    let (seq, _) = changes::next(tx, app.clock.now()).await?;
    sqlx::query(REDRAW_OF)
        .bind(seq)
        .bind(item)
        .execute(&mut **tx)
        .await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}

/// What an edit changes.
#[derive(Default)]
pub struct Edit {
    pub caption: Option<Caption>,
    pub items: Vec<Change>,
    /// All items that the post has from now on, where that is said: others go, new ones were staged before.
    pub order: Option<Vec<Id<Media>>>,
    /// Whom it is for from now on, where that is said.
    pub meant: Option<Meant>,
    /// The state of the post that was looked at ([`Versions::number`](post::Versions::number)), where that is known.
    pub seen: Option<i64>,
}

const NOT_IN_IT: &str = "You are not in the group any more for which this is. Take it out of the group, or give it to others, before you change it.";

const REMOVED: &str = "This post was removed, so it cannot be changed. You can ask those who look after this place to think again.";

/// What is said where somebody changed the post since.
pub const CHANGED_MEANWHILE: &str =
    "This post was changed on another page meanwhile. Look it over and save it again.";

fn put(post: &Post, was_out: bool) -> Put {
    Put {
        id: post.id,
        author: post.author_id,
        group: post.meant.group(),
        was_out,
    }
}

/// Changes a post of the viewer's.
pub async fn edit(app: &App, viewer: &Viewer, id: Id<Posts>, edit: Edit) -> Result<()> {
    let Edit {
        caption,
        items,
        order,
        meant,
        seen,
    } = edit;
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    // First: of two edits the second sees what the first has made.
    let (seq, at) = changes::next(&mut tx, app.clock.now()).await?;
    let post = post::get(&mut tx, (id, viewer)).await?;
    post.require_author(viewer)?;
    if matches!(post.held, Held::Removed(_)) {
        return Err(Error::Unprocessable(REMOVED.into()));
    }
    if seen.is_some_and(|seen| seen != post.versions.number()) {
        return Err(Error::Conflict(CHANGED_MEANWHILE.into()));
    }
    let is_new = held::is_new_to_others(&mut tx, id).await?;
    let stays = meant.is_none_or(|meant| meant == post.meant);
    if let Some(group) = post.meant.group()
        && stays
        && post.audience == group.to_string()
        && !audience::is_in(&mut tx, (group, viewer.id)).await?
    {
        return Err(Error::Unprocessable(NOT_IN_IT.into()));
    }
    if let Some(order) = &order
        && media::some_unready(&mut tx, viewer.id, order).await?
    {
        return Err(Error::Unprocessable(STILL_CONVERTING.into()));
    }
    let there = media::of_post(&mut tx, id).await?;
    let there: Vec<Id<Media>> = there.into_iter().map(|item| item.id).collect();
    let order = order.filter(|order| *order != there);
    let before_words = words::of(&mut tx, id).await?;
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
    if let Some(order) = &order {
        let of = (id, viewer.id);
        let Some(gone) = media::arrange(&mut tx, of, order, app.clock.now()).await? else {
            return Err(Error::Unprocessable(FILE_IS_GONE.into()));
        };
        let media = app.media.clone();
        tx.after_commit(move || media.remove_files_soon(gone));
    }
    for change in &items {
        media::change(&mut tx, id, change).await?;
    }
    if !items.is_empty() || order.is_some() {
        sqlx::query(REDRAW)
            .bind(seq)
            .bind(id)
            .execute(&mut *tx)
            .await?;
    }
    words::write(&mut tx, id, &before_words).await?;
    if let Some(caption) = &caption
        && post.held == Held::No
    {
        let written = Written {
            post: id,
            comment: None,
            by: viewer.id,
            text: caption.as_str(),
        };
        mentions::note(app, &mut tx, written).await?;
    }
    let before = post.about();
    let mut post = post;
    if let Some(meant) = meant.filter(|meant| *meant != post.meant) {
        sqlx::query(MEAN)
            .bind(&*meant.audience())
            .bind(seq)
            .bind(id)
            .execute(&mut *tx)
            .await?;
        let was = std::mem::replace(&mut post.meant, meant).group();
        held::is_moved(app, &mut tx, (&put(&post, !is_new), was), at).await?;
        post.audience = settle(&mut tx, id).await?;
        if is_new && post.audience != NONE {
            release::put_out_now(app, &mut tx, id).await?;
            return tx.commit().await;
        }
    }
    let asks_again = held::ask_again(app, &mut tx, &put(&post, !is_new), (seq, at)).await?;
    // Other pictures, and other readers, are another card; other words change where they stand.
    let is_another = order.is_some() || post.audience != before.audience || asks_again;
    let told = match is_another {
        true => post.change(seq, WHOLE, Act::Put),
        false => post.change(seq, TEXT, Act::Fill),
    };
    changes::record(&mut tx, &told).await?;
    let mut last = seq;
    if post.audience != before.audience {
        // Those who saw it and see it no more.
        last = changes::next(&mut tx, app.clock.now()).await?.0;
        let left = changes::Change::of_post(last, id, before, (LEFT, Act::Gone));
        changes::record(&mut tx, &left).await?;
    }
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(last));
    tx.commit().await
}
