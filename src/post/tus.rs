//! Uploads in pieces, by tus 1.0 (tus.io/protocols/resumable-upload): creation, also with the first piece, expiration,
//! checksums, termination.

use futures::future::BoxFuture;
use rocket::data::Data;
use rocket::http::Status;
use rocket::{Either, Route, delete, get, head, options, patch, post, routes};
use serde::Serialize;
use serde_json::json;
use tera::Context;
use utoipa::{IntoParams, ToSchema};

use super::card::Picture;
use super::tus_headers::{Said, Told, VERSION};
use super::uploads::{self, Announced, Sending};
use crate::api::Json;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::limit::{Act, Key};
use crate::media::{self, Arrived, Checksum, Refused, shown_name};
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![outcome]
}

pub fn api_routes() -> Vec<Route> {
    routes![
        abilities,
        begin,
        list,
        where_it_is,
        go_on,
        go_on_by_post,
        cancel
    ]
}

/// The version that is spoken
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
struct TusVersion {
    #[param(rename = "Tus-Resumable", example = "1.0.0")]
    version: Option<String>,
}

/// What an upload begins with
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
struct TusHeaders {
    #[param(rename = "Tus-Resumable", example = "1.0.0")]
    version: Option<String>,
    #[param(rename = "Upload-Length", example = 1_000_000)]
    length: Option<u64>,
    /// Names, and their values in Base64.
    #[param(rename = "Upload-Metadata", example = "filename YS5tcDQ=")]
    metadata: Option<String>,
}

/// Files on their way
#[derive(Serialize, ToSchema)]
pub struct Unfinished {
    uploads: Vec<UnfinishedUpload>,
}

/// A file of which a part is here
#[derive(Serialize, ToSchema)]
pub struct UnfinishedUpload {
    id: String,
    name: String,
    bytes: i64,
    /// Bytes that are safe.
    received: i64,
    known_by: String,
    draft: String,
}

/// What is spoken here
///
/// By tus 1.0 (<https://tus.io/protocols/resumable-upload>); any client of it will do.
#[utoipa::path(tag = "uploads", responses((status = 204, description = "`Tus-Version`, `Tus-Extension`, `Tus-Max-Size`")))]
#[options("/uploads")]
fn abilities(app: &App) -> Told {
    Told::new(Status::NoContent)
        .with("Tus-Version", VERSION)
        .with(
            "Tus-Extension",
            "creation,creation-with-upload,expiration,checksum,termination",
        )
        .with("Tus-Checksum-Algorithm", Checksum::NAMES)
        .with("Tus-Max-Size", app.media.largest_video())
}

/// Begin an upload
///
/// `Upload-Length` says how long the file is; `Upload-Metadata` its `filename`, the `draft` that it goes to, and what
/// its sender knows it by again (`known_by`). A first piece may come along. The file is in its draft when it is whole.
#[utoipa::path(tag = "uploads", security(("password" = [])), params(TusHeaders), request_body(content = Option<Vec<u8>>, content_type = "application/offset+octet-stream"), responses(
    (status = 201, description = "Begun: `Location`, `Upload-Expires`, and `Upload-Offset` where a piece came along"),
    (status = 400, description = "A header is missing, or not what it should be", body = crate::api::Detail),
    (status = 409, description = "As many are on their way as may be", body = crate::api::Detail),
    (status = 412, description = "Another version of tus", body = crate::api::Detail),
    (status = 413, description = "Over a limit or your quota", body = crate::api::Detail),
    (status = 415, description = "Its first piece is of no kind of file that is taken", body = crate::api::Detail),
    (status = 460, description = "The bytes of its first piece are others than were sent", body = crate::api::Detail),
    (status = 507, description = "The disk of the server is full", body = crate::api::Detail)))]
#[post("/uploads", data = "<data>", rank = 2)]
async fn begin(said: Said, viewer: Viewer, app: &App, data: Data<'_>) -> Result<Told> {
    said.require_version()?;
    let bytes = said.length.filter(|bytes| *bytes > 0);
    let bytes = bytes.ok_or_else(|| {
        Error::BadRequest("Upload-Length has to say how many bytes the file has.".into())
    })?;
    let name = shown_name(&said.meta("filename")?);
    let new = Announced {
        bytes,
        name: if name.is_empty() { "file".into() } else { name },
        draft: said.meta("draft")?.chars().take(64).collect(),
        known_by: said.meta("known_by")?.chars().take(64).collect(),
    };
    app.limiter
        .spend(Act::Upload, Key::Account(viewer.id), 1)
        .await?;
    let id = uploads::begin(app, &viewer, &new).await?;
    let told = Told::new(Status::Created)
        .with("Location", format!("/uploads/{id}"))
        .expires(app);
    if !said.octets {
        return Ok(told);
    }
    let first = said.at_the_beginning();
    match received(app, (&viewer, &id), &first, data).await {
        Ok(_) => {}
        // What of it came is kept; its sender goes on from there.
        Err(Error::Conflict(_)) => {}
        Err(other) => {
            // Its sender does not know where it is.
            match uploads::cancel(app, &viewer, &id).await {
                Ok(()) | Err(Error::NotFound) => return Err(other),
                Err(worse) => return Err(worse),
            }
        }
    }
    let sending = found(app, &viewer, &id).await?;
    Ok(told.with("Upload-Offset", sending.received))
}

/// Your uploads that are not whole yet
#[utoipa::path(tag = "uploads", security(("password" = [])), responses((status = 200, description = "The last touched first", body = Unfinished)))]
#[get("/uploads")]
async fn list(viewer: Viewer, app: &App) -> Result<Json<Unfinished>> {
    let unfinished = uploads::unfinished(app, &viewer).await?.into_iter();
    let shown = |sending: Sending| UnfinishedUpload {
        id: sending.id,
        name: sending.name,
        bytes: sending.bytes,
        received: sending.received,
        known_by: sending.known_by,
        draft: sending.draft_id,
    };
    Ok(Json(Unfinished {
        uploads: unfinished.map(shown).collect(),
    }))
}

async fn found(app: &App, viewer: &Viewer, id: &str) -> Result<Sending> {
    let mut connection = app.db.read().acquire().await?;
    uploads::find(&mut connection, viewer, id).await
}

/// How much has arrived
///
/// Who writes it now is told to leave first.
#[utoipa::path(tag = "uploads", security(("password" = [])), params(("id" = String, Path, description = "The upload's id"), TusVersion), responses(
    (status = 200, description = "`Upload-Offset`, `Upload-Length`, `Upload-Expires`"),
    (status = 404, description = "No such upload of yours, or it is taken in"),
    (status = 412, description = "Another version of tus")))]
#[head("/uploads/<id>")]
async fn where_it_is(id: &str, said: Said, viewer: Viewer, app: &App) -> Result<Told> {
    said.require_version()?;
    found(app, &viewer, id).await?;
    let _alone = app.media.alone_with(id).await?;
    let sending = found(app, &viewer, id).await?;
    Ok(Told::new(Status::Ok)
        .with("Upload-Offset", sending.received)
        .with("Upload-Length", sending.bytes)
        .expires(app))
}

/// Send a piece
///
/// From `Upload-Offset` on, as `application/offset+octet-stream`. Of a line that breaks what came is kept, unless the
/// piece has an `Upload-Checksum`.
#[utoipa::path(tag = "uploads", security(("password" = [])), params(("id" = String, Path, description = "The upload's id"), TusVersion), request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"), responses(
    (status = 204, description = "`Upload-Offset` says how much is there"),
    (status = 400, description = "A header is missing", body = crate::api::Detail),
    (status = 404, description = "No such upload of yours", body = crate::api::Detail),
    (status = 409, description = "Another offset, or somebody took over", body = crate::api::Detail),
    (status = 412, description = "Another version of tus", body = crate::api::Detail),
    (status = 415, description = "Another type, or no kind of file that is taken", body = crate::api::Detail),
    (status = 460, description = "The bytes are others than were sent", body = crate::api::Detail)))]
#[patch("/uploads/<id>", data = "<data>")]
async fn go_on(id: &str, said: Said, viewer: Viewer, app: &App, data: Data<'_>) -> Result<Told> {
    received(app, (&viewer, id), &said, data).await
}

/// Send a piece where PATCH does not get through
///
/// With `X-HTTP-Method-Override: PATCH`.
#[utoipa::path(tag = "uploads", security(("password" = [])), params(("id" = String, Path, description = "The upload's id"), TusVersion), request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"), responses(
    (status = 204, description = "`Upload-Offset` says how much is there"),
    (status = 400, description = "A header is missing", body = crate::api::Detail),
    (status = 404, description = "No such upload of yours", body = crate::api::Detail),
    (status = 409, description = "Another offset, or somebody took over", body = crate::api::Detail),
    (status = 412, description = "Another version of tus", body = crate::api::Detail),
    (status = 415, description = "Another type", body = crate::api::Detail)))]
#[post("/uploads/<id>", data = "<data>")]
async fn go_on_by_post(
    id: &str,
    said: Said,
    viewer: Viewer,
    app: &App,
    data: Data<'_>,
) -> Result<Told> {
    match said.method.as_deref() {
        Some("PATCH") => received(app, (&viewer, id), &said, data).await,
        _ => Err(Error::BadRequest(
            "A piece is sent with PATCH, or with `X-HTTP-Method-Override: PATCH`.".into(),
        )),
    }
}

async fn received(
    app: &App,
    (viewer, id): (&Viewer, &str),
    said: &Said,
    data: Data<'_>,
) -> Result<Told> {
    said.require_version()?;
    if !said.octets {
        return Err(Error::Unsupported(
            "A piece has the type application/offset+octet-stream.".into(),
        ));
    }
    let offset = said.offset.ok_or_else(|| {
        Error::BadRequest("Upload-Offset has to say where the piece begins.".into())
    })?;
    found(app, viewer, id).await?;
    let alone = app.media.alone_with(id).await?;
    let sending = found(app, viewer, id).await?;
    if sending.state != "open" || offset != sending.received as u64 {
        return Err(Error::Conflict(format!(
            "{} bytes are here. Go on from there.",
            sending.received
        )));
    }
    let of = (offset, sending.bytes as u64);
    let noting = (app.clone(), viewer.clone(), id.to_owned());
    let safe = move |received: u64| -> BoxFuture<'static, Result<()>> {
        let (app, viewer, id) = noting.clone();
        Box::pin(async move { uploads::note(&app, &viewer, &id, received).await })
    };
    let with = (data, said.checksum()?);
    let arrived = app.media.receive((id, &alone), of, with, safe).await?;
    match arrived {
        Arrived::Whole => {
            let sending = found(app, viewer, id).await?;
            Ok(Told::new(Status::NoContent)
                .with("Upload-Offset", sending.received)
                .expires(app))
        }
        Arrived::Altered => Err(Error::Detail(
            Status::new(460),
            "These are not the bytes that were sent. Send the piece again.".into(),
        )),
        Arrived::Broken => Err(Error::Conflict(
            "The piece broke off on its way. Ask how much has arrived, and go on from there."
                .into(),
        )),
        Arrived::Refused(refusal) => {
            uploads::cancel(app, viewer, id).await?;
            Err(Refused::new(&sending.name, refusal).error().clone())
        }
    }
}

/// Forget an upload
#[utoipa::path(tag = "uploads", security(("password" = [])), params(("id" = String, Path, description = "The upload's id"), TusVersion), responses(
    (status = 204, description = "Gone, with what had arrived"),
    (status = 404, description = "No such upload of yours", body = crate::api::Detail),
    (status = 412, description = "Another version of tus", body = crate::api::Detail)))]
#[delete("/uploads/<id>")]
async fn cancel(id: &str, said: Said, viewer: Viewer, app: &App) -> Result<Told> {
    said.require_version()?;
    found(app, &viewer, id).await?;
    let _alone = app.media.alone_with(id).await?;
    uploads::cancel(app, &viewer, id).await?;
    Ok(Told::new(Status::NoContent))
}

/// What has become of a whole file: for the composer the file as it was taken in.
#[get("/compose/uploads/<id>")]
async fn outcome(
    id: &str,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Either<Html, Status>> {
    let sending = found(app, &viewer, id).await?;
    if sending.state == "refused" {
        return Err(Error::Unprocessable(format!(
            "{}: {}",
            sending.name, sending.reason
        )));
    }
    let Some(item) = sending.media_id else {
        return Ok(Either::Right(Status::Accepted));
    };
    let item = media::find_staged(&app.db, viewer.id, (item, None)).await?;
    let item = item.ok_or(Error::NotFound)?;
    let mut context = Context::new();
    context.insert("item", &Picture::new(&item, 1));
    context.insert("count", &2);
    context.insert("wrong", &json!({}));
    Ok(Either::Left(app.page(
        &visit,
        "post/_pick.html",
        context,
    )?))
}
