//! `/search`.

use rocket::{Route, get, routes};
use serde::Serialize;
use tera::Context;

use super::{everything, tags};
use crate::api::Json;
use crate::app::App;
use crate::auth::Viewer;
use crate::clock;
use crate::error::{Error, Result};
use crate::profile;
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![search, suggest]
}

/// Longer texts are cut.
const MOST: usize = 200;

pub(super) fn typed(q: Option<&str>) -> String {
    q.unwrap_or_default().chars().take(MOST).collect()
}

pub(super) fn place(before: Option<&str>) -> Result<Option<i64>> {
    before
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::NotFound)
}

#[get("/search?<q>&<before>")]
async fn search(
    q: Option<&str>,
    before: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let q = typed(q);
    let before = place(before)?;
    let found = everything::find(app, &viewer, (&q, before)).await?;
    let mut context = Context::new();
    let asked = !q.trim().is_empty();
    context.insert("q", &q);
    context.insert("asked", &asked);
    context.insert("first", &before.is_none());
    let today = clock::date(app.clock.now()).to_offset(app.settings.utc_offset);
    context.insert("year", &today.year().to_string());
    context.insert("nothing", &(asked && found.is_empty()));
    if found.is_empty() && before.is_none() {
        context.insert("ideas", &tags::find(app, &viewer, "").await?);
    }
    context.insert("people", &found.people);
    context.insert("tags", &found.tags);
    context.insert("posts", &found.results.posts);
    context.insert("next", &found.results.next);
    context.insert("comments", &found.comments);
    let template = match visit.htmx {
        true => "search/_found.html",
        false => "search/page.html",
    };
    app.page(&visit, template, context)
}

/// What may be meant by a name or a tag that is being typed.
#[derive(Serialize)]
struct Idea {
    /// As it is written.
    text: String,
    /// What else is said of it.
    says: String,
}

/// Names and tags for whoever is typing one: `@an`, `#wal`. For our own pages.
#[get("/suggest?<q>")]
async fn suggest(q: &str, viewer: Viewer, app: &App) -> Result<Json<Vec<Idea>>> {
    const SHOWN: usize = 8;
    let q: String = q.chars().take(50).collect();
    let ideas: Vec<Idea> = match q.split_at_checked(1) {
        Some(("@", name)) => {
            let people = profile::called(app, &viewer, name).await?;
            let idea = |face: crate::view::Face| Idea {
                text: format!("@{}", face.handle),
                says: face.name,
            };
            people.into_iter().take(SHOWN).map(idea).collect()
        }
        Some(("#", tag)) => {
            let tag = crate::terms::tag(tag).unwrap_or_default();
            let idea = |tag: tags::Tag| Idea {
                text: format!("#{}", tag.name),
                says: String::new(),
            };
            let found = tags::find(app, &viewer, &tag).await?;
            found.into_iter().map(idea).collect()
        }
        _ => return Err(Error::NotFound),
    };
    Ok(Json(ideas))
}
