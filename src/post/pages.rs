//! The feed's pages: home, one post, changing and deleting it.

use std::sync::Arc;

use rocket::http::{ContentType, Header, Status};
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Either, Route, delete, get, put, routes};
use serde_json::json;
use tera::Context;

use super::card::{self, Card};
use super::feed::{self, Feed};
use super::post::{Caption, Post, alt_text, focus};
use super::publish;
use super::spans::spans;
use crate::app::App;
use crate::auth::{Anyone, Viewer};
use crate::error::{Error, Result};
use crate::form::{self, Fields, Sent};
use crate::id::{Id, Posts};
use crate::media::{Change, Item, PLACES};
use crate::view::{Html, Said, Visit, flash, rendered};

pub fn routes() -> Vec<Route> {
    routes![home, one, picture, edit, change, confirm, remove, me]
}

/// A path id that is not one is an address that does not exist.
type PathId = std::result::Result<Id<Posts>, uuid::Error>;

fn found(id: PathId) -> Result<Id<Posts>> {
    id.map_err(|_| Error::NotFound)
}

#[get("/?<before>&<through>")]
async fn home(
    before: Option<&str>,
    through: Option<&str>,
    visit: Visit,
    viewer: Viewer,
    app: &App,
) -> Result<Html> {
    let (before, through) = (feed::cursor(before)?, feed::cursor(through)?);
    let first = before.is_none();
    let feed = match before {
        None => feed::newest(app, viewer.as_of).await?,
        before => Arc::new(feed::home(app, (before, through)).await?),
    };
    let mut context = Context::new();
    let empty = first && feed.cards.is_empty();
    context.insert("empty", &empty);
    context.insert(
        "keeper",
        &(empty && viewer.is_admin()).then(|| Keeper::of(app)),
    );
    context.insert("first", &first);
    context.insert("live", &app.hub.cursor(viewer.as_of));
    draw_feed(app, &visit, ("post/home.html", context), ("/", &feed))
}

/// What whoever looks after an empty place has to know.
#[derive(serde::Serialize)]
struct Keeper {
    address: String,
    public: bool,
    /// Nobody comes in before the address is confirmed.
    confirms: bool,
}

impl Keeper {
    fn of(app: &App) -> Keeper {
        Keeper {
            address: app.settings.address_url(app.settings.port),
            public: app.settings.public_url.is_some(),
            confirms: app.settings.require_verified,
        }
    }
}

/// Where the cards go in a page that is drawn. No text of a person's can hold it: `<` is escaped.
const CARDS: &str = "<!--cards-->";

/// A page with a feed that begins at `path`; or, for the link that asks for the next page, just that.
pub fn draw_feed(
    app: &App,
    visit: &Visit,
    (template, mut context): (&str, Context),
    (path, feed): (&str, &Feed),
) -> Result<Html> {
    let first = context.get("first").is_some_and(tera::Value::is_truthy);
    let template = if visit.htmx && !first {
        "post/_older.html"
    } else {
        template
    };
    context.insert_value("cards", rendered(CARDS));
    context.insert(
        "older",
        &feed
            .older
            .as_ref()
            .map(|cursor| format!("{path}?before={cursor}")),
    );
    // Put in afterwards: the template engine would copy them several times over.
    let page = app.page(visit, template, context)?;
    Ok(page.with(CARDS, feed.cards.clone()))
}

#[get("/p/<id>")]
async fn one(id: PathId, visit: Visit, viewer: Viewer, app: &App) -> Result<Html> {
    let (post, items) = card::whole(app, found(id)?).await?;
    let mut context = Context::new();
    context.insert("caption", &spans(&post.caption));
    context.insert("edited", &post.edited_at.is_some());
    context.insert("loading", "now");
    context.insert("post", &Card::new(app, post, &items));
    context.insert("live", &app.hub.cursor(viewer.as_of));
    app.page(&visit, "post/one.html", context)
}

/// One picture of a post, whole: the viewer where no script runs.
#[get("/p/<id>/<number>", rank = 5)]
async fn picture(
    id: PathId,
    number: &str,
    visit: Visit,
    _viewer: Viewer,
    app: &App,
) -> Result<Html> {
    let (post, items) = card::whole(app, found(id)?).await?;
    let number: usize = number.parse().map_err(|_| Error::NotFound)?;
    if !(1..=items.len()).contains(&number) {
        return Err(Error::NotFound);
    }
    let mut context = Context::new();
    context.insert("caption", &spans(&post.caption));
    let card = Card::new(app, post, &items);
    context.insert("item", &card.items[number - 1]);
    context.insert("before", &(number > 1).then(|| number - 1));
    context.insert("after", &(number < items.len()).then_some(number + 1));
    context.insert("post", &card);
    app.page(&visit, "post/picture.html", context)
}

#[get("/p/<id>/edit?<kept>")]
async fn edit(
    id: PathId,
    kept: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let id = found(id)?;
    let (post, items) = card::whole(app, id).await?;
    post.require_author(&viewer)?;
    let typed = form::take(&app.db, &app.clock, kept, &viewer).await?;
    editor(app, &visit, (post, &items), (typed, json!({})))
}

/// The form that changes a post: with what is stored, or with what was typed and what is wrong in it.
fn editor(
    app: &App,
    visit: &Visit,
    (post, items): (Post, &[Item]),
    (typed, wrong): (Option<Fields>, serde_json::Value),
) -> Result<Html> {
    let mut caption = post.caption.clone();
    let mut card = Card::new(app, post, items);
    if let Some(typed) = &typed {
        caption = typed.text("caption").to_owned();
        for item in &mut card.items {
            if let Some(alt) = typed.find(&format!("alt-{}", item.id)) {
                item.alt = alt.to_owned();
            }
            if let Some(focus) = typed.find(&format!("focus-{}", item.id)) {
                item.focus = focus.to_owned();
            }
        }
    }
    let mut context = Context::new();
    context.insert("caption", &caption);
    context.insert("post", &card);
    context.insert("restored", &(typed.is_some() && wrong == json!({})));
    context.insert("wrong", &wrong);
    context.insert("places", &PLACES);
    context.insert("caption_most", &app.settings.limits.caption);
    app.page(visit, "post/edit.html", context)
}

#[put("/p/<id>", data = "<sent>")]
async fn change(
    id: PathId,
    visit: Visit,
    app: &App,
    sent: Sent,
) -> Result<Either<Flash<Redirect>, (Status, Html)>> {
    let Sent { viewer, fields } = sent;
    let (id, visit) = (found(id)?, visit.by(&viewer));
    let (post, items) = card::whole(app, id).await?;
    post.require_author(&viewer)?;
    let limits = &app.settings.limits;
    let mut wrong = serde_json::Map::new();
    let caption = Caption::new(fields.text("caption"), limits.caption)
        .map_err(|message| wrong.insert("caption".into(), message.into()));
    let mut changes = Vec::new();
    for item in &items {
        let mut read = |name: String, check: &dyn Fn(&str) -> Result<String, String>| {
            let checked = check(fields.find(&name)?);
            checked
                .map_err(|message| wrong.insert(name, message.into()))
                .ok()
        };
        changes.push(Change {
            id: item.id,
            alt: read(format!("alt-{}", item.id), &|alt| alt_text(alt, limits.alt)),
            focus: read(format!("focus-{}", item.id), &focus),
        });
    }
    let (Ok(caption), true) = (caption, wrong.is_empty()) else {
        let html = editor(app, &visit, (post, &items), (Some(fields), wrong.into()))?;
        return Ok(Either::Right((Status::UnprocessableEntity, html)));
    };
    publish::edit(app, &viewer, id, (Some(caption), changes)).await?;
    let page = Redirect::to(format!("/p/{id}"));
    Ok(Either::Left(flash(page, Said::Changed)))
}

#[get("/p/<id>/delete")]
async fn confirm(id: PathId, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let (post, items) = card::whole(app, found(id)?).await?;
    post.require_author(&viewer)?;
    let mut context = Context::new();
    context.insert("post", &Card::new(app, post, &items));
    app.page(&visit, "post/confirm_delete.html", context)
}

#[delete("/p/<id>")]
async fn remove(
    id: PathId,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Either<Flash<Redirect>, Html>> {
    publish::remove(app, &viewer, found(id)?).await?;
    if visit.htmx {
        let said = app.page(&visit, "post/_deleted.html", Context::new())?;
        return Ok(Either::Right(said));
    }
    Ok(Either::Left(flash(Redirect::to("/"), Said::Deleted)))
}

/// For one reader only.
#[derive(Responder)]
struct Private((ContentType, String), Header<'static>);

/// Shows the reader's own controls on cards that are the same for everybody. The server checks every
/// write anyway.
#[get("/me.css")]
fn me(visitor: Anyone) -> Private {
    let rules = visitor.0.map_or_else(String::new, |viewer| {
        let id = viewer.id;
        format!(
            "@layer states {{ [data-author=\"{id}\"] .for-owner {{ display: revert-layer; }} }}\n"
        )
    });
    Private(
        (ContentType::CSS, rules),
        Header::new("Cache-Control", "no-store"),
    )
}
