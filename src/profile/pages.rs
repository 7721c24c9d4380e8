//! `/@<handle>`: one member's posts, as a wall; `/@<handle>/posts`: the same, whole; who follows them and whom they
//! follow; `/members`: everybody here.

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::Redirect;
use rocket::{Either, Route, delete, get, put, routes};
use tera::Context;

use super::apart;
use super::directory::{self, Asked, Order};
use super::follow::{self, Tie};
use super::members::{self, List, Member};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::id::{Id, Users};
use crate::post::{self, Hung};
use crate::view::{self, Html};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![
        wall,
        list,
        tab,
        hover,
        follow_them,
        unfollow,
        ring,
        silence,
        followers,
        following,
        remove,
        approve,
        refuse,
        ask_first,
        everybody
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
async fn member(app: &App, At(handle): &At, viewer: &Viewer) -> Result<(Member, Context)> {
    let (member, tie) = members::find(app, viewer, handle).await?;
    let mut context = Context::new();
    context.insert("posts", &member.posts);
    context.insert("about", &post::spans(&member.about, &post::Named::new()));
    context.insert("place", &member.place);
    let since = view::day(member.created_at, app.settings.utc_offset);
    context.insert("since", &since);
    context.insert("cover", &post::cover(app, viewer, member.id).await?);
    context.insert("live", &app.hub.cursor(viewer.as_of));
    insert_tie(&mut context, &member, tie);
    Ok((member, context))
}

fn insert_tie(context: &mut Context, member: &Member, tie: Tie) {
    context.insert("tie", tie.name());
    context.insert("asks", &member.asks());
    context.insert("followers", &member.followers);
    context.insert("following", &member.following);
    context.insert("member", &member.face());
}

/// Says of a handle why there is no page.
async fn absent(app: &App, (visit, viewer): (&Visit, &Viewer), handle: &str) -> Result<Html> {
    let mut context = Context::new();
    context.insert("handle", handle);
    let (why, who) = match members::find(app, viewer, handle).await {
        Ok((member, _)) => ("closed", Some(member.face())),
        Err(Error::NotFound) => match apart::find(app, viewer, handle).await {
            Ok(kept) => ("blocked", Some(kept.face)),
            Err(Error::NotFound) => ("nobody", None),
            Err(other) => return Err(other),
        },
        Err(other) => return Err(other),
    };
    context.insert("why", why);
    context.insert("who", &who);
    app.page(visit, "profile/absent.html", context)
}

#[get("/<_>?<before>", rank = 20)]
async fn wall(
    before: Option<&str>,
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Either<Redirect, (Status, Html)>> {
    match hang(app, (&visit, &viewer), &at, ("posts", before)).await {
        Err(Error::NotFound) if post::cursor(before).is_ok() => {
            if let Some(now) = members::renamed(app, &viewer, &at.0).await? {
                return Ok(Either::Left(Redirect::to(format!("/@{now}"))));
            }
            let html = absent(app, (&visit, &viewer), &at.0).await?;
            Ok(Either::Right((Status::NotFound, html)))
        }
        hung => Ok(Either::Right((Status::Ok, hung?))),
    }
}

/// `/@ada/photos`, `/@ada/videos`, and what one likes oneself, `/@ada/likes`.
#[get("/<_>/<tab>?<before>", rank = 21)]
async fn tab(
    tab: &str,
    before: Option<&str>,
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    match tab {
        "photos" | "videos" | "likes" => hang(app, (&visit, &viewer), &at, (tab, before)).await,
        _ => Err(Error::NotFound),
    }
}

/// One of the walls of a member's page.
async fn hang(
    app: &App,
    (visit, viewer): (&Visit, &Viewer),
    at: &At,
    (tab, before): (&str, Option<&str>),
) -> Result<Html> {
    let (member, mut context) = member(app, at, viewer).await?;
    if member.is_closed() {
        return Err(Error::NotFound);
    }
    let hung = match tab {
        "photos" => Hung::Photos(member.id),
        "videos" => Hung::Videos(member.id),
        "likes" if member.id == viewer.id => Hung::Liked,
        "likes" => return Err(Error::NotFound),
        _ => Hung::Posts(member.id),
    };
    let before = post::cursor(before)?;
    let first = before.is_none();
    let wall = post::wall(app, viewer, (hung, before)).await?;
    let path = match hung {
        Hung::Posts(_) => format!("/@{}", member.handle),
        _ => format!("/@{}/{tab}", member.handle),
    };
    let older = wall.older.map(|older| format!("{path}?before={older}"));
    context.insert("tab", tab);
    context.insert("first", &first);
    context.insert("tiles", &wall.tiles);
    context.insert("older", &older);
    let template = match visit.htmx && !first {
        true => "profile/_older.html",
        false => "profile/member.html",
    };
    app.page(visit, template, context)
}

/// A small card for whoever points at a name.
#[get("/<_>/card", rank = 20)]
async fn hover(at: At, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let (_, context) = member(app, &at, &viewer).await?;
    app.page(&visit, "profile/_hover.html", context)
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
    let (member, mut context) = member(app, &at, &viewer).await?;
    let stretch = (post::cursor(before)?, post::cursor(through)?);
    context.insert("tab", "list");
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

async fn set_bell(
    app: &App,
    (visit, viewer): (&Visit, &Viewer),
    at: At,
    wanted: bool,
) -> Result<Either<Redirect, Html>> {
    let (member, _) = members::find(app, viewer, &at.0).await?;
    follow::ring(app, viewer, member.id, wanted).await?;
    button(app, (visit, viewer), &member.handle).await
}

#[put("/<_>/bell", rank = 20)]
async fn ring(at: At, viewer: Viewer, visit: Visit, app: &App) -> Result<Either<Redirect, Html>> {
    set_bell(app, (&visit, &viewer), at, true).await
}

#[delete("/<_>/bell", rank = 20)]
async fn silence(
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Either<Redirect, Html>> {
    set_bell(app, (&visit, &viewer), at, false).await
}

async fn people(
    app: &App,
    (visit, viewer): (&Visit, &Viewer),
    at: At,
    (list, after): (List, Option<&str>),
) -> Result<Html> {
    let (member, mut context) = member(app, &at, viewer).await?;
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

/// Everybody here, or whoever is called so.
#[get("/members?<q>&<sort>&<after>")]
async fn everybody(
    q: Option<&str>,
    sort: Option<&str>,
    after: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let order = Order::named(sort)?;
    let found = directory::ask(app, &viewer, Asked { q, order, after }).await?;
    let q = q.unwrap_or_default();
    let mut context = Context::new();
    let suggested = match after {
        None if q.is_empty() => {
            let mut connection = app.db.read().acquire().await?;
            members::suggested(&mut connection, viewer.id).await?
        }
        _ => Vec::new(),
    };
    context.insert("q", q);
    context.insert("newest", &(order == Order::Newest));
    context.insert("suggested", &suggested);
    context.insert("members", &found.faces.members);
    context.insert("next", &found.faces.next);
    context.insert("has_more", &found.has_more);
    let template = match visit.htmx {
        true => "profile/_directory.html",
        false => "profile/members.html",
    };
    app.page(&visit, template, context)
}
