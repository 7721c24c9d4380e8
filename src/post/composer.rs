//! The composer: files are taken in one by one as they are chosen, or all with the form where there is no script.
//! Whatever is refused, everything else stays; what is typed is kept as a draft.

use rocket::http::{Header, Status};
use rocket::response::status::Custom;
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Either, Route, delete, get, post, put, routes};
use serde_json::json;
use tera::Context;

use super::card::{self, Picture};
use super::drafts::{self, Added, Content, Placed, Saved};
use super::drafts_end;
use super::drawers;
use super::meant::Meant;
use super::post::{Caption, NewPost};
use super::publish::{self, Published};
use super::sheet::{self, Sheet};
use super::{converting, waiting};
use crate::api::Json;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::{self, Sent};
use crate::id::{Id, Media, Posts};
use crate::media::{self, Purpose, SentFiles};
use crate::view::{Html, rendered};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![
        compose,
        take,
        drop_item,
        keep,
        discard,
        create,
        waiting_posts,
        take_back,
        convert_again
    ]
}

/// Begins with the draft that is asked for, or the last one; or anew. `of` is the group on whose page it stands: what is
/// for everybody so far is for that.
#[get("/compose?<kept>&<draft>&<new>&<of>")]
async fn compose(
    kept: Option<&str>,
    draft: Option<&str>,
    new: Option<&str>,
    of: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let mut sheet = Sheet::default();
    if let Some(fields) = form::take(&app.db, &app.clock, kept, &viewer).await? {
        sheet = Sheet::read(app, &viewer, &fields, None).await?;
        sheet.key = fields.text("key").to_owned();
        sheet.restored = true;
    } else if new.is_none() {
        let last = drafts::list(app, &viewer).await?.into_iter().next();
        let id = draft.map(str::to_owned).or(last.map(|draft| draft.id));
        if let Some(id) = id
            && let Some(draft) = drafts::find(app, &viewer, &id).await?
        {
            sheet.caption = draft.caption;
            sheet.meant = draft.meant;
            sheet.items = draft.items;
            sheet.kept_at = Some(draft.updated_at);
            sheet.key = id;
        }
    }
    if let Some(group) = of.and_then(|id| id.parse().ok())
        && sheet.meant == Meant::Everyone
    {
        sheet.meant = Meant::Group(group);
    }
    if sheet.key.is_empty() {
        sheet.key = crate::id::random_text(26);
    }
    sheet.on_page = !visit.htmx;
    sheet.draw(app, &visit).await
}

/// One file, sent by the script as soon as it was chosen; a video with the picture that the browser made of it. One that
/// its draft has already is that one.
#[post("/compose/items", data = "<sent>")]
async fn take(app: &App, visit: Visit, sent: SentFiles) -> Result<Html> {
    let SentFiles {
        viewer,
        fields,
        files,
        names,
    } = sent;
    let visit = visit.by(&viewer);
    let (mut file, mut poster) = (None, None);
    for (one, name) in files.into_iter().zip(names) {
        match name.as_str() {
            "poster" => poster = one.ok(),
            _ => file = Some(one),
        }
    }
    let file = file.ok_or_else(|| Error::BadRequest("No file was sent.".into()))?;
    let upload = file.map_err(|refused| refused.error().clone())?;
    let taken = app.media.take_in(&viewer, upload, Purpose::Post).await?;
    let mut item = taken.map_err(|refused| refused.error().clone())?;
    if let Some(poster) = poster {
        app.media.take_poster(&viewer, &mut item, poster).await?;
    }
    if let Some(key) = fields.find("key") {
        match drafts::add(app, &viewer, key, &item).await {
            Ok(Added::Twin(twin)) => item = *twin,
            // The file is here all the same.
            Ok(_) | Err(Error::Conflict(_) | Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    let mut context = Context::new();
    context.insert("item", &Picture::new(&item, 1));
    context.insert("count", &2);
    context.insert("wrong", &json!({}));
    app.page(&visit, "post/_pick.html", context)
}

#[delete("/compose/items/<id>")]
async fn drop_item(
    id: std::result::Result<Id<Media>, uuid::Error>,
    viewer: Viewer,
    app: &App,
) -> Result<Status> {
    sheet::discard(app, &viewer, id.map_err(|_| Error::NotFound)?).await?;
    Ok(Status::NoContent)
}

/// Keeps what is typed, as one types: what the form does not say stays as it was. Its post may be out already, sent from
/// another page: then these are the files that went along.
#[put("/compose/draft", data = "<sent>")]
async fn keep(app: &App, sent: Sent) -> Result<Either<Status, Custom<Json<serde_json::Value>>>> {
    let Sent { viewer, fields } = sent;
    let items = fields.all("item").filter_map(|id| id.parse().ok());
    let said = |name: &str, id: Id<Media>| fields.find(&format!("{name}-{id}")).map(str::to_owned);
    let placed = |id| Placed {
        id,
        alt: said("alt", id),
        focus: said("focus", id),
    };
    let content = Content {
        caption: fields.find("caption").map(str::to_owned),
        meant: fields.find("audience").and_then(Meant::named),
        items: items
            .take(app.settings.limits.form_parts)
            .map(placed)
            .collect(),
    };
    let key = fields.text("key");
    match drafts::save(app, &viewer, key, &content).await? {
        Saved::Kept | Saved::Empty => Ok(Either::Left(Status::NoContent)),
        Saved::Posted => {
            let posted = match publish::published(app, &viewer, key).await? {
                Some(id) => media::of_post(&mut *app.db.read().acquire().await?, id).await?,
                None => Vec::new(),
            };
            let items: Vec<_> = posted.iter().map(|item| item.id).collect();
            Ok(Either::Right(Custom(
                Status::Gone,
                Json(json!({ "items": items })),
            )))
        }
    }
}

/// Throws a draft away.
#[delete("/compose/drafts/<id>")]
async fn discard(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    match drafts_end::discard(app, &viewer, id).await {
        Ok(()) | Err(Error::NotFound) => Ok(Redirect::to("/compose?new=1")),
        Err(other) => Err(other),
    }
}

#[derive(Responder)]
pub enum Posted {
    Page(Box<Flash<Redirect>>),
    Fragment(Html),
    /// The script goes there, and Back does not lead to the old form.
    Elsewhere(Status, Header<'static>),
}

#[post("/p", data = "<sent>")]
async fn create(
    app: &App,
    visit: Visit,
    sent: SentFiles,
) -> Result<Either<Posted, (Status, Html)>> {
    let visit = visit.by(&sent.viewer);
    let SentFiles {
        viewer,
        fields,
        files,
        names,
    } = sent;
    let on_page = fields.text("from") != "feed";
    let key: String = fields.text("key").chars().take(64).collect();
    let mut sheet = Sheet::read(app, &viewer, &fields, None).await?;
    sheet.on_page = on_page;
    sheet.key = match key.is_empty() {
        true => crate::id::random_text(26),
        false => key,
    };
    if let Some(made) = publish::published(app, &viewer, &sheet.key).await? {
        let sent = SentFiles {
            viewer,
            fields,
            files,
            names,
        };
        return again(app, &visit, (sheet, made), sent).await;
    }
    let named = sheet.items.len();
    sheet.take(app, &viewer, files, &fields).await?;
    let fresh: Vec<Id<Media>> = sheet.items[named..].iter().map(|item| item.id).collect();
    sheet.rearrange(app, &viewer, &fields).await?;
    let Some((caption, items)) = sheet.check(app) else {
        // Its items are in a post already: the same form was faster.
        if let Some(made) = publish::published(app, &viewer, &sheet.key).await? {
            sheet::discard_all(app, &viewer, fresh).await?;
            let sent = SentFiles {
                viewer,
                fields,
                files: Vec::new(),
                names: Vec::new(),
            };
            return again(app, &visit, (sheet, made), sent).await;
        }
        return show_again(app, (&visit, &viewer), sheet).await;
    };
    let new = NewPost {
        caption,
        items,
        meant: sheet.meant,
        idempotency_key: sheet.key.clone(),
    };
    match publish::publish(app, &viewer, new).await {
        // Nothing is out, and what was typed is there.
        Err(Error::Unprocessable(said) | Error::Conflict(said)) => {
            sheet.wrong.insert("items".into(), said.into());
            show_again(app, (&visit, &viewer), sheet).await
        }
        Err(other) => Err(other),
        Ok(Published::Out(id)) => {
            // The same form was faster: what came with this one hangs nowhere.
            sheet::discard_all(app, &viewer, fresh).await?;
            Ok(Either::Left(posted(app, &visit, id, on_page).await?))
        }
        Ok(Published::Waits(_)) => Ok(Either::Left(waits(app, (&visit, &viewer), on_page).await?)),
    }
}

/// The post goes out by itself later.
async fn waits(app: &App, (visit, viewer): (&Visit, &Viewer), on_page: bool) -> Result<Posted> {
    if !visit.htmx {
        return Ok(Posted::Page(Box::new(flash(
            Redirect::to("/"),
            Said::Waits,
        ))));
    }
    if on_page {
        return Ok(elsewhere("/"));
    }
    let mut context = Context::new();
    context.insert("waiting", &waiting::list(app, viewer).await?);
    context.insert("beside", &true);
    Ok(Posted::Fragment(app.page(
        visit,
        "post/_waits.html",
        context,
    )?))
}

/// What of the viewer's waits, as it is now.
#[get("/compose/waiting")]
async fn waiting_posts(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let mut context = Context::new();
    context.insert("waiting", &waiting::list(app, &viewer).await?);
    context.insert("beside", &false);
    app.page(&visit, "post/_waiting.html", context)
}

/// Makes a post that waits a draft again, and shows it.
#[delete("/compose/drafts/<id>/publication")]
async fn take_back(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    match waiting::take_back(app, &viewer, id).await {
        Ok(()) => Ok(Redirect::to(format!("/compose?draft={id}"))),
        // Out already.
        Err(Error::NotFound) => Ok(Redirect::to("/")),
        Err(other) => Err(other),
    }
}

/// Tries a video once more that could not be converted.
#[put("/compose/items/<id>/conversion")]
async fn convert_again(
    id: std::result::Result<Id<Media>, uuid::Error>,
    viewer: Viewer,
    app: &App,
) -> Result<Redirect> {
    converting::again(app, &viewer, id.map_err(|_| Error::NotFound)?).await?;
    Ok(Redirect::to("/"))
}

/// Shows a sheet once more, and keeps it as a draft.
async fn show_again(
    app: &App,
    (visit, viewer): (&Visit, &Viewer),
    mut sheet: Sheet,
) -> Result<Either<Posted, (Status, Html)>> {
    match drafts::save(app, viewer, &sheet.key, &sheet.content()).await {
        Ok(Saved::Kept) => sheet.kept_at = Some(app.clock.now()),
        Ok(_) | Err(Error::NotFound) => {}
        Err(Error::Conflict(said)) => {
            sheet.wrong.entry("items").or_insert(said.into());
        }
        Err(other) => return Err(other),
    }
    let html = sheet.draw(app, visit).await?;
    Ok(Either::Right((sheet.status(), html)))
}

const POSTED_MEANWHILE: &str = "This draft was posted from another page meanwhile. What stands here is a new draft: look it over and post it, or throw it away.";

/// A form whose key has made a post: the same one pressed twice leads there; what differs was written on another page, and
/// becomes a draft of its own.
async fn again(
    app: &App,
    visit: &Visit,
    (mut sheet, made): (Sheet, Id<Posts>),
    sent: SentFiles,
) -> Result<Either<Posted, (Status, Html)>> {
    let same = match card::whole(app, &sent.viewer, made).await {
        Ok((post, _)) => {
            let typed = Caption::new(&sheet.caption, usize::MAX);
            sheet.items.is_empty() && typed.is_ok_and(|typed| typed.as_str() == post.caption)
        }
        // Deleted since.
        Err(Error::NotFound) => false,
        Err(other) => return Err(other),
    };
    if same {
        return Ok(Either::Left(posted(app, visit, made, sheet.on_page).await?));
    }
    sheet.key = crate::id::random_text(26);
    let (viewer, fields) = (&sent.viewer, &sent.fields);
    sheet.take(app, viewer, sent.files, fields).await?;
    sheet.rearrange(app, viewer, fields).await?;
    sheet.wrong.insert("items".into(), POSTED_MEANWHILE.into());
    show_again(app, (visit, viewer), sheet).await
}

async fn posted(app: &App, visit: &Visit, id: Id<Posts>, on_page: bool) -> Result<Posted> {
    let there = format!("/#p-{id}");
    if !visit.htmx {
        return Ok(Posted::Page(Box::new(flash(
            Redirect::to(there),
            Said::Posted,
        ))));
    }
    if on_page {
        return Ok(elsewhere(&there));
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

/// Lets the script leave the form for another page.
pub fn elsewhere(page: &str) -> Posted {
    let event = json!({ "porch:leave": { "to": page } }).to_string();
    Posted::Elsewhere(Status::Ok, Header::new("HX-Trigger", event))
}
