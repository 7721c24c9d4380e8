//! `/posts/<id>/guests`: links by which somebody without an account sees a post, for programs.

use rocket::http::Status;
use rocket::response::status::Custom;
use rocket::{Route, delete, get, post, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::guests::{self, GuestLink, New};
use crate::api::{self, Body, Json};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::{Id, Posts};

pub fn routes() -> Vec<Route> {
    routes![all, make, end]
}

fn found(id: &str) -> Result<Id<Posts>> {
    Id::from_any_spelling(id).ok_or(Error::NotFound)
}

/// Links to a post
#[derive(Serialize, ToSchema)]
pub struct Guests {
    links: Vec<GuestLink>,
}

/// Links by which somebody without an account sees a post of yours
#[utoipa::path(tag = "posts", security(("password" = [])), params(("id" = String, Path, description = "The post's id")), responses(
    (status = 200, description = "Those that hold, the newest first", body = Guests),
    (status = 403, description = "It is another's", body = api::Detail),
    (status = 404, description = "No such post", body = api::Detail)))]
#[get("/posts/<id>/guests")]
async fn all(id: &str, viewer: Viewer, app: &App) -> Result<Json<Guests>> {
    let links = guests::links(app, &viewer, found(id)?).await?;
    Ok(Json(Guests { links }))
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewGuestLink {
    /// For how many days, from 1 to 90; 7 when left out.
    #[schema(example = 7)]
    days: Option<i64>,
    /// Asked of whoever opens it; none when left out.
    password: Option<String>,
    /// For whom, in your own words.
    #[schema(example = "Aunt Mo")]
    note: Option<String>,
}

/// Show a post of yours to somebody without an account
#[utoipa::path(tag = "posts", security(("password" = [])), params(("id" = String, Path, description = "The post's id")), request_body = NewGuestLink, responses(
    (status = 201, description = "The link to hand on", body = GuestLink),
    (status = 403, description = "It is another's, or you may not show posts to guests", body = api::Detail),
    (status = 404, description = "No such post", body = api::Detail),
    (status = 409, description = "It is for a group or seen by you alone, or so many links hold already", body = api::Detail)))]
#[post("/posts/<id>/guests", data = "<body>")]
async fn make(id: &str, caller: Caller, body: Body, app: &App) -> Result<Custom<Json<GuestLink>>> {
    let viewer = caller.viewer()?;
    let post = found(id)?;
    let mut fields = body.object()?;
    let days = fields.number_or_null("days").unwrap_or(7);
    let mut text = |name: &str| fields.text_or_null(name).unwrap_or_default().to_owned();
    let (password, note) = (text("password"), text("note"));
    fields.done()?;
    let new = New {
        days,
        password,
        note,
    };
    let made = guests::make(app, &viewer, post, new).await;
    let link = made.map_err(api::of_body)?;
    Ok(Custom(Status::Created, Json(link)))
}

/// End such a link
#[utoipa::path(tag = "posts", security(("password" = [])), params(("id" = String, Path, description = "The post's id"), ("link" = String, Path, description = "The link's id")), responses(
    (status = 204, description = "It shows nothing any more"),
    (status = 404, description = "No such link of yours", body = api::Detail)))]
#[delete("/posts/<id>/guests/<link>")]
async fn end(id: &str, link: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let link = Id::from_any_spelling(link).ok_or(Error::NotFound)?;
    guests::end(app, &viewer, (found(id)?, link)).await?;
    Ok(Status::NoContent)
}
