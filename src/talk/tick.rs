//! Counts on open pages: once a second, all posts whose counts have changed get one number together.

use std::time::Duration;

use crate::app::App;
use crate::changes::{self, About};
use crate::db::Db;
use crate::error::Result;
use crate::id::{Id, Posts};
use crate::live::Count;

const EVERY: Duration = Duration::from_secs(1);

const DIRTY: &str = "select post_id from post_counts where dirty = 1 limit 1";

// The condition stands twice: of two nodes that chose the same rows the second finds them changed.
const TICK: &str = "
    update post_counts set dirty = 0, seq = $1
     where dirty = 1 and post_id in (select post_id from post_counts where dirty = 1 limit 100)";

/// Runs until the server ends.
pub async fn tick(app: impl Fn() -> Option<App>) {
    while let Some(app) = app() {
        if let Err(error) = all(&app).await {
            tracing::error!(%error, "counts could not be given out; trying again");
        }
        drop(app);
        tokio::time::sleep(EVERY).await;
    }
}

/// In pieces, each under a number of its own, until nothing is left.
async fn all(app: &App) -> Result<()> {
    loop {
        let dirty: Option<(Id<Posts>,)> =
            sqlx::query_as(DIRTY).fetch_optional(app.db.read()).await?;
        if dirty.is_none() {
            return Ok(());
        }
        let mut tx = app.db.write().await?;
        let (seq, _) = changes::next(&mut tx, app.clock.now()).await?;
        sqlx::query(TICK).bind(seq).execute(&mut *tx).await?;
        let hub = app.hub.clone();
        tx.after_commit(move || hub.hint(seq));
        tx.commit().await?;
    }
}

const COUNTS: &str = "
    select c.post_id, c.likes, c.comments, p.author_id, p.audience
      from post_counts c
      join posts p on p.id = c.post_id
     where c.seq > $1 and c.seq <= $2
     order by c.seq desc
     limit 500";

#[derive(sqlx::FromRow)]
struct Row {
    post_id: Id<Posts>,
    likes: i64,
    comments: i64,
    #[sqlx(flatten)]
    about: About,
}

/// The counts that were given out after one number up to another, the newest 500 of them.
pub async fn counts(db: &Db, (after, upto): (i64, i64)) -> Result<Vec<Count>> {
    let rows: Vec<Row> = sqlx::query_as(COUNTS)
        .bind(after)
        .bind(upto)
        .fetch_all(db.read())
        .await?;
    let count = |row: Row| Count {
        about: row.about,
        text: format!("[\"{}\",{},{}]", row.post_id, row.likes, row.comments),
    };
    Ok(rows.into_iter().map(count).collect())
}
