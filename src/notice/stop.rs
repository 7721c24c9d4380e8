//! The link in every letter about notices that stops just such letters, without signing in (RFC 8058).

use rocket::{Route, get, post, routes};
use serde::{Deserialize, Serialize};
use tera::Context;

use crate::account;
use crate::app::App;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![page, stop]
}

/// Which letter a kind of notice stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The one of a day or a week.
    Digest,
    /// The one that goes soon after it happened.
    Once,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Class::Digest => "digest",
            Class::Once => "once",
        }
    }
}

const AUDIENCE: &str = "porch:stop-letters";

/// So long a link in a letter works, in seconds.
const LASTS: i64 = 2 * 365 * 86_400;

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    sub: String,
    class: Class,
    aud: String,
    exp: i64,
}

/// The address under which a member gets no more such letters.
pub fn address(app: &App, user: Id<Users>, class: Class) -> Result<String> {
    let token = app.sessions.signer().sign(&Claims {
        sub: user.to_string(),
        class,
        aud: AUDIENCE.into(),
        exp: app.clock.seconds() + LASTS,
    })?;
    Ok(format!(
        "{}/letters/stop?token={token}",
        account::letter_home(app)
    ))
}

fn read(app: &App, token: &str) -> Result<(Id<Users>, Class)> {
    let claims: Option<Claims> = app.sessions.signer().read(token, AUDIENCE);
    let claims = claims.filter(|claims| claims.exp > app.clock.seconds());
    let claims = claims.ok_or(Error::NotFound)?;
    let user = claims.sub.parse().map_err(|_| Error::NotFound)?;
    Ok((user, claims.class))
}

fn context(token: &str, class: Class, stopped: bool) -> Context {
    let mut context = Context::new();
    context.insert("token", token);
    context.insert("digest", &(class == Class::Digest));
    context.insert("stopped", &stopped);
    context
}

/// Asks first: whatever follows links in letters must change nothing.
#[get("/letters/stop?<token>")]
async fn page(token: &str, visit: Visit, app: &App) -> Result<Html> {
    let (_, class) = read(app, token)?;
    app.page(&visit, "notice/stop.html", context(token, class, false))
}

/// Whoever holds the letter is nobody in particular here.
#[post("/letters/stop?<token>")]
async fn stop(token: &str, app: &App) -> Result<Html> {
    let (user, class) = read(app, token)?;
    end(app, user, class).await?;
    app.page(
        &Visit::default(),
        "notice/stop.html",
        context(token, class, true),
    )
}

const NO_DIGEST: &str = "
    insert into outboxes (user_id, digest, digest_at) values ($1, 'off', $2)
    on conflict (user_id) do update set digest = 'off', digest_at = $2";

const NOT_AT_ONCE: &str =
    "update notice_choices set letter = 'off' where user_id = $1 and letter = 'once'";

/// A member gets no more such letters; others stay.
async fn end(app: &App, user: Id<Users>, class: Class) -> Result<()> {
    let mut tx = app.db.write().await?;
    if account::find(&mut tx, user).await?.is_none() {
        return Ok(());
    }
    let mut query = sqlx::query(match class {
        Class::Digest => NO_DIGEST,
        Class::Once => NOT_AT_ONCE,
    });
    query = query.bind(user);
    if class == Class::Digest {
        query = query.bind(Micros::MAX);
    }
    query.execute(&mut *tx).await?;
    tx.commit().await
}
