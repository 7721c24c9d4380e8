//! The pages of what is said: a post's own page with its thread, writing, changing and taking back.

use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Either, Route, delete, get, post, put, routes};
use serde::Serialize;
use tera::Context;

use super::comment::{Body, Comment, MOST};
use super::comments::{self, New};
use super::drawer;
use super::thread::{self, Part};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::{self, Fields, Sent};
use crate::id::{Id, Posts};
use crate::post as posts;
use crate::view::{Html, rendered};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![one, talk, write, edit, change, confirm, remove, close, open]
}

fn found<T>(id: &str) -> Result<Id<T>> {
    id.parse().map_err(|_| Error::NotFound)
}

/// The form in which a comment is written.
#[derive(Default, Serialize)]
struct Sheet {
    text: String,
    /// The comment that is answered, and who said it.
    parent: String,
    to: String,
    key: String,
    wrong: String,
}

impl Sheet {
    fn of(fields: &Fields) -> Sheet {
        Sheet {
            text: fields.text("text").to_owned(),
            parent: fields.text("parent").to_owned(),
            key: fields.text("key").to_owned(),
            ..Sheet::default()
        }
    }

    /// What was typed, as a comment; or what is wrong with it.
    fn read(&self, post: Id<Posts>) -> std::result::Result<New, String> {
        let parent = Some(&self.parent).filter(|parent| !parent.is_empty());
        let parent = parent.map(|parent| parent.parse()).transpose();
        let key = match self.key.len() {
            8..=64 => self.key.clone(),
            _ => crate::id::random_text(26),
        };
        Ok(New {
            post,
            body: Body::new(&self.text)?,
            parent: parent.map_err(|_| "What you answer is not there.".to_owned())?,
            key,
        })
    }
}

/// What a page of a thread is asked for.
#[derive(rocket::FromForm)]
struct Asked<'r> {
    /// Shows this comment.
    c: Option<&'r str>,
    /// Answers this comment.
    answer: Option<&'r str>,
    /// The answers to this comment.
    of: Option<&'r str>,
    /// From there on.
    after: Option<i64>,
    /// What was typed when a session ended.
    kept: Option<&'r str>,
}

async fn part(app: &App, post: Id<Posts>, asked: &Asked<'_>) -> Result<Part> {
    if let Some(id) = asked.c.or(asked.answer) {
        return match thread::part_with(app, post, found(id)?).await {
            // Deleted since: the thread as it is.
            Err(Error::NotFound) => Ok(Part::default()),
            part => part,
        };
    }
    Ok(Part {
        after: asked.after,
        of: asked.of.map(found).transpose()?,
    })
}

/// A post's own page.
#[get("/p/<id>?<asked..>")]
async fn one(id: &str, asked: Asked<'_>, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let id = found(id)?;
    let mut sheet = Sheet::default();
    if let Some(fields) = form::take(&app.db, &app.clock, asked.kept, &viewer).await? {
        sheet = Sheet::of(&fields);
    }
    if let Some(answer) = asked.answer {
        let mut connection = app.db.read().acquire().await?;
        let parent = comments::seen(&mut connection, &viewer, found(answer)?).await?;
        if let Some(parent) = parent {
            sheet.parent = parent.id.to_string();
            sheet.to = parent.name.unwrap_or_default();
        }
    }
    let part = part(app, id, &asked).await?;
    page(app, (&visit, &viewer), (id, part), sheet).await
}

async fn page(
    app: &App,
    (visit, viewer): (&Visit, &Viewer),
    (id, part): (Id<Posts>, Part),
    mut sheet: Sheet,
) -> Result<Html> {
    if sheet.key.is_empty() {
        sheet.key = crate::id::random_text(26);
    }
    let mut context = posts::one(app, viewer, id).await?;
    context.insert("topic", &format!("p:{id}"));
    context.insert("thread", &thread::read(app, viewer, (id, part)).await?);
    context.insert("sheet", &sheet);
    context.insert("most", &MOST);
    context.insert("closed", &posts::is_closed(&app.db, id).await?);
    app.page(visit, "post/one.html", context)
}

/// The thread by itself, for a card that opens it in place.
#[get("/p/<id>/comments?<after>&<of>")]
async fn talk(
    id: &str,
    after: Option<i64>,
    of: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let id = found(id)?;
    let of = of.map(found).transpose()?;
    let part = Part { after, of };
    let mut context = Context::new();
    context.insert("thread", &thread::read(app, &viewer, (id, part)).await?);
    context.insert("id", &id);
    app.page(&visit, "talk/_page.html", context)
}

/// Where a comment is shown, on whichever page of its thread it is.
fn address(comment: &Comment) -> String {
    let (post, id) = (comment.post_id, comment.id);
    format!("/p/{post}?c={id}#c-{id}")
}

#[post("/p/<id>/comments", data = "<sent>")]
async fn write(
    id: &str,
    sent: Sent,
    visit: Visit,
    app: &App,
) -> Result<Either<Redirect, (Status, Html)>> {
    let Sent { viewer, fields } = sent;
    let visit = visit.by(&viewer);
    let (id, mut sheet) = (found(id)?, Sheet::of(&fields));
    let written = match sheet.read(id) {
        Ok(new) => comments::write(app, &viewer, new).await,
        Err(wrong) => Err(Error::Unprocessable(wrong)),
    };
    match written {
        Ok(comment) if visit.htmx => {
            let mut context = Context::new();
            context.insert("id", &comment.id);
            context.insert_value("comment", rendered(&drawer::draw(app, comment).await?));
            let html = app.page(&visit, "talk/_said.html", context)?;
            Ok(Either::Right((Status::Ok, html)))
        }
        Ok(comment) => Ok(Either::Left(Redirect::to(address(&comment)))),
        Err(Error::Unprocessable(wrong) | Error::Conflict(wrong)) if !visit.htmx => {
            sheet.wrong = wrong;
            let html = page(app, (&visit, &viewer), (id, Part::default()), sheet).await?;
            Ok(Either::Right((Status::UnprocessableEntity, html)))
        }
        Err(other) => Err(other),
    }
}

/// A comment of the viewer's, or one on a post of theirs.
async fn own(app: &App, viewer: &Viewer, id: &str) -> Result<Comment> {
    let mut connection = app.db.read().acquire().await?;
    let seen = comments::seen(&mut connection, viewer, found(id)?).await?;
    let is_theirs = |one: &Comment| [one.author_id, Some(one.host_id)].contains(&Some(viewer.id));
    seen.filter(|one| one.author_id.is_some() && is_theirs(one))
        .ok_or(Error::NotFound)
}

fn context_of(comment: &Comment, text: &str, wrong: &str) -> Context {
    let mut context = Context::new();
    context.insert("id", &comment.id);
    context.insert("address", &address(comment));
    context.insert("text", text);
    context.insert("wrong", wrong);
    context.insert("most", &MOST);
    context.insert("name", &comment.name);
    context
}

#[get("/c/<id>/edit?<kept>")]
async fn edit(
    id: &str,
    kept: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let comment = own(app, &viewer, id).await?;
    if comment.author_id != Some(viewer.id) {
        return Err(Error::NotFound);
    }
    let typed = form::take(&app.db, &app.clock, kept, &viewer).await?;
    let text = typed.map(|fields| fields.text("text").to_owned());
    let text = text.unwrap_or_else(|| comment.body.clone());
    app.page(&visit, "talk/edit.html", context_of(&comment, &text, ""))
}

#[put("/c/<id>", data = "<sent>")]
async fn change(
    id: &str,
    sent: Sent,
    visit: Visit,
    app: &App,
) -> Result<Either<Redirect, (Status, Html)>> {
    let Sent { viewer, fields } = sent;
    let comment = own(app, &viewer, id).await?;
    let text = fields.text("text");
    match Body::new(text) {
        Ok(body) => {
            let changed = comments::change(app, &viewer, comment.id, &body).await?;
            Ok(Either::Left(Redirect::to(address(&changed))))
        }
        Err(wrong) => {
            let context = context_of(&comment, text, &wrong);
            let html = app.page(&visit.by(&viewer), "talk/edit.html", context)?;
            Ok(Either::Right((Status::UnprocessableEntity, html)))
        }
    }
}

#[get("/c/<id>/delete")]
async fn confirm(id: &str, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let comment = own(app, &viewer, id).await?;
    let context = context_of(&comment, &comment.body, "");
    app.page(&visit, "talk/delete.html", context)
}

#[delete("/c/<id>")]
async fn remove(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    let gone = comments::remove(app, &viewer, found(id)?).await?;
    Ok(Redirect::to(format!("/p/{}#talk", gone.post_id)))
}

async fn set_closed(app: &App, viewer: &Viewer, id: &str, closed: bool) -> Result<Redirect> {
    let id = found(id)?;
    comments::close(app, viewer, id, closed).await?;
    Ok(Redirect::to(format!("/p/{id}#talk")))
}

#[put("/p/<id>/closed")]
async fn close(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    set_closed(app, &viewer, id, true).await
}

#[delete("/p/<id>/closed")]
async fn open(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    set_closed(app, &viewer, id, false).await
}
