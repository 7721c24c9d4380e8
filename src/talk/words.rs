//! The words of comments, by which they are found. Who writes some holds the feed's counter (`post/words.rs`).

use super::comment::Comment;
use crate::app::App;
use crate::changes;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Comments, Id};
use crate::post;
use crate::terms::terms;

const KEEP: &str =
    "insert into comment_terms (term, at) values ($1, $2) on conflict (term, at) do nothing";

const DROP: &str = "delete from comment_terms where term = $1 and at = $2";

const KEPT: &str = "update comments set has_terms = 1 where id = $1 and has_terms = 0";

async fn each(tx: &mut Tx, query: &'static str, (body, at): (&str, Micros)) -> Result<()> {
    for term in terms(body) {
        let done = sqlx::query(query)
            .bind(&term)
            .bind(at)
            .execute(&mut **tx)
            .await?;
        if done.rows_affected() == 1 {
            post::count_use(tx, &term, if query == KEEP { 1 } else { -1 }).await?;
        }
    }
    Ok(())
}

/// Lets a comment be found by its words.
pub async fn begin(tx: &mut Tx, comment: &Comment) -> Result<()> {
    each(tx, KEEP, (&comment.body, comment.created_at)).await?;
    sqlx::query(KEPT)
        .bind(comment.id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Lets it be found no more.
pub async fn forget(tx: &mut Tx, comment: &Comment) -> Result<()> {
    drop_all(tx, (&comment.body, comment.created_at)).await
}

/// The same of a comment of which only this is known.
pub async fn drop_all(tx: &mut Tx, said: (&str, Micros)) -> Result<()> {
    each(tx, DROP, said).await
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<Comments>,
    body: String,
    created_at: Micros,
}

const WITHOUT: &str = "
    select id, body, created_at from comments where has_terms = 0 order by created_at desc limit 5";

/// Lets comments be found that came before there was a search, the newest first.
pub async fn fill(app: &App) -> Result<()> {
    loop {
        let mut tx = app.db.write().await?;
        changes::hold(&mut tx).await?;
        let some: Vec<Row> = sqlx::query_as(WITHOUT).fetch_all(&mut *tx).await?;
        if some.is_empty() {
            return Ok(());
        }
        for Row {
            id,
            body,
            created_at,
        } in &some
        {
            each(&mut tx, KEEP, (body, *created_at)).await?;
            sqlx::query(KEPT).bind(*id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        tokio::task::yield_now().await;
    }
}
