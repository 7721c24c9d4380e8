//! `/admin/joining`: who waits to be let in.

use rocket::response::{Flash, Redirect};
use rocket::{Route, get, put, routes};
use serde::Serialize;
use tera::Context;

use crate::account::{self, Decision};
use crate::app::App;
use crate::auth::Viewer;
use crate::config::Setting;
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::id::{Id, Users};
use crate::office::Office;
use crate::view::{self, Html, Moment};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![waiting, decide]
}

#[derive(Serialize)]
struct Waits {
    id: Id<Users>,
    handle: String,
    name: String,
    email: String,
    words: String,
    since: Moment,
}

#[get("/admin/joining")]
async fn waiting(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    viewer.require(Office::Moderator)?;
    let requests = account::requests(app).await?;
    let waits: Vec<Waits> = requests
        .into_iter()
        .map(|one| Waits {
            id: one.id,
            handle: one.handle,
            name: one.name,
            email: one.email,
            words: one.words,
            since: view::moment(one.asked_at, app.settings.utc_offset),
        })
        .collect();
    let rules = app.house.rules().await?;
    let mut context = Context::new();
    context.insert("requests", &waits);
    context.insert("joining", rules.value(Setting::Joining));
    context.insert("tab", "/admin/joining");
    app.page(&visit, "admin/joining.html", context)
}

#[put("/admin/joining/<id>", data = "<sent>")]
async fn decide(id: &str, sent: Sent, app: &App) -> Result<Flash<Redirect>> {
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let is_in = match sent.fields.text("outcome") {
        "in" => true,
        "no" => false,
        _ => return Err(Error::NotFound),
    };
    let decision = Decision {
        user: id,
        is_in,
        answer: sent.fields.text("answer"),
    };
    account::decide(app, &sent.viewer, decision).await?;
    Ok(flash(Redirect::to("/admin/joining"), Said::Answered))
}
