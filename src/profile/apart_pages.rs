//! The pages of keeping away, and the same in JSON.

use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Either, Route, delete, get, post, put, routes};
use serde::Serialize;
use tera::Context;
use utoipa::ToSchema;

use super::apart::{self, Apart};
use super::pages::At;
use super::words;
use crate::api::{self, Body, Json};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::id::{Id, Users};
use crate::post::faces::{Faces, People};
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![
        page,
        block,
        unblock,
        mute,
        unmute,
        all,
        mute_word,
        unmute_word
    ]
}

pub fn api_routes() -> Vec<Route> {
    routes![
        block_member,
        unblock_member,
        mute_member,
        unmute_member,
        blocked,
        muted,
        words_muted,
        mute_a_word,
        unmute_a_word
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
    let mut context = listed_apart(app, &viewer, (after, of)).await?;
    context.insert("wrong", "");
    context.insert("text", "");
    app.page(&visit, "profile/all_apart.html", context)
}

async fn listed_apart(
    app: &App,
    viewer: &Viewer,
    (after, of): (Option<Id<Users>>, Option<&str>),
) -> Result<Context> {
    let shows = |name: &str| of.is_none_or(|of| of == name);
    let mut context = Context::new();
    context.insert("words", &words::list(app, viewer).await?);
    for (name, apart) in [("blocked", Apart::Block), ("muted", Apart::Mute)] {
        let faces = match shows(name) {
            true => apart::list(app, viewer, (apart, after)).await?,
            false => Faces::of(Vec::new(), |_| String::new()),
        };
        context.insert(name, &faces.members);
        context.insert(format!("{name}_next"), &faces.next);
    }
    Ok(context)
}

#[post("/apart/words", data = "<sent>")]
async fn mute_word(
    sent: Sent,
    visit: Visit,
    app: &App,
) -> Result<Either<Redirect, (Status, Html)>> {
    let Sent { viewer, fields } = sent;
    let text = fields.text("word");
    match words::mute(app, &viewer, text).await {
        Ok(()) => Ok(Either::Left(Redirect::to("/apart#words"))),
        Err(Error::Unprocessable(wrong)) => {
            let mut context = listed_apart(app, &viewer, (None, None)).await?;
            context.insert("wrong", &wrong);
            context.insert("text", text);
            let html = app.page(&visit.by(&viewer), "profile/all_apart.html", context)?;
            Ok(Either::Right((Status::UnprocessableEntity, html)))
        }
        Err(other) => Err(other),
    }
}

#[delete("/apart/words", data = "<sent>")]
async fn unmute_word(sent: Sent, app: &App) -> Result<Redirect> {
    let Sent { viewer, fields } = sent;
    words::unmute(app, &viewer, fields.text("term")).await?;
    Ok(Redirect::to("/apart#words"))
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

/// Words that are muted
#[derive(Serialize, ToSchema)]
pub struct Words {
    words: Vec<words::Word>,
}

/// A word to be muted
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewWord {
    /// One word, or a tag with its sign.
    #[schema(example = "Spoiler")]
    word: String,
}

/// Words that you have muted
#[utoipa::path(tag = "people", security(("password" = [])), responses((status = 200, description = "100 of them at most", body = Words)))]
#[get("/users/me/muted-words")]
async fn words_muted(viewer: Viewer, app: &App) -> Result<Json<Words>> {
    let words = words::list(app, &viewer).await?;
    Ok(Json(Words { words }))
}

/// Mute a word
///
/// Posts and comments of others with it are in none of your feeds, threads and notices, nor found.
#[utoipa::path(tag = "people", security(("password" = [])), request_body = NewWord, responses((status = 204, description = "Muted")))]
#[post("/users/me/muted-words", data = "<body>")]
async fn mute_a_word(caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let word = fields.text("word");
    fields.done()?;
    match words::mute(app, &viewer, word).await {
        Err(Error::Unprocessable(wrong)) => {
            let mut fields = body.object()?;
            fields.refuse("word", &wrong, "not taken");
            fields.done()?;
            Ok(Status::NoContent)
        }
        done => done.map(|()| Status::NoContent),
    }
}

/// Mute a word no more
#[utoipa::path(tag = "people", security(("password" = [])), params(("term" = String, Path, description = "As the list has it", example = "spoiler")), responses((status = 204, description = "It is not")))]
#[delete("/users/me/muted-words/<term>")]
async fn unmute_a_word(term: &str, viewer: Viewer, app: &App) -> Result<Status> {
    words::unmute(app, &viewer, term).await?;
    Ok(Status::NoContent)
}
