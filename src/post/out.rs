//! A post's way out: its row, its files, and what the log says of it, in one transaction.

use super::drafts_end;
use super::held::{self, Held, Put};
use super::meant::Meant;
use super::mentions::{self, Written};
use super::post::{self, Caption, NewPost, Post};
use super::words;
use crate::app::{App, Posted};
use crate::changes::{self, About, Act, WHOLE};
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Media, Posts, Users};
use crate::media::{self, Described};

const INSERT: &str = "
    insert into posts (id, author_id, caption, created_at, created_seq, idempotency_key, audience, meant)
    values ($1, $2, $3, $4, $5, $6, $7, $7)
    on conflict (author_id, idempotency_key) do nothing";

pub(super) const FILE_IS_GONE: &str = "A file of this post is no longer here. Choose it again.";

pub(super) const STILL_CONVERTING: &str =
    "A video is not converted yet. Save again when it is ready, or remove it.";

/// Writes a post and tells of it after the commit; false when there is one of its form.
pub(super) async fn put_out(
    app: &App,
    tx: &mut Tx,
    (id, author): (Id<Posts>, Id<Users>),
    new: &NewPost,
) -> Result<bool> {
    let (seq, at) = changes::next(tx, app.clock.now()).await?;
    let group = new.meant.group();
    let looks = held::who_looks(app, tx, (author, group)).await?;
    let inserted = sqlx::query(INSERT)
        .bind(id)
        .bind(author)
        .bind(new.caption.as_str())
        .bind(at)
        .bind(seq)
        .bind(&new.idempotency_key)
        .bind(&*new.meant.audience())
        .execute(&mut **tx)
        .await?;
    if inserted.rows_affected() == 0 {
        return Ok(false);
    }
    for (position, item) in new.items.iter().enumerate() {
        if !media::attach(tx, (id, position), author, item).await? {
            return Err(Error::Unprocessable(FILE_IS_GONE.into()));
        }
    }
    words::begin(tx, id).await?;
    drafts_end::is_posted(tx, (author, at), &new.idempotency_key).await?;
    if !looks.is_empty() {
        let put = Put {
            id,
            author,
            group,
            was_out: false,
        };
        held::wait(app, tx, (&put, &looks), at).await?;
    }
    // Away from everybody's sight while it was made: nobody is told.
    if let Some(post) = post::find(tx, id).await? {
        tell(app, tx, seq, &post).await?;
    }
    Ok(true)
}

/// Tells of a post that came out with this number, or of one that waits its author alone.
pub(super) async fn tell(app: &App, tx: &mut Tx, seq: i64, post: &Post) -> Result<()> {
    changes::record(tx, &post.change(seq, WHOLE, Act::Put)).await?;
    if post.held == Held::No {
        let (id, author) = (post.id, post.author_id);
        let caption = Written {
            post: id,
            comment: None,
            by: author,
            text: &post.caption,
        };
        mentions::note(app, tx, caption).await?;
        let group = post.meant.group();
        (app.herald.posted)(app, tx, Posted { id, author, group }).await?;
    }
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}

async fn record_new(
    tx: &mut Tx,
    seq: i64,
    (id, author): (Id<Posts>, Id<Users>),
    meant: Meant,
) -> Result<()> {
    let about = About {
        author,
        audience: meant.audience().into_owned(),
    };
    let change = changes::Change::of_post(seq, id, about, (WHOLE, Act::Put));
    changes::record(tx, &change).await
}

/// A post of another application, of one item, posted there at that instant.
pub struct OldPost {
    pub id: Id<Posts>,
    pub author: Id<Users>,
    pub at: Micros,
    pub caption: Caption,
    pub item: Id<Media>,
}

const LAST_NEAR: &str = "
    select max(q.created_at) from posts p join posts q on q.created_at >= $1 and q.created_at < $1 + 1000000
     where p.created_at = $1";

/// The first instant from `at` on that no post has, as far as posts of one second go.
async fn free_instant(tx: &mut Tx, mut at: Micros) -> Result<Micros> {
    loop {
        let (last,): (Option<Micros>,) = sqlx::query_as(LAST_NEAR)
            .bind(at)
            .fetch_one(&mut **tx)
            .await?;
        match last {
            None => return Ok(at),
            Some(last) => at = last + 1,
        }
    }
}

/// Takes such a post in, with its id.
pub async fn adopt(tx: &mut Tx, old: OldPost, now: Micros) -> Result<()> {
    let (seq, _) = changes::next(tx, now).await?;
    let at = free_instant(tx, old.at).await?;
    sqlx::query(INSERT)
        .bind(old.id)
        .bind(old.author)
        .bind(old.caption.as_str())
        .bind(at)
        .bind(seq)
        .bind(format!("import:{}", old.id))
        .bind(&*Meant::Everyone.audience())
        .execute(&mut **tx)
        .await?;
    let item = Described::bare(old.item);
    if !media::attach(tx, (old.id, 0), old.author, &item).await? {
        return Err(Error::NotFound);
    }
    record_new(tx, seq, (old.id, old.author), Meant::Everyone).await
}
