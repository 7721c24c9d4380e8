//! `/house/…`: how the place is run, for programs of those who look after it.

use rocket::http::Status;
use rocket::{Route, get, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::place;
use crate::account::{self, Decision};
use crate::api::{self, Body, Json, time_stamp};
use crate::app::App;
use crate::audit::{self, Deed, Filter};
use crate::auth::{Caller, Viewer};
use crate::config::Setting;
use crate::cursor::{Cursor, Page};
use crate::error::{Error, Result};
use crate::id::{Audits, Id};
use crate::office::Office;

pub fn routes() -> Vec<Route> {
    routes![settings, set, requests, decide, audit_log, give_office]
}

/// A setting of the place.
#[derive(Serialize, ToSchema)]
pub struct HouseSetting {
    #[schema(example = "joining")]
    name: &'static str,
    #[schema(example = "invitation")]
    value: String,
    /// As it is where nobody has decided.
    #[schema(example = "open")]
    default: &'static str,
    /// The server's environment decides it.
    fixed: bool,
}

#[derive(Serialize, ToSchema)]
pub struct HouseSettings {
    settings: Vec<HouseSetting>,
}

async fn shown(app: &App) -> Result<Json<HouseSettings>> {
    let rules = app.house.rules().await?;
    let settings = Setting::ALL.map(|setting| HouseSetting {
        name: setting.name(),
        value: rules.value(setting).to_owned(),
        default: setting.default(),
        fixed: rules.is_fixed(setting),
    });
    Ok(Json(HouseSettings {
        settings: settings.into(),
    }))
}

/// How the place is run
///
/// For administrators.
#[utoipa::path(tag = "house", security(("password" = [])), responses(
    (status = 200, description = "All settings", body = HouseSettings),
    (status = 403, description = "Not an administrator", body = crate::api::Detail)))]
#[get("/house/settings")]
async fn settings(viewer: Viewer, app: &App) -> Result<Json<HouseSettings>> {
    viewer.require(Office::Administrator)?;
    shown(app).await
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct SettingValue {
    /// Null puts it back to what it is by itself.
    #[schema(example = "invitation")]
    value: Option<String>,
}

/// Change how the place is run
///
/// For administrators, within an hour of logging in.
#[utoipa::path(tag = "house", security(("password" = [])), params(("name" = String, Path, description = "The setting's name", example = "joining")), request_body = SettingValue, responses(
    (status = 200, description = "All settings as they are now", body = HouseSettings),
    (status = 403, description = "Not an administrator, or not logged in within the hour", body = crate::api::Detail),
    (status = 404, description = "No such setting", body = crate::api::Detail),
    (status = 409, description = "The server's environment decides it", body = crate::api::Detail)))]
#[put("/house/settings/<name>", data = "<body>")]
async fn set(name: &str, caller: Caller, body: Body, app: &App) -> Result<Json<HouseSettings>> {
    let viewer = caller.viewer()?;
    viewer.require(Office::Administrator)?;
    let setting = Setting::named(name).ok_or(Error::NotFound)?;
    let mut fields = body.object()?;
    let value = fields.text_or_null("value").map(str::to_owned);
    if let Some(Err(takes)) = value.as_deref().map(|value| setting.check(value)) {
        fields.refuse("value", &format!("Value error, it takes {takes}"), &takes);
    }
    fields.done()?;
    let changed = place::set(app, &viewer, (setting, value.as_deref())).await?;
    changed.expect("the value was checked");
    shown(app).await
}

/// Somebody who waits to be let in.
#[derive(Serialize, ToSchema)]
pub struct JoinRequest {
    #[schema(format = Uuid)]
    id: String,
    handle: String,
    name: String,
    email: String,
    /// What they say of themselves.
    words: String,
    #[schema(example = "2026-11-23T12:34:56.123456")]
    asked_at: String,
}

#[derive(Serialize, ToSchema)]
pub struct JoinRequests {
    requests: Vec<JoinRequest>,
}

/// Who waits to be let in
///
/// For moderators and administrators: the 50 who wait longest.
#[utoipa::path(tag = "house", security(("password" = [])), responses(
    (status = 200, description = "The longest first", body = JoinRequests),
    (status = 403, description = "Not a moderator", body = crate::api::Detail)))]
#[get("/house/requests")]
async fn requests(viewer: Viewer, app: &App) -> Result<Json<JoinRequests>> {
    viewer.require(Office::Moderator)?;
    let requests = account::requests(app).await?.into_iter();
    let requests = requests.map(|one| JoinRequest {
        id: one.id.to_string(),
        handle: one.handle,
        name: one.name,
        email: one.email,
        words: one.words,
        asked_at: time_stamp(one.asked_at),
    });
    Ok(Json(JoinRequests {
        requests: requests.collect(),
    }))
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct JoinAnswer {
    /// `in` or `no`.
    #[schema(example = "in")]
    outcome: String,
    /// Said to who asked, by letter.
    #[schema(example = "Welcome!")]
    answer: Option<String>,
}

/// Let somebody in, or not
#[utoipa::path(tag = "house", security(("password" = [])), params(("id" = String, Path, description = "The account's id")), request_body = JoinAnswer, responses(
    (status = 204, description = "Answered"),
    (status = 403, description = "Not a moderator, or not logged in within the hour", body = crate::api::Detail),
    (status = 409, description = "Somebody else has answered already", body = crate::api::Detail)))]
#[put("/house/requests/<id>", data = "<body>")]
async fn decide(id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    viewer.require(Office::Moderator)?;
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let mut fields = body.object()?;
    let outcome = fields.text("outcome").to_owned();
    let answer = fields.text_or_null("answer").map(str::to_owned);
    if !["in", "no"].contains(&outcome.as_str()) {
        fields.refuse("outcome", "Value error, in or no", "in or no");
    }
    fields.done()?;
    let answer = answer.unwrap_or_default();
    let decision = Decision {
        user: id,
        is_in: outcome == "in",
        answer: &answer,
    };
    account::decide(app, &viewer, decision).await?;
    Ok(Status::NoContent)
}

/// A line of the log.
#[derive(Serialize, ToSchema)]
pub struct AuditLine {
    #[schema(example = "2026-11-23T12:34:56.123456")]
    at: String,
    /// The handle of who did it; null where it was the server, or somebody who is here no more.
    #[schema(example = "ada")]
    actor: Option<String>,
    #[schema(example = "setting-changed")]
    act: String,
    /// What it was done to.
    #[schema(example = "setting")]
    kind: String,
    #[schema(example = "joining")]
    subject: String,
    detail: String,
}

#[derive(Serialize, ToSchema)]
pub struct AuditLog {
    lines: Vec<AuditLine>,
    next: Option<String>,
}

/// What was done by those who look after the place
///
/// All of it for administrators, what is moderation's for moderators.
#[utoipa::path(tag = "house", security(("password" = [])), params(("cursor" = Option<String>, Query, description = "`next` of the page before"), ("act" = Option<String>, Query, description = "Of one kind"), ("member" = Option<String>, Query, description = "By or about the member of this handle")), responses(
    (status = 200, description = "50 lines at most, the newest first", body = AuditLog),
    (status = 403, description = "Not a moderator", body = crate::api::Detail)))]
#[get("/house/audit?<cursor>&<act>&<member>")]
async fn audit_log(
    cursor: Option<&str>,
    act: Option<&str>,
    member: Option<&str>,
    viewer: Viewer,
    app: &App,
) -> Result<Json<AuditLog>> {
    const PAGE: usize = 50;
    viewer.require(Office::Moderator)?;
    let before: Option<Cursor<Audits>> = cursor
        .map(|text| text.parse().map_err(|_| api::wrong_cursor(text)))
        .transpose()?;
    let own = viewer.id.to_string();
    let filter = Filter {
        act: act
            .map(|name| Deed::named(name).ok_or_else(|| wrong_act(name)))
            .transpose()?
            .map_or("", Deed::name),
        member: member.unwrap_or_default().trim_start_matches('@'),
        moderator: if viewer.is_admin() { "" } else { &own },
    };
    let page = Page::of(audit::list(&app.db, filter, before).await?, PAGE);
    let last = page.rows.last().filter(|_| page.more);
    let next = last.map(|line| {
        let (at, id) = (line.at, line.id);
        Cursor { at, id }.to_string()
    });
    let lines = page.rows.into_iter().map(|line| AuditLine {
        at: time_stamp(line.at),
        actor: line.actor_handle,
        act: line.act,
        kind: line.kind,
        subject: line.subject,
        detail: line.detail,
    });
    Ok(Json(AuditLog {
        lines: lines.collect(),
        next,
    }))
}

fn wrong_act(name: &str) -> Error {
    let names = Deed::ALL.map(Deed::name).join(", ");
    api::wrong_query("act", name, &format!("it takes one of {names}"))
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct AnOffice {
    /// `member`, `moderator` or `administrator`.
    #[schema(example = "moderator")]
    office: String,
}

/// Give a member an office, or take it
///
/// For administrators, within an hour of logging in. One always stays.
#[utoipa::path(tag = "house", security(("password" = [])), params(("id" = String, Path, description = "The account's id")), request_body = AnOffice, responses(
    (status = 204, description = "Done"),
    (status = 403, description = "Not an administrator, or not logged in within the hour", body = crate::api::Detail),
    (status = 404, description = "No such account", body = crate::api::Detail),
    (status = 409, description = "The only administrator stays one", body = crate::api::Detail)))]
#[put("/users/<id>/office", data = "<body>")]
async fn give_office(id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    viewer.require(Office::Administrator)?;
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let mut fields = body.object()?;
    let office = Office::named(fields.text("office"));
    if office.is_none() {
        let names = Office::ALL.map(Office::name).join(", ");
        fields.refuse("office", &format!("Value error, one of {names}"), &names);
    }
    fields.done()?;
    let office = office.ok_or(Error::NotFound)?;
    account::give_office(app, &viewer, (id, office)).await?;
    Ok(Status::NoContent)
}
