//! Accounts that are closed for a while or for good, with what they posted in sight or out of it, and opened again.

use super::sessions;
use crate::app::App;
use crate::changes::{self, About, Act, Change};
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::live::{Drawer, Frame};

const CLOSE: &str = "
    update users set is_active = 0, hidden_at = case when $2 = 1 then coalesce(hidden_at, $3) end
     where id = $1 and gone_at is null and why_out = ''";

/// Closes an account: its sessions and sockets end. `away`: nothing of it is seen meanwhile. `tx` holds the feed's counter.
pub async fn shut_out(app: &App, tx: &mut Tx, id: Id<Users>, away: bool) -> Result<()> {
    let now = app.clock.now();
    sessions::end_all(app, tx, id).await?;
    sqlx::query(CLOSE)
        .bind(id)
        .bind(i64::from(away))
        .bind(now)
        .execute(&mut **tx)
        .await?;
    if !away {
        return Ok(());
    }
    tell_gone(app, tx, id).await
}

/// Open pages take out everything of a member whom nobody sees any more.
pub static MEMBERS: Drawer<App> = Drawer {
    part: "member",
    draw: |_, change| Box::pin(async { Ok(Some(Frame::gone_by(change))) }),
};

/// Tells open pages that nothing of a member is seen any more.
pub async fn tell_gone(app: &App, tx: &mut Tx, id: Id<Users>) -> Result<()> {
    let (seq, _) = changes::next(tx, app.clock.now()).await?;
    let change = Change {
        seq,
        subject: id.to_string(),
        part: MEMBERS.part.into(),
        act: Act::Gone,
        post: None,
        about: About {
            author: id,
            audience: String::new(),
        },
    };
    changes::record(tx, &change).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}

const OPEN: &str = "
    update users set is_active = 1, hidden_at = null where id = $1 and gone_at is null and why_out = ''";

/// Opens a closed account again; what was out of sight is there for whoever opens a page from now on.
pub async fn open_again(tx: &mut Tx, id: Id<Users>) -> Result<()> {
    sqlx::query(OPEN).bind(id).execute(&mut **tx).await?;
    Ok(())
}
