//! `/admin`: what waits for somebody who looks after the place, each with its one action, and some numbers.

use rocket::{Route, get, routes};
use serde::Serialize;
use tera::Context;

use super::{clock, seen};
use crate::account;
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::config::Setting;
use crate::error::Result;
use crate::house::Pictures;
use crate::moderation;
use crate::office::Office;
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![overview]
}

/// Something that somebody should do.
#[derive(Serialize)]
struct Need {
    says: String,
    /// What to do, and where.
    act: &'static str,
    href: &'static str,
}

const MONTH: Micros = 30 * 86_400 * 1_000_000;

#[get("/admin")]
async fn overview(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    viewer.require(Office::Moderator)?;
    let now = app.clock.now();
    let mut connection = app.db.read().acquire().await?;
    let numbers = account::numbers(&mut connection, now - MONTH).await?;
    let waiting = account::requests_waiting(app, &mut connection).await?;
    drop(connection);
    let rules = app.house.rules().await?;
    let mut needs = Vec::new();
    let mut need = |says: String, act, href| needs.push(Need { says, act, href });
    if waiting > 0 {
        let people = if waiting == 1 {
            "person waits"
        } else {
            "people wait"
        };
        need(
            format!("{waiting} {people} to be let in."),
            "Look",
            "/admin/joining",
        );
    }
    let (cases, urgent) = moderation::open_cases(&app.db, &viewer).await?;
    if cases > 0 {
        let wait = match (cases, urgent) {
            (_, 1) => "One urgent report waits".to_owned(),
            (_, urgent) if urgent > 1 => format!("{urgent} urgent reports wait"),
            (1, _) => "One report waits".to_owned(),
            (100, _) => "100 reports or more wait".to_owned(),
            (some, _) => format!("{some} reports wait"),
        };
        need(
            format!("{wait} to be looked at."),
            "Look at them",
            "/admin/reports",
        );
    }
    let posts = moderation::count(&app.db).await?;
    if posts > 0 {
        let wait = match posts {
            1 => "One post waits".to_owned(),
            100 => "100 posts or more wait".to_owned(),
            some => format!("{some} posts wait"),
        };
        need(
            format!("{wait} to be looked at."),
            "Look at them",
            "/admin/posts",
        );
    }
    if viewer.is_admin() {
        let failed: i64 = app.jobs.counts().await?.iter().map(|one| one.failed).sum();
        if failed > 0 {
            let jobs = if failed == 1 { "job was" } else { "jobs were" };
            need(
                format!("{failed} {jobs} given up."),
                "Look at them",
                "/admin/jobs",
            );
        }
        if !app.letters_go_out() {
            let says = "Nobody receives letters from here: there is no mail server.".into();
            need(says, "How to change that", "/admin/jobs");
        }
        let check = seen::newest(app).await?;
        if let Some(red) = check.map(|check| check.red).filter(|red| *red > 0) {
            let gives = if red == 1 {
                "address gives"
            } else {
                "addresses give"
            };
            need(
                format!("{red} {gives} strangers what they should not get."),
                "Look at it now",
                "/admin/seen",
            );
        }
        if clock::ahead(app).await?.is_some() {
            let says = "Posts are dated in the future: the clock ran ahead.".into();
            need(says, "Put the dates right", "/admin/jobs");
        }
        // Nobody has decided that so far.
        let decided = rules.is_fixed(Setting::Pictures) || rules.set(Setting::Pictures).is_some();
        if rules.pictures() == Pictures::Address && !decided {
            let says = "Whoever has the address of a picture sees it, members or not.".into();
            need(says, "Decide who does", "/admin/place");
        }
        if numbers.administrators == 1 && numbers.members > 1 {
            let says =
                "You are the only administrator. If you lose your password, nobody can help."
                    .into();
            need(says, "Name another one", "/admin/people");
        }
    }
    let mut context = Context::new();
    context.insert("tab", "/admin");
    context.insert("needs", &needs);
    context.insert("members", &numbers.members);
    context.insert("new", &numbers.new);
    context.insert("joining", rules.value(Setting::Joining));
    context.insert("looked", &crate::view::moment(now, app.settings.utc_offset));
    app.page(&visit, "admin/overview.html", context)
}
