//! `/house/posts`: posts that wait to be looked at, for programs of those who look after the place.

use rocket::http::Status;
use rocket::{Route, get, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::desk::{self, Decision};
use crate::api::{self, Body, Json};
use crate::app::App;
use crate::auth::{Base, Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::office::Office;
use crate::post;

pub fn routes() -> Vec<Route> {
    routes![waiting, judge]
}

/// A post that waits.
#[derive(Serialize, ToSchema)]
pub struct WaitingPost {
    #[serde(flatten)]
    post: post::shapes::Post,
    /// Its author's.
    #[schema(example = "ada")]
    handle: String,
}

#[derive(Serialize, ToSchema)]
pub struct WaitingPosts {
    posts: Vec<WaitingPost>,
}

/// Posts that wait to be looked at
///
/// For moderators and administrators: the 20 that wait longest.
#[utoipa::path(tag = "house", security(("password" = [])), responses(
    (status = 200, description = "The longest first", body = WaitingPosts),
    (status = 403, description = "Not a moderator", body = api::Detail)))]
#[get("/house/posts")]
async fn waiting(viewer: Viewer, base: Base, app: &App) -> Result<Json<WaitingPosts>> {
    viewer.require(Office::Moderator)?;
    let posts = post::waiting_posts(app).await?.into_iter();
    let posts = posts.map(|(post, items)| WaitingPost {
        post: post::shapes::Post::new(&post, &items, &base),
        handle: post.handle,
    });
    Ok(Json(WaitingPosts {
        posts: posts.collect(),
    }))
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct Judgement {
    /// `show` or `keep`.
    #[schema(example = "show")]
    outcome: String,
    /// To its author, where it is kept back.
    #[schema(example = "Please ask those in the picture first.")]
    words: Option<String>,
}

/// Show a post that waits, or keep it back
#[utoipa::path(tag = "house", security(("password" = [])), params(("id" = String, Path, description = "The post's id")), request_body = Judgement, responses(
    (status = 204, description = "Done"),
    (status = 403, description = "Not a moderator, or not logged in within the hour", body = api::Detail),
    (status = 409, description = "It waits no more", body = api::Detail)))]
#[put("/house/posts/<id>", data = "<body>")]
async fn judge(id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    viewer.require(Office::Moderator)?;
    let post = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let mut fields = body.object()?;
    let outcome = fields.text("outcome").to_owned();
    let words = fields.text_or_null("words").map(str::to_owned);
    if !["show", "keep"].contains(&outcome.as_str()) {
        fields.refuse("outcome", "Value error, show or keep", "show or keep");
    }
    fields.done()?;
    let decision = Decision {
        post,
        is_shown: outcome == "show",
        words: &words.unwrap_or_default(),
    };
    desk::decide(app, &viewer, decision).await?;
    Ok(Status::NoContent)
}
