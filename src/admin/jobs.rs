//! `/admin/jobs`: what runs, waits and failed, and whether letters go out at all.

use rocket::response::{Flash, Redirect};
use rocket::{Route, delete, get, put, routes};
use serde::Serialize;
use tera::Context;

use super::clock;
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::{Cursor, Page};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Jobs};
use crate::jobs::{self, State};
use crate::office::Office;
use crate::view::Html;
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![list, retry, cancel]
}

const PAGE: usize = 50;

#[derive(Serialize)]
struct Row {
    id: Id<Jobs>,
    state: State,
    about: String,
    attempts: i64,
    /// When it is tried next.
    next: crate::view::Moment,
    progress: i64,
    since: crate::view::Moment,
    error: String,
}

impl Row {
    fn new(app: &App, job: jobs::Job) -> Row {
        let moment = |at: Micros| crate::view::moment(at, app.settings.utc_offset);
        let kind = app.kinds.iter().find(|kind| kind.name == job.kind);
        let about = kind.map_or(job.kind, |kind| (kind.describe)(&job.payload));
        Row {
            id: job.id,
            state: job.state,
            about,
            attempts: job.attempts,
            next: moment(job.run_at),
            progress: job.progress,
            since: moment(job.created_at),
            error: job.error,
        }
    }
}

#[get("/admin/jobs?<kind>&<before>")]
async fn list(
    kind: Option<&str>,
    before: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    viewer.require(Office::Administrator)?;
    let before = before
        .map(str::parse::<Cursor<Jobs>>)
        .transpose()
        .map_err(|_| Error::NotFound)?;
    let first = before.is_none();
    let kind = kind.unwrap_or_default();
    if !kind.is_empty() && !app.kinds.iter().any(|known| known.name == kind) {
        return Err(Error::NotFound);
    }
    let page = Page::of(app.jobs.list_of(kind, (before, PAGE + 1)).await?, PAGE);
    let last = page.rows.last().filter(|_| page.more);
    let older = last.map(|job| Cursor {
        at: job.created_at,
        id: job.id,
    });
    let older = older.map(|cursor| format!("/admin/jobs?kind={kind}&before={cursor}"));
    let folder = app.mailer.folder();
    let rows: Vec<Row> = page
        .rows
        .into_iter()
        .map(|job| Row::new(app, job))
        .collect();
    let mut context = Context::new();
    context.insert("jobs", &rows);
    context.insert("kind", kind);
    context.insert("tab", "/admin/jobs");
    context.insert("counts", &app.jobs.counts().await?);
    context.insert("unheld", &app.media.unheld());
    context.insert("older", &older);
    context.insert("first", &first);
    context.insert("ahead", &clock::ahead(app).await?);
    context.insert("folder", &folder.map(|folder| folder.display().to_string()));
    app.page(&visit, "admin/jobs.html", context)
}

fn done(said: Said) -> Flash<Redirect> {
    flash(Redirect::to("/admin/jobs"), said)
}

type PathId = std::result::Result<Id<Jobs>, uuid::Error>;

async fn office(app: &App, viewer: &Viewer, (deed, id): (Deed, Id<Jobs>)) -> Result<Tx> {
    let id = id.to_string();
    let done = Done::to(deed, &id);
    app.db.write_in_office(viewer, &app.clock, done).await
}

#[put("/admin/jobs/<id>")]
async fn retry(id: PathId, viewer: Viewer, app: &App) -> Result<Flash<Redirect>> {
    let id = id.map_err(|_| Error::NotFound)?;
    let tx = office(app, &viewer, (Deed::JobRetried, id)).await?;
    app.jobs.retry(tx, id).await?;
    Ok(done(Said::TriedNow))
}

#[delete("/admin/jobs/<id>")]
async fn cancel(id: PathId, viewer: Viewer, app: &App) -> Result<Flash<Redirect>> {
    let id = id.map_err(|_| Error::NotFound)?;
    let tx = office(app, &viewer, (Deed::JobTakenOut, id)).await?;
    app.jobs.cancel(tx, id).await?;
    Ok(done(Said::TakenOut))
}
