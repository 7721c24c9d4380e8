//! Uploads in pieces, by tus 1.0 (tus.io/protocols/resumable-upload): creation, expiration, termination.

use futures::future::BoxFuture;
use rocket::data::Data;
use rocket::http::{Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};
use rocket::{Either, Route, delete, get, head, options, patch, post, routes};
use serde_json::{Value, json};
use tera::Context;

use super::card::Picture;
use super::uploads::{self, Announced, Sending};
use crate::api::Json;
use crate::app::App;
use crate::auth::Viewer;
use crate::clock;
use crate::error::{Error, Result};
use crate::limit::{Act, Key};
use crate::media::{self, Arrived, Refused, shown_name};
use crate::view::{Html, Visit};

pub fn routes() -> Vec<Route> {
    routes![
        abilities,
        begin,
        list,
        where_it_is,
        go_on,
        go_on_by_post,
        cancel,
        outcome
    ]
}

const VERSION: &str = "1.0.0";

/// An answer without a body, with what the protocol wants of every one.
struct Told {
    status: Status,
    headers: Vec<Header<'static>>,
}

impl Told {
    fn new(status: Status) -> Told {
        let told = Told {
            status,
            headers: Vec::new(),
        };
        told.with("Tus-Resumable", VERSION)
            .with("Cache-Control", "no-store")
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Told {
        self.headers.push(Header::new(name, value.to_string()));
        self
    }

    /// Until when an upload waits for its next piece (RFC 9110, 5.6.7).
    fn expires(self, app: &App) -> Told {
        let at = app.clock.now() + app.settings.intervals.upload_kept.as_micros() as i64;
        let format = time::macros::format_description!(
            "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
        );
        let date = clock::date(at).format(format);
        self.with("Upload-Expires", date.expect("a date has these parts"))
    }
}

impl<'r> Responder<'r, 'static> for Told {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(self.status);
        for header in self.headers {
            response.header(header);
        }
        response.ok()
    }
}

/// What the headers of a request say.
struct Said {
    version: bool,
    octets: bool,
    offset: Option<u64>,
    length: Option<u64>,
    metadata: String,
    method: Option<String>,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Said {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let one = |name: &str| request.headers().get_one(name);
        let number = |name: &str| one(name).and_then(|text| text.trim().parse().ok());
        Outcome::Success(Said {
            version: one("Tus-Resumable") == Some(VERSION),
            octets: one("Content-Type") == Some("application/offset+octet-stream"),
            offset: number("Upload-Offset"),
            length: number("Upload-Length"),
            metadata: one("Upload-Metadata").unwrap_or_default().to_owned(),
            method: one("X-HTTP-Method-Override").map(str::to_ascii_uppercase),
        })
    }
}

impl Said {
    fn require_version(&self) -> Result<()> {
        match self.version {
            true => Ok(()),
            false => Err(Error::Detail(
                Status::PreconditionFailed,
                "This server speaks tus 1.0.0: send `Tus-Resumable: 1.0.0`.".into(),
            )),
        }
    }

    /// A value of the metadata: `name <Base64>, …`.
    fn meta(&self, name: &str) -> Result<String> {
        use base64::Engine;
        let pairs = self.metadata.split(',').map(str::trim);
        let mut values = pairs.filter_map(|pair| match pair.split_once(' ') {
            Some((key, value)) => (key == name).then_some(value.trim()),
            None => (pair == name).then_some(""),
        });
        let value = values.next().unwrap_or_default();
        let bytes = base64::engine::general_purpose::STANDARD.decode(value);
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.ok_or_else(|| {
            Error::BadRequest(format!("Upload-Metadata: {name} is no Base64 of a text."))
        })
    }
}

#[options("/uploads")]
fn abilities(app: &App) -> Told {
    Told::new(Status::NoContent)
        .with("Tus-Version", VERSION)
        .with("Tus-Extension", "creation,expiration,termination")
        .with("Tus-Max-Size", app.media.largest_video())
}

/// Begins an upload.
#[post("/uploads", rank = 2)]
async fn begin(said: Said, viewer: Viewer, app: &App) -> Result<Told> {
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
    Ok(Told::new(Status::Created)
        .with("Location", format!("/uploads/{id}"))
        .expires(app))
}

/// What of the viewer's is not whole yet.
#[get("/uploads")]
async fn list(viewer: Viewer, app: &App) -> Result<Json<Value>> {
    let unfinished = uploads::unfinished(app, &viewer).await?;
    let shown = unfinished.iter().map(|sending| {
        json!({
            "id": sending.id,
            "name": sending.name,
            "bytes": sending.bytes,
            "received": sending.received,
            "known_by": sending.known_by,
            "draft": sending.draft_id,
        })
    });
    Ok(Json(json!({ "uploads": shown.collect::<Vec<_>>() })))
}

async fn found(app: &App, viewer: &Viewer, id: &str) -> Result<Sending> {
    let mut connection = app.db.read().acquire().await?;
    uploads::find(&mut connection, viewer, id).await
}

/// How much has arrived. Who writes it now is told to leave first.
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

#[patch("/uploads/<id>", data = "<data>")]
async fn go_on(id: &str, said: Said, viewer: Viewer, app: &App, data: Data<'_>) -> Result<Told> {
    received(app, (&viewer, id), &said, data).await
}

/// The same from where PATCH does not get through.
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
    let arrived = app.media.receive((id, &alone), of, data, safe).await?;
    match arrived {
        Arrived::Whole => {
            let sending = found(app, viewer, id).await?;
            Ok(Told::new(Status::NoContent)
                .with("Upload-Offset", sending.received)
                .expires(app))
        }
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

/// Forgets an upload.
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
