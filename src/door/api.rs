//! `/auth/…`: register, log in and out, reset a password, verify an address. Paths, bodies and answers
//! are those of fastapi-users 15 (docs/api.md).

use multer::Multipart;
use rocket::data::{self, Data, FromData};
use rocket::http::{CookieJar, Status};
use rocket::request::Request;
use rocket::response::status::Custom;
use rocket::{Route, post, routes};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::session::{self, Origin};
use super::verify::Redeemed;
use super::{reset, verify};
use crate::account::api::{User, email};
use crate::account::links;
use crate::account::{self, Brings, DisplayName, Email, Handle, NewMember, WhyOut, Wish};
use crate::api::{self, Body, Flag, Json};
use crate::app::App;
use crate::auth::{NewPassword, Viewer};
use crate::error::{Error, Result};
use crate::form;
use crate::limit::{Act, Address, Key};

pub fn routes() -> Vec<Route> {
    routes![
        register,
        login,
        logout,
        logout_short,
        forgot_password,
        reset_password,
        request_verify_token,
        verify_address
    ]
}

/// What registering takes. Flags are read and ignored.
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewUser {
    #[schema(example = "ada@example.org")]
    email: String,
    /// 8 to 512 bytes, and not among the common ones.
    #[schema(example = "two pears and a ladder")]
    password: String,
    #[schema(required = false, example = false)]
    is_active: Flag,
    #[schema(required = false, example = false)]
    is_superuser: Flag,
    #[schema(required = false, example = false)]
    is_verified: Flag,
    /// The address of an invitation, or what stands behind its last slash.
    invite: Option<String>,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct Login {
    /// The e-mail address.
    #[schema(example = "ada@example.org")]
    username: String,
    #[schema(example = "two pears and a ladder")]
    password: String,
    #[schema(pattern = "^password$")]
    grant_type: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Access {
    #[schema(example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9…")]
    access_token: String,
    #[schema(example = "bearer")]
    token_type: &'static str,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct AnEmail {
    #[schema(example = "ada@example.org")]
    email: String,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct AToken {
    /// From the letter, after `token=`.
    token: String,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewPasswordByToken {
    /// From the letter, after `token=`.
    token: String,
    #[schema(example = "two pears and a ladder")]
    password: String,
}

/// Register
///
/// Makes an account; name and handle are made of the address. No letter is sent. Where whoever comes is let in first, the
/// account is not active until then, and where members are invited, `invite` opens it.
#[utoipa::path(tag = "auth", request_body = NewUser, responses(
    (status = 201, description = "The new account", body = User),
    (status = 400, description = "`REGISTER_USER_ALREADY_EXISTS`, or `REGISTER_INVALID_PASSWORD` with a reason", body = crate::api::Detail),
    (status = 403, description = "Nobody is let in so", body = crate::api::Detail)))]
#[post("/auth/register", data = "<body>")]
async fn register(body: Body, origin: Origin<'_>, app: &App) -> Result<Custom<Json<User>>> {
    let mut fields = body.object()?;
    let text = fields.text("email");
    let email = email(&mut fields, text);
    let password = fields.text("password");
    for flag in ["is_active", "is_superuser", "is_verified"] {
        fields.flag(flag);
    }
    let invite = fields.text_or_null("invite").map(str::to_owned);
    fields.done()?;
    let email = email.ok_or(Error::NotFound)?;
    let password = NewPassword::new(password)
        .map_err(|reason| api::refused_password("REGISTER_INVALID_PASSWORD", reason))?;
    let from = Key::Address(origin.address);
    app.limiter.spend(Act::Register, from, 1).await?;
    let handle = Handle::of(&email);
    let name = DisplayName::new(handle.as_str(), app.settings.limits.name)
        .map_err(Error::Unprocessable)?;
    let new = NewMember {
        email,
        name,
        handle: Wish::made(handle),
        password,
    };
    let brings = Brings {
        // What stands behind the last slash of its address.
        invite: invite.as_deref().and_then(|text| text.rsplit('/').next()),
        ..Brings::default()
    };
    match account::register(app, new, brings).await? {
        Ok(user) => {
            session::remember_program(app, &user, &origin).await?;
            Ok(Custom(Status::Created, Json(User::from(&user))))
        }
        Err(wrong) if wrong.contains_key("invite") => Err(Error::Forbidden(
            "This invitation does not work any more. Ask for another one.",
        )),
        Err(_) => Err(api::refused("REGISTER_USER_ALREADY_EXISTS")),
    }
}

/// The fields of the OAuth2 password form, sent in either way that forms are sent.
struct LoginForm(form::Fields);

#[rocket::async_trait]
impl<'r> FromData<'r> for LoginForm {
    type Error = Error;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> data::Outcome<'r, Self> {
        let kind = request.content_type();
        let read = async {
            form::admit(request).await?;
            match kind {
                Some(kind) if kind.is_form_data() => {
                    let broken = || Error::BadRequest("There was an error parsing the body".into());
                    let boundary = kind.param("boundary").ok_or_else(|| {
                        Error::BadRequest("Missing boundary in multipart.".into())
                    })?;
                    let bytes = form::read_bytes(data).await?;
                    let mut parts = Multipart::with_reader(&bytes[..], boundary);
                    let mut fields = form::Fields::default();
                    while let Some(part) = parts.next_field().await.map_err(|_| broken())? {
                        let name = part.name().unwrap_or_default().to_owned();
                        fields.push(name, part.text().await.map_err(|_| broken())?)?;
                    }
                    Ok(fields)
                }
                Some(kind) if kind.is_form() => form::read(data).await,
                _ => {
                    form::read_bytes(data).await?;
                    Ok(form::Fields::default())
                }
            }
        };
        form::outcome(request, read.await.map(LoginForm))
    }
}

/// Log in
///
/// The token is good for an hour, until logging out, or until the password changes.
#[utoipa::path(tag = "auth", request_body(content = Login, content_type = "application/x-www-form-urlencoded"), responses(
    (status = 200, description = "The token for the `Authorization: Bearer` header", body = Access),
    (status = 400, description = "`LOGIN_BAD_CREDENTIALS`; `LOGIN_USER_NOT_VERIFIED` where that is required; `LOGIN_USER_WAITING` until somebody lets them in", body = crate::api::Detail)))]
#[post("/auth/jwt/login", data = "<form>")]
async fn login(form: LoginForm, origin: Origin<'_>, app: &App) -> Result<Json<Access>> {
    let LoginForm(fields) = form;
    let mut mistakes = Vec::new();
    if let Some(kind) = fields.find("grant_type").filter(|kind| *kind != "password") {
        let message = "String should match pattern '^password$'";
        let place = ["body", "grant_type"];
        let mut wrong = api::mistake("string_pattern_mismatch", &place, message, kind.into());
        wrong["ctx"] = serde_json::json!({ "pattern": "^password$" });
        mistakes.push(wrong);
    }
    for name in ["username", "password"] {
        if fields.find(name).is_none() {
            mistakes.push(api::missing(&["body", name], Value::Null));
        }
    }
    if !mistakes.is_empty() {
        return Err(api::invalid(mistakes));
    }
    let (email, password) = (fields.text("username"), fields.text("password"));
    let user = session::check(app, origin.address, email, password).await?;
    let user = user.ok_or_else(|| api::refused("LOGIN_BAD_CREDENTIALS"))?;
    match (user.is_active(), user.why_out()) {
        (true, _) => {}
        (false, WhyOut::Waiting) => return Err(api::refused("LOGIN_USER_WAITING")),
        (false, WhyOut::Confirm) => return Err(api::refused("LOGIN_USER_NOT_VERIFIED")),
        (false, WhyOut::Closed) => return Err(api::refused("LOGIN_BAD_CREDENTIALS")),
    }
    if app.settings.require_verified && !user.is_verified() {
        return Err(api::refused("LOGIN_USER_NOT_VERIFIED"));
    }
    match session::start_bearer(app, &user, &origin).await {
        Ok(access_token) => Ok(Json(Access {
            access_token,
            token_type: "bearer",
        })),
        // The password was changed in this moment.
        Err(Error::Conflict(_)) => Err(api::refused("LOGIN_BAD_CREDENTIALS")),
        Err(other) => Err(other),
    }
}

/// Log out
///
/// Ends the session of the token.
#[utoipa::path(tag = "auth", security(("password" = [])), responses((status = 204, description = "Done")))]
#[post("/auth/jwt/logout")]
async fn logout(viewer: Viewer, jar: &CookieJar<'_>, app: &App) -> Result<Status> {
    session::end(app, &viewer, jar).await?;
    Ok(Status::NoContent)
}

/// Log out
///
/// The same as `/auth/jwt/logout`.
#[utoipa::path(tag = "auth", security(("password" = [])), responses((status = 204, description = "Done")))]
#[post("/auth/logout")]
async fn logout_short(viewer: Viewer, jar: &CookieJar<'_>, app: &App) -> Result<Status> {
    session::end(app, &viewer, jar).await?;
    Ok(Status::NoContent)
}

/// Ask for a letter with a reset token
///
/// The answer is the same for every address.
#[utoipa::path(tag = "auth", request_body = AnEmail, responses(
    (status = 202, description = "If the account exists, a letter is on its way", body = ())))]
#[post("/auth/forgot-password", data = "<body>")]
async fn forgot_password(body: Body, address: Address, app: &App) -> Result<Custom<Json<()>>> {
    let email = one_email(&body)?;
    reset::ask(app, address, email.as_str()).await?;
    Ok(Custom(Status::Accepted, Json(())))
}

fn one_email(body: &Body) -> Result<Email> {
    let mut fields = body.values();
    let text = fields.text("email");
    let email = email(&mut fields, text);
    fields.done()?;
    email.ok_or(Error::NotFound)
}

/// Choose a new password
///
/// The token works once, for an hour. Every session of the account ends.
#[utoipa::path(tag = "auth", request_body = NewPasswordByToken, responses(
    (status = 200, description = "The password is changed", body = ()),
    (status = 400, description = "`RESET_PASSWORD_BAD_TOKEN`, or `RESET_PASSWORD_INVALID_PASSWORD` with a reason; then the token stays good", body = crate::api::Detail)))]
#[post("/auth/reset-password", data = "<body>")]
async fn reset_password(body: Body, address: Address, app: &App) -> Result<Json<()>> {
    let mut fields = body.values();
    let (token, password) = (fields.text("token"), fields.text("password"));
    fields.done()?;
    app.limiter
        .spend(Act::Register, Key::Address(address), 1)
        .await?;
    let bad = || api::refused("RESET_PASSWORD_BAD_TOKEN");
    let holder = links::may_choose_password(app, token)
        .await?
        .ok_or_else(bad)?;
    let new = NewPassword::new(password)
        .map_err(|reason| api::refused_password("RESET_PASSWORD_INVALID_PASSWORD", reason))?;
    reset::redeem(app, &holder, new).await?.ok_or_else(bad)?;
    Ok(Json(()))
}

/// Ask for a letter with a verification token
///
/// The answer is the same for every address.
#[utoipa::path(tag = "auth", request_body = AnEmail, responses(
    (status = 202, description = "If there is something to confirm, a letter is on its way", body = ())))]
#[post("/auth/request-verify-token", data = "<body>")]
async fn request_verify_token(body: Body, address: Address, app: &App) -> Result<Custom<Json<()>>> {
    let email = one_email(&body)?;
    verify::ask(app, address, email.as_str()).await?;
    Ok(Custom(Status::Accepted, Json(())))
}

/// Confirm an address
#[utoipa::path(tag = "auth", request_body = AToken, responses(
    (status = 200, description = "The account, verified now", body = User),
    (status = 400, description = "`VERIFY_USER_BAD_TOKEN` or `VERIFY_USER_ALREADY_VERIFIED`", body = crate::api::Detail)))]
#[post("/auth/verify", data = "<body>")]
async fn verify_address(body: Body, app: &App) -> Result<Json<User>> {
    let mut fields = body.values();
    let token = fields.text("token");
    fields.done()?;
    match verify::redeem(app, token).await? {
        Redeemed::Now(user) => Ok(Json(User::from(&user))),
        Redeemed::Before => Err(api::refused("VERIFY_USER_ALREADY_VERIFIED")),
        Redeemed::Bad => Err(api::refused("VERIFY_USER_BAD_TOKEN")),
    }
}
