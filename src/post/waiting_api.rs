//! Posts that wait for their videos, in JSON.

use rocket::http::Status;
use rocket::{Route, delete, get, post, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::{converting, waiting};
use crate::api::Json;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};

pub fn routes() -> Vec<Route> {
    routes![list, take_back, convert]
}

/// Posts that go out by themselves
#[derive(Serialize, ToSchema)]
pub struct WaitingPosts {
    posts: Vec<Waiting>,
}

/// A post that goes out by itself when its videos are ready
#[derive(Serialize, ToSchema)]
pub struct Waiting {
    /// The draft that it is until then.
    draft: String,
    /// The beginning of its caption.
    caption: String,
    media: Vec<WaitingMedium>,
}

/// A photo or video of it
#[derive(Serialize, ToSchema)]
pub struct WaitingMedium {
    #[schema(format = Uuid)]
    id: String,
    file_name: String,
    /// `ready`, `waiting`, `converting` or `failed`.
    #[schema(example = "converting")]
    state: &'static str,
    /// Of one that is converted, from 0 to 100.
    percent: i64,
    /// How long it takes still, in seconds, as far as that can be told.
    seconds_left: Option<i64>,
    /// Why it failed.
    reason: String,
}

/// Your posts that wait for their videos
#[utoipa::path(tag = "posts", security(("password" = [])), responses((status = 200, description = "The oldest first", body = WaitingPosts)))]
#[get("/waiting")]
async fn list(viewer: Viewer, app: &App) -> Result<Json<WaitingPosts>> {
    let medium = |file: waiting::WaitingFile| WaitingMedium {
        id: file.id.to_string(),
        file_name: file.name,
        state: file.is,
        percent: file.percent,
        seconds_left: file.seconds_left,
        reason: file.reason,
    };
    let post = |post: waiting::WaitingPost| Waiting {
        draft: post.id,
        caption: post.words,
        media: post.files.into_iter().map(medium).collect(),
    };
    let posts = waiting::list(app, &viewer).await?.into_iter().map(post);
    Ok(Json(WaitingPosts {
        posts: posts.collect(),
    }))
}

/// Take a waiting post back
///
/// It is a draft again.
#[utoipa::path(tag = "posts", security(("password" = [])), params(("id" = String, Path, description = "The draft's id")), responses(
    (status = 204, description = "It waits no more"),
    (status = 404, description = "No such post of yours waits", body = crate::api::Detail)))]
#[delete("/drafts/<id>/publication")]
async fn take_back(id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    waiting::take_back(app, &viewer, id).await?;
    Ok(Status::NoContent)
}

/// Convert a video once more
///
/// One whose conversion failed.
#[utoipa::path(tag = "posts", security(("password" = [])), params(("media_id" = String, Path, description = "The video's id")), responses(
    (status = 202, description = "Its turn comes"),
    (status = 404, description = "No such video of yours has failed", body = crate::api::Detail)))]
#[post("/videos/<media_id>/conversion")]
async fn convert(media_id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let id = media_id.parse().map_err(|_| Error::NotFound)?;
    converting::again(app, &viewer, id).await?;
    Ok(Status::Accepted)
}
