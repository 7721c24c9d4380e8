//! The end of an account: asked for with the password, done after a grace time in which signing in
//! cancels it; or done at once by an administrator.

use super::details::{WRONG_PASSWORD, require_other_admin, verified, wrong};
use super::letter::{LETTER, Letter};
use super::session;
use super::signup::Wrong;
use super::user;
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::live;
use crate::post;

const LEAVE: &str = "update users set leaves_at = $2 where id = $1";

/// Lets the viewer's account end after the grace time and signs it out everywhere; the instant at which
/// it ends.
pub async fn ask(app: &App, viewer: &Viewer, password: &str) -> Result<Result<Micros, Wrong>> {
    if verified(app, viewer, password).await?.is_none() {
        return Ok(Err(wrong("password", WRONG_PASSWORD)));
    }
    let at = app.clock.now() + app.settings.intervals.leave_after.as_micros() as Micros;
    let mut tx = app.db.write().await?;
    live::hold(&mut tx).await?;
    if app.sessions.require_still(&mut tx, viewer).await? {
        require_other_admin(&mut tx, viewer.id).await?;
    }
    sqlx::query(LEAVE)
        .bind(viewer.id)
        .bind(at)
        .execute(&mut *tx)
        .await?;
    session::end_all(app, &mut tx, viewer.id).await?;
    let letter = Letter::Leaving {
        user: viewer.id,
        at,
    };
    app.jobs.put(&mut tx, &LETTER, &letter).await?;
    tx.commit().await?;
    Ok(Ok(at))
}

const ERASE: &str = "delete from users where id = $1";

/// Deletes an account now, with its posts and files, for an administrator.
pub async fn erase(app: &App, viewer: &Viewer, id: Id<Users>) -> Result<()> {
    let mut tx = app.db.write().await?;
    live::hold(&mut tx).await?;
    if !app.sessions.require_still(&mut tx, viewer).await? {
        return Err(Error::Forbidden("Only an administrator may do that."));
    }
    let user = user::get(&mut tx, id).await?;
    if user.is_admin() {
        require_other_admin(&mut tx, id).await?;
    }
    delete(app, tx, id).await
}

/// With the feed's counter held, as publishing holds it before the member's row.
async fn delete(app: &App, mut tx: Tx, id: Id<Users>) -> Result<()> {
    post::remove_all(app, &mut tx, id).await?;
    session::end_all(app, &mut tx, id).await?;
    sqlx::query(ERASE).bind(id).execute(&mut *tx).await?;
    tx.commit().await
}

/// Whoever signed in meanwhile stays.
async fn erase_if_due(app: &App, id: Id<Users>) -> Result<()> {
    let mut tx = app.db.write().await?;
    live::hold(&mut tx).await?;
    sqlx::query(TOUCH).bind(id).execute(&mut *tx).await?;
    let user = user::get(&mut tx, id).await?;
    match user.leaves_at {
        Some(at) if at <= app.clock.now() => delete(app, tx, id).await,
        _ => Ok(()),
    }
}

const TOUCH: &str = "update users set leaves_at = leaves_at where id = $1";

const DUE: &str = "
    select id from users where leaves_at <= $1 order by leaves_at limit 100";

/// Deletes the accounts whose grace time is over.
pub async fn erase_due(app: &App) -> Result<()> {
    let due: Vec<(Id<Users>,)> = sqlx::query_as(DUE)
        .bind(app.clock.now())
        .fetch_all(app.db.read())
        .await?;
    for (id,) in due {
        match erase_if_due(app, id).await {
            Ok(()) | Err(Error::NotFound) => {}
            Err(error) => {
                tracing::error!(%id, %error, "an account whose time is over is still here")
            }
        }
    }
    Ok(())
}
