//! Drafts in JSON: what the composer of the pages keeps, for programs.

use rocket::http::Status;
use rocket::response::status::Custom;
use rocket::{Route, delete, get, post, put, routes};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::card;
use super::drafts::{self, Added, Content, Placed, Saved};
use super::drafts_end;
use super::post::NewPost;
use super::publish::{self, Published};
use super::said::meant;
use super::shapes::Post;
use super::sheet::{self, Sheet};
use crate::api::{self, Body, Fields, Json, time_stamp};
use crate::app::App;
use crate::auth::{Base, Caller, Viewer};
use crate::error::{Error, Result};
use crate::media::{Item, Purpose, SentFiles};

pub fn routes() -> Vec<Route> {
    routes![list, one, keep, discard, add, publish_draft]
}

/// A post that is being written
#[derive(Serialize, ToSchema)]
pub struct Draft {
    /// Chosen by who begins it: 16 to 64 letters, digits and hyphens that nobody guesses.
    #[schema(example = "4fzv2m3nq6r7w5x2y3zab4cdef")]
    id: String,
    caption: String,
    /// `everyone` here, your `followers`, or the id of a group of yours.
    #[schema(example = "everyone")]
    audience: String,
    updated_at: String,
    media: Vec<DraftMedium>,
}

/// A photo or video in a draft
#[derive(Serialize, ToSchema)]
pub struct DraftMedium {
    id: String,
    file_name: String,
    description: String,
    /// What stays when it is cut: `auto`, or a place such as `top_left`.
    focus: String,
}

#[derive(Serialize, ToSchema)]
pub struct Drafts {
    drafts: Vec<Draft>,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct DraftContent {
    /// Left out, it stays as it was.
    #[schema(example = "Two hours up, one pear each.")]
    caption: Option<String>,
    /// `everyone` here, your `followers`, or the id of a group of yours. Left out, it stays as it was.
    #[schema(example = "everyone")]
    audience: Option<String>,
    /// In their order. Media of the draft that are not named stay, at its end.
    media: Option<Vec<NamedMedium>>,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NamedMedium {
    id: String,
    description: Option<String>,
    focus: Option<String>,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct AFile {
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

fn medium(item: Item) -> DraftMedium {
    DraftMedium {
        id: item.id.to_string(),
        focus: item.place().to_owned(),
        file_name: item.file_name,
        description: item.alt,
    }
}

async fn read(app: &App, viewer: &Viewer, id: &str) -> Result<Draft> {
    let draft = drafts::find(app, viewer, id)
        .await?
        .ok_or(Error::NotFound)?;
    Ok(Draft {
        id: id.to_owned(),
        caption: draft.caption,
        audience: draft.meant.name().into_owned(),
        updated_at: time_stamp(draft.updated_at),
        media: draft.items.into_iter().map(medium).collect(),
    })
}

/// Your drafts
#[utoipa::path(tag = "posts", security(("password" = [])), responses((status = 200, description = "Drafts, the last one first", body = Drafts)))]
#[get("/drafts")]
async fn list(viewer: Viewer, app: &App) -> Result<Json<Drafts>> {
    let mut all = Vec::new();
    for listed in drafts::list(app, &viewer).await? {
        match read(app, &viewer, &listed.id).await {
            Ok(draft) => all.push(draft),
            // Posted in this moment.
            Err(Error::NotFound) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(Json(Drafts { drafts: all }))
}

/// One draft
#[utoipa::path(tag = "posts", security(("password" = [])), params(("id" = String, Path, description = "The draft's id")), responses(
    (status = 200, description = "The draft", body = Draft),
    (status = 404, description = "No such draft of yours", body = crate::api::Detail)))]
#[get("/drafts/<id>")]
async fn one(id: &str, viewer: Viewer, app: &App) -> Result<Json<Draft>> {
    Ok(Json(read(app, &viewer, id).await?))
}

/// Keep a draft
///
/// Makes it or changes it. An empty one is no draft, and goes.
#[utoipa::path(tag = "posts", security(("password" = [])), params(("id" = String, Path, description = "The draft's id")), request_body = DraftContent, responses(
    (status = 204, description = "Kept"),
    (status = 404, description = "Somebody else's, or no id of a draft", body = crate::api::Detail),
    (status = 409, description = "You keep as many as you may", body = crate::api::Detail),
    (status = 410, description = "It is posted already", body = crate::api::Detail)))]
#[put("/drafts/<id>", data = "<body>")]
async fn keep(id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let caption = fields.text_or_null("caption").map(str::to_owned);
    let meant = meant(&mut fields);
    let items = media_of(&mut fields);
    fields.done()?;
    let content = Content {
        caption,
        meant,
        items,
    };
    match drafts::save(app, &viewer, id, &content).await? {
        Saved::Kept | Saved::Empty => Ok(Status::NoContent),
        Saved::Posted => Err(posted()),
    }
}

fn posted() -> Error {
    Error::Detail(Status::Gone, "This draft is posted already".into())
}

fn media_of(fields: &mut Fields<'_>) -> Vec<Placed> {
    let mut items = Vec::new();
    let given = match fields.get("media") {
        None | Some(Value::Null) => return items,
        Some(Value::Array(given)) => given,
        Some(_) => {
            fields.refuse("media", "Input should be a valid list", "a list");
            return items;
        }
    };
    for one in given {
        let text = |name: &str| one.get(name).and_then(Value::as_str);
        match text("id").unwrap_or_default().parse() {
            Ok(id) => items.push(Placed {
                id,
                alt: text("description").map(str::to_owned),
                focus: text("focus").map(str::to_owned),
            }),
            Err(_) => fields.refuse("media", "Value error, a medium has an id", "an id"),
        }
    }
    items
}

/// Throw a draft away
///
/// Its media go with it.
#[utoipa::path(tag = "posts", security(("password" = [])), params(("id" = String, Path, description = "The draft's id")), responses(
    (status = 204, description = "Gone"),
    (status = 404, description = "No such draft of yours", body = crate::api::Detail)))]
#[delete("/drafts/<id>")]
async fn discard(id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    drafts_end::discard(app, &viewer, id).await?;
    Ok(Status::NoContent)
}

/// Add a photo or video to a draft
#[utoipa::path(tag = "posts", security(("password" = [])), params(("id" = String, Path, description = "The draft's id")), request_body(content = AFile, content_type = "multipart/form-data"), responses(
    (status = 201, description = "Taken in, at the draft's end", body = DraftMedium),
    (status = 404, description = "Somebody else's, or no id of a draft", body = crate::api::Detail),
    (status = 409, description = "You keep as many drafts as you may", body = crate::api::Detail),
    (status = 410, description = "It is posted already", body = crate::api::Detail),
    (status = 415, description = "Not a kind of file that is taken", body = crate::api::Detail),
    (status = 507, description = "The disk of the server is full", body = crate::api::Detail)))]
#[post("/drafts/<id>/media", data = "<sent>")]
async fn add(id: &str, app: &App, sent: SentFiles) -> Result<Custom<Json<DraftMedium>>> {
    let SentFiles { viewer, files, .. } = sent;
    let file = files.into_iter().next();
    let file =
        file.ok_or_else(|| api::invalid(vec![api::missing(&["body", "file"], Value::Null)]))?;
    let upload = file.map_err(|refused| refused.error().clone())?;
    let taken = app.media.take_in(&viewer, upload, Purpose::Post).await?;
    let item = taken.map_err(|refused| refused.error().clone())?;
    let refused = match drafts::add(app, &viewer, id, &item).await {
        Ok(Added::Kept) => return Ok(Custom(Status::Created, Json(medium(item)))),
        Ok(Added::Twin(twin)) => return Ok(Custom(Status::Created, Json(medium(*twin)))),
        Ok(Added::Posted) => posted(),
        Err(error) => error,
    };
    // It hangs nowhere.
    sheet::discard_all(app, &viewer, vec![item.id]).await?;
    Err(refused)
}

/// Post a draft
///
/// Asked twice, it makes one post.
#[utoipa::path(tag = "posts", security(("password" = [])), params(("id" = String, Path, description = "The draft's id")), responses(
    (status = 200, description = "The post, published", body = Post),
    (status = 202, description = "It goes out by itself when its videos are ready", body = Post),
    (status = 404, description = "No such draft of yours", body = crate::api::Detail),
    (status = 422, description = "What is wrong in it", body = crate::api::Detail)))]
#[post("/drafts/<id>/publication")]
async fn publish_draft(
    id: &str,
    viewer: Viewer,
    base: Base,
    app: &App,
) -> Result<Custom<Json<Post>>> {
    let made = match publish::published(app, &viewer, id).await? {
        Some(made) => made,
        None => {
            let draft = drafts::find(app, &viewer, id)
                .await?
                .ok_or(Error::NotFound)?;
            let mut sheet = Sheet {
                caption: draft.caption,
                meant: draft.meant,
                items: draft.items,
                ..Sheet::default()
            };
            let Some((caption, items)) = sheet.check(app) else {
                let said = sheet.wrong.values().filter_map(Value::as_str);
                let said: Vec<&str> = said.collect();
                return Err(Error::Unprocessable(said.join(" ")));
            };
            let new = NewPost {
                caption,
                items,
                meant: sheet.meant,
                idempotency_key: id.to_owned(),
            };
            match publish::publish(app, &viewer, new).await? {
                Published::Out(made) => made,
                Published::Waits(made) => {
                    let words = (&*sheet.caption, app.clock.now());
                    let post = Post::to_be(made, &viewer, words, (&sheet.items, &base));
                    return Ok(Custom(Status::Accepted, Json(post)));
                }
            }
        }
    };
    let (post, items) = card::whole(app, &viewer, made).await?;
    Ok(Custom(Status::Ok, Json(Post::new(&post, &items, &base))))
}
