//! Choosing a password by a link: for an account that `porch admin` has made.
//!
//! The link's token is signed, lives an hour, and is bound to the password it replaces, so it works
//! once and no table is needed.

use rocket::http::{CookieJar, Header, Status};
use rocket::response::Responder;
use rocket::{Route, get, post, routes};
use serde::{Deserialize, Serialize};
use tera::Context;

use super::details::{replace_password, wrong};
use super::door::{Answer, go};
use super::session::{self, Agent};
use super::signup::Wrong;
use super::user::{self, User};
use crate::app::App;
use crate::auth::{NewPassword, SameSite, Signer};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::form::Fields;
use crate::id::{Id, Users};
use crate::limit::Address;
use crate::view::{Html, Visit};

pub fn routes() -> Vec<Route> {
    routes![choose, redeem]
}

/// As the application that Porch replaces names them.
const AUDIENCE: &str = "fastapi-users:reset";
const LIFE_SECONDS: i64 = 3_600;

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    sub: String,
    password_fgpt: String,
    aud: String,
    exp: i64,
}

/// The path of a link under which the account's password can be chosen, once, within the hour.
pub fn link_for(
    signer: &Signer,
    clock: &Clock,
    (user, password_hash): (Id<Users>, &str),
) -> Result<String> {
    let token = signer.sign(&Claims {
        sub: user.to_string(),
        password_fgpt: signer.fingerprint(AUDIENCE, password_hash),
        aud: AUDIENCE.into(),
        exp: clock.seconds() + LIFE_SECONDS,
    })?;
    Ok(format!("/reset?token={token}"))
}

/// Whose password a token may replace, if it still may.
async fn holder(app: &App, token: &str) -> Result<User> {
    let gone =
        || Error::Unprocessable("This link has been used or is too old. Ask for a new one.".into());
    let signer = app.sessions.signer();
    let claims: Claims = signer.read(token, AUDIENCE).ok_or_else(gone)?;
    let id = claims.sub.parse().map_err(|_| gone())?;
    let mut connection = app.db.read().acquire().await?;
    let user = user::get(&mut connection, id).await.map_err(|_| gone())?;
    let current = signer.fingerprint(AUDIENCE, &user.password_hash);
    if claims.exp <= app.clock.seconds() || claims.password_fgpt != current {
        return Err(gone());
    }
    Ok(user)
}

/// The token stands in the address, which must not travel on to anywhere. (`no-referrer` would hide the
/// form's origin as well, which is what lets it in.)
#[derive(Responder)]
struct Secret<R>(R, Header<'static>);

fn secret<R>(answer: R) -> Secret<R> {
    Secret(answer, Header::new("Referrer-Policy", "strict-origin"))
}

#[get("/reset?<token>")]
async fn choose(token: &str, visit: Visit, app: &App) -> Result<Secret<Html>> {
    let user = holder(app, token).await?;
    Ok(secret(draw(
        app,
        &visit,
        (token, &user.email),
        Wrong::new(),
    )?))
}

fn draw(app: &App, visit: &Visit, (token, email): (&str, &str), wrong: Wrong) -> Result<Html> {
    let mut context = Context::new();
    context.insert("token", token);
    context.insert("email", email);
    context.insert("wrong", &wrong);
    let name = if visit.htmx {
        "account/_reset.html"
    } else {
        "account/reset.html"
    };
    app.page(visit, name, context)
}

#[post("/reset", data = "<fields>")]
async fn redeem(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    address: Address,
    agent: Agent<'_>,
    jar: &CookieJar<'_>,
    app: &App,
) -> Result<Secret<Answer>> {
    app.limiter.register(address)?;
    let token = fields.text("token");
    let user = holder(app, token).await?;
    let new = match NewPassword::new(fields.text("password")) {
        Ok(new) => new,
        Err(message) => {
            let html = draw(
                app,
                &visit,
                (token, &user.email),
                wrong("password", message),
            )?;
            return Ok(secret(Answer::Again((Status::UnprocessableEntity, html))));
        }
    };
    let mut tx = replace_password(app, user.id, &user.password_hash, new).await?;
    let epoch = session::end_all(app, &mut tx, user.id).await?;
    tx.commit().await?;
    session::start(app, user.id, epoch, &agent, jar).await?;
    Ok(secret(go(&visit, "/")))
}
