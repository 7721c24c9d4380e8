//! What a member who is gone leaves in groups.

use super::entry::{drop_request, go};
use crate::app::App;
use crate::changes;
use crate::error::Result;
use crate::id::{Groups, Id, Users};

const IN: &str = "select group_id from group_members where user_id = $1 limit $2";

const ASKED: &str = "
    select group_id, user_id from group_requests where user_id = $1 or by_id = $1 limit $2";

/// Takes a member out of so many groups who is gone; false when there were none.
pub async fn take_away(app: &App, user: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    let groups: Vec<(Id<Groups>,)> = sqlx::query_as(IN)
        .bind(user)
        .bind(count)
        .fetch_all(&mut *tx)
        .await?;
    for (group,) in &groups {
        go(app, &mut tx, (*group, user)).await?;
        // Nobody looks any more at what they had posted.
        (app.herald.waits_less)(app, &mut tx, Some(*group)).await?;
    }
    let asked: Vec<(Id<Groups>, Id<Users>)> = sqlx::query_as(ASKED)
        .bind(user)
        .bind(count)
        .fetch_all(&mut *tx)
        .await?;
    for both in &asked {
        drop_request(app, &mut tx, *both).await?;
    }
    tx.commit().await?;
    Ok(!groups.is_empty() || !asked.is_empty())
}
