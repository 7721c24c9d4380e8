//! The end of an account: asked for with the password, done after a grace time in which signing in
//! cancels it; or done at once by an administrator.
//!
//! At once nothing of it is seen any more. Then a job takes away what each room has of it, in batches, because one
//! member's things may be many: `seams.rs` lists these farewells.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tera::Context;

use super::access::{WRONG_PASSWORD, require_other_admin, verified};
use super::letter::{self, Letter, Reader};
use super::links;
use super::out::tell_gone;
use super::row::{self, User, WhyOut};
use super::{requests, sessions, signup, waiting, words};
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::changes;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::form::{Wrong, wrong};
use crate::id::{Id, Users};
use crate::jobs::{Failure, Kind, Task};
use crate::limit::{Act, Key};

const LEAVE: &str = "update users set leaves_at = $2 where id = $1";

/// Lets the viewer's account end after the grace time and signs it out everywhere; the instant at which
/// it ends.
pub async fn ask(app: &App, viewer: &Viewer, password: &str) -> Result<Result<Micros, Wrong>> {
    if verified(app, viewer, password).await?.is_none() {
        return Ok(Err(wrong("password", WRONG_PASSWORD)));
    }
    let at = app.clock.now() + app.settings.intervals.leave_after.as_micros() as Micros;
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    changes::hold(&mut tx).await?;
    let user = row::get(&mut tx, viewer.id).await?;
    if user.is_admin() {
        require_other_admin(&mut tx, viewer.id).await?;
    }
    sqlx::query(LEAVE)
        .bind(viewer.id)
        .bind(at)
        .execute(&mut *tx)
        .await?;
    sessions::end_all(app, &mut tx, viewer.id).await?;
    let about = Leaving {
        user: viewer.id,
        at,
    };
    letter::put(app, &mut tx, (&LETTER, &Reader::of(&user)), &about).await?;
    tx.commit().await?;
    Ok(Ok(at))
}

/// Lets the account of somebody end after the grace time who is out and shows their password once more; false where it is not
/// theirs.
pub async fn ask_from_outside(app: &App, user: &User, password: &str) -> Result<bool> {
    let account = Key::Account(user.id);
    app.limiter.spend(Act::Password, account, 1).await?;
    let hash = Some(user.password_hash.as_str());
    if !app.passwords.verify(password, hash).await? {
        return Ok(false);
    }
    let at = app.clock.now() + app.settings.intervals.leave_after.as_micros() as Micros;
    let mut tx = app.db.write().await?;
    sqlx::query(LEAVE)
        .bind(user.id)
        .bind(at)
        .execute(&mut *tx)
        .await?;
    let about = Leaving { user: user.id, at };
    letter::put(app, &mut tx, (&LETTER, &Reader::of(user)), &about).await?;
    tx.commit().await?;
    Ok(true)
}

const SUBJECT: &str = "your account is leaving";

/// The account ends at this instant.
pub static LETTER: Letter = Letter::new(
    "letter.leaving",
    |app, task| Box::pin(send(app, task)),
    |_| format!("Letter: {SUBJECT}"),
);

#[derive(Serialize, Deserialize)]
struct Leaving {
    user: Id<Users>,
    at: Micros,
}

async fn send(app: App, task: Task) -> Result<(), Failure> {
    let about: Leaving = task.read()?;
    let Some(user) = row::by_id(&app, about.user).await? else {
        return Ok(());
    };
    let mut context = Context::new();
    context.insert("when", &letter::instant(&app, about.at));
    letter::send(
        &app,
        &LETTER,
        &Reader::of(&user),
        ("leaving", SUBJECT),
        context,
    )
    .await
}

/// Takes what is left of an account away.
pub static ERASE: Kind<App> = Kind {
    name: "erase",
    at_once: 1,
    lease: Duration::from_secs(60),
    tries: 50,
    run: |app, task| Box::pin(erase_all(app, task)),
    given_up: None,
    describe: |_| "Taking away what a deleted account has left".into(),
};

#[derive(Serialize, Deserialize)]
struct Gone {
    user: Id<Users>,
}

/// Deletes an account now, for an administrator: it is nobody's any more and nothing of it is seen.
pub async fn erase(app: &App, viewer: &Viewer, id: Id<Users>) -> Result<()> {
    let whom = id.to_string();
    let done = Done::to(Deed::AccountErased, &whom);
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    changes::hold(&mut tx).await?;
    let user = row::get(&mut tx, id).await?;
    if user.is_admin() {
        require_other_admin(&mut tx, id).await?;
    }
    hide(app, tx, id).await
}

/// Address and handle are free for others at once (the handle after a while).
const HIDE: &str = "
    update users
       set gone_at = $2, hidden_at = $2, leaves_at = null, is_active = 0, is_admin = 0, is_moderator = 0, email = $3, email_lower = $3,
           handle = $4, name = '', face = null, about = '', place = '', cover = null, password_hash = $3, card_version = card_version + 1
     where id = $1 and gone_at is null";

const HANDLE: &str = "select handle from users where id = $1";

/// With the feed's counter held, as publishing holds it before the member's row.
async fn hide(app: &App, mut tx: Tx, id: Id<Users>) -> Result<()> {
    let now = app.clock.now();
    // The handle of somebody who was never in says nothing of anybody, and may be had by the next.
    if row::get(&mut tx, id).await?.why_out() == WhyOut::Closed {
        let (handle,): (String,) = sqlx::query_as(HANDLE).bind(id).fetch_one(&mut *tx).await?;
        signup::free_handle(&mut tx, &handle, (now, None)).await?;
    }
    sessions::end_all(app, &mut tx, id).await?;
    sqlx::query(HIDE)
        .bind(id)
        .bind(now)
        .bind(format!("gone:{id}"))
        .bind(format!("-{id}"))
        .execute(&mut *tx)
        .await?;
    words::forget(&mut tx, id).await?;
    (app.herald.waits_less)(app, &mut tx, None).await?;
    app.jobs.put(&mut tx, &ERASE, &Gone { user: id }).await?;
    tell_gone(app, &mut tx, id).await?;
    tx.commit().await
}

/// So long the one writer is held at a time, about.
const HELD: Duration = Duration::from_millis(15);
const MOST_AT_ONCE: i64 = 200;
const BETWEEN: Duration = Duration::from_millis(25);

const DELETE: &str = "delete from users where id = $1 and gone_at is not null";

/// Batch by batch, each as large as the one before was quick.
async fn erase_all(app: App, task: Task) -> Result<(), Failure> {
    let Gone { user } = task.read()?;
    let mut count = 20;
    for farewell in app.farewells {
        loop {
            let begun = Instant::now();
            if !(farewell.take)(&app, user, count).await? {
                break;
            }
            count = match begun.elapsed() {
                long if long > HELD => (count / 2).max(1),
                _ => (count * 2).min(MOST_AT_ONCE),
            };
            task.renew(0).await?;
            // Whoever waits to write comes in between, and the disk gets on.
            tokio::time::sleep(BETWEEN).await;
        }
    }
    let mut tx = app.db.write().await?;
    sqlx::query(DELETE)
        .bind(user)
        .execute(&mut *tx)
        .await
        .map_err(Error::from)?;
    tx.commit().await?;
    Ok(())
}

/// Takes a request to be let in back, for whoever holds its token: nothing of it stays. False where the token is of no use
/// any more.
pub async fn take_request_back(app: &App, token: &str) -> Result<bool> {
    let Some(user) = links::may_take_back(app, token).await? else {
        return Ok(false);
    };
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    sqlx::query(TOUCH).bind(user.id).execute(&mut *tx).await?;
    // Let in meanwhile, or gone.
    let now = row::find(&mut tx, user.id).await?;
    if now.is_none_or(|now| now.why_out() != WhyOut::Waiting) {
        return Ok(false);
    }
    hide(app, tx, user.id).await?;
    Ok(true)
}

/// Whoever signed in meanwhile stays.
async fn erase_if_due(app: &App, id: Id<Users>) -> Result<()> {
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    sqlx::query(TOUCH).bind(id).execute(&mut *tx).await?;
    let user = row::get(&mut tx, id).await?;
    match user.leaves_at {
        Some(at) if at <= app.clock.now() => {
            if user.why_out() == WhyOut::Waiting && requests::is_unanswered(&mut tx, id).await? {
                waiting::tell_unanswered(app, &mut tx, &user).await?;
            }
            hide(app, tx, id).await
        }
        _ => Ok(()),
    }
}

const TOUCH: &str = "update users set leaves_at = leaves_at where id = $1";

const LEFT: &str = "
    select id from users where gone_at < $1 order by gone_at limit 100";

/// Goes on with those who are gone for long and whose job is no more: an administrator took it out, or it failed for good.
async fn erase_left(app: &App) -> Result<()> {
    const LONG_AGO: Micros = 3_600 * 1_000_000;
    let left: Vec<(Id<Users>,)> = sqlx::query_as(LEFT)
        .bind(app.clock.now() - LONG_AGO)
        .fetch_all(app.db.read())
        .await?;
    for (user,) in left {
        let gone = Gone { user };
        let payload = serde_json::to_string(&gone).map_err(|e| Error::Internal(e.to_string()))?;
        if !app.jobs.is_under_way(&ERASE, &payload).await? {
            let mut tx = app.db.write().await?;
            app.jobs.put(&mut tx, &ERASE, &gone).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

const DUE: &str = "
    select id from users where leaves_at <= $1 order by leaves_at limit 100";

/// Deletes the accounts whose grace time is over, and what is left of others.
pub async fn erase_due(app: &App) -> Result<()> {
    erase_left(app).await?;
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
