//! The words by which a member is found: those of their name and of their handle.

use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::terms::terms;

const FORGET: &str = "delete from member_terms where user_id = $1";

const KEEP: &str = "
    insert into member_terms (term, user_id) values ($1, $2) on conflict (term, user_id) do nothing";

const KEPT: &str = "update users set has_terms = 1 where id = $1";

/// Lets a member be found by these, and by nothing else.
pub async fn write(tx: &mut Tx, id: Id<Users>, (name, handle): (&str, &str)) -> Result<()> {
    forget(tx, id).await?;
    for term in terms(&format!("{handle} {name}")) {
        sqlx::query(KEEP)
            .bind(term)
            .bind(id)
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query(KEPT).bind(id).execute(&mut **tx).await?;
    Ok(())
}

/// Lets a member be found no more.
pub async fn forget(tx: &mut Tx, id: Id<Users>) -> Result<()> {
    sqlx::query(FORGET).bind(id).execute(&mut **tx).await?;
    Ok(())
}

const WITHOUT: &str = "
    select id, name, handle from users where has_terms = 0 and gone_at is null order by id limit 100";

#[derive(sqlx::FromRow)]
struct Member {
    id: Id<Users>,
    name: String,
    handle: String,
}

/// Lets members be found who came before there was a search.
pub async fn fill(app: &App) -> Result<()> {
    loop {
        let mut tx = app.db.write().await?;
        let some: Vec<Member> = sqlx::query_as(WITHOUT).fetch_all(&mut *tx).await?;
        if some.is_empty() {
            return Ok(());
        }
        for Member { id, name, handle } in &some {
            write(&mut tx, *id, (name, handle)).await?;
        }
        tx.commit().await?;
    }
}
