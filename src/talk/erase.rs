//! What is taken away with a post that goes, and with a member: in pieces, because it may be much. Counts of what stays
//! sink silently.

use super::comments::{ANSWERED, DELETE, DELETE_EMPTY};
use super::words;
use crate::app::App;
use crate::changes;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Comments, Id, Posts, Users};
use crate::post;

/// A comment is so many rows, about: itself, its counts, and its words, each of which is counted too.
const ROWS: i64 = 40;

const COMMENTS_OF_POST: &str = "
    delete from comments where id in (select c.id from comments c where c.post_id = $1 limit $2)";

const BODIES_OF_POST: &str = "
    select c.id, c.post_id, c.root_id, c.body, c.created_at from comments c where c.post_id = $1 limit $2";

const LIKES_OF_POST: &str = "
    delete from likes where post_id = $1
       and user_id in (select l.user_id from likes l where l.post_id = $1 limit $2)";

const COUNTS_OF_POST: &str = "delete from post_counts where post_id = $1";

/// Takes so much from a post that nobody sees any more; false when there was nothing.
pub async fn take_from(tx: &mut Tx, post: Id<Posts>, count: i64) -> Result<bool> {
    let fewer = (count / ROWS).max(1);
    let some: Vec<Said> = sqlx::query_as(BODIES_OF_POST)
        .bind(post)
        .bind(fewer)
        .fetch_all(&mut **tx)
        .await?;
    for said in &some {
        words::drop_all(tx, (&said.body, said.created_at)).await?;
    }
    for (query, count) in [(COMMENTS_OF_POST, fewer), (LIKES_OF_POST, count)] {
        let gone = sqlx::query(query)
            .bind(post)
            .bind(count)
            .execute(&mut **tx)
            .await?;
        if gone.rows_affected() > 0 {
            return Ok(true);
        }
    }
    sqlx::query(COUNTS_OF_POST)
        .bind(post)
        .execute(&mut **tx)
        .await?;
    Ok(false)
}

/// Takes so much of a member away, who is gone; false when there was nothing.
pub async fn take_away(app: &App, user: Id<Users>, count: i64) -> Result<bool> {
    let fewer = (count / ROWS).max(1);
    Ok(take_comments(app, user, fewer).await? || take_likes(app, user, count).await?)
}

#[derive(sqlx::FromRow)]
struct Said {
    id: Id<Comments>,
    post_id: Id<Posts>,
    root_id: String,
    body: String,
    created_at: Micros,
}

const SOME_COMMENTS: &str = "
    select id, post_id, root_id, body, created_at from comments
     where author_id = $1 order by created_at, id limit $2";

const EMPTY: &str = "
    update comments set author_id = null, body = '', edited_at = null, removed_at = $2
     where id = $1 and replies > 0";

const ONE_COMMENT_LESS: &str = "update post_counts set comments = comments - 1 where post_id = $1";

async fn take_comments(app: &App, user: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    let some: Vec<Said> = sqlx::query_as(SOME_COMMENTS)
        .bind(user)
        .bind(count)
        .fetch_all(&mut *tx)
        .await?;
    for said in &some {
        words::drop_all(&mut tx, (&said.body, said.created_at)).await?;
        post::forget_named(&mut tx, (said.post_id, said.id)).await?;
        sqlx::query(EMPTY)
            .bind(said.id)
            .bind(app.clock.now())
            .execute(&mut *tx)
            .await?;
        let deleted = sqlx::query(DELETE).bind(said.id).execute(&mut *tx).await?;
        if deleted.rows_affected() == 1 && !said.root_id.is_empty() {
            sqlx::query(ANSWERED)
                .bind(&said.root_id)
                .bind(-1_i64)
                .execute(&mut *tx)
                .await?;
            sqlx::query(DELETE_EMPTY)
                .bind(&said.root_id)
                .execute(&mut *tx)
                .await?;
        }
        sqlx::query(ONE_COMMENT_LESS)
            .bind(said.post_id)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    Ok(!some.is_empty())
}

const SOME_LIKES: &str = "
    select post_id from likes where user_id = $1 order by created_at, post_id limit $2";

const UNLIKE: &str = "delete from likes where post_id = $1 and user_id = $2";

const ONE_LIKE_LESS: &str = "
    update post_counts
       set likes = likes - 1, liker_id = case when liker_id = $2 then null else liker_id end
     where post_id = $1";

async fn take_likes(app: &App, user: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let some: Vec<(Id<Posts>,)> = sqlx::query_as(SOME_LIKES)
        .bind(user)
        .bind(count)
        .fetch_all(&mut *tx)
        .await?;
    for (post,) in &some {
        for query in [UNLIKE, ONE_LIKE_LESS] {
            sqlx::query(query)
                .bind(post)
                .bind(user)
                .execute(&mut *tx)
                .await?;
        }
    }
    tx.commit().await?;
    Ok(!some.is_empty())
}
