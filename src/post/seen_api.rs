//! What is new since one was here, in JSON.

use rocket::http::Status;
use rocket::{Route, get, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::card;
use super::faces::Person;
use super::filter::Of;
use super::seen;
use crate::api::{Body, Json, time_stamp};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::Id;

pub fn routes() -> Vec<Route> {
    routes![new, seen_up_to]
}

/// What somebody has posted since
#[derive(Serialize, ToSchema)]
pub struct PostedBy {
    author: Person,
    posts: i64,
}

/// What is new since you were here
#[derive(Serialize, ToSchema)]
pub struct NewPosts {
    /// Up to then you had read; null when you never have.
    since: Option<String>,
    /// Of the newest 500 posts, without your own.
    posts: i64,
    by: Vec<PostedBy>,
}

/// What is new since you were here
#[utoipa::path(tag = "posts", security(("password" = [])), params(("of" = Option<String>, Query, description = "`everyone` or `following`", example = "everyone")), responses(
    (status = 200, description = "By author", body = NewPosts),
    (status = 404, description = "No such feed", body = crate::api::Detail)))]
#[get("/users/me/new?<of>")]
async fn new(of: Option<&str>, viewer: Viewer, app: &App) -> Result<Json<NewPosts>> {
    let of = Of::named(of.unwrap_or(Of::Everyone.name())).ok_or(Error::NotFound)?;
    let line = seen::line(app, &viewer, of).await?;
    let by = seen::since(app, viewer.id, (of, line)).await?;
    Ok(Json(NewPosts {
        since: (line > 0).then(|| time_stamp(line)),
        posts: by.iter().map(|one| one.posts).sum(),
        by: by
            .into_iter()
            .map(|one| PostedBy {
                author: one.author.into(),
                posts: one.posts,
            })
            .collect(),
    }))
}

/// How far you have read
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct SeenUpTo {
    /// `everyone` or `following`.
    #[schema(example = "everyone")]
    feed: String,
    /// The newest post that you have seen.
    #[schema(format = Uuid)]
    post_id: String,
}

/// Say how far you have read a feed
///
/// Forward only: an older post than before changes nothing.
#[utoipa::path(tag = "posts", security(("password" = [])), request_body = SeenUpTo, responses(
    (status = 204, description = "Noted, for every device"),
    (status = 404, description = "No such post", body = crate::api::Detail)))]
#[put("/users/me/seen", data = "<body>")]
async fn seen_up_to(caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let feed = Of::named(fields.text("feed"));
    if feed.is_none() && fields.get("feed").is_some_and(|feed| feed.is_string()) {
        fields.refuse("feed", "It is everyone or following.", "no such feed");
    }
    let post = fields.text("post_id");
    fields.done()?;
    let (feed, id) = (feed.ok_or(Error::NotFound)?, Id::from_any_spelling(post));
    let (post, _) = card::whole(app, &viewer, id.ok_or(Error::NotFound)?).await?;
    seen::mark(app, &viewer, (feed, post.created_at)).await?;
    Ok(Status::NoContent)
}
