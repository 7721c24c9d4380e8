//! The door: sign in, register, sign out.

use rocket::http::{CookieJar, Header, Status};
use rocket::{Route, get, post, routes};
use serde_json::json;
use tera::Context;

use super::answer::{Answer, go};
use super::join::{confirm_first, wait};
use super::session::{self, Origin};
use super::verify;
use crate::account::{User, links};
use crate::app::App;
use crate::auth::{SameSite, Viewer};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::form::Fields;
use crate::paths::inside;
use crate::view::{self, Html};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![login, panel, enter, stay, logout]
}

#[get("/login?<next>&<left>&<again>")]
fn login(
    next: Option<&str>,
    left: Option<&str>,
    again: Option<&str>,
    visit: Visit,
    app: &App,
) -> Result<Answer> {
    if visit.viewer.is_some() && !visit.htmx && again.is_none() {
        return Ok(go(&visit, inside(next.unwrap_or("/"))));
    }
    Ok(Answer::Again((
        Status::Ok,
        draw_login(app, &visit, ("", next.unwrap_or("/")), left.is_some(), None)?,
    )))
}

/// `left`: this account is leaving, and signing in keeps it.
fn draw_login(
    app: &App,
    visit: &Visit,
    (email, next): (&str, &str),
    left: bool,
    wrong: Option<&str>,
) -> Result<Html> {
    let mut context = Context::new();
    context.insert("left", &left);
    context.insert("email", email);
    context.insert("next", inside(next));
    context.insert("wrong", &wrong);
    let name = if visit.htmx {
        "door/_login.html"
    } else {
        "door/login.html"
    };
    app.page(visit, name, context)
}

/// The panel in which somebody signs in again without leaving the page.
#[get("/signin")]
fn panel(visit: Visit, app: &App) -> Result<Html> {
    draw_panel(app, &visit, "", None)
}

fn draw_panel(app: &App, visit: &Visit, email: &str, wrong: Option<&str>) -> Result<Html> {
    let mut context = Context::new();
    context.insert("email", email);
    context.insert("wrong", &wrong);
    app.page(visit, "door/_signin_panel.html", context)
}

#[post("/login", data = "<fields>")]
async fn enter(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    origin: Origin<'_>,
    app: &App,
) -> Result<Answer> {
    let (email, next) = (fields.text("email").trim(), fields.text("next"));
    let in_page = visit.htmx && fields.find("panel").is_some();
    let password = fields.text("password");
    let user = session::check(app, origin.address, email, password).await?;
    let Some(user) = user else {
        let wrong = "Mail and password do not belong together. Look at both and try again.";
        let html = match in_page {
            false => draw_login(app, &visit, (email, next), false, Some(wrong))?,
            true => draw_panel(app, &visit, email, Some(wrong))?,
        };
        return Ok(Answer::Again((Status::UnprocessableEntity, html)));
    };
    if !user.is_expected() {
        return Ok(go(&visit, &links::to_standing(app, &user)?));
    }
    if !user.is_active() {
        return wait(app, &visit, &user).await;
    }
    if app.settings.require_verified && !user.is_verified() {
        // Whether or not another letter goes out, this is what there is to say.
        match verify::ask(app, origin.address, &user.email).await {
            Ok(()) | Err(Error::TooMany { .. }) => {}
            Err(other) => return Err(other),
        }
        return confirm_first(app, &visit, &user.email);
    }
    if let (Some(at), false) = (user.leaves_at, in_page) {
        return ask_to_stay(app, &visit, (&user, at));
    }
    session::start(app, &user, &origin, false).await?;
    if in_page {
        let event = json!({ "porch:signed-in": { "id": user.id } }).to_string();
        return Ok(Answer::Resumed(
            Html::default(),
            Header::new("HX-Trigger", event),
        ));
    }
    Ok(go(&visit, inside(next)))
}

/// Signing in keeps an account that is leaving, so it is asked for first.
fn ask_to_stay(app: &App, visit: &Visit, (user, at): (&User, Micros)) -> Result<Answer> {
    let mut context = Context::new();
    context.insert("token", &links::to_stay(app, user)?);
    context.insert("at", &view::moment(at, app.settings.utc_offset));
    draw_stay(app, visit, context)
}

fn draw_stay(app: &App, visit: &Visit, context: Context) -> Result<Answer> {
    let name = match visit.htmx {
        true => "door/_stay.html",
        false => "door/stay.html",
    };
    Ok(Answer::Again((Status::Ok, app.page(visit, name, context)?)))
}

/// Signs in, and calls the end of the account off.
#[post("/stay", data = "<fields>")]
async fn stay(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    origin: Origin<'_>,
    app: &App,
) -> Result<Answer> {
    let Some(user) = links::may_stay(app, fields.text("token")).await? else {
        let wrong = "That was too long ago. Sign in again.";
        let html = draw_login(app, &visit, ("", "/"), false, Some(wrong))?;
        return Ok(Answer::Again((Status::UnprocessableEntity, html)));
    };
    session::start(app, &user, &origin, false).await?;
    let mut context = Context::new();
    context.insert("token", "");
    draw_stay(app, &visit, context)
}

#[post("/logout")]
async fn logout(viewer: Viewer, visit: Visit, jar: &CookieJar<'_>, app: &App) -> Result<Answer> {
    session::end(app, &viewer, jar).await?;
    Ok(go(&visit, "/login"))
}
