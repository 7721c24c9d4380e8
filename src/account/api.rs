//! `/users/…`: one's own account, and everybody's for administrators, as in fastapi-users 15.

use rocket::http::Status;
use rocket::{Route, delete, get, patch, routes};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::access::{self, Changes, EmailTaken};
use super::email::Email;
use super::{leave, row};
use crate::api::{self, Body, Fields, Flag, Json};
use crate::app::App;
use crate::auth::{Caller, Kind, NewPassword, Viewer};
use crate::error::{Error, Result};
use crate::id::{Id, Users};

pub fn routes() -> Vec<Route> {
    routes![me, change_me, one, change, remove]
}

/// An address, checked and normalised; what is wrong with it goes among the mistakes.
pub fn email(fields: &mut Fields<'_>, text: &str) -> Option<Email> {
    if text.is_empty() && !fields.get("email").is_some_and(Value::is_string) {
        return None;
    }
    Email::new(text)
        .map_err(|bad| {
            let reason = bad.reason();
            let message = format!("value is not a valid email address: {reason}");
            fields.refuse("email", &message, reason);
        })
        .ok()
}

/// An account.
#[derive(Serialize, ToSchema)]
pub struct User {
    #[schema(format = Uuid, example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")]
    id: String,
    #[schema(example = "ada@example.org")]
    email: String,
    is_active: bool,
    is_superuser: bool,
    is_verified: bool,
}

impl From<&row::User> for User {
    fn from(user: &row::User) -> User {
        User {
            id: user.id.to_string(),
            email: user.email.clone(),
            is_active: user.is_active(),
            is_superuser: user.is_admin(),
            is_verified: user.is_verified(),
        }
    }
}

/// What may be changed; what is left out or null stays. Flags are an administrator's to set.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct UserChanges {
    #[schema(example = "two pears and a ladder")]
    password: Option<String>,
    #[schema(example = "ada@example.org")]
    email: Option<String>,
    #[schema(required = false, example = false)]
    is_active: Flag,
    #[schema(required = false, example = false)]
    is_superuser: Flag,
    #[schema(required = false, example = false)]
    is_verified: Flag,
}

/// Your account
#[utoipa::path(tag = "users", security(("password" = [])), responses((status = 200, description = "The account of the token", body = User)))]
#[get("/users/me")]
async fn me(viewer: Viewer, app: &App) -> Result<Json<User>> {
    find(app, viewer.id).await
}

async fn find(app: &App, id: Id<Users>) -> Result<Json<User>> {
    let mut connection = app.db.read().acquire().await?;
    let user = row::get(&mut connection, id).await?;
    Ok(Json(User::from(&user)))
}

/// Changes as the body wants them; a password that is not accepted is known by then.
fn changes(body: &Body, may_set_flags: bool) -> Result<Changes> {
    let mut fields = body.object()?;
    let password = fields.text_or_null("password");
    let address = match fields.text_or_null("email") {
        Some(text) => email(&mut fields, text),
        None => None,
    };
    let [active, admin, verified] =
        ["is_active", "is_superuser", "is_verified"].map(|flag| fields.flag(flag));
    fields.done()?;
    let password = password
        .map(NewPassword::new)
        .transpose()
        .map_err(|reason| api::refused_password("UPDATE_USER_INVALID_PASSWORD", reason))?;
    let flag = |flag: Option<bool>| flag.filter(|_| may_set_flags);
    Ok(Changes {
        email: address,
        password,
        active: flag(active),
        admin: flag(admin),
        verified: flag(verified),
    })
}

async fn update(
    app: &App,
    viewer: &Viewer,
    (id, changes): (Id<Users>, Changes),
) -> Result<Json<User>> {
    match access::update(app, viewer, id, changes).await? {
        Ok(user) => Ok(Json(User::from(&user))),
        Err(EmailTaken) => Err(api::refused("UPDATE_USER_EMAIL_ALREADY_EXISTS")),
    }
}

/// Change your account
///
/// Another address is unverified until it is confirmed. Another password ends every other session. Only a
/// token from logging in may change either: it shows that the password was known within the hour.
#[utoipa::path(tag = "users", security(("password" = [])), request_body = UserChanges, responses(
    (status = 200, description = "The account as it is now", body = User),
    (status = 400, description = "`UPDATE_USER_EMAIL_ALREADY_EXISTS`, or `UPDATE_USER_INVALID_PASSWORD` with a reason", body = crate::api::Detail),
    (status = 403, description = "Not with a cookie or an access token", body = crate::api::Detail),
    (status = 409, description = "The account was changed in this moment", body = crate::api::Detail)))]
#[patch("/users/me", data = "<body>")]
async fn change_me(caller: Caller, body: Body, app: &App) -> Result<Json<User>> {
    let viewer = caller.viewer()?;
    let changes = changes(&body, false)?;
    require_login(&viewer, &changes)?;
    update(app, &viewer, (viewer.id, changes)).await
}

/// What opens an account is changed by whoever has known the password within the hour.
fn require_login(viewer: &Viewer, changes: &Changes) -> Result<()> {
    let dear = changes.email.is_some() || changes.password.is_some();
    if dear && viewer.kind != Kind::Api {
        return Err(Error::Forbidden(
            "Log in first: only a token from logging in may change an address or a password.",
        ));
    }
    Ok(())
}

/// An administrator, and the account that the path names.
fn named(viewer: &Viewer, id: &str) -> Result<Id<Users>> {
    if !viewer.is_admin() {
        return Err(Error::Detail(Status::Forbidden, "Forbidden".into()));
    }
    Id::from_any_spelling(id).ok_or(Error::NotFound)
}

/// An account
///
/// For administrators.
#[utoipa::path(tag = "users", security(("password" = [])), params(("id" = String, Path, description = "The account's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 200, description = "The account", body = User),
    (status = 403, description = "Not an administrator", body = crate::api::Detail),
    (status = 404, description = "No such account", body = crate::api::Detail)))]
#[get("/users/<id>", rank = 5)]
async fn one(id: &str, viewer: Viewer, app: &App) -> Result<Json<User>> {
    find(app, named(&viewer, id)?).await
}

/// Change an account
///
/// For administrators. An account that is not active is signed out everywhere and cannot come in.
#[utoipa::path(tag = "users", security(("password" = [])), params(("id" = String, Path, description = "The account's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), request_body = UserChanges, responses(
    (status = 200, description = "The account as it is now", body = User),
    (status = 400, description = "`UPDATE_USER_EMAIL_ALREADY_EXISTS`, or `UPDATE_USER_INVALID_PASSWORD` with a reason", body = crate::api::Detail),
    (status = 403, description = "Not an administrator", body = crate::api::Detail),
    (status = 404, description = "No such account", body = crate::api::Detail),
    (status = 409, description = "The only administrator stays one", body = crate::api::Detail)))]
#[patch("/users/<id>", data = "<body>", rank = 5)]
async fn change(id: &str, caller: Caller, body: Body, app: &App) -> Result<Json<User>> {
    let viewer = caller.viewer()?;
    let id = named(&viewer, id)?;
    // 404 comes before what is wrong with the body.
    find(app, id).await?;
    let changes = changes(&body, true)?;
    require_login(&viewer, &changes)?;
    update(app, &viewer, (id, changes)).await
}

/// Delete an account
///
/// For administrators, at once, with every post and file.
#[utoipa::path(tag = "users", security(("password" = [])), params(("id" = String, Path, description = "The account's id", example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")), responses(
    (status = 204, description = "Gone"),
    (status = 403, description = "Not an administrator", body = crate::api::Detail),
    (status = 404, description = "No such account", body = crate::api::Detail),
    (status = 409, description = "The only administrator stays one", body = crate::api::Detail)))]
#[delete("/users/<id>")]
async fn remove(id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    leave::erase(app, &viewer, named(&viewer, id)?).await?;
    Ok(Status::NoContent)
}
