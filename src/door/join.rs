//! Becoming a member: by the page for everybody, by an invitation, or by asking to be let in.

use rocket::http::{ContentType, Status};
use rocket::{Route, get, post, routes};
use tera::Context;

use super::answer::{Answer, go};
use super::qr;
use super::session::{self, Origin};
use crate::account::{self, Brings, NewMember, User, WhyOut};
use crate::app::App;
use crate::auth::SameSite;
use crate::config::Setting;
use crate::error::{Error, Result};
use crate::form::{Fields, Wrong};
use crate::house::Joining;
use crate::limit::{Act, Key};
use crate::paths::inside;
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![register, invited, picture, join, take_back]
}

#[get("/register?<next>")]
async fn register(next: Option<&str>, visit: Visit, app: &App) -> Result<Answer> {
    if visit.viewer.is_some() {
        return Ok(go(&visit, "/"));
    }
    let fields = Fields::of(&[("next", next.unwrap_or("/"))]);
    let html = draw(app, &visit, &fields, Wrong::new()).await?;
    Ok(Answer::Again((Status::Ok, html)))
}

/// A look at an invitation uses nothing up: chats and letter boxes look at links before people do.
#[get("/join/<code>")]
async fn invited(code: &str, visit: Visit, app: &App) -> Result<Answer> {
    if visit.viewer.is_some() {
        return Ok(go(&visit, "/"));
    }
    let fields = Fields::of(&[("next", "/"), ("invite", code)]);
    let html = draw(app, &visit, &fields, Wrong::new()).await?;
    let status = match account::look_at_invitation(app, code).await? {
        Some(_) => Status::Ok,
        None => Status::NotFound,
    };
    Ok(Answer::Again((status, html)))
}

/// The link of an invitation that lets somebody in, to be read by a camera.
#[get("/join/<code>/qr.svg")]
async fn picture(code: &str, app: &App) -> Result<(ContentType, String)> {
    account::look_at_invitation(app, code)
        .await?
        .ok_or(Error::NotFound)?;
    let home = app.settings.address_url(app.settings.port);
    Ok((ContentType::SVG, qr::svg(&format!("{home}/join/{code}"))?))
}

/// The form, or why there is none.
async fn draw(app: &App, visit: &Visit, fields: &Fields, wrong: Wrong) -> Result<Html> {
    let rules = app.house.rules().await?;
    let invite = fields.text("invite");
    let by = match invite {
        "" => None,
        code => account::look_at_invitation(app, code).await?,
    };
    let joining = rules.joining();
    let has_domains = !rules.value(Setting::Domains).is_empty();
    let shut = match joining {
        Joining::Closed => "closed",
        _ if !invite.is_empty() && by.is_none() => "ended",
        Joining::Invitation if by.is_none() && !has_domains => "invitation",
        _ => "",
    };
    let mut context = Context::new();
    for field in ["email", "name", "handle", "words"] {
        context.insert(field, fields.text(field));
    }
    context.insert("shut", shut);
    context.insert("contact", rules.value(Setting::Contact));
    context.insert("by", &by);
    context.insert("invite", invite);
    context.insert("asks", &(joining == Joining::Request && by.is_none()));
    let by_domain = joining == Joining::Invitation && by.is_none();
    let domains = by_domain.then(|| rules.value(Setting::Domains).replace(' ', ", "));
    context.insert("domains", &domains);
    context.insert("next", inside(fields.text("next")));
    context.insert("wrong", &wrong);
    let name = match visit.htmx {
        true => "door/_register.html",
        false => "door/register.html",
    };
    app.page(visit, name, context)
}

#[post("/register", data = "<fields>")]
async fn join(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    origin: Origin<'_>,
    app: &App,
) -> Result<Answer> {
    let again = async |wrong| -> Result<Answer> {
        let html = draw(app, &visit, &fields, wrong).await?;
        Ok(Answer::Again((Status::UnprocessableEntity, html)))
    };
    let invite = Some(fields.text("invite")).filter(|code| !code.is_empty());
    let rules = app.house.rules().await?;
    let mut wrong = Wrong::new();
    let mut words = String::new();
    let asks = rules.joining() == Joining::Request && invite.is_none();
    if asks && !rules.welcomes(fields.text("email").trim()) {
        match account::request_words(fields.text("words")) {
            Ok(said) => words = said,
            Err(message) => drop(wrong.insert("words".into(), message.into())),
        }
    }
    let new = match NewMember::from(&fields, app.settings.limits.name) {
        Ok(new) if wrong.is_empty() => new,
        Ok(_) => return again(wrong).await,
        Err(others) => {
            wrong.extend(others);
            return again(wrong).await;
        }
    };
    let from = Key::Address(origin.address);
    app.limiter.spend(Act::Register, from, 1).await?;
    let brings = Brings {
        invite,
        words: Some(&words),
        is_at_page: true,
    };
    match account::register(app, new, brings).await {
        Ok(Ok(user)) => come_in(app, &visit, (&user, inside(fields.text("next"))), &origin).await,
        Ok(Err(wrong)) => again(wrong).await,
        Err(Error::Forbidden(_)) => {
            let html = draw(app, &visit, &fields, Wrong::new()).await?;
            Ok(Answer::Again((Status::Forbidden, html)))
        }
        Err(other) => Err(other),
    }
}

async fn come_in(
    app: &App,
    visit: &Visit,
    (user, next): (&User, &str),
    origin: &Origin<'_>,
) -> Result<Answer> {
    if !user.is_active() {
        return wait(app, visit, user).await;
    }
    if app.settings.require_verified {
        return confirm_first(app, visit, &user.email);
    }
    session::start(app, user, origin, true).await?;
    Ok(go(visit, next))
}

/// What somebody sees who has shown their password and is not let in yet.
pub(super) async fn wait(app: &App, visit: &Visit, user: &User) -> Result<Answer> {
    if user.why_out() != WhyOut::Waiting {
        return confirm_first(app, visit, &user.email);
    }
    let stands = account::request_stands(app, user.id).await?;
    let mut context = Context::new();
    context.insert("name", &user.name);
    context.insert("email", &user.email);
    context.insert("confirmed", &user.is_verified());
    context.insert(
        "outcome",
        &stands.as_ref().map_or("", |stands| &stands.outcome),
    );
    context.insert(
        "answer",
        &stands.as_ref().map_or("", |stands| &stands.answer),
    );
    context.insert("token", &account::links::to_take_back(app, user)?);
    let asked = stands.map(|stands| crate::view::moment(stands.asked_at, app.settings.utc_offset));
    context.insert("asked", &asked);
    let name = match visit.htmx {
        true => "door/_waiting.html",
        false => "door/waiting.html",
    };
    Ok(Answer::Again((Status::Ok, app.page(visit, name, context)?)))
}

/// Takes a request back, by what the page gave whoever had shown their password.
#[post("/register/back", data = "<fields>")]
async fn take_back(
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    app: &App,
) -> Result<Answer> {
    let status = match account::take_request_back(app, fields.text("token")).await? {
        true => Status::Ok,
        false => Status::UnprocessableEntity,
    };
    let mut context = Context::new();
    context.insert("done", &(status == Status::Ok));
    let name = match visit.htmx {
        true => "door/_taken_back.html",
        false => "door/taken_back.html",
    };
    Ok(Answer::Again((status, app.page(&visit, name, context)?)))
}

/// Instead of coming in.
pub(super) fn confirm_first(app: &App, visit: &Visit, email: &str) -> Result<Answer> {
    let mut context = Context::new();
    context.insert("email", email);
    let name = if visit.htmx {
        "door/_letter_sent.html"
    } else {
        "door/letter_sent.html"
    };
    Ok(Answer::Again((Status::Ok, app.page(visit, name, context)?)))
}
