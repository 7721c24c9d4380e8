//! What becomes of posts that wait to be looked at.

use sqlx::AnyConnection;

use super::held::{Held, draw_anew};
use super::out;
use super::post::{self, Post};
use super::visible::{settle, there};
use super::words;
use crate::app::App;
use crate::changes::{self, Act, WHOLE};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};
use crate::media::{self, Item};

/// SQL: posts that wait, in this order and so many.
macro_rules! waiting {
    ($columns:expr, $rest:literal) => {
        concat!(
            "select ",
            $columns,
            "
      from withheld w
      join posts p on p.id = w.post_id
      join users u on u.id = p.author_id
     where w.why = 'review' and ",
            there!(),
            $rest
        )
    };
}

const COUNT: &str = concat!(
    "select cast(count(*) as bigint) from (",
    waiting!("p.id", " limit 100"),
    ") few"
);

/// How many posts wait; 100 for more.
pub async fn count(connection: &mut AnyConnection) -> Result<i64> {
    let (count,) = sqlx::query_as(COUNT).fetch_one(connection).await?;
    Ok(count)
}

const WAITING: &str = waiting!(post::columns!(), " order by w.at, w.post_id limit 20");

/// The posts that wait longest, 20 at most, with what is in them: for those who look at them.
pub async fn waiting(app: &App) -> Result<Vec<(Post, Vec<Item>)>> {
    let mut connection = app.db.read().acquire().await?;
    let posts: Vec<Post> = sqlx::query_as(WAITING).fetch_all(&mut *connection).await?;
    let mut all = Vec::new();
    for post in posts {
        let items = media::of_post(&mut connection, post.id).await?;
        all.push((post, items));
    }
    Ok(all)
}

/// A post that waits, for whoever decides. The error says that there is none.
pub async fn one_that_waits(connection: &mut AnyConnection, id: Id<Posts>) -> Result<Post> {
    let post = post::find(connection, id).await?;
    post.filter(|post| post.held == Held::Waits)
        .ok_or_else(|| Error::Conflict("This post waits no more.".into()))
}

const LET_GO: &str = "delete from withheld where post_id = $1 and why = 'review'";

const DATE: &str =
    "update posts set created_at = $2, created_seq = $3, card_seq = $3 where id = $1";

/// Lets a post out that has waited: now, as if it were posted in this moment, or it would lie below what everybody has
/// read. `tx` holds the feed's counter.
pub async fn release(app: &App, tx: &mut Tx, id: Id<Posts>) -> Result<()> {
    let (seq, at) = changes::next(tx, app.clock.now()).await?;
    // Its words name it by its instant.
    words::forget(tx, id).await?;
    sqlx::query(LET_GO).bind(id).execute(&mut **tx).await?;
    sqlx::query(DATE)
        .bind(id)
        .bind(at)
        .bind(seq)
        .execute(&mut **tx)
        .await?;
    words::begin(tx, id).await?;
    settle(tx, id).await?;
    match post::find(tx, id).await? {
        Some(post) => out::tell(app, tx, seq, &post).await,
        None => Err(Error::NotFound),
    }
}

const KEEP_BACK: &str = "
    update withheld set why = 'house', by_id = $2, words = $3, at = $4 where post_id = $1 and why = 'review'";

/// Keeps a post back that has waited: its author alone goes on seeing it, and these words. `tx` holds the feed's counter.
pub async fn keep_back(
    app: &App,
    tx: &mut Tx,
    post: &Post,
    (by, words): (Id<Users>, &str),
) -> Result<()> {
    let (seq, at) = changes::next(tx, app.clock.now()).await?;
    sqlx::query(KEEP_BACK)
        .bind(post.id)
        .bind(by)
        .bind(words)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    draw_anew(tx, post.id, seq).await?;
    changes::record(tx, &post.change(seq, WHOLE, Act::Put)).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}
