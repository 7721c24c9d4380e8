//! `/~new`: founding a group. `/~<slug>/settings`: what one wants of it, and for who looks after it how it is kept.

use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Either, Route, delete, get, post, put, routes};
use serde_json::json;
use tera::Context;

use super::closing;
use super::found::{self, Said as Told, may_found};
use super::pages::{Answer, Tilde, done, head};
use super::row::{self, Tie};
use super::values::{MOST_ABOUT, MOST_NAME};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::{Fields, Sent, Wrong, wrong};
use crate::post;
use crate::view::Html;
use crate::visit::{Said, Visit};

pub fn routes() -> Vec<Route> {
    routes![new, create, settings, change, close, keep_open]
}

/// What a form says; of a box that is not ticked it says nothing.
fn told(fields: &Fields) -> Told {
    let text = |name: &str| fields.find(name).map(str::to_owned);
    Told {
        name: text("name"),
        slug: text("slug"),
        about: text("about"),
        joining: text("joining"),
        listed: Some(fields.find("listed").is_some()),
        posting: text("posting"),
    }
}

fn insert(context: &mut Context, told: &Told, wrong: &Wrong) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    context.insert(
        "told",
        &json!({
            "name": text(&told.name), "slug": text(&told.slug), "about": text(&told.about),
            "joining": told.joining.as_deref().unwrap_or("request"), "listed": told.listed.unwrap_or(true),
            "posting": told.posting.as_deref().unwrap_or("members"),
        }),
    );
    context.insert("wrong", wrong);
    context.insert("most_name", &MOST_NAME);
    context.insert("most_about", &MOST_ABOUT);
}

#[get("/~new")]
async fn new(viewer: Viewer, visit: Visit, app: &App) -> Result<Either<Redirect, Html>> {
    if !may_found(app, &viewer).await? {
        return Ok(Either::Left(Redirect::to("/~")));
    }
    let mut context = Context::new();
    insert(&mut context, &Told::default(), &Wrong::new());
    Ok(Either::Right(app.page(
        &visit,
        "group/new.html",
        context,
    )?))
}

#[post("/~", data = "<sent>")]
async fn create(sent: Sent, visit: Visit, app: &App) -> Result<Answer> {
    let told = told(&sent.fields);
    let founded = match found::found(app, &sent.viewer, &told).await {
        Err(Error::Conflict(says)) => Err(wrong("name", says)),
        founded => founded?,
    };
    match founded {
        Ok(slug) => Ok(done(format!("/~{slug}/members"), Said::Founded)),
        Err(wrong) => {
            let mut context = Context::new();
            insert(&mut context, &told, &wrong);
            let html = app.page(&visit.by(&sent.viewer), "group/new.html", context)?;
            Ok(Answer::Again((Status::UnprocessableEntity, html)))
        }
    }
}

#[get("/<_>/settings", rank = 22)]
async fn settings(at: Tilde, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let group = row::find(app, &viewer, &at.0).await?;
    let told = Told::from(&group);
    draw(app, (&viewer, &visit), &at, (&told, &Wrong::new())).await
}

async fn draw(
    app: &App,
    (viewer, visit): (&Viewer, &Visit),
    at: &Tilde,
    (told, wrong): (&Told, &Wrong),
) -> Result<Html> {
    let group = row::find(app, viewer, &at.0).await?;
    if !group.tie().is_in() && !group.is_managed_by(viewer) {
        return Err(Error::NotFound);
    }
    let mut context = head(app, viewer, &group).await?;
    insert(&mut context, told, wrong);
    let posted = post::posted_in(&app.db, (viewer.id, group.id)).await?;
    context.insert("is_in", &group.tie().is_in());
    context.insert("owns", &(group.tie() == Tie::Owner));
    context.insert("posts_in", &posted.in_it);
    context.insert("posts_out", &posted.out_of_it);
    app.page(visit, "group/settings.html", context)
}

#[put("/<_>/settings", rank = 22, data = "<sent>")]
async fn change(at: Tilde, sent: Sent, visit: Visit, app: &App) -> Result<Answer> {
    let told = told(&sent.fields);
    match found::change(app, &sent.viewer, (&at.0, &told)).await? {
        Ok(slug) => Ok(done(format!("/~{slug}/settings"), Said::Changed)),
        Err(wrong) => {
            let visit = visit.by(&sent.viewer);
            let html = draw(app, (&sent.viewer, &visit), &at, (&told, &wrong)).await?;
            Ok(Answer::Again((Status::UnprocessableEntity, html)))
        }
    }
}

#[put("/<_>/closing", rank = 22)]
async fn close(at: Tilde, viewer: Viewer, app: &App) -> Result<Answer> {
    closing::close(app, &viewer, &at.0).await?;
    Ok(done(format!("/~{}/settings", at.0), Said::Closes))
}

#[delete("/<_>/closing", rank = 22)]
async fn keep_open(at: Tilde, viewer: Viewer, app: &App) -> Result<Answer> {
    closing::keep_open(app, &viewer, &at.0).await?;
    Ok(done(format!("/~{}/settings", at.0), Said::GoesOn))
}
