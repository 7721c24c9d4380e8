//! The pages behind the links in letters: another password, a confirmed address.

use rocket::http::{Header, Status};
use rocket::response::Responder;
use rocket::{Route, get, post, routes};
use tera::Context;

use super::answer::{Answer, go};
use super::reset;
use super::session::{self, Origin};
use super::verify::{self, Redeemed};
use crate::account::links::{self, Bound};
use crate::account::{self, Email, User};
use crate::app::App;
use crate::auth::{NewPassword, SameSite};
use crate::error::{Error, Result};
use crate::form::{Fields, Wrong, wrong};
use crate::limit::{Act, Address, Key};
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![
        forgot,
        send_reset,
        choose,
        replace,
        ask_to_confirm,
        confirm,
        send_verify,
        ask_to_go_back,
        go_back
    ]
}

/// The token stands in the address, which must not travel on to anywhere. (`no-referrer` would hide the
/// form's origin as well, which is what lets it in.)
#[derive(Responder)]
struct Secret<R>(R, Header<'static>);

fn secret<R>(answer: R) -> Secret<R> {
    Secret(answer, Header::new("Referrer-Policy", "strict-origin"))
}

/// Some programs cut a link before its token: that is one which is not valid.
fn whole(token: Option<&str>) -> &str {
    token.unwrap_or_default()
}

/// A page of the door, or its form alone for htmx.
fn draw(app: &App, visit: &Visit, name: &str, context: Context) -> Result<Html> {
    let part = if visit.htmx { "_" } else { "" };
    app.page(visit, &format!("door/{part}{name}.html"), context)
}

#[get("/forgot")]
fn forgot(visit: Visit, app: &App) -> Result<Html> {
    draw_forgot(app, &visit, Asked::default())
}

/// What the page says of a letter that was asked for.
#[derive(Default)]
struct Asked<'a> {
    email: &'a str,
    is_sent: bool,
    wrong: Wrong,
}

fn draw_forgot(app: &App, visit: &Visit, asked: Asked<'_>) -> Result<Html> {
    let mut context = Context::new();
    context.insert("email", asked.email);
    context.insert("sent", &asked.is_sent);
    context.insert("wrong", &asked.wrong);
    draw(app, visit, "forgot", context)
}

#[post("/forgot", data = "<fields>")]
async fn send_reset(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    address: Address,
    app: &App,
) -> Result<(Status, Html)> {
    let typed = fields.text("email");
    Ok(match Email::new(typed) {
        Ok(email) => {
            reset::ask(app, address, email.as_str()).await?;
            let asked = Asked {
                email: email.as_str(),
                is_sent: true,
                wrong: Wrong::new(),
            };
            (Status::Ok, draw_forgot(app, &visit, asked)?)
        }
        Err(bad) => {
            let wrong = wrong("email", bad.sentence());
            let asked = Asked {
                email: typed,
                is_sent: false,
                wrong,
            };
            let html = draw_forgot(app, &visit, asked)?;
            (Status::UnprocessableEntity, html)
        }
    })
}

fn used() -> Error {
    let text = "This link has been used or is too old. Ask for a new one: \"Forgot your password?\" on the sign-in page.";
    Error::Unprocessable(text.into())
}

/// Whose password the link of a letter replaces.
async fn holder(app: &App, token: &str) -> Result<User> {
    links::may_choose_password(app, token)
        .await?
        .ok_or_else(used)
}

#[get("/reset?<token>")]
async fn choose(token: Option<&str>, visit: Visit, app: &App) -> Result<Secret<Html>> {
    let token = whole(token);
    let user = holder(app, token).await?;
    let html = draw_reset(app, &visit, (token, &user.email), Wrong::new())?;
    Ok(secret(html))
}

fn draw_reset(
    app: &App,
    visit: &Visit,
    (token, email): (&str, &str),
    wrong: Wrong,
) -> Result<Html> {
    let mut context = Context::new();
    context.insert("token", token);
    context.insert("email", email);
    context.insert("wrong", &wrong);
    draw(app, visit, "reset", context)
}

#[post("/reset", data = "<fields>")]
async fn replace(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    origin: Origin<'_>,
    app: &App,
) -> Result<Secret<Answer>> {
    let from = Key::Address(origin.address);
    app.limiter.spend(Act::Register, from, 1).await?;
    let token = fields.text("token");
    let mut user = holder(app, token).await?;
    let new = match NewPassword::new(fields.text("password")) {
        Ok(new) => new,
        Err(message) => {
            let wrong = wrong("password", message);
            let html = draw_reset(app, &visit, (token, &user.email), wrong)?;
            return Ok(secret(Answer::Again((Status::UnprocessableEntity, html))));
        }
    };
    let epoch = reset::redeem(app, &user, new).await?;
    user.session_epoch = epoch.ok_or_else(used)?;
    if app.settings.require_verified && !user.is_verified() {
        return Ok(secret(go(&visit, "/login")));
    }
    session::start(app, &user, &origin, true).await?;
    Ok(secret(go(&visit, "/")))
}

/// Shows a button: programs that look at every link in a letter must not confirm anything.
#[get("/verify?<token>")]
fn ask_to_confirm(token: Option<&str>, visit: Visit, app: &App) -> Result<Secret<Html>> {
    Ok(secret(draw_verify(app, &visit, whole(token), "ask")?))
}

fn draw_verify(app: &App, visit: &Visit, token: &str, state: &str) -> Result<Html> {
    let mut context = Context::new();
    context.insert("token", token);
    context.insert("state", state);
    draw(app, visit, "verify", context)
}

#[post("/verify", data = "<fields>")]
async fn confirm(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    app: &App,
) -> Result<Secret<(Status, Html)>> {
    let token = fields.text("token");
    let (status, state) = match verify::redeem(app, token).await? {
        Redeemed::Now(_) | Redeemed::Before => (Status::Ok, "done"),
        Redeemed::Bad => (Status::UnprocessableEntity, "bad"),
    };
    Ok(secret((status, draw_verify(app, &visit, "", state)?)))
}

/// Another letter that asks to confirm an address.
#[post("/verify/letter", data = "<fields>")]
async fn send_verify(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    address: Address,
    app: &App,
) -> Result<(Status, Html)> {
    let Ok(email) = Email::new(fields.text("email")) else {
        return Ok((
            Status::UnprocessableEntity,
            draw_verify(app, &visit, "", "bad")?,
        ));
    };
    verify::ask(app, address, email.as_str()).await?;
    Ok((Status::Ok, draw_verify(app, &visit, "", "sent")?))
}

/// Shows a button, as for confirming: programs that look at every link in a letter must change nothing.
#[get("/back?<token>")]
fn ask_to_go_back(token: Option<&str>, visit: Visit, app: &App) -> Result<Secret<Html>> {
    let token = whole(token);
    let way = links::goes_back(app, token).ok_or_else(too_late)?;
    let mut context = Context::new();
    context.insert("token", token);
    context.insert("email", &way.email);
    draw(app, &visit, "back", context).map(secret)
}

fn too_late() -> Error {
    let text = "This link is too old or was used, or the address belongs to another account by now. Tell the person who runs the site.";
    Error::Unprocessable(text.into())
}

/// Gives the account its old address back; then a password is chosen.
#[post("/back", data = "<fields>")]
async fn go_back(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    address: Address,
    app: &App,
) -> Result<Secret<Answer>> {
    app.limiter
        .spend(Act::Register, Key::Address(address), 1)
        .await?;
    let way = links::goes_back(app, fields.text("token")).ok_or_else(too_late)?;
    let user = account::go_back(app, &way).await?;
    let user = user.ok_or_else(too_late)?;
    let signer = app.sessions.signer();
    let path = links::to_choose_password(signer, &app.clock, &Bound::to(&user))?;
    Ok(secret(go(&visit, &path)))
}
