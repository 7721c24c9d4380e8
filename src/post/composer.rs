//! The composer: files are taken in one by one as they are chosen, or all with the form where there
//! is no script. Whatever is refused, everything else stays.

use rocket::http::{Header, Status};
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Either, Route, delete, get, post, routes};
use serde::Serialize;
use tera::Context;

use super::card::Picture;
use super::drawers;
use super::post::{Caption, alt_text};
use super::publish::{self, Described, NewPost};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::{self, Fields};
use crate::id::{Id, Media, Posts};
use crate::media::{self, Item, Purpose, Refused, SentFiles, Upload};
use crate::view::{Html, Said, Visit, flash, rendered};

pub fn routes() -> Vec<Route> {
    routes![compose, take, drop_item, create]
}

/// What the composer shows.
#[derive(Default)]
struct Draft {
    key: String,
    caption: String,
    items: Vec<Item>,
    refused: Vec<Refused>,
    wrong: serde_json::Map<String, serde_json::Value>,
    /// Given back after signing in again.
    restored: bool,
    on_page: bool,
}

#[derive(Serialize)]
struct Limits {
    items: usize,
    photo_mb: u64,
    video_mb: u64,
    post_mb: u64,
    caption: usize,
}

#[get("/compose?<kept>")]
async fn compose(kept: Option<&str>, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let mut draft = Draft {
        key: crate::id::random_text(26),
        on_page: !visit.htmx,
        ..Draft::default()
    };
    if let Some(fields) = form::take(&app.db, &app.clock, kept, &viewer).await? {
        draft.caption = fields.text("caption").to_owned();
        draft.items = staged(app, &viewer, &fields).await?;
        draft.restored = true;
    }
    draw(app, &visit, &draft)
}

fn draw(app: &App, visit: &Visit, draft: &Draft) -> Result<Html> {
    let limits = &app.settings.limits;
    let refused: Vec<_> = draft
        .refused
        .iter()
        .map(|refused| (&refused.name, &refused.sentence))
        .collect();
    let pictures: Vec<Picture> = draft
        .items
        .iter()
        .enumerate()
        .map(|(n, item)| Picture::new(item, n + 1))
        .collect();
    let mut context = Context::new();
    context.insert("key", &draft.key);
    context.insert("caption", &draft.caption);
    context.insert("items", &pictures);
    context.insert("refused", &refused);
    context.insert("wrong", &draft.wrong);
    context.insert("restored", &draft.restored);
    context.insert("on_page", &draft.on_page);
    context.insert("accepted", app.media.programs.accepted_pictures());
    context.insert(
        "limits",
        &Limits {
            items: limits.post_items,
            photo_mb: limits.photo >> 20,
            video_mb: limits.video >> 20,
            post_mb: limits.post >> 20,
            caption: limits.caption,
        },
    );
    let name = if visit.htmx {
        "post/_composer.html"
    } else {
        "post/compose.html"
    };
    app.page(visit, name, context)
}

/// The items that a form names and that are still there, with the descriptions typed for them.
async fn staged(app: &App, viewer: &Viewer, fields: &Fields) -> Result<Vec<Item>> {
    let mut items: Vec<Item> = Vec::new();
    for id in fields.all("item").take(2 * app.settings.limits.post_items) {
        let Ok(id) = id.parse::<Id<Media>>() else {
            continue;
        };
        if items.iter().any(|item| item.id == id) {
            continue;
        }
        if let Some(mut item) = media::find_staged(&app.db, viewer.id, id).await? {
            item.alt = fields.text(&format!("alt-{id}")).to_owned();
            items.push(item);
        }
    }
    Ok(items)
}

/// Takes received files in, one after the other, each with the description that was typed for it.
async fn take_all(
    app: &App,
    viewer: &Viewer,
    files: Vec<Result<Upload, Refused>>,
    alts: &Fields,
) -> Result<(Vec<Item>, Vec<Refused>)> {
    let (mut items, mut refused) = (Vec::new(), Vec::new());
    let mut alts = alts.all("alt");
    for file in files {
        let alt = alts.next().unwrap_or_default();
        let taken = match file {
            Ok(upload) => app.media.take_in(viewer, upload, Purpose::Post).await?,
            Err(refusal) => Err(refusal),
        };
        match taken {
            Ok(item) => items.push(Item {
                alt: alt.to_owned(),
                ..item
            }),
            Err(refusal) => refused.push(refusal),
        }
    }
    Ok((items, refused))
}

/// One file, sent by the script as soon as it was chosen.
#[post("/compose/items", data = "<sent>")]
async fn take(app: &App, visit: Visit, sent: SentFiles) -> Result<Html> {
    let visit = visit.by(&sent.viewer);
    let (items, refused) = take_all(app, &sent.viewer, sent.files, &sent.fields).await?;
    if let Some(refused) = refused.first() {
        return Err(refused.error().clone());
    }
    let item = items
        .first()
        .ok_or_else(|| Error::BadRequest("No file was sent.".into()))?;
    let mut context = Context::new();
    context.insert("item", &Picture::new(item, 1));
    context.insert("wrong", &());
    app.page(&visit, "post/_pick.html", context)
}

#[delete("/compose/items/<id>")]
async fn drop_item(
    id: std::result::Result<Id<Media>, uuid::Error>,
    viewer: Viewer,
    app: &App,
) -> Result<Status> {
    discard(app, &viewer, id.map_err(|_| Error::NotFound)?).await?;
    Ok(Status::NoContent)
}

async fn discard(app: &App, viewer: &Viewer, id: Id<Media>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let key = media::discard_staged(&mut tx, viewer.id, id, app.clock.now()).await?;
    tx.commit().await?;
    app.media.remove_files_soon(vec![key]);
    Ok(())
}

#[derive(Responder)]
enum Posted {
    Page(Box<Flash<Redirect>>),
    Fragment(Html),
    Elsewhere(Status, Header<'static>),
}

#[post("/p", data = "<sent>")]
async fn create(
    app: &App,
    visit: Visit,
    sent: SentFiles,
) -> Result<Either<Posted, (Status, Html)>> {
    let SentFiles {
        viewer,
        fields,
        files,
        ..
    } = sent;
    let visit = visit.by(&viewer);
    let on_page = fields.text("from") != "feed";
    let key: String = fields.text("key").chars().take(64).collect();
    if !key.is_empty()
        && let Some(id) = publish::published(app, &viewer, &key).await?
    {
        return Ok(Either::Left(posted(app, &visit, id, on_page).await?));
    }
    let mut draft = Draft {
        caption: fields.text("caption").to_owned(),
        on_page,
        ..Draft::default()
    };
    draft.key = if key.is_empty() {
        crate::id::random_text(26)
    } else {
        key
    };
    draft.items = staged(app, &viewer, &fields).await?;
    let (mut taken, refused) = take_all(app, &viewer, files, &fields).await?;
    let fresh: Vec<Id<Media>> = taken.iter().map(|item| item.id).collect();
    draft.items.append(&mut taken);
    draft.refused = refused;
    let rearranged = rearrange(app, &viewer, &fields, &mut draft.items).await?;
    let valid = check(app, &mut draft);
    let (Some((caption, items)), false) = (valid, rearranged) else {
        // Its items are in a post already: the same form was faster.
        if let Some(id) = publish::published(app, &viewer, &draft.key).await? {
            return Ok(Either::Left(posted(app, &visit, id, on_page).await?));
        }
        if rearranged {
            draft.wrong.clear();
        }
        let status = if rearranged {
            Status::Ok
        } else {
            Status::UnprocessableEntity
        };
        return Ok(Either::Right((status, draw(app, &visit, &draft)?)));
    };
    let new = NewPost {
        caption,
        items,
        idempotency_key: draft.key,
    };
    let id = publish::publish(app, &viewer, new).await?;
    // The same form was faster: what came with this one hangs nowhere.
    for item in fresh {
        match discard(app, &viewer, item).await {
            Ok(()) | Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(Either::Left(posted(app, &visit, id, on_page).await?))
}

/// Caption and items, if they may be published; otherwise `draft.wrong` says why not.
fn check(app: &App, draft: &mut Draft) -> Option<(Caption, Described)> {
    let limits = &app.settings.limits;
    let caption = Caption::new(&draft.caption, limits.caption);
    if let Err(message) = &caption {
        draft
            .wrong
            .insert("caption".into(), message.as_str().into());
    }
    let (count, most) = (draft.items.len(), limits.post_items);
    let message = match (count, draft.refused.is_empty()) {
        (0, true) => Some("Choose at least one photo or video.".to_owned()),
        (_, false) => {
            Some("Not everything was taken; see below. The rest is here and safe.".into())
        }
        (count, true) if count > most => Some(format!(
            "A post holds at most {most}; these are {count}. Remove some."
        )),
        _ => None,
    };
    if let Some(message) = message {
        draft.wrong.insert("items".into(), message.into());
    }
    let mut items = Vec::with_capacity(count);
    for item in &draft.items {
        match alt_text(&item.alt, limits.alt) {
            Ok(alt) => items.push((item.id, alt)),
            Err(message) => {
                draft
                    .wrong
                    .insert(format!("alt-{}", item.id), message.into());
            }
        }
    }
    caption
        .ok()
        .filter(|_| draft.wrong.is_empty())
        .map(|caption| (caption, items))
}

/// The buttons of a composer without script: remove an item, or let it change places with the one
/// before or after it.
async fn rearrange(
    app: &App,
    viewer: &Viewer,
    fields: &Fields,
    items: &mut Vec<Item>,
) -> Result<bool> {
    let place = |name: &str| {
        let wanted = fields.find(name)?;
        items.iter().position(|item| item.id.to_string() == wanted)
    };
    if let Some(at) = place("remove") {
        let item = items.remove(at);
        discard(app, viewer, item.id).await?;
    } else if let Some(at) = place("earlier") {
        items.swap(at, at.saturating_sub(1));
    } else if let Some(at) = place("later") {
        let last = items.len() - 1;
        items.swap(at, (at + 1).min(last));
    } else {
        return Ok(fields.find("add").is_some());
    }
    Ok(true)
}

async fn posted(app: &App, visit: &Visit, id: Id<Posts>, on_page: bool) -> Result<Posted> {
    if !visit.htmx {
        let home = flash(Redirect::to("/"), Said::Posted);
        return Ok(Posted::Page(Box::new(home)));
    }
    if on_page {
        return Ok(Posted::Elsewhere(
            Status::Ok,
            Header::new("HX-Redirect", "/"),
        ));
    }
    let card = drawers::current(app, id).await?.ok_or(Error::NotFound)?;
    let mut context = Context::new();
    context.insert("id", &id);
    context.insert("k", &card.k);
    context.insert_value("card", rendered(&card.html));
    Ok(Posted::Fragment(app.page(
        visit,
        "post/_posted.html",
        context,
    )?))
}
