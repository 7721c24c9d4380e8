//! Notices in JSON.

use rocket::http::Status;
use rocket::{Route, delete, get, post, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::choices::{self, Choice, LETTERS, Wish};
use super::devices;
use super::kind::{Kind, List};
use super::list::{self, Notice, Place};
use super::outbox::{Digest, When};
use crate::api::{self, Body, Flag, Json, time_stamp};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::post::faces::Person;
use crate::push::Subscription;

pub fn routes() -> Vec<Route> {
    routes![
        all,
        read,
        wanted,
        choose,
        letters,
        set_letters,
        told,
        tell,
        end
    ]
}

/// Something that you were told
#[derive(Serialize, ToSchema)]
pub struct Told {
    /// `like`, `comment`, `reply`, `mention`, `follow`, `request`, `lets` or `post`; for those who look after the place
    /// also `asks` (to be let in), `waits` (a post that they look at first) and `reports`. `house`, `answered` and `looked` come
    /// from those who look after the place: what they decided about you, of what you reported, and of a post that waited.
    #[schema(example = "like")]
    kind: &'static str,
    by: Person,
    /// So many others did the same.
    others: i64,
    #[schema(format = Uuid)]
    post_id: Option<String>,
    /// The first words of a comment.
    said: String,
    /// The page that it leads to.
    #[schema(example = "/@ada")]
    href: String,
    #[schema(example = "2026-11-23T12:34:56.123456")]
    at: String,
    /// You have not looked at it.
    new: bool,
}

impl From<Notice> for Told {
    fn from(notice: Notice) -> Told {
        Told {
            kind: notice.kind,
            by: notice.by.into(),
            others: notice.others,
            post_id: notice.post.map(|id| id.to_string()),
            said: notice.said,
            href: notice.href,
            at: time_stamp(notice.at),
            new: notice.is_new,
        }
    }
}

/// What you were told
#[derive(Serialize, ToSchema)]
pub struct ToldList {
    /// How many you have not looked at; 100 are a hundred or more.
    unread: i64,
    notices: Vec<Told>,
    /// Given as `cursor`, it brings those before; null when there are none.
    next: Option<String>,
}

/// What you were told
#[utoipa::path(tag = "people", security(("password" = [])), params(("of" = Option<String>, Query, description = "`all`, `comments`, `likes` or `people`", example = "all"), ("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "30 of them at most, the newest first", body = ToldList),
    (status = 404, description = "No such list", body = crate::api::Detail)))]
#[get("/users/me/notices?<of>&<cursor>")]
async fn all(
    of: Option<&str>,
    cursor: Option<&str>,
    viewer: Viewer,
    app: &App,
) -> Result<Json<ToldList>> {
    let list = List::named(of)?;
    let read = |text: &str| Place::read(text).map_err(|_| api::wrong_cursor(text));
    let after = cursor.map(read).transpose()?;
    let found = list::list(app, &viewer, (list, after)).await?;
    Ok(Json(ToldList {
        unread: list::unread(&app.db, viewer.id).await?,
        notices: found.notices.into_iter().map(Told::from).collect(),
        next: found.next,
    }))
}

/// Say that you have looked at all of them
#[utoipa::path(tag = "people", security(("password" = [])), responses((status = 204, description = "None is new any more, on any device")))]
#[put("/users/me/notices/read")]
async fn read(viewer: Viewer, app: &App) -> Result<Status> {
    list::look(app, &viewer, app.clock.now()).await?;
    Ok(Status::NoContent)
}

/// The kinds of notices
#[derive(Serialize, ToSchema)]
pub struct Choices {
    kinds: Vec<Choice>,
}

/// What you are told of
#[utoipa::path(tag = "people", security(("password" = [])), responses((status = 200, description = "Every kind", body = Choices)))]
#[get("/users/me/notice-choices")]
async fn wanted(viewer: Viewer, app: &App) -> Result<Json<Choices>> {
    let kinds = choices::choices(app, &viewer).await?;
    Ok(Json(Choices { kinds }))
}

/// Kinds by their names, and whether you want each; what is left out stays
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewChoices {
    #[schema(required = false, example = false)]
    like: Flag,
    #[schema(required = false, example = false)]
    comment: Flag,
    #[schema(required = false, example = false)]
    reply: Flag,
    #[schema(required = false, example = false)]
    mention: Flag,
    #[schema(required = false, example = false)]
    follow: Flag,
    #[schema(required = false, example = false)]
    request: Flag,
    #[schema(required = false, example = false)]
    lets: Flag,
    #[schema(required = false, example = false)]
    post: Flag,
    #[schema(required = false, example = false)]
    asks: Flag,
    #[schema(required = false, example = false)]
    waits: Flag,
}

/// Say what you want to be told of
#[utoipa::path(tag = "people", security(("password" = [])), request_body = NewChoices, responses((status = 204, description = "Noted")))]
#[put("/users/me/notice-choices", data = "<body>")]
async fn choose(caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let kinds = Kind::of(viewer.office()).into_iter();
    let wishes = kinds.map(|kind| Wish {
        kind,
        shown: fields.flag(kind.name()),
        letter: None,
    });
    let wishes: Vec<Wish> = wishes.collect();
    fields.done()?;
    choices::choose(app, &viewer, &wishes).await?;
    Ok(Status::NoContent)
}

/// When you want letters
#[derive(Serialize, ToSchema)]
pub struct Letters {
    /// `off`, `day` or `week`.
    #[schema(example = "week")]
    digest: &'static str,
    /// Of the day, from 0 to 23.
    #[schema(example = 18)]
    hour: i64,
    /// Minutes east of UTC; null is the site's zone.
    #[schema(example = 60)]
    zone: Option<i64>,
}

/// When you want letters, and of which kinds at once; what is left out stays
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewLetters {
    #[schema(example = "day")]
    digest: Option<String>,
    #[schema(example = 18)]
    hour: Option<i64>,
    #[schema(example = 60)]
    zone: Option<i64>,
    /// `digest`, `once` or `off`; so for each kind, by its name.
    #[schema(example = "once")]
    reply: Option<String>,
}

/// When you get letters
#[utoipa::path(tag = "people", security(("password" = [])), responses((status = 200, description = "The digest", body = Letters)))]
#[get("/users/me/letters")]
async fn letters(viewer: Viewer, app: &App) -> Result<Json<Letters>> {
    let When { digest, hour, zone } = choices::when(app, &viewer).await?;
    let digest = digest.name();
    Ok(Json(Letters { digest, hour, zone }))
}

/// Say when you want letters
///
/// They go to an address that was confirmed.
#[utoipa::path(tag = "people", security(("password" = [])), request_body = NewLetters, responses((status = 204, description = "Noted")))]
#[put("/users/me/letters", data = "<body>")]
async fn set_letters(caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let mut when = choices::when(app, &viewer).await?;
    if let Some(name) = fields.text_or_null("digest") {
        match Digest::named(name) {
            Some(digest) => when.digest = digest,
            None => fields.refuse("digest", "It is off, day or week.", "no such digest"),
        }
    }
    if let Some(hour) = fields.number_or_null("hour") {
        match hour {
            0..=23 => when.hour = hour,
            _ => fields.refuse("hour", "An hour is from 0 to 23.", "no such hour"),
        }
    }
    if let Some(zone) = fields.number_or_null("zone") {
        match zone {
            -720..=840 => when.zone = Some(zone),
            _ => fields.refuse(
                "zone",
                "A zone is from -720 to 840 minutes.",
                "no such zone",
            ),
        }
    }
    let mut wishes = Vec::new();
    for kind in Kind::of(viewer.office()) {
        let letter = fields.text_or_null(kind.name());
        if letter.is_some_and(|letter| !LETTERS.contains(&letter)) {
            fields.refuse(kind.name(), "It is digest, once or off.", "no such letter");
        }
        wishes.extend(letter.map(|_| Wish {
            kind,
            shown: None,
            letter,
        }));
    }
    fields.done()?;
    choices::set_when(app, &viewer, when).await?;
    choices::choose(app, &viewer, &wishes).await?;
    Ok(Status::NoContent)
}

/// A device that is told while nobody looks
#[derive(Serialize, ToSchema)]
pub struct TellsDevice {
    #[schema(format = Uuid)]
    id: String,
    user_agent: String,
    /// The words of what is not for everybody are shown too.
    says_all: bool,
    created_at: String,
}

/// Devices that are told, by Web Push
#[derive(Serialize, ToSchema)]
pub struct TellsDevices {
    /// What to subscribe with (`applicationServerKey`).
    public_key: String,
    devices: Vec<TellsDevice>,
}

/// A subscription of a browser's (`PushSubscription`)
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewDevice {
    #[schema(example = "https://push.example.org/abc")]
    endpoint: String,
    #[schema(
        example = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    )]
    p256dh: String,
    #[schema(example = "BTBZMqHH6r4Tts7J_aSIgg")]
    auth: String,
    #[schema(required = false, example = false)]
    says_all: Flag,
}

/// Devices that are told
#[utoipa::path(tag = "people", security(("password" = [])), responses((status = 200, description = "They, and what to subscribe with", body = TellsDevices)))]
#[get("/users/me/push")]
async fn told(viewer: Viewer, app: &App) -> Result<Json<TellsDevices>> {
    let device = |device: devices::Device| TellsDevice {
        says_all: device.says_all(),
        id: device.id.to_string(),
        user_agent: device.user_agent,
        created_at: time_stamp(device.created_at),
    };
    let devices = devices::of(app, viewer.id).await?;
    Ok(Json(TellsDevices {
        public_key: app.pusher.public_key().to_owned(),
        devices: devices.into_iter().map(device).collect(),
    }))
}

/// Tell a device
///
/// As long as the session goes on in which this is asked for.
#[utoipa::path(tag = "people", security(("password" = [])), request_body = NewDevice, responses((status = 204, description = "It is told from now on")))]
#[post("/users/me/push", data = "<body>")]
async fn tell(caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let new = devices::New {
        subscription: Subscription {
            endpoint: fields.text("endpoint"),
            p256dh: fields.text("p256dh"),
            auth: fields.text("auth"),
        },
        says_all: fields.flag("says_all").unwrap_or(false),
        user_agent: "",
    };
    fields.done()?;
    if let Err(wrong) = devices::add(app, &viewer, new).await? {
        let mut fields = body.object()?;
        fields.refuse("endpoint", &wrong, "not taken");
        fields.done()?;
    }
    Ok(Status::NoContent)
}

/// Tell a device no more
#[utoipa::path(tag = "people", security(("password" = [])), params(("id" = String, Path, description = "The device's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 204, description = "It is not"),
    (status = 404, description = "None of yours", body = crate::api::Detail)))]
#[delete("/users/me/push/<id>")]
async fn end(id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    devices::end(app, &viewer, id).await?;
    Ok(Status::NoContent)
}
