//! `/~`: the groups that there are. `/~<slug>`: what one is for, and what is posted in it; coming in, and going.

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Either, Route, delete, get, post, put, routes};
use serde_json::json;
use tera::Context;

use super::entry::{self, Wishes};
use super::found::may_found;
use super::lists;
use super::row::{self, Group, Shown, Tie};
use super::values::{Level, MOST_ABOUT, Posting};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::id::Id;
use crate::post::{self, Queue};
use crate::view::{self, Html};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![all, one, join, ask_leave, leave, wish, take_out, move_posts]
}

/// The slug in `/~choir`. Any other first segment is an address that does not exist.
pub(super) struct Tilde(pub(super) String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Tilde {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let first = request.uri().path().segments().get(0);
        match first.and_then(|first| first.strip_prefix('~')) {
            Some(slug) if !slug.is_empty() => Outcome::Success(Tilde(slug.to_lowercase())),
            _ => Outcome::Forward(Status::NotFound),
        }
    }
}

#[derive(Responder)]
pub(super) enum Answer {
    Done(Box<Flash<Redirect>>),
    Again((Status, Html)),
}

/// Goes to a page and says so there.
pub(super) fn done(path: String, said: Said) -> Answer {
    Answer::Done(Box::new(flash(Redirect::to(path), said)))
}

#[get("/~?<after>")]
async fn all(after: Option<&str>, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let listed = lists::all(app, &viewer, after).await?;
    let shown = |groups: &[Group]| groups.iter().map(Shown::from).collect::<Vec<_>>();
    let mut context = Context::new();
    context.insert("mine", &shown(&listed.mine));
    context.insert("invited", &shown(&listed.invited));
    context.insert("others", &shown(&listed.others));
    context.insert("next", &listed.next);
    context.insert("first", &after.is_none());
    context.insert("may_found", &may_found(app, &viewer).await?);
    let left = match after {
        None => post::left_in(&app.db, viewer.id).await?,
        Some(_) => Vec::new(),
    };
    context.insert("left", &left);
    app.page(&visit, "group/list.html", context)
}

/// What all pages of a group show of it.
pub(super) async fn head(app: &App, viewer: &Viewer, group: &Group) -> Result<Context> {
    let mut context = Context::new();
    context.insert("group", &Shown::from(group));
    let about = post::spans(&group.about, &post::Named::new());
    context.insert("about", &about);
    context.insert("manages", &group.is_managed_by(viewer));
    let closes = group
        .closes_at
        .map(|at| view::moment(at, app.settings.utc_offset));
    context.insert("closes", &closes);
    let waiting = match group.tie() {
        Tie::Owner => {
            let mut connection = app.db.read().acquire().await?;
            post::posts_waiting(&mut connection, Queue::Group(group.id)).await?
        }
        _ => 0,
    };
    context.insert("waiting", &waiting);
    context.insert("looks_first", &(group.posting == Posting::Review));
    Ok(context)
}

#[get("/<_>?<before>&<through>", rank = 22)]
async fn one(
    before: Option<&str>,
    through: Option<&str>,
    at: Tilde,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Either<Redirect, Html>> {
    let group = match row::find(app, &viewer, &at.0).await {
        Err(Error::NotFound) => match row::moved(app, &viewer, &at.0).await? {
            Some(now) => return Ok(Either::Left(Redirect::to(format!("/~{now}")))),
            None => return Err(Error::NotFound),
        },
        found => found?,
    };
    let mut context = head(app, &viewer, &group).await?;
    context.insert("owners", &lists::owners(app, &viewer, group.id).await?);
    if !group.tie().is_in() {
        return Ok(Either::Right(door(app, &visit, context, ("", ""))?));
    }
    let stretch = (post::cursor(before)?, post::cursor(through)?);
    let first = stretch.0.is_none();
    let feed = post::of_group(app, &viewer, (group.id, stretch)).await?;
    let path = format!("/~{}", group.slug);
    context.insert("first", &first);
    context.insert("empty", &(first && feed.cards.is_empty()));
    context.insert("takes_posts", &group.takes_posts());
    context.insert("compose_of", &group.id);
    context.insert("path", &path);
    context.insert("topic", &format!("g:{}", group.id));
    context.insert("live", &app.hub.cursor(viewer.as_of));
    let page = ("group/page.html", context);
    Ok(Either::Right(post::draw_feed(
        app,
        &visit,
        page,
        (&path, &feed),
    )?))
}

/// What whoever is not in it sees, with what they typed to its owners and what is wrong with it.
fn door(
    app: &App,
    visit: &Visit,
    mut context: Context,
    (words, wrong): (&str, &str),
) -> Result<Html> {
    context.insert("most_words", &MOST_ABOUT);
    context.insert("words", words);
    let wrong = match wrong.is_empty() {
        true => json!({}),
        false => json!({ "words": wrong }),
    };
    context.insert("wrong", &wrong);
    app.page(visit, "group/door.html", context)
}

/// Comes in, or asks to.
#[post("/<_>/membership", rank = 22, data = "<sent>")]
async fn join(at: Tilde, sent: Sent, visit: Visit, app: &App) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let words = fields.text("words");
    match entry::join(app, &viewer, &at.0, words).await {
        Ok(tie) => {
            let said = if tie == Tie::Asked {
                Said::Asked
            } else {
                Said::In
            };
            Ok(done(format!("/~{}", at.0), said))
        }
        Err(Error::Unprocessable(wrong) | Error::Conflict(wrong)) => {
            let group = row::find(app, &viewer, &at.0).await?;
            let mut context = head(app, &viewer, &group).await?;
            context.insert("owners", &lists::owners(app, &viewer, group.id).await?);
            let html = door(app, &visit.by(&viewer), context, (words, &wrong))?;
            Ok(Answer::Again((Status::UnprocessableEntity, html)))
        }
        Err(other) => Err(other),
    }
}

/// Asks what becomes of one's posts.
#[get("/<_>/leave", rank = 22)]
async fn ask_leave(at: Tilde, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let group = row::find(app, &viewer, &at.0).await?;
    if !group.tie().is_in() {
        return Err(Error::NotFound);
    }
    let mut context = head(app, &viewer, &group).await?;
    let posted = post::posted_in(&app.db, (viewer.id, group.id)).await?;
    context.insert("posts", &posted.in_it);
    let others = lists::owners(app, &viewer, group.id).await?;
    context.insert(
        "is_last_owner",
        &(group.tie() == Tie::Owner && others.len() == 1),
    );
    app.page(&visit, "group/leave.html", context)
}

#[delete("/<_>/membership", rank = 22, data = "<sent>")]
async fn leave(at: Tilde, sent: Sent, app: &App) -> Result<Answer> {
    let takes = sent.fields.text("posts") == "take";
    let said = match entry::leave(app, &sent.viewer, &at.0, takes).await? {
        true => Said::Left,
        false => Said::Changed,
    };
    Ok(done("/~".into(), said))
}

/// What the viewer wants of it.
#[put("/<_>/membership", rank = 22, data = "<sent>")]
async fn wish(at: Tilde, sent: Sent, app: &App) -> Result<Answer> {
    let level = match sent.fields.find("level") {
        Some(name) => Some(Level::named(name).ok_or(Error::NotFound)?),
        None => None,
    };
    let home = Some(sent.fields.find("home").is_some());
    entry::wish(app, &sent.viewer, &at.0, Wishes { level, home }).await?;
    Ok(done(format!("/~{}/settings", at.0), Said::Changed))
}

/// Takes out of a group what one has posted in it, who is not in it any more.
#[delete("/~/posts/<id>")]
async fn take_out(id: &str, viewer: Viewer, app: &App) -> Result<Answer> {
    let group = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    entry::take_out(app, &viewer, group).await?;
    Ok(done("/~".into(), Said::Moving))
}

/// Takes out of a group what one has posted in it, or puts it back.
#[put("/<_>/posts", rank = 22, data = "<sent>")]
async fn move_posts(at: Tilde, sent: Sent, app: &App) -> Result<Answer> {
    let back = sent.fields.text("posts") == "back";
    entry::move_posts(app, &sent.viewer, &at.0, back).await?;
    Ok(done(format!("/~{}/settings", at.0), Said::Moving))
}
