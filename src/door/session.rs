//! Signing in and out.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use rocket::http::{Cookie, CookieJar};
use rocket::request::{FromRequest, Outcome, Request};
use serde::{Deserialize, Serialize};
use tera::Context;

use super::device;
use crate::account::{self, Letter, Reader, User};
use crate::app::App;
use crate::audit::{self, Deed, Done};
use crate::auth::{Kind, Viewer, WayIn};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::jobs::{Failure, Task};
use crate::limit::{Act, Address, Key};
use crate::office::Office;

/// The account with this address and password, whose owner may come in, waits to, or is out. Unknown address and wrong password
/// take the same time and give the same answer.
pub async fn check(
    app: &App,
    address: Address,
    email: &str,
    password: &str,
) -> Result<Option<User>> {
    let (limiter, email) = (&app.limiter, &account::Email::spelling(email));
    limiter
        .spend(Act::SignInFrom, Key::Address(address), 1)
        .await?;
    limiter
        .spend(Act::SignInFromTo, Key::From(address, email), 1)
        .await?;
    limiter.spend(Act::SignInTo, Key::Mailbox(email), 1).await?;
    let user = account::by_email(app, email).await?;
    let hash = user.as_ref().map(|user| user.password_hash.as_str());
    let fits = app.passwords.verify(password, hash).await?;
    let Some(mut user) = user.filter(|_| fits) else {
        return Ok(None);
    };
    // Where the time is over for which it was closed, this is the moment.
    if !user.is_expected() && (app.herald.back)(app, user.id).await? {
        user = account::by_id(app, user.id).await?.unwrap_or(user);
    }
    if app.passwords.is_outdated(&user.password_hash) {
        rehash(app, &user, password).await?;
    }
    Ok(Some(user))
}

const REHASH: &str = "update users set password_hash = $1 where id = $2 and password_hash = $3";

/// Replaces a hash that was made by another program or with less effort than today's.
async fn rehash(app: &App, user: &User, password: &str) -> Result<()> {
    let hash = app.passwords.rehash(password).await?;
    let mut tx = app.db.write().await?;
    sqlx::query(REHASH)
        .bind(hash)
        .bind(user.id)
        .bind(&user.password_hash)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// What the request that signs in tells about where it comes from.
pub struct Origin<'r> {
    pub address: Address,
    agent: &'r str,
    jar: &'r CookieJar<'r>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Origin<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let address = request.guard::<Address>().await;
        Outcome::Success(Origin {
            address: address.expect("every request has an address"),
            agent: request.headers().get_one("User-Agent").unwrap_or_default(),
            jar: request.cookies(),
        })
    }
}

/// Begins a session in this browser; `first` when the account was just made, or its link just opened, in
/// it.
pub async fn start(app: &App, user: &User, origin: &Origin<'_>, first: bool) -> Result<()> {
    let member = (user.id, user.session_epoch);
    let before = app.sessions.start(member, origin.agent, origin.jar).await?;
    if let Some(before) = before {
        app.hub.end_session(before);
    }
    let name = if app.settings.is_https() {
        "__Host-porch-device"
    } else {
        "porch-device"
    };
    let device = match origin.jar.get(name) {
        Some(cookie) => cookie.value().to_owned(),
        None => crate::id::random_text(26),
    };
    let year = rocket::time::Duration::days(365);
    let cookie = Cookie::build((name, device.clone()))
        .path("/")
        .max_age(year)
        .http_only(true)
        .secure(app.settings.is_https())
        .same_site(rocket::http::SameSite::Lax);
    origin.jar.add(cookie);
    let device = Device {
        name: &device,
        is_first: first,
    };
    welcome(app, user, origin, device).await
}

/// Begins a session for a client of the JSON API; its token.
pub async fn start_bearer(app: &App, user: &User, origin: &Origin<'_>) -> Result<String> {
    let member = (user.id, user.session_epoch);
    let token = app.sessions.start_bearer(member, origin.agent).await?;
    let device = Device {
        name: &program(origin),
        is_first: false,
    };
    welcome(app, user, origin, device).await?;
    Ok(token)
}

/// A program keeps no cookie: it is known by its name.
fn program(origin: &Origin<'_>) -> String {
    format!("program:{}", origin.agent)
}

/// Remembers the program that an account was made with.
pub async fn remember_program(app: &App, user: &User, origin: &Origin<'_>) -> Result<()> {
    let device = Device {
        name: &program(origin),
        is_first: true,
    };
    welcome(app, user, origin, device).await
}

const SEEN: &str = "
    update devices set seen_at = $3 where user_id = $1 and digest = $2";

const REMEMBER: &str = "
    insert into devices (user_id, digest, seen_at) values ($1, $2, $3)
    on conflict (user_id, digest) do nothing";

const STAY: &str = "update users set leaves_at = null where id = $1 and leaves_at is not null";

/// What somebody signs in with.
struct Device<'a> {
    name: &'a str,
    /// The account was made with it just now.
    is_first: bool,
}

/// What follows a sign-in: an account that was leaving stays, and its owner hears of a device that was
/// not known.
async fn welcome(app: &App, user: &User, origin: &Origin<'_>, device: Device<'_>) -> Result<()> {
    let text = format!("{} {}", user.id, device.name);
    let digest = digest(&SHA256, text.as_bytes());
    let digest = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    sqlx::query(STAY).bind(user.id).execute(&mut *tx).await?;
    if user.office() > Office::Member && !device.is_first {
        let whom = user.id.to_string();
        let done = Done::to(Deed::SignedIn, &whom);
        audit::note(&mut tx, done, (Some(user.id), now)).await?;
    }
    let seen = sqlx::query(SEEN)
        .bind(user.id)
        .bind(&digest)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    if seen.rows_affected() == 0 {
        let remembered = sqlx::query(REMEMBER)
            .bind(user.id)
            .bind(&digest)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        if !device.is_first && remembered.rows_affected() == 1 {
            let about = SignedIn {
                user: user.id,
                agent: origin.agent.chars().take(200).collect(),
                address: origin.address.to_string(),
                at: now,
            };
            account::put_letter(app, &mut tx, (&LETTER, &Reader::of(user)), &about).await?;
        }
    }
    tx.commit().await
}

const SUBJECT: &str = "a new sign-in";

/// A browser or program that this account had not been used with.
pub static LETTER: Letter = Letter::new(
    "letter.signed_in",
    |app, task| Box::pin(send(app, task)),
    |_| format!("Letter: {SUBJECT}"),
);

#[derive(Serialize, Deserialize)]
struct SignedIn {
    user: Id<Users>,
    agent: String,
    address: String,
    at: Micros,
}

async fn send(app: App, task: Task) -> Result<(), Failure> {
    let about: SignedIn = task.read()?;
    let Some(user) = account::by_id(&app, about.user).await? else {
        return Ok(());
    };
    let mut context = Context::new();
    context.insert("when", &account::instant(&app, about.at));
    context.insert("address", &about.address);
    context.insert("agent", &device::name(&about.agent));
    let words = ("signed_in", SUBJECT);
    account::send_letter(&app, &LETTER, &Reader::of(&user), words, context).await
}

/// Ends the viewer's session, its open sockets included.
pub async fn end(app: &App, viewer: &Viewer, jar: &CookieJar<'_>) -> Result<()> {
    let way = match viewer.kind {
        Kind::Token => WayIn::Token(viewer.session_id),
        Kind::Api | Kind::Browser => WayIn::Session(viewer.session_id),
    };
    match account::end_session(app, viewer, way).await {
        // Ended by somebody else in this moment.
        Ok(()) | Err(Error::Unauthenticated) => {}
        Err(other) => return Err(other),
    }
    // A program that logs out does not sign out the browser that it may run in.
    if viewer.kind == Kind::Browser {
        app.sessions.forget(jar);
    }
    Ok(())
}

const FORGET: &str = "delete from devices where seen_at < $1";

/// Forgets sessions that have run out, and devices that were not seen for a year.
pub async fn forget_old(app: &App) -> Result<()> {
    app.sessions.forget_old().await?;
    let mut tx = app.db.write().await?;
    sqlx::query(FORGET)
        .bind(app.clock.now() - 365 * 86_400 * 1_000_000)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}
