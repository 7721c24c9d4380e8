//! `/admin/people`: how members stand, and what administrators do about it.

use rocket::response::{Flash, Redirect};
use rocket::{Route, delete, get, put, routes};
use serde::Serialize;
use tera::Context;

use crate::account::{self, Changes, Person, Which};
use crate::app::App;
use crate::auth::Viewer;
use crate::cursor::Page;
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::office::Office;
use crate::view::{self, Face, Html, Moment};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![list, one, office, access, sign_out]
}

const PAGE: usize = 50;

#[derive(Serialize)]
struct Row {
    face: Face,
    office: &'static str,
    is_out: bool,
    is_leaving: bool,
    waits: bool,
    since: Moment,
}

fn row(app: &App, person: Person) -> Row {
    Row {
        office: person.office().name(),
        is_out: !person.is_active(),
        is_leaving: person.leaves_at.is_some() && !person.waits(),
        waits: person.waits(),
        since: view::moment(person.created_at, app.settings.utc_offset),
        face: Face::new(person.id, person.handle, person.name, person.face),
    }
}

#[get("/admin/people?<q>&<which>&<after>")]
async fn list(
    q: Option<&str>,
    which: Option<&str>,
    after: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    viewer.require(Office::Moderator)?;
    let which = Which::named(which.unwrap_or("all")).ok_or(Error::NotFound)?;
    let text = q.unwrap_or_default();
    let rows = account::people(app, which, (text, after.unwrap_or_default())).await?;
    let page = Page::of(rows, PAGE);
    let last = page.rows.last().filter(|_| page.more);
    let mut context = Context::new();
    context.insert("next", &last.map(|person| person.handle.clone()));
    let rows: Vec<Row> = page.rows.into_iter().map(|one| row(app, one)).collect();
    context.insert("people", &rows);
    context.insert("q", text);
    context.insert("which", which.name());
    context.insert("tab", "/admin/people");
    app.page(&visit, "admin/people.html", context)
}

#[get("/admin/people/<handle>")]
async fn one(handle: &str, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    viewer.require(Office::Moderator)?;
    let person = account::person(app, handle).await?;
    let mut context = Context::new();
    context.insert("tab", "/admin/people");
    context.insert("is_self", &(person.id == viewer.id));
    context.insert("email", &viewer.is_admin().then_some(&person.email));
    context.insert("is_verified", &person.is_verified());
    context.insert("sessions", &person.sessions);
    let offices = Office::ALL.map(Office::name);
    context.insert("offices", &offices);
    context.insert("person", &row(app, person));
    app.page(&visit, "admin/person.html", context)
}

fn back(handle: &str) -> Flash<Redirect> {
    let handle = handle.trim_start_matches('@');
    flash(
        Redirect::to(format!("/admin/people/{handle}")),
        Said::Changed,
    )
}

#[put("/admin/people/<handle>/office", data = "<sent>")]
async fn office(handle: &str, sent: Sent, app: &App) -> Result<Flash<Redirect>> {
    let office = Office::named(sent.fields.text("office")).ok_or(Error::NotFound)?;
    let person = account::person(app, handle).await?;
    account::give_office(app, &sent.viewer, (person.id, office)).await?;
    Ok(back(handle))
}

#[put("/admin/people/<handle>/access", data = "<sent>")]
async fn access(handle: &str, sent: Sent, app: &App) -> Result<Flash<Redirect>> {
    let active = match sent.fields.text("access") {
        "open" => true,
        "closed" => false,
        _ => return Err(Error::NotFound),
    };
    let person = account::person(app, handle).await?;
    let changes = Changes {
        active: Some(active),
        ..Changes::default()
    };
    let updated = account::update(app, &sent.viewer, person.id, changes).await?;
    updated.expect("the address was not changed");
    Ok(back(handle))
}

#[delete("/admin/people/<handle>/sessions")]
async fn sign_out(handle: &str, viewer: Viewer, app: &App) -> Result<Flash<Redirect>> {
    let person = account::person(app, handle).await?;
    account::end_sessions_of(app, &viewer, person.id).await?;
    Ok(back(handle))
}
