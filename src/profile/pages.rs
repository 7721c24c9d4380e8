//! `/@<handle>`: one member's posts, as a wall; `/@<handle>/posts`: the same, whole; who follows them and whom they
//! follow; `/members`: everybody here.

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Redirect;
use rocket::{Either, Route, delete, get, put, routes};
use tera::Context;

use super::follow::{self, Tie};
use super::members::{self, List, Member};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::id::{Id, Users};
use crate::post;
use crate::view::{Face, Html, Visit};

pub fn routes() -> Vec<Route> {
    routes![
        wall,
        list,
        follow_them,
        unfollow,
        followers,
        following,
        remove,
        approve,
        refuse,
        ask_first,
        directory
    ]
}

/// The handle in `/@ada`. Any other first segment is an address that does not exist, for members and
/// strangers alike.
pub(super) struct At(pub(super) String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for At {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let first = request.uri().path().segments().get(0);
        match first.and_then(|first| first.strip_prefix('@')) {
            Some(handle) => Outcome::Success(At(handle.to_lowercase())),
            None => Outcome::Forward(Status::NotFound),
        }
    }
}

/// What all pages of a member show of them.
async fn member(app: &App, At(handle): At, viewer: &Viewer) -> Result<(Member, Context)> {
    let (member, tie) = members::find(app, viewer, &handle).await?;
    let mut context = Context::new();
    context.insert("posts", &member.posts);
    context.insert("about", &member.about);
    context.insert("live", &app.hub.cursor(viewer.as_of));
    insert_tie(&mut context, &member, tie);
    Ok((member, context))
}

fn insert_tie(context: &mut Context, member: &Member, tie: Tie) {
    context.insert("tie", tie.name());
    context.insert("asks", &(member.asks == 1));
    context.insert("followers", &member.followers);
    context.insert("following", &member.following);
    let (handle, name) = (member.handle.clone(), member.name.clone());
    let face = Face::new(member.id, handle, name, member.face.clone());
    context.insert("member", &face);
}

#[get("/<_>?<before>", rank = 20)]
async fn wall(
    before: Option<&str>,
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let (member, mut context) = member(app, at, &viewer).await?;
    let before = post::cursor(before)?;
    let first = before.is_none();
    let wall = post::wall(app, &viewer, (member.id, before)).await?;
    let handle = &member.handle;
    let older = wall.older.map(|older| format!("/@{handle}?before={older}"));
    context.insert("list", &false);
    context.insert("first", &first);
    context.insert("tiles", &wall.tiles);
    context.insert("older", &older);
    let template = match visit.htmx && !first {
        true => "profile/_older.html",
        false => "profile/member.html",
    };
    app.page(&visit, template, context)
}

#[get("/<_>/posts?<before>&<through>", rank = 20)]
async fn list(
    before: Option<&str>,
    through: Option<&str>,
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let (member, mut context) = member(app, at, &viewer).await?;
    let stretch = (post::cursor(before)?, post::cursor(through)?);
    context.insert("list", &true);
    context.insert("first", &stretch.0.is_none());
    let feed = post::of_author(app, &viewer, (member.id, stretch)).await?;
    let path = format!("/@{}/posts", member.handle);
    post::draw_feed(app, &visit, ("profile/list.html", context), (&path, &feed))
}

/// The button again, or their page where no script runs.
async fn button(
    app: &App,
    (visit, viewer): (&Visit, &Viewer),
    handle: &str,
) -> Result<Either<Redirect, Html>> {
    if !visit.htmx {
        return Ok(Either::Left(Redirect::to(format!("/@{handle}"))));
    }
    let (member, tie) = members::find(app, viewer, handle).await?;
    let mut context = Context::new();
    insert_tie(&mut context, &member, tie);
    Ok(Either::Right(app.page(
        visit,
        "profile/_follow.html",
        context,
    )?))
}

#[put("/<_>/follow", rank = 20)]
async fn follow_them(
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Either<Redirect, Html>> {
    let (member, _) = members::find(app, &viewer, &at.0).await?;
    follow::follow(app, &viewer, member.id).await?;
    button(app, (&visit, &viewer), &member.handle).await
}

#[delete("/<_>/follow", rank = 20)]
async fn unfollow(
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Either<Redirect, Html>> {
    let (member, _) = members::find(app, &viewer, &at.0).await?;
    follow::unfollow(app, &viewer, member.id).await?;
    button(app, (&visit, &viewer), &member.handle).await
}

async fn people(
    app: &App,
    (visit, viewer): (&Visit, &Viewer),
    at: At,
    (list, after): (List, Option<&str>),
) -> Result<Html> {
    let (member, mut context) = member(app, at, viewer).await?;
    let after: Option<Id<Users>> = after
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::NotFound)?;
    let first = after.is_none();
    let faces = members::list(app, viewer, (member.id, list), after).await?;
    context.insert("of_followers", &(list == List::Followers));
    context.insert("members", &faces.members);
    context.insert("next", &faces.next);
    let own = list == List::Followers && member.id == viewer.id;
    let requests = match own && first {
        true => {
            members::list(app, viewer, (member.id, List::Requests), None)
                .await?
                .members
        }
        false => Vec::new(),
    };
    context.insert("own", &own);
    context.insert("requests", &requests);
    app.page(visit, "profile/people.html", context)
}

#[get("/<_>/followers?<after>", rank = 20)]
async fn followers(
    after: Option<&str>,
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    people(app, (&visit, &viewer), at, (List::Followers, after)).await
}

#[get("/<_>/following?<after>", rank = 20)]
async fn following(
    after: Option<&str>,
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    people(app, (&visit, &viewer), at, (List::Following, after)).await
}

fn own(viewer: &Viewer) -> Redirect {
    Redirect::to(format!("/@{}/followers", viewer.handle))
}

fn found(id: &str) -> Result<Id<Users>> {
    id.parse().map_err(|_| Error::NotFound)
}

#[delete("/followers/<id>")]
async fn remove(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    follow::remove(app, &viewer, found(id)?).await?;
    Ok(own(&viewer))
}

#[put("/followers/<id>")]
async fn approve(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    follow::approve(app, &viewer, found(id)?).await?;
    Ok(own(&viewer))
}

#[delete("/followers/<id>/request")]
async fn refuse(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    follow::remove(app, &viewer, found(id)?).await?;
    Ok(own(&viewer))
}

/// Whether they want to be asked first.
#[put("/followers", data = "<sent>")]
async fn ask_first(sent: Sent, app: &App) -> Result<Redirect> {
    let Sent { viewer, fields } = sent;
    follow::ask_first(app, &viewer, fields.find("asks").is_some()).await?;
    Ok(own(&viewer))
}

/// Everybody here.
#[get("/members?<after>")]
async fn directory(after: Option<&str>, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let faces = members::all(app, &viewer, after).await?;
    let mut context = Context::new();
    let suggested = match after {
        None => {
            let mut connection = app.db.read().acquire().await?;
            members::suggested(&mut connection, viewer.id).await?
        }
        Some(_) => Vec::new(),
    };
    context.insert("suggested", &suggested);
    context.insert("members", &faces.members);
    context.insert("next", &faces.next);
    app.page(&visit, "profile/members.html", context)
}
