//! `/admin/place`: how this place is run, a setting each with what it is now and who has set it.

use rocket::http::Status;
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Route, delete, get, put, routes};
use serde::Serialize;
use tera::Context;

use super::seen;
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::config::{Setting, Takes};
use crate::error::{Error, Result};
use crate::form::{Fields, Sent, Wrong, wrong};
use crate::house::House;
use crate::office::Office;
use crate::view::{self, Html, Moment};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![place, change, undo]
}

/// A setting as the page shows it.
#[derive(Serialize)]
struct Shown {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    value: String,
    /// Names and meanings, where it is one of several.
    choices: Vec<(&'static str, &'static str)>,
    /// The environment decides it by this variable.
    fixed: Option<String>,
    by: Option<String>,
    at: Option<Moment>,
}

#[derive(Responder)]
enum Answer {
    Done(Box<Flash<Redirect>>),
    Again((Status, Html)),
}

#[get("/admin/place")]
async fn place(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    viewer.require(Office::Administrator)?;
    draw(app, &visit, (None, Wrong::new())).await
}

async fn draw(
    app: &App,
    visit: &Visit,
    (typed, wrong): (Option<(Setting, &Fields)>, Wrong),
) -> Result<Html> {
    let rules = app.house.rules().await?;
    let shown = Setting::ALL.map(|setting| {
        let set = rules.set(setting).filter(|_| !rules.is_fixed(setting));
        let typed = typed.filter(|(one, _)| *one == setting);
        let value = typed.map(|(_, fields)| fields.text("value"));
        Shown {
            name: setting.name(),
            label: setting.label(),
            help: setting.help(),
            value: value.unwrap_or(rules.value(setting)).to_owned(),
            choices: match setting.takes() {
                Takes::Choice(choices) => choices.to_vec(),
                Takes::Domains | Takes::Text(_) => Vec::new(),
            },
            fixed: rules
                .is_fixed(setting)
                .then(|| format!("PORCH_{}", setting.variable())),
            by: set.and_then(|set| set.by.clone()),
            at: set.map(|set| view::moment(set.at, app.settings.utc_offset)),
        }
    });
    let mut context = Context::new();
    context.insert("settings", &shown);
    context.insert("wrong", &wrong);
    context.insert("tab", "/admin/place");
    app.page(visit, "admin/place.html", context)
}

/// Sets one of them, or puts it back to what it is by itself.
pub async fn set(
    app: &App,
    viewer: &Viewer,
    (setting, value): (Setting, Option<&str>),
) -> Result<std::result::Result<(), Wrong>> {
    let checked = match value.map(|text| setting.check(text)).transpose() {
        Ok(checked) => checked,
        Err(takes) => return Ok(Err(wrong(setting.name(), format!("It takes {takes}.")))),
    };
    let rules = app.house.rules().await?;
    if rules.is_fixed(setting) {
        let variable = setting.variable();
        return Err(Error::Conflict(format!(
            "PORCH_{variable} decides this on the server. Take it out there first."
        )));
    }
    let now = checked.as_deref().unwrap_or(setting.default());
    let done = Done {
        deed: Deed::SettingChanged,
        subject: setting.name(),
        detail: &format!("{} → {now}", rules.value(setting)),
    };
    let at = app.clock.now();
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    House::set(
        &mut tx,
        (setting, checked.as_deref()),
        (Some(viewer.id), at),
    )
    .await?;
    if seen::is_of_the_door(setting) {
        seen::put(app, &mut tx, Some(viewer.id)).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}

fn named(name: &str) -> Result<Setting> {
    Setting::named(name).ok_or(Error::NotFound)
}

fn done() -> Answer {
    Answer::Done(Box::new(flash(Redirect::to("/admin/place"), Said::Changed)))
}

#[put("/admin/place/<name>", data = "<sent>")]
async fn change(name: &str, sent: Sent, visit: Visit, app: &App) -> Result<Answer> {
    let setting = named(name)?;
    let value = sent.fields.text("value");
    match set(app, &sent.viewer, (setting, Some(value))).await? {
        Ok(()) => Ok(done()),
        Err(wrong) => {
            let html = draw(app, &visit, (Some((setting, &sent.fields)), wrong)).await?;
            Ok(Answer::Again((Status::UnprocessableEntity, html)))
        }
    }
}

#[delete("/admin/place/<name>")]
async fn undo(name: &str, viewer: Viewer, app: &App) -> Result<Answer> {
    let unset = set(app, &viewer, (named(name)?, None)).await?;
    unset.expect("nothing was typed");
    Ok(done())
}
