//! `/users/me/invitations`: one's own invitations, for programs.

use rocket::http::Status;
use rocket::response::status::Custom;
use rocket::{Route, delete, get, post, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::invitations::read;
use crate::account::{self, Invitation};
use crate::api::{Body, Json};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::Id;

pub fn routes() -> Vec<Route> {
    routes![open_invitations, invite, end_invitation]
}

#[derive(Serialize, ToSchema)]
pub struct Invitations {
    invitations: Vec<Invitation>,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewInvitation {
    /// How many may come in by it, from 1 to 500; 1 when left out.
    #[schema(example = 1)]
    people: Option<i64>,
    /// For how many days, from 1 to 90; 7 when left out.
    #[schema(example = 7)]
    days: Option<i64>,
    /// For whom, in your own words; only you see it.
    #[schema(example = "Aunt Mo")]
    note: Option<String>,
}

/// Your open invitations
#[utoipa::path(tag = "account", security(("password" = [])), responses((status = 200, description = "By which somebody can still come in, the newest first", body = Invitations)))]
#[get("/users/me/invitations")]
async fn open_invitations(viewer: Viewer, app: &App) -> Result<Json<Invitations>> {
    let invitations = account::open_invitations(app, &viewer).await?;
    Ok(Json(Invitations { invitations }))
}

/// Invite somebody
#[utoipa::path(tag = "account", security(("password" = [])), request_body = NewInvitation, responses(
    (status = 201, description = "The invitation, with the address to hand on", body = Invitation),
    (status = 403, description = "Only those who look after the place invite others here", body = crate::api::Detail),
    (status = 409, description = "So many are open already", body = crate::api::Detail)))]
#[post("/users/me/invitations", data = "<body>")]
async fn invite(caller: Caller, body: Body, app: &App) -> Result<Custom<Json<Invitation>>> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let number = |value: Option<&serde_json::Value>, default: &str| match value {
        None | Some(serde_json::Value::Null) => default.to_owned(),
        Some(value) => value.to_string(),
    };
    let people = number(fields.get("people"), "1");
    let days = number(fields.get("days"), "7");
    let note = fields.text_or_null("note").unwrap_or_default().to_owned();
    let new = read(&people, &days, &note);
    if let Err(wrong) = &new {
        for (field, message) in wrong {
            let message = message.as_str().unwrap_or_default();
            fields.refuse(field, &format!("Value error, {message}"), message);
        }
    }
    fields.done()?;
    let new = new.map_err(|_| Error::NotFound)?;
    let made = account::invite(app, &viewer, new).await?;
    Ok(Custom(Status::Created, Json(made)))
}

/// End an invitation of yours
#[utoipa::path(tag = "account", security(("password" = [])), params(("id" = String, Path, description = "The invitation's id")), responses(
    (status = 204, description = "Nobody comes in by it any more"),
    (status = 404, description = "No such open invitation of yours", body = crate::api::Detail)))]
#[delete("/users/me/invitations/<id>")]
async fn end_invitation(id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    account::end_invitation(app, &viewer, id).await?;
    Ok(Status::NoContent)
}
