//! Signing in and out.

use rocket::http::CookieJar;
use rocket::request::{FromRequest, Outcome, Request};

use super::user::{self, User};
use crate::app::App;
use crate::auth::Viewer;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::limit::Address;

/// The member with this address and password. Unknown address and wrong password take the same time
/// and give the same answer.
pub async fn check(
    app: &App,
    address: Address,
    email: &str,
    password: &str,
) -> Result<Option<User>> {
    app.limiter.login(address, email)?;
    let user = {
        let mut connection = app.db.read().acquire().await?;
        user::find_by_email(&mut connection, email.trim()).await?
    };
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    Ok(if app.passwords.verify(password, hash).await? {
        user
    } else {
        None
    })
}

/// Begins a session in this browser.
pub async fn start(
    app: &App,
    user: Id<Users>,
    epoch: i64,
    agent: &Agent<'_>,
    jar: &CookieJar<'_>,
) -> Result<()> {
    app.sessions.start(user, epoch, agent.0, jar).await
}

const END: &str = "delete from sessions where id = $1";

/// Ends the viewer's session, its open sockets included.
pub async fn end(app: &App, viewer: &Viewer, jar: &CookieJar<'_>) -> Result<()> {
    let mut tx = app.db.write().await?;
    sqlx::query(END)
        .bind(viewer.session_id)
        .execute(&mut *tx)
        .await?;
    let (hub, session) = (app.hub.clone(), viewer.session_id);
    tx.after_commit(move || hub.end_session(session));
    tx.commit().await?;
    app.sessions.forget(jar);
    Ok(())
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

const SWEEP: &str = "delete from sessions where expires_at < $1";

/// Forgets sessions that have run out.
pub async fn forget_old(app: &App) -> Result<()> {
    let mut tx = app.db.write().await?;
    sqlx::query(SWEEP)
        .bind(app.clock.now())
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// What the browser calls itself.
pub struct Agent<'r>(pub &'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Agent<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        Outcome::Success(Agent(
            request.headers().get_one("User-Agent").unwrap_or_default(),
        ))
    }
}
