//! How many follow a member and whom they follow, as open pages are told.

use crate::changes::About;
use crate::circle::EVERYONE;
use crate::db::Db;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::live::{Count, Counted};

/// Counts that wait to be given out.
pub static GIVEN_OUT: Counted = Counted {
    any: "select user_id from user_counts where dirty = 1 limit 1",
    // The condition stands twice: of two nodes that chose the same rows the second finds them changed.
    give: "
    update user_counts set dirty = 0, seq = $1
     where dirty = 1 and user_id in (select user_id from user_counts where dirty = 1 limit 100)",
    then: None,
};

const COUNTS: &str = "
    select user_id, followers, following
      from user_counts
     where seq > $1 and seq <= $2
     order by seq desc
     limit 500";

#[derive(sqlx::FromRow)]
struct Row {
    user_id: Id<Users>,
    followers: i64,
    following: i64,
}

/// The counts that were given out after one number up to another, the newest 500 of them.
pub async fn counts(db: &Db, (after, upto): (i64, i64)) -> Result<Vec<Count>> {
    let rows: Vec<Row> = sqlx::query_as(COUNTS)
        .bind(after)
        .bind(upto)
        .fetch_all(db.read())
        .await?;
    let count = |row: Row| Count {
        about: About {
            author: row.user_id,
            audience: EVERYONE.to_owned(),
        },
        text: format!(
            "[\"{}\",{},{},\"member\"]",
            row.user_id, row.followers, row.following
        ),
    };
    Ok(rows.into_iter().map(count).collect())
}
