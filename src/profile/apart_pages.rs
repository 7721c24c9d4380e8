//! The pages of keeping away, and the same in JSON.

use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Route, delete, get, put, routes};
use tera::Context;

use super::apart::{self, Apart};
use super::pages::At;
use crate::api::{self, Json};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::post::faces::{Faces, People};
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![page, block, unblock, mute, unmute, all]
}

pub fn api_routes() -> Vec<Route> {
    routes![
        block_member,
        unblock_member,
        mute_member,
        unmute_member,
        blocked,
        muted
    ]
}

/// What keeping away from somebody means, with its buttons.
#[get("/<_>/apart", rank = 20)]
async fn page(at: At, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let kept = apart::find(app, &viewer, &at.0).await?;
    let mut context = Context::new();
    context.insert("member", &kept.face);
    context.insert("blocked", &kept.is_blocked);
    context.insert("muted", &kept.is_muted);
    app.page(&visit, "profile/apart.html", context)
}

async fn set(app: &App, viewer: &Viewer, at: At, apart: Apart, wanted: bool) -> Result<Redirect> {
    let kept = apart::find(app, viewer, &at.0).await?;
    apart::set(app, viewer, (kept.face.id, apart), wanted).await?;
    Ok(Redirect::to(format!("/@{}/apart", kept.face.handle)))
}

#[put("/<_>/block", rank = 20)]
async fn block(at: At, viewer: Viewer, app: &App) -> Result<Redirect> {
    set(app, &viewer, at, Apart::Block, true).await
}

#[delete("/<_>/block", rank = 20)]
async fn unblock(at: At, viewer: Viewer, app: &App) -> Result<Redirect> {
    set(app, &viewer, at, Apart::Block, false).await
}

#[put("/<_>/mute", rank = 20)]
async fn mute(at: At, viewer: Viewer, app: &App) -> Result<Redirect> {
    set(app, &viewer, at, Apart::Mute, true).await
}

#[delete("/<_>/mute", rank = 20)]
async fn unmute(at: At, viewer: Viewer, app: &App) -> Result<Redirect> {
    set(app, &viewer, at, Apart::Mute, false).await
}

/// Whom the viewer keeps away from.
#[get("/apart?<after>&<of>")]
async fn all(
    after: Option<&str>,
    of: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let after: Option<Id<Users>> = after
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::NotFound)?;
    let shows = |name: &str| of.is_none_or(|of| of == name);
    let mut context = Context::new();
    for (name, apart) in [("blocked", Apart::Block), ("muted", Apart::Mute)] {
        let faces = match shows(name) {
            true => apart::list(app, &viewer, (apart, after)).await?,
            false => Faces::of(Vec::new(), |_| String::new()),
        };
        context.insert(name, &faces.members);
        context.insert(format!("{name}_next"), &faces.next);
    }
    app.page(&visit, "profile/all_apart.html", context)
}

async fn set_member(
    app: &App,
    viewer: &Viewer,
    (handle, apart): (&str, Apart),
    wanted: bool,
) -> Result<Status> {
    let kept = apart::find(app, viewer, &handle.to_lowercase()).await?;
    apart::set(app, viewer, (kept.face.id, apart), wanted).await?;
    Ok(Status::NoContent)
}

/// Block a member
///
/// Neither sees the other any more, nor what they posted and said; you follow each other no more. Nobody is told.
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 204, description = "Blocked"),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[put("/members/<handle>/block")]
async fn block_member(handle: &str, viewer: Viewer, app: &App) -> Result<Status> {
    set_member(app, &viewer, (handle, Apart::Block), true).await
}

/// Block a member no more
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 204, description = "Not blocked"),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[delete("/members/<handle>/block")]
async fn unblock_member(handle: &str, viewer: Viewer, app: &App) -> Result<Status> {
    set_member(app, &viewer, (handle, Apart::Block), false).await
}

/// Mute a member
///
/// What they post and say is in none of your feeds and threads; their page stays. Nobody is told.
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 204, description = "Muted"),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[put("/members/<handle>/mute")]
async fn mute_member(handle: &str, viewer: Viewer, app: &App) -> Result<Status> {
    set_member(app, &viewer, (handle, Apart::Mute), true).await
}

/// Mute a member no more
#[utoipa::path(tag = "people", security(("password" = [])), params(("handle" = String, Path, description = "The member's handle", example = "ada")), responses(
    (status = 204, description = "Not muted"),
    (status = 404, description = "Nobody whom you see", body = crate::api::Detail)))]
#[delete("/members/<handle>/mute")]
async fn unmute_member(handle: &str, viewer: Viewer, app: &App) -> Result<Status> {
    set_member(app, &viewer, (handle, Apart::Mute), false).await
}

async fn listed(
    app: &App,
    viewer: &Viewer,
    (apart, cursor): (Apart, Option<&str>),
) -> Result<Json<People>> {
    let after = cursor
        .map(|id| Id::from_any_spelling(id).ok_or_else(|| api::wrong_cursor(id)))
        .transpose()?;
    Ok(Json(apart::list(app, viewer, (apart, after)).await?.into()))
}

/// Whom you have blocked
#[utoipa::path(tag = "people", security(("password" = [])), params(("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "50 of them at most", body = People)))]
#[get("/users/me/blocks?<cursor>")]
async fn blocked(cursor: Option<&str>, viewer: Viewer, app: &App) -> Result<Json<People>> {
    listed(app, &viewer, (Apart::Block, cursor)).await
}

/// Whom you have muted
#[utoipa::path(tag = "people", security(("password" = [])), params(("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "50 of them at most", body = People)))]
#[get("/users/me/mutes?<cursor>")]
async fn muted(cursor: Option<&str>, viewer: Viewer, app: &App) -> Result<Json<People>> {
    listed(app, &viewer, (Apart::Mute, cursor)).await
}
