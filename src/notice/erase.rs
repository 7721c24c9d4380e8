//! What is taken away with a post that goes, with a member, and with time.

use crate::app::App;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Groups, Id, Posts, Users};

const OF_POST: &str = "
    delete from notices where id in (select n.id from notices n where n.post_id = $1 limit $2)";

/// Takes so much from a post that nobody sees any more; false when there was nothing.
pub async fn take_from(tx: &mut Tx, post: Id<Posts>, count: i64) -> Result<bool> {
    let gone = sqlx::query(OF_POST)
        .bind(post)
        .bind(count)
        .execute(&mut **tx)
        .await?;
    Ok(gone.rows_affected() > 0)
}

const TO_MEMBER: &str = "
    delete from notices where id in (select n.id from notices n where n.user_id = $1 limit $2)";

const BY_MEMBER: &str = "
    delete from notices where id in (select n.id from notices n where n.actor_id = $1 limit $2)";

const CHOICES: &str = "delete from notice_choices where user_id = $1";

const DEVICES: &str = "delete from push_subscriptions where user_id = $1";

const OUTBOX: &str = "delete from outboxes where user_id = $1";

/// Takes so much of a member away, who is gone; false when there was nothing.
pub async fn take_away(app: &App, user: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let mut some = false;
    for query in [TO_MEMBER, BY_MEMBER] {
        let gone = sqlx::query(query)
            .bind(user)
            .bind(count)
            .execute(&mut *tx)
            .await?;
        some |= gone.rows_affected() > 0;
    }
    if !some {
        for query in [CHOICES, OUTBOX, DEVICES] {
            sqlx::query(query).bind(user).execute(&mut *tx).await?;
        }
    }
    tx.commit().await?;
    Ok(some)
}

const OF_GROUP: &str = "
    delete from notices
     where user_id = $2
       and (group_id = $1 or post_id in (select p.id from posts p where p.id = notices.post_id and p.meant = $1))";

/// Forgets what a member was told of a group and its posts, who is not in it any more.
pub async fn forget_group(tx: &mut Tx, (group, member): (Id<Groups>, Id<Users>)) -> Result<()> {
    sqlx::query(OF_GROUP)
        .bind(group)
        .bind(member)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const OF_ENDED: &str = "
    delete from notices where id in (select n.id from notices n where n.group_id = $1 limit $2)";

/// Forgets so much of what was told of a group itself that has ended; false when there was nothing.
pub async fn forget_ended_group(tx: &mut Tx, group: Id<Groups>, count: i64) -> Result<bool> {
    let gone = sqlx::query(OF_ENDED)
        .bind(group)
        .bind(count)
        .execute(&mut **tx)
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// A notice is kept for so long.
const KEPT: Micros = 90 * 86_400 * 1_000_000;

const OLD: &str = "
    delete from notices where id in (select n.id from notices n where n.at < $1 limit 500)";

/// Forgets what is too old to matter, in pieces.
pub async fn forget_old(app: &App) -> Result<()> {
    loop {
        let mut tx = app.db.write().await?;
        let gone = sqlx::query(OLD)
            .bind(app.clock.now() - KEPT)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        if gone.rows_affected() == 0 {
            return Ok(());
        }
    }
}
