//! `/admin/seen`: who can see what, and what came of trying it.

use rocket::response::{Flash, Redirect};
use rocket::{Route, get, post, routes};
use tera::Context;

use super::seen;
use super::seen_ask::{Colour, Line};
use crate::app::App;
use crate::auth::Viewer;
use crate::config::Setting;
use crate::error::Result;
use crate::office::Office;
use crate::view::{self, Html};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![page, look]
}

#[get("/admin/seen")]
async fn page(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let rules = app.house.rules().await?;
    let mut context = Context::new();
    if let Some(check) = seen::newest(app).await? {
        // Whoever does not run the place sees what came of it, not where.
        let lines = if viewer.is_admin() {
            check.lines()
        } else {
            Vec::new()
        };
        let of =
            |colour| -> Vec<&Line> { lines.iter().filter(|line| line.colour == colour).collect() };
        context.insert("at", &view::moment(check.at, app.settings.utc_offset));
        context.insert("by", &check.by);
        context.insert("counts", &[check.red, check.amber, check.green]);
        context.insert("red", &of(Colour::Red));
        context.insert("amber", &of(Colour::Amber));
        context.insert("green", &of(Colour::Green));
    }
    context.insert("is_officer", &(viewer.office() >= Office::Moderator));
    context.insert("under_way", &seen::is_under_way(app).await?);
    context.insert("joining", rules.value(Setting::Joining));
    context.insert("pictures", rules.value(Setting::Pictures));
    context.insert("guests", rules.value(Setting::Guests));
    context.insert("tab", "/admin/seen");
    app.page(&visit, "admin/seen.html", context)
}

#[post("/admin/seen")]
async fn look(viewer: Viewer, app: &App) -> Result<Flash<Redirect>> {
    seen::ask(app, &viewer).await?;
    Ok(flash(Redirect::to("/admin/seen"), Said::Asking))
}
