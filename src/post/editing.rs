//! Changing a post: the composer once more, with what the post has.

use rocket::http::Status;
use rocket::response::Redirect;
use rocket::{Either, Route, get, post, put, routes};

use super::card;
use super::composer::{Posted, elsewhere};
use super::meant::Meant;
use super::pages::{PathId, found};
use super::post::Post;
use super::publish::{self, CHANGED_MEANWHILE, Edit};
use super::sheet::Sheet;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::{self, Fields, Sent};
use crate::id::{Id, Posts};
use crate::media::{Change, Item, SentFiles};
use crate::view::Html;
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![edit, change, change_words]
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
    let (post, items) = card::whole(app, &viewer, id).await?;
    post.require_author(&viewer)?;
    let mut sheet = match form::take(&app.db, &app.clock, kept, &viewer).await? {
        Some(fields) if fields.find("item").is_some() => {
            let typed = Sheet::read(app, &viewer, &fields, Some(id)).await?;
            Sheet {
                restored: true,
                ..typed
            }
        }
        Some(fields) => Sheet {
            restored: true,
            ..with_words(&post, items, &fields)
        },
        None => with_words(&post, items, &Fields::default()),
    };
    sheet.on_page = true;
    sheet.draw(app, &visit).await
}

/// The post as it is, but for what a form says that names no order.
fn with_words(post: &Post, mut items: Vec<Item>, fields: &Fields) -> Sheet {
    for item in &mut items {
        if let Some(alt) = fields.find(&format!("alt-{}", item.id)) {
            item.alt = alt.to_owned();
        }
        if let Some(focus) = fields.find(&format!("focus-{}", item.id)) {
            item.focus = focus.to_owned();
        }
    }
    Sheet {
        caption: fields.find("caption").unwrap_or(&post.caption).to_owned(),
        meant: Meant::named(fields.text("audience")).unwrap_or(post.meant),
        items,
        post: Some(post.id),
        seen: Some(
            match fields.find("seen").and_then(|seen| seen.parse().ok()) {
                Some(seen) => seen,
                None => post.versions.number(),
            },
        ),
        ..Sheet::default()
    }
}

/// The form of the page: words, order, what came and what went.
#[post("/p/<id>", data = "<sent>")]
async fn change(
    id: PathId,
    visit: Visit,
    app: &App,
    sent: SentFiles,
) -> Result<Either<Posted, (Status, Html)>> {
    let SentFiles {
        viewer,
        fields,
        files,
        ..
    } = sent;
    let (id, visit) = (found(id)?, visit.by(&viewer));
    let (post, _) = card::whole(app, &viewer, id).await?;
    post.require_author(&viewer)?;
    let mut sheet = Sheet::read(app, &viewer, &fields, Some(id)).await?;
    sheet.meant = Meant::named(fields.text("audience")).unwrap_or(post.meant);
    sheet.on_page = true;
    sheet.take(app, &viewer, files, &fields).await?;
    sheet.rearrange(app, &viewer, &fields).await?;
    finish(app, &visit, (&viewer, id), sheet).await
}

/// The words alone, as forms sent them before pictures could come and go.
#[put("/p/<id>", data = "<sent>")]
async fn change_words(
    id: PathId,
    visit: Visit,
    app: &App,
    sent: Sent,
) -> Result<Either<Posted, (Status, Html)>> {
    let Sent { viewer, fields } = sent;
    let (id, visit) = (found(id)?, visit.by(&viewer));
    let (post, items) = card::whole(app, &viewer, id).await?;
    post.require_author(&viewer)?;
    let mut sheet = with_words(&post, items, &fields);
    sheet.on_page = true;
    finish(app, &visit, (&viewer, id), sheet).await
}

/// Saves the sheet, or shows it again.
async fn finish(
    app: &App,
    visit: &Visit,
    (viewer, id): (&Viewer, Id<Posts>),
    mut sheet: Sheet,
) -> Result<Either<Posted, (Status, Html)>> {
    let Some((caption, items)) = sheet.check(app) else {
        let html = sheet.draw(app, visit).await?;
        return Ok(Either::Right((sheet.status(), html)));
    };
    let order = items.iter().map(|item| item.id).collect();
    let items = items.into_iter().map(|item| Change {
        id: item.id,
        alt: Some(item.alt),
        focus: Some(item.focus),
    });
    let edit = Edit {
        caption: Some(caption),
        items: items.collect(),
        order: Some(order),
        meant: Some(sheet.meant),
        seen: sheet.seen,
    };
    match publish::edit(app, viewer, id, edit).await {
        Ok(()) => Ok(Either::Left(changed(visit, id))),
        Err(Error::Conflict(said)) if said == publish::CHANGED_MEANWHILE => {
            changed_meanwhile(app, viewer, &mut sheet, id).await?;
            let html = sheet.draw(app, visit).await?;
            Ok(Either::Right((sheet.status(), html)))
        }
        Err(Error::Unprocessable(said) | Error::Conflict(said)) => {
            sheet.wrong.insert("items".into(), said.into());
            let html = sheet.draw(app, visit).await?;
            Ok(Either::Right((sheet.status(), html)))
        }
        Err(other) => Err(other),
    }
}

/// Somebody's other page was faster: what it added stands at the end, and saving again overrules the rest.
async fn changed_meanwhile(
    app: &App,
    viewer: &Viewer,
    sheet: &mut Sheet,
    id: Id<Posts>,
) -> Result<()> {
    let (post, items) = card::whole(app, viewer, id).await?;
    for item in items {
        if !sheet.items.iter().any(|known| known.id == item.id) {
            sheet.items.push(item);
        }
    }
    sheet.seen = Some(post.versions.number());
    sheet.wrong.insert("items".into(), CHANGED_MEANWHILE.into());
    Ok(())
}

/// Back on the post's page, which says that it was changed.
fn changed(visit: &Visit, id: Id<Posts>) -> Posted {
    let page = format!("/p/{id}");
    match visit.htmx {
        true => elsewhere(&page),
        false => Posted::Page(Box::new(flash(Redirect::to(page), Said::Changed))),
    }
}
