//! Notices in JSON.

use rocket::http::Status;
use rocket::{Route, get, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::choices::{self, Choice};
use super::kind::{Kind, List};
use super::list::{self, Notice, Place};
use crate::api::{self, Body, Json, time_stamp};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::Result;
use crate::post::faces::Person;

pub fn routes() -> Vec<Route> {
    routes![all, read, wanted, choose]
}

/// Something that you were told
#[derive(Serialize, ToSchema)]
pub struct Told {
    /// `like`, `comment`, `reply`, `follow`, `request`, `lets` or `post`.
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
    #[schema(required = false)]
    like: Option<bool>,
    #[schema(required = false)]
    comment: Option<bool>,
    #[schema(required = false)]
    reply: Option<bool>,
    #[schema(required = false)]
    follow: Option<bool>,
    #[schema(required = false)]
    request: Option<bool>,
    #[schema(required = false)]
    lets: Option<bool>,
    #[schema(required = false)]
    post: Option<bool>,
}

/// Say what you want to be told of
#[utoipa::path(tag = "people", security(("password" = [])), request_body = NewChoices, responses((status = 204, description = "Noted")))]
#[put("/users/me/notice-choices", data = "<body>")]
async fn choose(caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let chosen: Vec<Choice> = Kind::ALL
        .into_iter()
        .filter_map(|kind| Some(Choice::new(kind, fields.flag(kind.name())?)))
        .collect();
    fields.done()?;
    choices::choose(app, &viewer, &chosen).await?;
    Ok(Status::NoContent)
}
