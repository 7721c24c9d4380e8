//! What is counted of posts, as open pages are told.

use crate::changes::About;
use crate::db::Db;
use crate::error::Result;
use crate::id::{Id, Posts};
use crate::live::{Count, Counted};
use crate::notice;

/// Counts that wait to be given out.
pub static GIVEN_OUT: Counted = Counted {
    any: "select post_id from post_counts where dirty = 1 limit 1",
    // The condition stands twice: of two nodes that chose the same rows the second finds them changed.
    give: "
    update post_counts set dirty = 0, seq = $1
     where dirty = 1 and post_id in (select post_id from post_counts where dirty = 1 limit 100)",
    then: Some(|tx, (seq, now)| Box::pin(notice::of_likes(tx, seq, now))),
};

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
