//! `/house/posts`: posts that wait to be looked at, for programs of those who look after the place.

use rocket::http::Status;
use rocket::{Route, get, put, routes};

use super::desk;
use crate::api::{self, Body, Json};
use crate::app::App;
use crate::auth::{Base, Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::office::Office;
use crate::post::desk_shapes::{Judged, WaitingPosts};
use crate::post::{self, Judgement, Queue};

pub fn routes() -> Vec<Route> {
    routes![waiting, judge]
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
    let posts = post::waiting_posts(app, Queue::House).await?;
    Ok(Json(WaitingPosts::new(&posts, &base)))
}

/// Show a post that waits, or keep it back
#[utoipa::path(tag = "house", security(("password" = [])), params(("id" = String, Path, description = "The post's id")), request_body = Judged, responses(
    (status = 204, description = "Done"),
    (status = 403, description = "Not a moderator, or not logged in within the hour", body = api::Detail),
    (status = 409, description = "It waits no more", body = api::Detail)))]
#[put("/house/posts/<id>", data = "<body>")]
async fn judge(id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    viewer.require(Office::Moderator)?;
    let post = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let judged = desk::decide(app, &viewer, Judgement::read(post, &body)?).await;
    judged.map_err(api::of_body)?;
    Ok(Status::NoContent)
}
