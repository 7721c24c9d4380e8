//! Comments in JSON.

use rocket::http::Status;
use rocket::response::status::Custom;
use rocket::{Route, delete, get, patch, post, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::comment::{Body, Comment};
use super::comments::{self, New};
use super::thread::{self, Part, Said};
use crate::api::{self, Json};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::{Comments, Id, Posts};
use crate::post::faces::Person;

pub fn routes() -> Vec<Route> {
    routes![list, write, change, remove, close, open]
}

fn found<T>(id: &str) -> Result<Id<T>> {
    Id::from_any_spelling(id).ok_or(Error::NotFound)
}

/// What was said to a post
#[derive(Serialize, ToSchema)]
pub struct Talk {
    comments: Vec<PostComment>,
    /// Given as `cursor`, it brings the comments that follow; null when there are none.
    next: Option<String>,
}

/// A comment
#[derive(Serialize, ToSchema)]
pub struct PostComment {
    #[schema(format = Uuid)]
    id: String,
    #[schema(format = Uuid)]
    post_id: String,
    /// Null where it was deleted and only holds the place of its answers.
    author: Option<Person>,
    text: String,
    /// The comment under which it stands, given as `of`; null where it stands by itself.
    of: Option<String>,
    /// Whom it answers, by handle, where that is not the author of the comment under which it stands.
    to: Option<String>,
    #[schema(example = "2026-11-23T12:34:56.123456")]
    created_at: String,
    edited: bool,
    /// How many answers stand under it.
    answers: i64,
}

/// A comment to be
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewComment {
    /// At most 1,000 characters.
    #[schema(example = "Which path is that?")]
    text: String,
    /// The comment that it answers.
    parent: Option<String>,
    /// Your own name for it: sent twice, it makes one comment.
    key: Option<String>,
}

/// Other words for a comment
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct CommentChange {
    #[schema(example = "Which path is that, please?")]
    text: String,
}

impl PostComment {
    fn of(said: Said) -> PostComment {
        let text: String = said.text.iter().map(|span| span.text.as_str()).collect();
        PostComment {
            id: said.id.to_string(),
            post_id: said.post.to_string(),
            author: said.author.map(Person::from),
            text,
            of: Some(said.root).filter(|root| !root.is_empty()),
            to: said.to,
            created_at: api::time_stamp(said.created_at),
            edited: said.edited,
            answers: said.more + said.answers.len() as i64,
        }
    }
}

async fn shown(app: &App, comment: Comment) -> Result<PostComment> {
    let mut connection = app.db.read().acquire().await?;
    let said = Said::of(app, &mut connection, comment).await?;
    Ok(PostComment::of(said))
}

/// What was said to a post
///
/// The comments that stand by themselves, or with `of` the answers under one of them; the oldest first.
#[utoipa::path(tag = "people", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10"), ("cursor" = Option<String>, Query, description = "`next` of the page before"), ("of" = Option<String>, Query, description = "A comment's id")), responses(
    (status = 200, description = "20 comments or 50 answers at most", body = Talk),
    (status = 404, description = "No such post", body = crate::api::Detail)))]
#[get("/posts/<post_id>/comments?<cursor>&<of>")]
async fn list(
    post_id: &str,
    cursor: Option<&str>,
    of: Option<&str>,
    viewer: Viewer,
    app: &App,
) -> Result<Json<Talk>> {
    let post: Id<Posts> = found(post_id)?;
    let part = Part {
        after: cursor
            .map(|at| at.parse().map_err(|_| api::wrong_cursor(at)))
            .transpose()?,
        of: of.map(found).transpose()?,
    };
    let thread = thread::read(app, &viewer, (post, part)).await?;
    Ok(Json(Talk {
        comments: thread.comments.into_iter().map(PostComment::of).collect(),
        next: thread.next,
    }))
}

/// Say something to a post
#[utoipa::path(tag = "people", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), request_body = NewComment, responses(
    (status = 201, description = "The comment", body = PostComment),
    (status = 404, description = "No such post", body = crate::api::Detail),
    (status = 409, description = "Comments are closed, or what it answers is gone", body = crate::api::Detail)))]
#[post("/posts/<post_id>/comments", data = "<body>")]
async fn write(
    post_id: &str,
    caller: Caller,
    body: api::Body,
    app: &App,
) -> Result<Custom<Json<PostComment>>> {
    let viewer = caller.viewer()?;
    let post: Id<Posts> = found(post_id)?;
    let mut fields = body.object()?;
    let text = Body::new(fields.text("text"));
    if let Err(wrong) = &text {
        fields.refuse("text", wrong, wrong);
    }
    let parent = fields
        .text_or_null("parent")
        .map(Id::<Comments>::from_any_spelling);
    if parent == Some(None) {
        fields.refuse("parent", "Input should be a valid UUID", "an id");
    }
    let key = fields.text_or_null("key").map(str::to_owned);
    if key
        .as_ref()
        .is_some_and(|key| !(8..=64).contains(&key.len()))
    {
        fields.refuse("key", "Value error, from 8 to 64 characters", "a key");
    }
    fields.done()?;
    let new = New {
        post,
        body: text.map_err(Error::Unprocessable)?,
        parent: parent.flatten(),
        key: key.unwrap_or_else(|| crate::id::random_text(26)),
    };
    let written = comments::write(app, &viewer, new).await?;
    Ok(Custom(Status::Created, Json(shown(app, written).await?)))
}

/// Change a comment of yours
#[utoipa::path(tag = "people", security(("password" = [])), params(("comment_id" = String, Path, description = "The comment's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), request_body = CommentChange, responses(
    (status = 200, description = "The comment as it is now", body = PostComment),
    (status = 403, description = "Somebody else's", body = crate::api::Detail),
    (status = 404, description = "No such comment", body = crate::api::Detail)))]
#[patch("/comments/<comment_id>", data = "<body>")]
async fn change(
    comment_id: &str,
    caller: Caller,
    body: api::Body,
    app: &App,
) -> Result<Json<PostComment>> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let text = Body::new(fields.text("text"));
    if let Err(wrong) = &text {
        fields.refuse("text", wrong, wrong);
    }
    fields.done()?;
    let text = text.map_err(Error::Unprocessable)?;
    let changed = comments::change(app, &viewer, found(comment_id)?, &text).await?;
    Ok(Json(shown(app, changed).await?))
}

/// Delete a comment
///
/// One of yours, or one on a post of yours. One that was answered leaves an empty place.
#[utoipa::path(tag = "people", security(("password" = [])), params(("comment_id" = String, Path, description = "The comment's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 204, description = "Gone"),
    (status = 403, description = "Somebody else's", body = crate::api::Detail),
    (status = 404, description = "No such comment", body = crate::api::Detail)))]
#[delete("/comments/<comment_id>")]
async fn remove(comment_id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    comments::remove(app, &viewer, found(comment_id)?).await?;
    Ok(Status::NoContent)
}

/// Close a post of yours to comments
///
/// What was said stays.
#[utoipa::path(tag = "people", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 204, description = "Closed"),
    (status = 403, description = "Somebody else's", body = crate::api::Detail),
    (status = 404, description = "No such post", body = crate::api::Detail)))]
#[put("/posts/<post_id>/comments-closed")]
async fn close(post_id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    comments::close(app, &viewer, found(post_id)?, true).await?;
    Ok(Status::NoContent)
}

/// Open a post of yours to comments again
#[utoipa::path(tag = "people", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 204, description = "Open"),
    (status = 403, description = "Somebody else's", body = crate::api::Detail),
    (status = 404, description = "No such post", body = crate::api::Detail)))]
#[delete("/posts/<post_id>/comments-closed")]
async fn open(post_id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    comments::close(app, &viewer, found(post_id)?, false).await?;
    Ok(Status::NoContent)
}
