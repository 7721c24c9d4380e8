//! Who is named in a caption or a comment. A name is looked up once, when it is written; whoever is called otherwise later
//! is still who was named.

use std::collections::HashSet;

use sqlx::AnyConnection;

use super::spans::{Marked, Named, marked};
use crate::app::{App, Mentioned};
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Comments, Id, Posts, Users};

/// So many of a text at most.
const MOST: usize = 20;

const WHO: &str = "
    select id, handle from users
     where hidden_at is null and is_active = 1
       and handle in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)";

const BEFORE: &str = "select handle, user_id from mentions where post_id = $1 and comment_id = $2";

const KEEP: &str = "
    insert into mentions (post_id, comment_id, handle, user_id) values ($1, $2, $3, $4)
    on conflict (post_id, comment_id, handle) do nothing";

const DROP: &str = "delete from mentions where post_id = $1 and comment_id = $2 and handle = $3";

/// A text that somebody has written.
pub struct Written<'a> {
    pub post: Id<Posts>,
    /// Or else it is the post's caption.
    pub comment: Option<Id<Comments>>,
    pub by: Id<Users>,
    pub text: &'a str,
}

/// Notes who is named in a text, and lets those know who were not named in it before.
pub async fn note(app: &App, tx: &mut Tx, written: Written<'_>) -> Result<()> {
    let comment = written.comment.map(|id| id.to_string()).unwrap_or_default();
    let mut typed: Vec<String> = Vec::new();
    for mark in marked(written.text) {
        if let Marked::Name(handle) = mark.of
            && !typed.contains(&handle)
            && typed.len() < MOST
        {
            typed.push(handle);
        }
    }
    let before: Vec<(String, Id<Users>)> = sqlx::query_as(BEFORE)
        .bind(written.post)
        .bind(&comment)
        .fetch_all(&mut **tx)
        .await?;
    for (handle, _) in before.iter().filter(|(handle, _)| !typed.contains(handle)) {
        sqlx::query(DROP)
            .bind(written.post)
            .bind(&comment)
            .bind(handle)
            .execute(&mut **tx)
            .await?;
    }
    // Who was found once stays who they were.
    typed.retain(|handle| !before.iter().any(|(known, _)| known == handle));
    if typed.is_empty() {
        return Ok(());
    }
    let known: HashSet<Id<Users>> = before.into_iter().map(|(_, user)| user).collect();
    let mut query = sqlx::query_as(WHO);
    for n in 0..MOST {
        query = query.bind(typed.get(n).cloned().unwrap_or_default());
    }
    let found: Vec<(Id<Users>, String)> = query.fetch_all(&mut **tx).await?;
    for (user, handle) in found {
        sqlx::query(KEEP)
            .bind(written.post)
            .bind(&comment)
            .bind(handle)
            .bind(user)
            .execute(&mut **tx)
            .await?;
        if !known.contains(&user) {
            let mentioned = Mentioned {
                post: written.post,
                comment: written.comment,
                by: written.by,
                who: user,
            };
            (app.herald.mentioned)(app, tx, mentioned).await?;
        }
    }
    Ok(())
}

const NAMED: &str = "
    select m.handle, u.handle as now
      from mentions m
      join users u on u.id = m.user_id
     where m.post_id = $1 and m.comment_id = $2 and u.hidden_at is null";

/// Who is named in a text of a post, as it was typed and as they are called now.
pub async fn named(
    connection: &mut AnyConnection,
    (post, comment): (Id<Posts>, Option<Id<Comments>>),
    text: &str,
) -> Result<Named> {
    if !text.contains('@') {
        return Ok(Named::new());
    }
    let comment = comment.map(|id| id.to_string()).unwrap_or_default();
    let rows: Vec<(String, String)> = sqlx::query_as(NAMED)
        .bind(post)
        .bind(comment)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

const OF_POST: &str = "delete from mentions where post_id = $1";

const OF_COMMENT: &str = "delete from mentions where post_id = $1 and comment_id = $2";

/// Forgets who was named in a post and all that was said to it.
pub async fn forget_post(tx: &mut Tx, post: Id<Posts>) -> Result<()> {
    sqlx::query(OF_POST).bind(post).execute(&mut **tx).await?;
    Ok(())
}

/// Forgets who was named in a comment.
pub async fn forget_comment(tx: &mut Tx, (post, comment): (Id<Posts>, Id<Comments>)) -> Result<()> {
    sqlx::query(OF_COMMENT)
        .bind(post)
        .bind(comment)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const OF_MEMBER: &str = "
    delete from mentions where user_id = $1 and post_id in (
        select m.post_id from mentions m where m.user_id = $1 limit $2)";

/// Takes so many places away where a member is named, who is gone; false when there were none.
pub async fn take_away(app: &App, user: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let gone = sqlx::query(OF_MEMBER)
        .bind(user)
        .bind(count)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(gone.rows_affected() > 0)
}
