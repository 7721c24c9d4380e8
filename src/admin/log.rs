//! `/admin/log`: what was done in an office, by whom, to what.

use rocket::{Route, get, routes};
use serde::Serialize;
use tera::Context;

use crate::app::App;
use crate::audit::{self, Deed, Filter, Line};
use crate::auth::Viewer;
use crate::cursor::{Cursor, Page};
use crate::error::{Error, Result};
use crate::id::Audits;
use crate::office::Office;
use crate::view::{self, Html, Moment};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![log]
}

const PAGE: usize = 50;

/// A line as a page and a program show it.
#[derive(Serialize)]
struct Row {
    at: Moment,
    /// Who did it; nobody where it was the server, or somebody who is here no more.
    actor: Option<String>,
    actor_handle: Option<String>,
    says: String,
    whom: Option<String>,
    whom_handle: Option<String>,
    detail: String,
}

fn row(app: &App, line: Line) -> Row {
    let deed = Deed::named(&line.act);
    let says = deed.map_or(line.act, |deed| deed.words().to_owned());
    // Who signs in does it to nobody else.
    let is_member = line.kind == "member" && deed != Some(Deed::SignedIn);
    Row {
        at: view::moment(line.at, app.settings.utc_offset),
        actor: line.actor,
        actor_handle: line.actor_handle,
        says,
        whom: match line.whom {
            None if is_member => Some("a former member".into()),
            whom => whom.filter(|_| is_member),
        },
        whom_handle: line.whom_handle.filter(|_| is_member),
        detail: match (line.kind.as_str(), line.detail) {
            ("setting", detail) => format!("{}: {detail}", line.subject),
            (_, detail) => detail,
        },
    }
}

#[get("/admin/log?<act>&<member>&<before>")]
async fn log(
    act: Option<&str>,
    member: Option<&str>,
    before: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    viewer.require(Office::Moderator)?;
    let before: Option<Cursor<Audits>> = before
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::NotFound)?;
    let act = act.unwrap_or_default();
    if !act.is_empty() && Deed::named(act).is_none() {
        return Err(Error::NotFound);
    }
    let member = member.unwrap_or_default().trim().trim_start_matches('@');
    let own = viewer.id.to_string();
    let filter = Filter {
        act,
        member,
        moderator: if viewer.is_admin() { "" } else { &own },
    };
    let page = Page::of(audit::list(&app.db, filter, before).await?, PAGE);
    let last = page.rows.last().filter(|_| page.more);
    let next = last.map(|line| Cursor {
        at: line.at,
        id: line.id,
    });
    let mut context = Context::new();
    context.insert("next", &next.map(|next| next.to_string()));
    let rows: Vec<Row> = page.rows.into_iter().map(|line| row(app, line)).collect();
    let deeds: Vec<(&str, &str)> = Deed::ALL
        .into_iter()
        .filter(|deed| viewer.office() >= deed.office())
        .map(|deed| (deed.name(), deed.words()))
        .collect();
    context.insert("lines", &rows);
    context.insert("deeds", &deeds);
    context.insert("act", act);
    context.insert("member", member);
    context.insert("tab", "/admin/log");
    app.page(&visit, "admin/log.html", context)
}
