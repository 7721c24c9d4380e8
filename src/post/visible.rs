//! Who may see a post, written once: as a condition for lists, and as an answer for one.

use sqlx::AnyConnection;

use crate::error::Result;
use crate::id::{Id, Posts, Users};

/// The condition, on the post `p` and `u`, its author. Every query that shows posts has it. `live::Circle` is asked
/// of what changes, where some of it may be for one member alone.
macro_rules! visible {
    () => {
        "u.hidden_at is null and p.audience = '' and p.withdrawn_at is null"
    };
}
pub(super) use visible;

const SEE: &str = concat!(
    "select p.id
       from posts p
       join users u on u.id = p.author_id
      where p.id = $1 and ",
    visible!()
);

/// Whether `viewer`, or a stranger, may see this post.
pub async fn see(
    connection: &mut AnyConnection,
    _viewer: Option<Id<Users>>,
    id: Id<Posts>,
) -> Result<bool> {
    let seen: Option<(Id<Posts>,)> = sqlx::query_as(SEE)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(seen.is_some())
}
