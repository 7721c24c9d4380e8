//! The feed in JSON: upload, list, read, change and delete posts, as the application that Porch replaces
//! did and beyond.

use rocket::{Route, delete, get, patch, post, routes};
use serde_json::Value;

use super::card;
use super::meant::Meant;
use super::post::{Caption, NewPost, alt_text, focus};
use super::publish::{self, Edit, Published};
use super::said::{WHOM, meant, of_items, order};
use super::shapes::{Deleted, FeedPost, Hello, Post, PostChanges, Upload};
use super::withdraw;
use super::{list, marks};
use crate::api::{self, Body, Json};
use crate::app::App;
use crate::auth::{Base, Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::{Id, Media, Posts};
use crate::media::{self, Change, Described, Purpose, SentFiles};

pub fn routes() -> Vec<Route> {
    routes![hello, upload, one, change, remove]
}

/// Whether the server is there
#[utoipa::path(tag = "posts", responses((status = 200, description = "It is", body = Hello)))]
#[get("/hello")]
fn hello() -> Json<Hello> {
    Json(Hello {
        message: "Hello World",
    })
}

/// Post photos and videos
///
/// A file that is not taken is named with the reason, the limit and the next step.
#[utoipa::path(tag = "posts", security(("password" = [])), request_body(content = Upload, content_type = "multipart/form-data"), responses(
    (status = 200, description = "The post, published", body = Post),
    (status = 400, description = "The body is no multipart form that can be read", body = crate::api::Detail),
    (status = 413, description = "A file, or all together, are too large", body = crate::api::Detail),
    (status = 415, description = "Not a kind of file that is taken", body = crate::api::Detail),
    (status = 507, description = "The disk of the server is full", body = crate::api::Detail)))]
#[post("/upload", data = "<sent>")]
async fn upload(app: &App, base: Base, sent: SentFiles) -> Result<Json<Post>> {
    let SentFiles {
        viewer,
        fields,
        files,
        names,
    } = sent;
    let mut files = files.into_iter().zip(names);
    let files: Vec<_> = files.by_ref().filter(|(_, name)| name == "file").collect();
    let limits = &app.settings.limits;
    let mut mistakes = Vec::new();
    if files.is_empty() {
        mistakes.push(match fields.find("file") {
            None => api::missing(&["body", "file"], Value::Null),
            Some(text) => {
                let message = "Value error, Expected UploadFile, received: <class 'str'>";
                let place = ["body", "file"];
                let mut wrong = api::mistake("value_error", &place, message, text.into());
                wrong["ctx"] = serde_json::json!({ "error": {} });
                wrong
            }
        });
    }
    let caption = match fields
        .find("caption")
        .map(|text| Caption::new(text, limits.caption))
    {
        None => {
            mistakes.push(api::missing(&["body", "caption"], Value::Null));
            None
        }
        Some(Ok(caption)) => Some(caption),
        Some(Err(message)) => {
            let input = fields.text("caption").into();
            mistakes.push(api::mistake(
                "value_error",
                &["body", "caption"],
                &message,
                input,
            ));
            None
        }
    };
    if files.len() > limits.post_items {
        let message = format!("A post holds at most {}", limits.post_items);
        mistakes.push(api::mistake(
            "too_long",
            &["body", "file"],
            &message,
            files.len().into(),
        ));
    }
    let mut alts = Vec::new();
    for alt in fields.all("alt") {
        match alt_text(alt, limits.alt) {
            Ok(alt) => alts.push(alt),
            Err(message) => {
                mistakes.push(api::mistake(
                    "value_error",
                    &["body", "alt"],
                    &message,
                    alt.into(),
                ));
            }
        }
    }
    let meant = fields.find("audience").map(Meant::named);
    if meant == Some(None) {
        let input = fields.text("audience").into();
        mistakes.push(api::mistake("enum", &["body", "audience"], WHOM, input));
    }
    let (Some(caption), true) = (caption, mistakes.is_empty()) else {
        return Err(api::invalid(mistakes));
    };
    let mut items = Vec::with_capacity(files.len());
    let mut alts = alts.into_iter();
    for (file, _) in files {
        let upload = file.map_err(|refused| refused.error().clone())?;
        let taken = app.media.take_in(&viewer, upload, Purpose::Post).await?;
        let item = taken.map_err(|refused| refused.error().clone())?;
        items.push(Described {
            id: item.id,
            alt: alts.next().unwrap_or_default(),
            focus: String::new(),
        });
    }
    let new = NewPost {
        caption,
        items,
        meant: meant.flatten().unwrap_or_default(),
        idempotency_key: crate::id::random_text(26),
    };
    let caption = new.caption.as_str().to_owned();
    let ids: Vec<Id<Media>> = new.items.iter().map(|item| item.id).collect();
    let published = publish::publish(app, &viewer, new).await;
    match published.map_err(api::of_body)? {
        Published::Out(id) => {
            let (post, items) = card::whole(app, &viewer, id).await?;
            Ok(Json(Post::new(&post, &items, &base)))
        }
        Published::Waits(id) => {
            let items = media::staged(&app.db, viewer.id, &ids).await?;
            let words = (&*caption, app.clock.now());
            Ok(Json(Post::to_be(id, &viewer, words, (&items, &base))))
        }
    }
}

/// An id in any spelling that Python's `UUID()` takes.
fn found(id: &str) -> Result<Id<Posts>> {
    Id::from_any_spelling(id).ok_or_else(missing)
}

fn missing() -> Error {
    Error::Detail(rocket::http::Status::NotFound, "Post not found".into())
}

/// The refusals of a post's verbs, in the contract's words.
fn in_words<T>(result: Result<T>) -> Result<T> {
    result.map_err(|error| match error {
        Error::NotFound => missing(),
        other => other,
    })
}

async fn read(app: &App, viewer: &Viewer, id: Id<Posts>, base: &Base) -> Result<Json<FeedPost>> {
    let (post, items) = in_words(card::whole(app, viewer, id).await)?;
    let email = list::email_of(app, post.author_id).await?;
    let mark = marks::of_one(app, Some(viewer.id), id).await?;
    let post = (&post, &*email);
    Ok(Json(FeedPost::new(viewer, post, mark, (&items, base))))
}

/// One post
#[utoipa::path(tag = "posts", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 200, description = "The post", body = FeedPost),
    (status = 404, description = "`Post not found`", body = crate::api::Detail)))]
#[get("/posts/<post_id>")]
async fn one(post_id: &str, viewer: Viewer, base: Base, app: &App) -> Result<Json<FeedPost>> {
    read(app, &viewer, found(post_id)?, &base).await
}

/// Change a post
///
/// Its caption, its photos and videos, and what they show; the author only.
#[utoipa::path(tag = "posts", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), request_body = PostChanges, responses(
    (status = 200, description = "The post as it is now", body = FeedPost),
    (status = 403, description = "Somebody else's", body = crate::api::Detail),
    (status = 404, description = "`Post not found`", body = crate::api::Detail)))]
#[patch("/posts/<post_id>", data = "<body>")]
async fn change(
    post_id: &str,
    caller: Caller,
    body: Body,
    base: Base,
    app: &App,
) -> Result<Json<FeedPost>> {
    let viewer = caller.viewer()?;
    let id = found(post_id)?;
    let (post, items) = in_words(card::whole(app, &viewer, id).await)?;
    post.require_author(&viewer)?;
    let limits = &app.settings.limits;
    let mut fields = body.object()?;
    let caption = fields.text_or_null("caption");
    let caption = caption.map(|text| Caption::new(text, limits.caption));
    if let Some(Err(message)) = &caption {
        fields.refuse("caption", message, message);
    }
    let alts = of_items(&mut fields, "descriptions", &items, |text| {
        alt_text(text, limits.alt)
    });
    let places = of_items(&mut fields, "focus", &items, focus);
    let order = order(&mut fields, limits.post_items);
    let meant = meant(&mut fields);
    fields.done()?;
    let caption = caption.transpose().map_err(Error::Unprocessable)?;
    let change = |id, alt, focus| Change { id, alt, focus };
    let alts = alts
        .into_iter()
        .map(|(id, alt)| change(id, Some(alt), None));
    let places = places.into_iter();
    let places = places.map(|(id, focus)| change(id, None, Some(focus)));
    let edit = Edit {
        caption,
        items: alts.chain(places).collect(),
        order,
        meant,
        seen: None,
    };
    let edited = publish::edit(app, &viewer, id, edit).await;
    in_words(edited.map_err(api::of_body))?;
    read(app, &viewer, id, &base).await
}

/// Delete a post
///
/// The author only. Its files go with it.
#[utoipa::path(tag = "posts", security(("password" = [])), params(("post_id" = String, Path, description = "The post's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 200, description = "Gone", body = Deleted),
    (status = 403, description = "`Not authorized to delete this post`", body = crate::api::Detail),
    (status = 404, description = "`Post not found`", body = crate::api::Detail)))]
#[delete("/posts/<post_id>")]
async fn remove(post_id: &str, viewer: Viewer, app: &App) -> Result<Json<Deleted>> {
    let id = found(post_id)?;
    let removed = in_words(withdraw::remove(app, &viewer, id).await);
    removed.map_err(|error| match error {
        Error::Forbidden(_) => Error::Forbidden("Not authorized to delete this post"),
        other => other,
    })?;
    Ok(Json(Deleted {
        success: true,
        message: "Post deleted",
        post_id: id.to_string(),
    }))
}
