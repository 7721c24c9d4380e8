//! The end of sessions, open sockets included.

use crate::app::App;
use crate::auth::{Viewer, WayIn};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Users};

/// Ends one of the viewer's ways in, its open sockets included.
pub async fn end_one(app: &App, viewer: &Viewer, way: WayIn) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let ended = app.sessions.end(&mut tx, viewer.id, way);
    if !ended.await? {
        return Err(Error::NotFound);
    }
    let hub = app.hub.clone();
    tx.after_commit(move || hub.end_session(way.id()));
    tx.commit().await
}

/// Ends every session of a member, sockets included; a new one starts with the epoch that this returns.
pub async fn end_all(app: &App, tx: &mut Tx, user: Id<Users>) -> Result<i64> {
    let epoch = app.sessions.end_all(tx, user).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.end_member(user, None));
    Ok(epoch)
}

/// Ends every session of the viewer but this one, sockets included.
pub async fn end_others(app: &App, tx: &mut Tx, viewer: &Viewer) -> Result<()> {
    app.sessions.end_others(tx, viewer).await?;
    let (hub, user, session) = (app.hub.clone(), viewer.id, viewer.session_id);
    tx.after_commit(move || hub.end_member(user, Some(session)));
    Ok(())
}

/// Signs out every browser but this one.
pub async fn end_other_sessions(app: &App, viewer: &Viewer) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    end_others(app, &mut tx, viewer).await?;
    tx.commit().await
}
