//! `/p/<id>/guests`: links by which somebody without an account sees a post. `/g/<code>`: what they see.

use rocket::http::{Cookie, CookieJar, Header, Status};
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Route, delete, get, post, routes};
use serde::Serialize;
use serde_json::json;
use tera::Context;

use super::guests::{self, GuestLink, MOST_DAYS, New, Opened};
use super::pages::{PathId, found};
use super::post as one_post;
use crate::app::App;
use crate::auth::{Asks, Guest, SameSite, Viewer, guest_ticket};
use crate::error::{Error, Result};
use crate::form::{Fields, Sent};
use crate::id::Id;
use crate::limit::{Act, Key};
use crate::media::{self, Item, Shown, WIDTHS};
use crate::view::{self, Html};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![links, make, end, opened, unlock]
}

#[derive(Responder)]
enum Answer {
    Done(Box<Flash<Redirect>>),
    Again((Status, Html)),
}

#[get("/p/<id>/guests")]
async fn links(id: PathId, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    draw(app, (&viewer, &visit), id, (&Fields::default(), "")).await
}

async fn draw(
    app: &App,
    (viewer, visit): (&Viewer, &Visit),
    id: PathId,
    (fields, wrong): (&Fields, &str),
) -> Result<Html> {
    let id = found(id)?;
    let links = guests::links(app, viewer, id).await?;
    let until = |link: &GuestLink| view::moment(link.until, app.settings.utc_offset);
    let mut context = Context::new();
    context.insert("id", &id);
    context.insert("until", &links.iter().map(until).collect::<Vec<_>>());
    context.insert("links", &links);
    context.insert("may", &guests::may(app).await?);
    context.insert("most_days", &MOST_DAYS);
    context.insert("days", fields.find("days").unwrap_or("7"));
    context.insert("note", fields.text("note"));
    context.insert("wrong", wrong);
    app.page(visit, "post/guests.html", context)
}

#[post("/p/<id>/guests", data = "<sent>")]
async fn make(id: PathId, sent: Sent, visit: Visit, app: &App) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let post = found(id.clone())?;
    let new = New {
        days: fields.text("days").trim().parse().unwrap_or(0),
        password: fields.text("password").to_owned(),
        note: fields.text("note").to_owned(),
    };
    match guests::make(app, &viewer, post, new).await {
        Ok(_) => {
            let page = Redirect::to(format!("/p/{post}/guests"));
            Ok(Answer::Done(Box::new(flash(page, Said::Invited))))
        }
        Err(Error::Unprocessable(wrong) | Error::Conflict(wrong)) => {
            let visit = visit.by(&viewer);
            let html = draw(app, (&viewer, &visit), id, (&fields, &wrong)).await?;
            Ok(Answer::Again((Status::UnprocessableEntity, html)))
        }
        Err(other) => Err(other),
    }
}

#[delete("/p/<id>/guests/<link>")]
async fn end(id: PathId, link: &str, viewer: Viewer, app: &App) -> Result<Flash<Redirect>> {
    let post = found(id)?;
    let link = Id::from_any_spelling(link).ok_or(Error::NotFound)?;
    guests::end(app, &viewer, (post, link)).await?;
    let page = Redirect::to(format!("/p/{post}/guests"));
    Ok(flash(page, Said::LinkEnded))
}

/// A picture or video as a guest gets it.
#[derive(Serialize)]
struct Seen {
    video: bool,
    src: String,
    srcset: String,
    poster: Option<String>,
    width: i64,
    height: i64,
    alt: String,
    number: usize,
}

impl Seen {
    fn new(item: &Item, number: usize, ticket: &str) -> Seen {
        let at = |steps: &str| match steps.is_empty() {
            true => format!("/media/{}?gt={ticket}", item.key),
            false => format!("/media/tr:{steps}/{}?gt={ticket}", item.key),
        };
        let sizes = WIDTHS[1..].iter();
        let srcset = sizes.map(|width| format!("{} {width}w", at(&format!("w-{width}"))));
        let is_still = !item.is_video() && !item.is_animated();
        Seen {
            video: item.is_video(),
            src: if is_still { at("w-1080") } else { at("") },
            srcset: match is_still {
                true => srcset.collect::<Vec<_>>().join(", "),
                false => String::new(),
            },
            poster: (item.is_video() && item.master.is_some())
                .then(|| format!("/media/{}/ik-thumbnail.jpg?gt={ticket}", item.key)),
            width: item.width,
            height: item.height,
            alt: item.alt.clone(),
            number,
        }
    }
}

/// What no browser and no cache keeps.
#[derive(Responder)]
struct Unkept((Status, Html), Header<'static>);

fn unkept(status: Status, html: Html) -> Unkept {
    Unkept(
        (status, html),
        Header::new("Cache-Control", "private, no-store"),
    )
}

const COOKIE: &str = "porch_guest";
/// For so long a guest does not say the password again.
const UNLOCKED: rocket::time::Duration = rocket::time::Duration::hours(12);

/// What a browser holds that has said the password: it opens this link, as long as the password is this one.
fn unlocks(app: &App, link: &Opened) -> String {
    let hash = link.password_hash.as_deref().unwrap_or_default();
    let text = format!("{} {hash}", link.id);
    app.sessions.signer().fingerprint("porch:guest-open", &text)
}

fn is_unlocked(app: &App, link: &Opened, jar: &CookieJar<'_>) -> bool {
    let given = jar.get(COOKIE).map(Cookie::value).unwrap_or_default();
    let right = unlocks(app, link);
    link.password_hash.is_none()
        || aws_lc_rs::constant_time::verify_slices_are_equal(given.as_bytes(), right.as_bytes())
            .is_ok()
}

/// The link of that code, where it holds and its post is still shown to guests. A look that is a program's does no harm.
async fn look(app: &App, code: &str) -> Result<Opened> {
    let link = guests::look(app, code).await?;
    let guest = Guest {
        link: link.id,
        now: app.clock.now(),
    };
    let mut connection = app.db.read().acquire().await?;
    match super::shows_pictures(&mut connection, Asks::Guest(guest), link.post_id).await? {
        Shown::No => Err(Error::NotFound),
        _ => Ok(link),
    }
}

#[get("/g/<code>")]
async fn opened(code: &str, jar: &CookieJar<'_>, visit: Visit, app: &App) -> Result<Unkept> {
    let link = match look(app, code).await {
        Err(Error::NotFound) => {
            let html = app.page(&visit, "post/guest_ended.html", Context::new())?;
            return Ok(unkept(Status::NotFound, html));
        }
        found => found?,
    };
    match is_unlocked(app, &link, jar) {
        true => Ok(unkept(Status::Ok, show(app, &visit, &link).await?)),
        false => ask(app, &visit, (Status::Ok, code), ""),
    }
}

/// Asks for the password.
fn ask(app: &App, visit: &Visit, (status, code): (Status, &str), wrong: &str) -> Result<Unkept> {
    let wrong = match wrong.is_empty() {
        true => json!({}),
        false => json!({ "password": wrong }),
    };
    let mut context = Context::new();
    context.insert("code", code);
    context.insert("wrong", &wrong);
    let html = app.page(visit, "post/guest_locked.html", context)?;
    Ok(unkept(status, html))
}

async fn show(app: &App, visit: &Visit, link: &Opened) -> Result<Html> {
    guests::visit(app, link.id).await?;
    let mut connection = app.db.read().acquire().await?;
    let post = one_post::find(&mut connection, link.post_id).await?;
    let post = post.ok_or(Error::NotFound)?;
    let items = media::of_post(&mut connection, post.id).await?;
    let signer = app.sessions.signer();
    let seen = items.iter().enumerate().map(|(n, item)| {
        let ticket = guest_ticket(signer, link.id, &item.key);
        Seen::new(item, n + 1, &ticket)
    });
    let mut context = Context::new();
    context.insert("items", &seen.collect::<Vec<_>>());
    context.insert("author", &post.name);
    context.insert("caption", &post.caption);
    let moment = |at| view::moment(at, app.settings.utc_offset);
    context.insert("at", &moment(post.created_at));
    context.insert("until", &moment(link.expires_at));
    app.page(visit, "post/guest.html", context)
}

#[derive(Responder)]
enum Opens {
    In(Box<Redirect>),
    Not(Box<Unkept>),
}

/// Takes the password: five tries a minute for one link, whoever tries.
#[post("/g/<code>", data = "<fields>")]
async fn unlock(
    code: &str,
    fields: Fields,
    _same_site: SameSite,
    jar: &CookieJar<'_>,
    visit: Visit,
    app: &App,
) -> Result<Opens> {
    let link = look(app, code).await?;
    let tries = format!("guest {}", link.id);
    app.limiter
        .spend(Act::Password, Key::Mailbox(&tries), 1)
        .await?;
    let hash = link.password_hash.as_deref();
    if hash.is_some() && !app.passwords.verify(fields.text("password"), hash).await? {
        let wrong = "This is not the password. Ask who sent you the link.";
        let status = Status::UnprocessableEntity;
        return Ok(Opens::Not(Box::new(ask(
            app,
            &visit,
            (status, code),
            wrong,
        )?)));
    }
    let path = format!("/g/{code}");
    let cookie = Cookie::build((COOKIE, unlocks(app, &link)))
        .path(path.clone())
        .max_age(UNLOCKED)
        .http_only(true)
        .secure(app.settings.is_https())
        .same_site(rocket::http::SameSite::Lax);
    jar.add(cookie);
    Ok(Opens::In(Box::new(Redirect::to(path))))
}
