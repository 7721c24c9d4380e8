//! `/notices`: what one was told.

use rocket::response::Redirect;
use rocket::{Route, get, post, routes};
use tera::Context;

use super::kind::List;
use super::list::{self, Place};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::Result;
use crate::form::Sent;
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![notices, look]
}

#[get("/notices?<of>&<after>")]
async fn notices(
    of: Option<&str>,
    after: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let list = List::named(of)?;
    let after = after.map(Place::read).transpose()?;
    let first = after.is_none();
    let found = list::list(app, &viewer, (list, after)).await?;
    let (fresh, earlier): (Vec<_>, Vec<_>) = found.notices.iter().partition(|one| one.is_new);
    let mut context = Context::new();
    context.insert("of", list.name());
    context.insert("first", &first);
    // Up to here they are read when this page is.
    context.insert("upto", &fresh.first().map(|one| one.at));
    context.insert("fresh", &fresh);
    context.insert("earlier", &earlier);
    context.insert("next", &found.next);
    context.insert("live", &app.hub.cursor(viewer.as_of));
    app.page(&visit, "notice/page.html", context)
}

/// Everything up to an instant was looked at.
#[post("/notices/read", data = "<sent>")]
async fn look(sent: Sent, app: &App) -> Result<Redirect> {
    let Sent { viewer, fields } = sent;
    let upto = fields.text("upto").parse();
    let upto = upto.unwrap_or_else(|_| app.clock.now());
    list::look(app, &viewer, upto).await?;
    Ok(Redirect::to("/notices"))
}
