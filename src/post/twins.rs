//! The same file, sent twice into one draft.

use sqlx::AnyConnection;

use crate::error::Result;
use crate::id::{Id, Media, Users};
use crate::media::Item;

const TWIN: &str = "
    select m.id
      from draft_items i
      join drafts d on d.id = i.draft_id
      join media m on m.id = i.media_id
     where d.id = $1 and d.owner_id = $2 and m.fingerprint = $3 and m.id <> $4
     order by i.position
     limit 1";

/// The file of a member's draft that is the same as this one.
pub async fn find(
    connection: &mut AnyConnection,
    (draft, owner): (&str, Id<Users>),
    item: &Item,
) -> Result<Option<Id<Media>>> {
    let found: Option<(Id<Media>,)> = sqlx::query_as(TWIN)
        .bind(draft)
        .bind(owner)
        .bind(&item.fingerprint)
        .bind(item.id)
        .fetch_optional(connection)
        .await?;
    Ok(found.map(|(id,)| id))
}
