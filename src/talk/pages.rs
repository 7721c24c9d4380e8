//! The pages of likes, and what a form without script asks for.

use rocket::http::uri::Reference;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Redirect;
use rocket::{Route, delete, get, put, routes};
use serde::Serialize;
use tera::Context;

use super::likes;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};
use crate::live::Mark;
use crate::post;
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![like, unlike, likers, marks]
}

/// The page of ours that a form was on.
struct Before(String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Before {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        // Sent by pages of this origin only (Referrer-Policy), and a path in any case.
        let page = request.headers().get_one("Referer").and_then(|page| {
            let page = Reference::parse(page).ok()?;
            let query = page.query().map(|query| format!("?{query}"));
            Some(format!("{}{}", page.path(), query.unwrap_or_default()))
        });
        let page = page.filter(|page| page.starts_with('/') && !page.starts_with("//"));
        Outcome::Success(Before(page.unwrap_or_else(|| "/".into())))
    }
}

fn found(id: &str) -> Result<Id<Posts>> {
    id.parse().map_err(|_| Error::NotFound)
}

fn back(before: Before, id: Id<Posts>) -> Redirect {
    Redirect::to(format!("{}#p-{id}", before.0))
}

#[put("/p/<id>/like")]
async fn like(id: &str, viewer: Viewer, before: Before, app: &App) -> Result<Redirect> {
    let id = found(id)?;
    likes::set(app, &viewer, id, true).await?;
    Ok(back(before, id))
}

#[delete("/p/<id>/like")]
async fn unlike(id: &str, viewer: Viewer, before: Before, app: &App) -> Result<Redirect> {
    let id = found(id)?;
    likes::set(app, &viewer, id, false).await?;
    Ok(back(before, id))
}

#[get("/p/<id>/likes?<after>")]
async fn likers(
    id: &str,
    after: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let id = found(id)?;
    let after: Option<Id<Users>> = after
        .map(|id| id.parse())
        .transpose()
        .map_err(|_| Error::NotFound)?;
    let likers = likes::list(app, &viewer, (id, after)).await?;
    let mark = post::mark_of(app, Some(viewer.id), id).await?;
    let mut context = Context::new();
    context.insert("id", &id);
    context.insert("likes", &mark.likes);
    context.insert("members", &likers.members);
    context.insert("next", &likers.next);
    app.page(&visit, "talk/likes.html", context)
}

/// Posts that may be asked for at once.
const MOST: usize = 200;

/// The marks of one post, for a page that was away: id, likes, comments, liked.
#[derive(Serialize)]
struct Marked(Id<Posts>, i64, i64, bool);

#[get("/me/marks?<p>")]
async fn marks(p: &str, viewer: Viewer, app: &App) -> Result<crate::api::Json<Vec<Marked>>> {
    let ids: Result<Vec<Id<Posts>>> = p.split(',').take(MOST).map(found).collect();
    let ids = post::visible_of(app, &viewer, &ids?).await?;
    let marks = post::marks_of(app, Some(viewer.id), &ids).await?;
    let marked = |id: &Id<Posts>| {
        let Mark {
            likes,
            comments,
            liked,
        } = marks.get(id).copied().unwrap_or_default();
        Marked(*id, likes, comments, liked)
    };
    Ok(crate::api::Json(ids.iter().map(marked).collect()))
}
