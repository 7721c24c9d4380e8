//! Captions of a video: what is said in it, as text with times. Its author writes them here, or brings them from a
//! program; whoever sees the video may read them.

use rocket::http::{Header, Status};
use rocket::response::{Redirect, Responder};
use rocket::{Either, Route, delete, get, post, put, routes};
use serde::Serialize;
use serde_json::Value;
use sqlx::AnyConnection;
use tera::Context;
use utoipa::ToSchema;

use super::card::Picture;
use super::publish;
use super::sight::see;
use crate::api::{Body, Json};
use crate::app::App;
use crate::auth::{Anyone, Caller, Viewer};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::form::{Fields, Wrong, wrong};
use crate::house::Pictures;
use crate::id::{Id, Media};
use crate::media::{self, Item, SentFiles};
use crate::view::Html;
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![page, file, save, take_away]
}

pub fn api_routes() -> Vec<Route> {
    routes![read, write, remove]
}

/// Bytes of the captions of one video: a field of a form with parts holds a little more, for line ends of two bytes.
const MOST: usize = 60_000;

/// Captions that were checked.
struct Captions {
    /// BCP 47.
    language: String,
    text: String,
}

impl Captions {
    fn new(text: &str, language: &str) -> std::result::Result<Captions, Wrong> {
        let parts = language.split('-');
        let plain = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if !(2..=35).contains(&language.len()) || !parts.into_iter().all(plain) {
            return Err(wrong(
                "language",
                "Name the language by its code, such as en, de or pt-BR.",
            ));
        }
        if text.len() > MOST {
            let said = format!(
                "These are {} KB; at most {} KB are taken.",
                text.len() / 1_000,
                MOST / 1_000
            );
            return Err(wrong("text", said));
        }
        match media::captions(text) {
            Ok(text) => Ok(Captions {
                text,
                language: language.to_owned(),
            }),
            Err(misread) => Err(wrong("text", misread.to_string())),
        }
    }
}

const TEXT: &str = "select text from captions where media_id = $1";

async fn text_of(connection: &mut AnyConnection, id: Id<Media>) -> Result<Option<String>> {
    let found: Option<(String,)> = sqlx::query_as(TEXT)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    Ok(found.map(|(text,)| text))
}

const PUT: &str = "
    insert into captions (media_id, text) values ($1, $2)
    on conflict (media_id) do update set text = excluded.text";

const NOTE: &str = "
    update media set captions = captions + 1, captions_language = $3
     where id = $1 and owner_id = $2 and duration_ms > 0 and purpose = 'post'";

async fn put_captions(app: &App, viewer: &Viewer, (id, new): (Id<Media>, &Captions)) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let noted = sqlx::query(NOTE)
        .bind(id)
        .bind(viewer.id)
        .bind(&new.language)
        .execute(&mut *tx)
        .await?;
    if noted.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    sqlx::query(PUT)
        .bind(id)
        .bind(&new.text)
        .execute(&mut *tx)
        .await?;
    changed(app, tx, id).await
}

const DROP: &str = "delete from captions where media_id = $1";

const NOTE_NONE: &str = "
    update media set captions = 0, captions_language = ''
     where id = $1 and owner_id = $2 and captions > 0";

async fn drop_captions(app: &App, viewer: &Viewer, id: Id<Media>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let noted = sqlx::query(NOTE_NONE)
        .bind(id)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if noted.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    sqlx::query(DROP).bind(id).execute(&mut *tx).await?;
    changed(app, tx, id).await
}

async fn changed(app: &App, mut tx: Tx, id: Id<Media>) -> Result<()> {
    publish::redraw(app, &mut tx, id).await?;
    tx.commit().await
}

/// A video of the viewer's.
async fn own(app: &App, viewer: &Viewer, id: &str) -> Result<Item> {
    let id: Id<Media> = id.parse().map_err(|_| Error::NotFound)?;
    let item = media::find_by_id(&app.db, id).await?;
    let is_own = |item: &Item| item.owner_id == viewer.id && item.is_video();
    item.filter(is_own).ok_or(Error::NotFound)
}

/// The form and what stands in it.
async fn draw(
    app: &App,
    visit: &Visit,
    (item, fields): (&Item, Option<&Fields>),
    wrong: &Wrong,
) -> Result<Html> {
    let mut connection = app.db.read().acquire().await?;
    let kept = text_of(&mut connection, item.id).await?;
    let language = match item.captions_language.as_str() {
        "" => "en",
        known => known,
    };
    let mut context = Context::new();
    context.insert("item", &Picture::new(item, 1));
    context.insert("post", &item.post_id);
    context.insert("kept", &kept.is_some());
    context.insert(
        "text",
        &fields.map_or(kept.as_deref().unwrap_or(""), |fields| fields.text("text")),
    );
    context.insert(
        "language",
        &fields.map_or(language, |fields| fields.text("language")),
    );
    context.insert("most_kb", &(MOST / 1_000));
    context.insert("wrong", wrong);
    app.page(visit, "post/captions.html", context)
}

#[get("/captions/<id>", rank = 2)]
async fn page(id: &str, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let item = own(app, &viewer, id).await?;
    draw(app, &visit, (&item, None), &Wrong::new()).await
}

type Saved = Either<rocket::response::Flash<Redirect>, (Status, Html)>;

#[post("/captions/<id>", data = "<sent>")]
async fn save(id: &str, visit: Visit, app: &App, sent: SentFiles) -> Result<Saved> {
    let SentFiles { viewer, fields, .. } = sent;
    let (item, visit) = (own(app, &viewer, id).await?, visit.by(&viewer));
    let wrong = match Captions::new(fields.text("text"), fields.text("language").trim()) {
        Ok(new) => {
            put_captions(app, &viewer, (item.id, &new)).await?;
            let back = format!("/captions/{}", item.id);
            return Ok(Either::Left(flash(Redirect::to(back), Said::Changed)));
        }
        Err(wrong) => wrong,
    };
    let html = draw(app, &visit, (&item, Some(&fields)), &wrong).await?;
    Ok(Either::Right((Status::UnprocessableEntity, html)))
}

#[delete("/captions/<id>")]
async fn take_away(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    let item = own(app, &viewer, id).await?;
    drop_captions(app, &viewer, item.id).await?;
    Ok(Redirect::to(format!("/captions/{}", item.id)))
}

/// A text track.
#[derive(Responder)]
#[response(content_type = "text/vtt; charset=utf-8")]
struct Track {
    text: String,
    keeping: Header<'static>,
}

/// What the player reads: for whoever may see the video.
#[get("/captions/<id>/track.vtt")]
async fn file(id: &str, visitor: Anyone, app: &App) -> Result<Track> {
    let id: Id<Media> = id.parse().map_err(|_| Error::NotFound)?;
    let item = media::find_by_id(&app.db, id)
        .await?
        .ok_or(Error::NotFound)?;
    let viewer = visitor.0.map(|viewer| viewer.id);
    let rules = app.house.rules().await?;
    if viewer.is_none() && rules.pictures() != Pictures::Address {
        return Err(Error::NotFound);
    }
    let mut connection = app.db.read().acquire().await?;
    let sees = match item.post_id {
        Some(post) => see(&mut connection, viewer, post).await?,
        None => viewer == Some(item.owner_id),
    };
    let text = match sees {
        true => text_of(&mut connection, id).await?,
        false => None,
    };
    Ok(Track {
        text: text.ok_or(Error::NotFound)?,
        keeping: Header::new("Cache-Control", "private, no-cache"),
    })
}

/// Captions of a video
#[derive(Serialize, ToSchema)]
pub struct VideoCaptions {
    /// BCP 47.
    #[schema(example = "en")]
    language: String,
    /// WebVTT.
    text: String,
}

/// What is said in a video, with its times
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewCaptions {
    #[schema(example = "en")]
    language: String,
    /// WebVTT or SubRip, at most 60 KB.
    #[schema(example = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello")]
    text: String,
}

/// Read a video's captions
///
/// Yours. Everybody else reads them where the video is shown.
#[utoipa::path(tag = "posts", security(("password" = [])), params(("media_id" = String, Path, description = "The video's id")), responses(
    (status = 200, description = "The captions", body = VideoCaptions),
    (status = 404, description = "No such video of yours, or it has none", body = crate::api::Detail)))]
#[get("/videos/<media_id>/captions")]
async fn read(media_id: &str, viewer: Viewer, app: &App) -> Result<Json<VideoCaptions>> {
    let item = own(app, &viewer, media_id).await?;
    let mut connection = app.db.read().acquire().await?;
    let text = text_of(&mut connection, item.id).await?;
    Ok(Json(VideoCaptions {
        language: item.captions_language,
        text: text.ok_or(Error::NotFound)?,
    }))
}

/// Give a video captions
///
/// In place of those that it has.
#[utoipa::path(tag = "posts", security(("password" = [])), params(("media_id" = String, Path, description = "The video's id")), request_body = NewCaptions, responses(
    (status = 204, description = "Kept"),
    (status = 404, description = "No such video of yours", body = crate::api::Detail)))]
#[put("/videos/<media_id>/captions", data = "<body>")]
async fn write(media_id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let (text, language) = (
        fields.text("text").to_owned(),
        fields.text("language").to_owned(),
    );
    fields.done()?;
    let item = own(app, &viewer, media_id).await?;
    let new = Captions::new(&text, &language).map_err(|wrong| {
        let said = wrong.values().filter_map(Value::as_str).collect::<Vec<_>>();
        Error::Unprocessable(said.join(" "))
    })?;
    put_captions(app, &viewer, (item.id, &new)).await?;
    Ok(Status::NoContent)
}

/// Take a video's captions away
#[utoipa::path(tag = "posts", security(("password" = [])), params(("media_id" = String, Path, description = "The video's id")), responses(
    (status = 204, description = "Gone"),
    (status = 404, description = "No such video of yours, or it has none", body = crate::api::Detail)))]
#[delete("/videos/<media_id>/captions")]
async fn remove(media_id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let item = own(app, &viewer, media_id).await?;
    drop_captions(app, &viewer, item.id).await?;
    Ok(Status::NoContent)
}
