//! Likes in JSON.

use rocket::{Route, delete, get, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::likes;
use crate::api::{self, Json};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::id::{Id, Posts, Users};
use crate::post::faces::People;

pub fn routes() -> Vec<Route> {
    routes![like, unlike, likers]
}

/// How a post stands
#[derive(Serialize, ToSchema)]
pub struct Liking {
    /// Whether you like it.
    liked: bool,
    /// How many do.
    likes: i64,
}

fn found<T>(id: &str) -> Result<Id<T>> {
    Id::from_any_spelling(id).ok_or(Error::NotFound)
}

async fn set(app: &App, viewer: &Viewer, post_id: &str, wanted: bool) -> Result<Json<Liking>> {
    let id: Id<Posts> = found(post_id)?;
    let mark = likes::set(app, viewer, id, wanted).await?;
    Ok(Json(Liking {
        liked: mark.liked,
        likes: mark.likes,
    }))
}

/// Like a post
///
/// A second time changes nothing.
#[utoipa::path(tag = "people", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 200, description = "How it stands", body = Liking),
    (status = 404, description = "No such post", body = crate::api::Detail)))]
#[put("/posts/<post_id>/like")]
async fn like(post_id: &str, viewer: Viewer, app: &App) -> Result<Json<Liking>> {
    set(app, &viewer, post_id, true).await
}

/// Take a like back
///
/// A second time changes nothing.
#[utoipa::path(tag = "people", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 200, description = "How it stands", body = Liking),
    (status = 404, description = "No such post", body = crate::api::Detail)))]
#[delete("/posts/<post_id>/like")]
async fn unlike(post_id: &str, viewer: Viewer, app: &App) -> Result<Json<Liking>> {
    set(app, &viewer, post_id, false).await
}

/// Who likes a post
///
/// Who is here longest comes first.
#[utoipa::path(tag = "people", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10"), ("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "50 of them at most", body = People),
    (status = 404, description = "No such post", body = crate::api::Detail)))]
#[get("/posts/<post_id>/likes?<cursor>")]
async fn likers(
    post_id: &str,
    cursor: Option<&str>,
    viewer: Viewer,
    app: &App,
) -> Result<Json<People>> {
    let after: Option<Id<Users>> = cursor
        .map(|id| Id::from_any_spelling(id).ok_or_else(|| api::wrong_cursor(id)))
        .transpose()?;
    let likers = likes::list(app, &viewer, (found(post_id)?, after)).await?;
    Ok(Json(likers.into()))
}
