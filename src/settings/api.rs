//! `/users/me/…`: one's own sessions, access tokens, and the end of the account. Beyond the API of the
//! application that Porch replaces.

use rocket::http::Status;
use rocket::response::status::Custom;
use rocket::{Route, delete, get, post, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::token;
use crate::account;
use crate::api::{self, Body, Json, time_stamp};
use crate::app::App;
use crate::auth::{Caller, Kind, Viewer, WayIn};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::form::Wrong;
use crate::id::{Id, Sessions};

pub fn routes() -> Vec<Route> {
    routes![
        sessions,
        end_session,
        tokens,
        make_token,
        revoke_token,
        storage,
        leave_account
    ]
}

/// Somewhere you are signed in.
#[derive(Serialize, ToSchema)]
pub struct Session {
    #[schema(format = Uuid)]
    id: String,
    kind: Kind,
    user_agent: String,
    #[schema(example = "2026-11-23T12:34:56.123456")]
    created_at: String,
    last_used_at: String,
    expires_at: String,
    /// The one that asks.
    current: bool,
}

#[derive(Serialize, ToSchema)]
pub struct SessionList {
    sessions: Vec<Session>,
}

/// A personal access token, without its text.
#[derive(Serialize, ToSchema)]
pub struct Token {
    #[schema(format = Uuid)]
    id: String,
    #[schema(example = "photo frame")]
    name: String,
    created_at: String,
    last_used_at: String,
    expires_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct Tokens {
    tokens: Vec<Token>,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewToken {
    #[schema(example = "photo frame")]
    name: String,
    /// From 1 to 3650; 90 when left out.
    #[schema(example = 90)]
    days: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct MadeToken {
    #[schema(format = Uuid)]
    id: String,
    #[schema(example = "photo frame")]
    name: String,
    /// Shown this once.
    #[schema(example = "porch_abcdefghijklmnopqrstuvwxyz234567")]
    token: String,
    expires_at: String,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct APassword {
    #[schema(example = "two pears and a ladder")]
    password: String,
}

#[derive(Serialize, ToSchema)]
pub struct Leaving {
    /// Signing in before then keeps everything.
    #[schema(example = "2026-11-30T12:34:56")]
    deletes_at: String,
}

/// A form's messages as the API says them.
fn mistakes(wrong: Wrong, names: &[(&str, &str)]) -> Error {
    let named = |field: &str| {
        names
            .iter()
            .find(|(form, _)| *form == field)
            .map_or("", |(_, api)| *api)
            .to_owned()
    };
    let mistakes = wrong.into_iter().map(|(field, message)| {
        let message = message.as_str().unwrap_or_default().to_owned();
        api::mistake(
            "value_error",
            &["body", &named(&field)],
            &message,
            serde_json::Value::Null,
        )
    });
    api::invalid(mistakes.collect())
}

/// The space that your files take
#[derive(Serialize, ToSchema)]
pub struct Storage {
    /// Bytes of all your photos and videos, in posts and drafts, and of those on their way.
    #[schema(example = 1_288_490_188)]
    used: u64,
    /// Bytes that they may take; null where there is no quota.
    #[schema(example = 5_368_709_120_u64)]
    quota: Option<u64>,
}

/// How much space your files take
#[utoipa::path(tag = "account", security(("password" = [])), responses((status = 200, description = "In bytes", body = Storage)))]
#[get("/users/me/storage")]
async fn storage(viewer: Viewer, app: &App) -> Result<Json<Storage>> {
    let mut connection = app.db.read().acquire().await?;
    let space = app.media.space(&mut connection, viewer.id).await?;
    Ok(Json(Storage {
        used: space.used,
        quota: space.quota,
    }))
}

fn found(id: &str) -> Result<Id<Sessions>> {
    Id::from_any_spelling(id).ok_or(Error::NotFound)
}

/// Where you are signed in
#[utoipa::path(tag = "account", security(("password" = [])), responses((status = 200, description = "Sessions, the last used first", body = SessionList)))]
#[get("/users/me/sessions")]
async fn sessions(viewer: Viewer, app: &App) -> Result<Json<SessionList>> {
    let sessions = app.sessions.list(viewer.id, false).await?.into_iter();
    let sessions = sessions.map(|session| Session {
        id: session.id.to_string(),
        kind: session.kind,
        user_agent: session.user_agent,
        created_at: time_stamp(session.created_at),
        last_used_at: time_stamp(session.seen_at),
        expires_at: time_stamp(session.expires_at),
        current: session.id == viewer.session_id,
    });
    Ok(Json(SessionList {
        sessions: sessions.collect(),
    }))
}

/// Sign out somewhere
#[utoipa::path(tag = "account", security(("password" = [])), params(("id" = String, Path, description = "The session's id")), responses(
    (status = 204, description = "Signed out there"),
    (status = 404, description = "No such session of yours", body = crate::api::Detail)))]
#[delete("/users/me/sessions/<id>")]
async fn end_session(id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    account::end_session(app, &viewer, WayIn::Session(found(id)?)).await?;
    Ok(Status::NoContent)
}

/// Your access tokens
#[utoipa::path(tag = "account", security(("password" = [])), responses((status = 200, description = "Tokens, the last used first", body = Tokens)))]
#[get("/users/me/tokens")]
async fn tokens(viewer: Viewer, app: &App) -> Result<Json<Tokens>> {
    let tokens = app.sessions.list(viewer.id, true).await?.into_iter();
    let stamp = |at: Micros| time_stamp(at);
    let tokens = tokens.map(|token| Token {
        id: token.id.to_string(),
        name: token.name,
        created_at: stamp(token.created_at),
        last_used_at: stamp(token.seen_at),
        expires_at: stamp(token.expires_at),
    });
    Ok(Json(Tokens {
        tokens: tokens.collect(),
    }))
}

/// Make an access token
///
/// For programs of yours, instead of the password. Its text is shown this once.
#[utoipa::path(tag = "account", security(("password" = [])), request_body = NewToken, responses(
    (status = 201, description = "The token", body = MadeToken),
    (status = 403, description = "An access token cannot make another", body = crate::api::Detail),
    (status = 409, description = "Every session of the account was ended in this moment", body = crate::api::Detail)))]
#[post("/users/me/tokens", data = "<body>")]
async fn make_token(caller: Caller, body: Body, app: &App) -> Result<Custom<Json<MadeToken>>> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let name = fields.text("name");
    let days = fields.number_or_null("days").unwrap_or(90);
    fields.done()?;
    let made = token::make(app, &viewer, (name, days)).await?;
    let made =
        made.map_err(|wrong| mistakes(wrong, &[("token_name", "name"), ("days", "days")]))?;
    let made = MadeToken {
        id: made.id.to_string(),
        name: made.name,
        token: made.text,
        expires_at: time_stamp(made.expires_at),
    };
    Ok(Custom(Status::Created, Json(made)))
}

/// Revoke an access token
#[utoipa::path(tag = "account", security(("password" = [])), params(("id" = String, Path, description = "The token's id")), responses(
    (status = 204, description = "It opens nothing any more"),
    (status = 404, description = "No such token of yours", body = crate::api::Detail)))]
#[delete("/users/me/tokens/<id>")]
async fn revoke_token(id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    account::end_session(app, &viewer, WayIn::Token(found(id)?)).await?;
    Ok(Status::NoContent)
}

/// Delete your account
///
/// Signs you out everywhere. After the grace time (seven days by default) the account goes with every post
/// and file; signing in before then cancels it.
#[utoipa::path(tag = "account", security(("password" = [])), request_body = APassword, responses(
    (status = 202, description = "When it will be gone", body = Leaving),
    (status = 409, description = "The only administrator stays", body = crate::api::Detail)))]
#[post("/users/me/deletion", data = "<body>")]
async fn leave_account(caller: Caller, body: Body, app: &App) -> Result<Custom<Json<Leaving>>> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let password = fields.text("password");
    fields.done()?;
    let at = account::leave(app, &viewer, password).await?;
    let at = at.map_err(|wrong| mistakes(wrong, &[("password", "password")]))?;
    let leaving = Leaving {
        deletes_at: time_stamp(at),
    };
    Ok(Custom(Status::Accepted, Json(leaving)))
}
