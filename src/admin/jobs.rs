//! `/admin/jobs`: what runs, waits and failed, and whether letters go out at all.

use rocket::response::{Flash, Redirect, Responder};
use rocket::{Route, delete, get, post, put, routes};
use serde::Serialize;
use tera::Context;

use crate::account::{self, LETTER, Letter};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::{Cursor, Page};
use crate::error::{Error, Result};
use crate::id::{Id, Jobs};
use crate::jobs::{self, State};
use crate::view::{Html, Visit};

pub fn routes() -> Vec<Route> {
    routes![list, retry, cancel, trial]
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
    since: crate::view::Moment,
    error: String,
}

impl Row {
    fn new(app: &App, job: jobs::Job) -> Row {
        let moment = |at: Micros| crate::view::moment(at, app.settings.utc_offset);
        let about = if job.kind == LETTER.name {
            format!("Letter: {}", account::describe_letter(&job.payload))
        } else {
            job.kind
        };
        Row {
            id: job.id,
            state: job.state,
            about,
            attempts: job.attempts,
            next: moment(job.run_at),
            since: moment(job.created_at),
            error: job.error,
        }
    }
}

#[get("/admin/jobs?<before>")]
async fn list(before: Option<&str>, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    viewer.require_admin()?;
    let before = before
        .map(str::parse::<Cursor<Jobs>>)
        .transpose()
        .map_err(|_| Error::NotFound)?;
    let first = before.is_none();
    let page = Page::of(app.jobs.list(before, PAGE + 1).await?, PAGE);
    let last = page.rows.last().filter(|_| page.more);
    let older = last.map(|job| Cursor {
        at: job.created_at,
        id: job.id,
    });
    let older = older.map(|cursor| format!("/admin/jobs?before={cursor}"));
    let folder = app.mailer.folder();
    let rows: Vec<Row> = page
        .rows
        .into_iter()
        .map(|job| Row::new(app, job))
        .collect();
    let mut context = Context::new();
    context.insert("jobs", &rows);
    context.insert("older", &older);
    context.insert("first", &first);
    context.insert("folder", &folder.map(|folder| folder.display().to_string()));
    app.page(&visit, "admin/jobs.html", context)
}

#[derive(Responder)]
struct Done(Box<Flash<Redirect>>);

fn done(said: &str) -> Done {
    Done(Box::new(Flash::success(Redirect::to("/admin/jobs"), said)))
}

type PathId = std::result::Result<Id<Jobs>, uuid::Error>;

#[put("/admin/jobs/<id>")]
async fn retry(id: PathId, viewer: Viewer, app: &App) -> Result<Done> {
    viewer.require_admin()?;
    app.jobs.retry(id.map_err(|_| Error::NotFound)?).await?;
    Ok(done("It is tried again now."))
}

#[delete("/admin/jobs/<id>")]
async fn cancel(id: PathId, viewer: Viewer, app: &App) -> Result<Done> {
    viewer.require_admin()?;
    app.jobs.cancel(id.map_err(|_| Error::NotFound)?).await?;
    Ok(done("It is taken out."))
}

/// A letter to oneself, to see whether letters arrive.
#[post("/admin/letters")]
async fn trial(viewer: Viewer, app: &App) -> Result<Done> {
    viewer.require_admin()?;
    let email = viewer.email;
    app.jobs.put_now(&LETTER, &Letter::Trial { email }).await?;
    Ok(done("A letter to you is on its way."))
}
