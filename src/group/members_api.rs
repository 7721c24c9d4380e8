//! `/groups/<slug>/members`: who is in a group, who asks to come in, and posts that its owners look at first, for programs.

use rocket::http::Status;
use rocket::{Route, delete, get, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::api::GroupTie;
use super::lists;
use super::manage::{self, Office};
use super::row::{self, Group, Tie};
use crate::api::{self, Body, Flag, Json, time_stamp};
use crate::app::App;
use crate::auth::{Base, Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::post::desk_shapes::{Judged, WaitingPosts};
use crate::post::faces::{People, Person};
use crate::post::{self, Judgement, Queue};
use crate::profile;

pub fn routes() -> Vec<Route> {
    routes![
        owners, members, requests, admit, remove, appoint, waiting, judge
    ]
}

async fn inside(app: &App, viewer: &Viewer, slug: &str) -> Result<Group> {
    let group = row::find(app, viewer, slug).await?;
    match group.tie().is_in() || group.is_managed_by(viewer) {
        true => Ok(group),
        false => Err(Error::Forbidden("Only whoever is in this group sees that.")),
    }
}

async fn managed(app: &App, viewer: &Viewer, slug: &str) -> Result<Group> {
    let group = row::find(app, viewer, slug).await?;
    match group.is_managed_by(viewer) {
        true => Ok(group),
        false => Err(Error::Forbidden("Only the owners of this group see that.")),
    }
}

/// Some members
#[derive(Serialize, ToSchema)]
pub struct Owners {
    owners: Vec<Person>,
}

/// Who looks after a group
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), responses(
    (status = 200, description = "Its owners", body = Owners),
    (status = 404, description = "None that you know of", body = crate::api::Detail)))]
#[get("/groups/<slug>/owners")]
async fn owners(slug: &str, viewer: Viewer, app: &App) -> Result<Json<Owners>> {
    let group = row::find(app, &viewer, slug).await?;
    let owners = lists::owners(app, &viewer, group.id).await?;
    Ok(Json(Owners {
        owners: owners.into_iter().map(Person::from).collect(),
    }))
}

/// Who is in a group
///
/// But for its owners.
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir"), ("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "50 of them at most, who are here longest first", body = People),
    (status = 403, description = "You are not in it", body = crate::api::Detail),
    (status = 404, description = "None that you know of", body = crate::api::Detail)))]
#[get("/groups/<slug>/members?<cursor>")]
async fn members(
    slug: &str,
    cursor: Option<&str>,
    viewer: Viewer,
    app: &App,
) -> Result<Json<People>> {
    let group = inside(app, &viewer, slug).await?;
    let after = cursor
        .map(|id| Id::from_any_spelling(id).ok_or_else(|| api::wrong_cursor(id)))
        .transpose()?;
    let page = lists::members(app, &viewer, group.id, after).await?;
    Ok(Json(page.into()))
}

/// Somebody who asks to come in, or is invited
#[derive(Serialize, ToSchema)]
pub struct AtTheDoor {
    #[serde(flatten)]
    person: Person,
    /// What they say to the owners.
    words: String,
    #[schema(example = "2026-11-23T12:34:56.123456")]
    at: String,
}

impl From<lists::Waits> for AtTheDoor {
    fn from(waits: lists::Waits) -> AtTheDoor {
        AtTheDoor {
            at: time_stamp(waits.at),
            words: waits.words,
            person: waits.who.into(),
        }
    }
}

/// Who waits at the door of a group
#[derive(Serialize, ToSchema)]
pub struct GroupDoor {
    asking: Vec<AtTheDoor>,
    invited: Vec<AtTheDoor>,
}

/// Who asks to come into a group, and who is invited
///
/// For its owners, and administrators where everybody may know of it.
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), responses(
    (status = 200, description = "200 of each at most, the longest first", body = GroupDoor),
    (status = 403, description = "You do not look after it", body = crate::api::Detail),
    (status = 404, description = "None that you know of", body = crate::api::Detail)))]
#[get("/groups/<slug>/requests")]
async fn requests(slug: &str, viewer: Viewer, app: &App) -> Result<Json<GroupDoor>> {
    let group = managed(app, &viewer, slug).await?;
    let door = lists::door(app, group.id).await?;
    let shapes = |all: Vec<lists::Waits>| all.into_iter().map(AtTheDoor::from).collect();
    Ok(Json(GroupDoor {
        asking: shapes(door.asking),
        invited: shapes(door.invited),
    }))
}

/// Let somebody into a group who has asked, or invite them
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir"), ("handle" = String, Path, description = "The member's handle", example = "ben")), responses(
    (status = 200, description = "What they are to it now", body = GroupTie),
    (status = 403, description = "You do not look after it", body = crate::api::Detail),
    (status = 404, description = "No such group or nobody whom you see", body = crate::api::Detail),
    (status = 409, description = "They are in as many as one can, or so many are invited", body = crate::api::Detail)))]
#[put("/groups/<slug>/members/<handle>")]
async fn admit(slug: &str, handle: &str, viewer: Viewer, app: &App) -> Result<Json<GroupTie>> {
    let member = profile::id_of(app, &viewer, &handle.to_lowercase()).await?;
    let tie = manage::admit(app, &viewer, slug, member).await?;
    Ok(Json(GroupTie { tie: tie.name() }))
}

/// Take somebody out of a group, refuse their request, or take an invitation back
///
/// Nobody is told.
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir"), ("handle" = String, Path, description = "The member's handle", example = "ben")), responses(
    (status = 204, description = "They are not in it"),
    (status = 403, description = "You do not look after it, or they do too", body = crate::api::Detail),
    (status = 404, description = "No such group or nobody whom you see", body = crate::api::Detail)))]
#[delete("/groups/<slug>/members/<handle>")]
async fn remove(slug: &str, handle: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let member = profile::id_of(app, &viewer, &handle.to_lowercase()).await?;
    manage::remove(app, &viewer, slug, member).await?;
    Ok(Status::NoContent)
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct Owns {
    owner: Flag,
}

/// Make a member of a group its owner, or an owner a member
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir"), ("handle" = String, Path, description = "The member's handle", example = "ben")), request_body = Owns, responses(
    (status = 204, description = "They are"),
    (status = 403, description = "You do not look after it, or it is another owner", body = crate::api::Detail),
    (status = 404, description = "No such group, or nobody in it", body = crate::api::Detail),
    (status = 409, description = "It has as many owners as it can, or would have none", body = crate::api::Detail)))]
#[put("/groups/<slug>/owners/<handle>", data = "<body>")]
async fn appoint(
    slug: &str,
    handle: &str,
    caller: Caller,
    body: Body,
    app: &App,
) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let owner = fields.flag("owner");
    if owner.is_none() {
        fields.refuse("owner", "Input should be a valid boolean", "a flag");
    }
    fields.done()?;
    let member = profile::id_of(app, &viewer, &handle.to_lowercase()).await?;
    let owns = owner.unwrap_or(false);
    manage::appoint(app, &viewer, slug, Office { member, owns }).await?;
    Ok(Status::NoContent)
}

/// Posts that wait for the owners of a group
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), responses(
    (status = 200, description = "The 20 that wait longest", body = WaitingPosts),
    (status = 403, description = "You do not own it", body = crate::api::Detail),
    (status = 404, description = "None that you know of", body = crate::api::Detail)))]
#[get("/groups/<slug>/waiting")]
async fn waiting(slug: &str, viewer: Viewer, base: Base, app: &App) -> Result<Json<WaitingPosts>> {
    let group = row::find(app, &viewer, slug).await?;
    if group.tie() != Tie::Owner {
        return Err(Error::Forbidden("Only the owners of this group see that."));
    }
    let posts = post::waiting_posts(app, Queue::Group(group.id)).await?;
    Ok(Json(WaitingPosts::new(&posts, &base)))
}

/// Show a post that waits for the owners of a group, or keep it back
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir"), ("id" = String, Path, description = "The post's id")), request_body = Judged, responses(
    (status = 204, description = "Done"),
    (status = 403, description = "You do not own it, or it is your own post", body = crate::api::Detail),
    (status = 404, description = "None that you know of", body = crate::api::Detail),
    (status = 409, description = "It waits no more", body = crate::api::Detail)))]
#[put("/groups/<slug>/waiting/<id>", data = "<body>")]
async fn judge(slug: &str, id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let post = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let judged = manage::judge(app, &viewer, slug, Judgement::read(post, &body)?).await;
    judged.map_err(api::of_body)?;
    Ok(Status::NoContent)
}
