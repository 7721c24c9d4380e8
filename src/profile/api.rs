//! Members and who follows whom, in JSON.

use rocket::http::Status;
use rocket::{Route, delete, get, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::directory::{self, Asked, Order};
use super::follow::{self, Tie};
use super::members::{self, List};
use crate::api::{self, Body, Flag, Json};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::Result;
use crate::id::{Id, Users};
use crate::post;
use crate::post::faces::People;

pub fn routes() -> Vec<Route> {
    routes![
        all,
        one,
        follow_member,
        unfollow,
        ring,
        silence,
        followers,
        following,
        requests,
        approve,
        remove,
        ask_first
    ]
}

/// A member's page
#[derive(Serialize, ToSchema)]
pub struct Profile {
    #[schema(format = Uuid)]
    id: String,
    #[schema(example = "ada")]
    handle: String,
    #[schema(example = "Ada")]
    name: String,
    about: String,
    /// Where they are, in their own words.
    place: String,
    /// A picture of theirs across the head of their page: its address, for whoever may see it.
    cover: Option<String>,
    #[schema(example = "2026-11-23T12:34:56.123456")]
    joined_at: String,
    /// Those that you may see.
    posts: i64,
    followers: i64,
    following: i64,
    /// Whether they are asked before somebody follows them.
    asks: bool,
    /// What you are to them: `self`, `none`, `requested`, `following` or `bell`.
    #[schema(example = "following")]
    tie: &'static str,
}

impl Profile {
    /// The page of the member of that handle, where the viewer sees them.
    pub async fn find(app: &App, viewer: &Viewer, handle: &str) -> Result<Profile> {
        let (member, tie) = members::find(app, viewer, handle).await?;
        let cover = post::cover(app, viewer, member.id).await?;
        Ok(Profile {
            cover: cover.map(|cover| format!("/media/{}", cover.key)),
            joined_at: api::time_stamp(member.created_at),
            asks: member.asks(),
            place: member.place,
            id: member.id.to_string(),
            handle: member.handle,
            name: member.name,
            about: member.about,
            posts: member.posts,
            followers: member.followers,
            following: member.following,
            tie: tie.name(),
        })
    }
}

/// What you are to a member now
#[derive(Serialize, ToSchema)]
pub struct NowTie {
    /// `none`, `requested`, `following` or `bell`.
    #[schema(example = "following")]
    tie: &'static str,
}

/// Whether you are asked first
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct AskFirst {
    asks: Flag,
}

/// Everybody here
///
/// By handle, the newest first, or those in whose name or handle every word begins like one of `q`: of these 50 at most,
/// those whom you follow first.
#[utoipa::path(tag = "people", security(("password" = [])), params(("q" = Option<String>, Query, description = "The beginnings of words of a name", example = "ad"), ("sort" = Option<String>, Query, description = "`name` or `newest`", example = "newest"), ("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "50 of them at most", body = People),
    (status = 404, description = "No such order", body = crate::api::Detail)))]
#[get("/directory?<q>&<sort>&<cursor>")]
async fn all(
    q: Option<&str>,
    sort: Option<&str>,
    cursor: Option<&str>,
    viewer: Viewer,
    app: &App,
) -> Result<Json<People>> {
    let order = Order::named(sort)?;
    let asked = Asked {
        q,
        order,
        after: cursor,
    };
    let found = directory::ask(app, &viewer, asked).await?;
    Ok(Json(found.faces.into()))
}

/// A member
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 200, description = "The member", body = Profile),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[get("/members/<handle>")]
async fn one(handle: &str, viewer: Viewer, app: &App) -> Result<Json<Profile>> {
    Ok(Json(
        Profile::find(app, &viewer, &handle.to_lowercase()).await?,
    ))
}

async fn of(app: &App, viewer: &Viewer, handle: &str) -> Result<Id<Users>> {
    let (member, _) = members::find(app, viewer, &handle.to_lowercase()).await?;
    Ok(member.id)
}

/// Follow a member
///
/// Or ask whether you may, where they want that. A second time changes nothing.
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 200, description = "What you are to them now", body = NowTie),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail),
    (status = 409, description = "It is yourself, or you follow as many as one can", body = crate::api::Detail)))]
#[put("/members/<handle>/follow")]
async fn follow_member(handle: &str, viewer: Viewer, app: &App) -> Result<Json<NowTie>> {
    let id = of(app, &viewer, handle).await?;
    let tie = follow::follow(app, &viewer, id).await?;
    Ok(Json(NowTie { tie: tie.name() }))
}

/// Follow a member no more
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 200, description = "What you are to them now", body = NowTie),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[delete("/members/<handle>/follow")]
async fn unfollow(handle: &str, viewer: Viewer, app: &App) -> Result<Json<NowTie>> {
    let id = of(app, &viewer, handle).await?;
    follow::unfollow(app, &viewer, id).await?;
    let tie = Tie::None.name();
    Ok(Json(NowTie { tie }))
}

/// Hear of each post of a member whom you follow
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 200, description = "What you are to them now", body = NowTie),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail),
    (status = 409, description = "You do not follow them", body = crate::api::Detail)))]
#[put("/members/<handle>/bell")]
async fn ring(handle: &str, viewer: Viewer, app: &App) -> Result<Json<NowTie>> {
    let id = of(app, &viewer, handle).await?;
    follow::ring(app, &viewer, id, true).await?;
    let tie = Tie::Bell.name();
    Ok(Json(NowTie { tie }))
}

/// Hear of their posts no more
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 204, description = "You do not"),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[delete("/members/<handle>/bell")]
async fn silence(handle: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let id = of(app, &viewer, handle).await?;
    follow::ring(app, &viewer, id, false).await?;
    Ok(Status::NoContent)
}

async fn listed(
    app: &App,
    viewer: &Viewer,
    (of, list): (Id<Users>, List),
    cursor: Option<&str>,
) -> Result<Json<People>> {
    let after = cursor
        .map(|id| Id::from_any_spelling(id).ok_or_else(|| api::wrong_cursor(id)))
        .transpose()?;
    Ok(Json(
        members::list(app, viewer, (of, list), after).await?.into(),
    ))
}

/// Who follows a member
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada"), ("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "50 of them at most", body = People),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[get("/members/<handle>/followers?<cursor>")]
async fn followers(
    handle: &str,
    cursor: Option<&str>,
    viewer: Viewer,
    app: &App,
) -> Result<Json<People>> {
    let id = of(app, &viewer, handle).await?;
    listed(app, &viewer, (id, List::Followers), cursor).await
}

/// Whom a member follows
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada"), ("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "50 of them at most", body = People),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[get("/members/<handle>/following?<cursor>")]
async fn following(
    handle: &str,
    cursor: Option<&str>,
    viewer: Viewer,
    app: &App,
) -> Result<Json<People>> {
    let id = of(app, &viewer, handle).await?;
    listed(app, &viewer, (id, List::Following), cursor).await
}

/// Who asks to follow you
#[utoipa::path(tag = "people", security(("password" = [])), params(("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "50 of them at most", body = People)))]
#[get("/users/me/follow-requests?<cursor>")]
async fn requests(cursor: Option<&str>, viewer: Viewer, app: &App) -> Result<Json<People>> {
    listed(app, &viewer, (viewer.id, List::Requests), cursor).await
}

/// Let somebody follow you who has asked
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 204, description = "They follow you"),
    (status = 404, description = "They have not asked", body = crate::api::Detail)))]
#[put("/users/me/followers/<handle>")]
async fn approve(handle: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let id = of(app, &viewer, handle).await?;
    follow::approve(app, &viewer, id).await?;
    Ok(Status::NoContent)
}

/// Take somebody out of those who follow you, or refuse their request
///
/// Nobody is told.
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 204, description = "They do not"),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[delete("/users/me/followers/<handle>")]
async fn remove(handle: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let id = of(app, &viewer, handle).await?;
    follow::remove(app, &viewer, id).await?;
    Ok(Status::NoContent)
}

/// Say whether you want to be asked before somebody follows you
///
/// Whoever has asked follows you when you do not any more.
#[utoipa::path(tag = "people", security(("password" = [])), request_body = AskFirst, responses(
    (status = 204, description = "Noted")))]
#[put("/users/me/follow-requests", data = "<body>")]
async fn ask_first(caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let asks = fields.flag("asks");
    if asks.is_none() {
        fields.refuse("asks", "Input should be a valid boolean", "a flag");
    }
    fields.done()?;
    follow::ask_first(app, &viewer, asks.unwrap_or(false)).await?;
    Ok(Status::NoContent)
}
