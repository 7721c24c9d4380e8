//! `/house/appeals`: what members say against decisions, for programs of those who look after the place.

use rocket::http::Status;
use rocket::{Route, get, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::appeal::{self, Answer};
use crate::api::{self, Body, Json, time_stamp};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::Id;

pub fn routes() -> Vec<Route> {
    routes![appeals, answer]
}

/// Somebody speaks against a decision
#[derive(Serialize, ToSchema)]
pub struct HouseAppeal {
    /// The measure's id.
    #[schema(format = Uuid)]
    id: String,
    /// Who speaks; null once they are gone.
    #[schema(example = "ada")]
    handle: Option<String>,
    words: String,
    #[schema(example = "2026-11-28T12:34:56.123456")]
    at: String,
    /// What was done, to what, why, and in which words.
    #[schema(example = "hide")]
    act: String,
    #[schema(example = "post")]
    kind: String,
    #[schema(format = Uuid)]
    subject: String,
    #[schema(example = "unkind")]
    why: String,
    said: String,
    decided_at: String,
}

/// What waits for an answer
#[derive(Serialize, ToSchema)]
pub struct HouseAppeals {
    appeals: Vec<HouseAppeal>,
}

/// Who speaks against a decision
///
/// For moderators and administrators: the 50 who wait longest.
#[utoipa::path(tag = "house", security(("password" = [])), responses(
    (status = 200, description = "The longest first", body = HouseAppeals),
    (status = 403, description = "Not a moderator", body = api::Detail)))]
#[get("/house/appeals")]
async fn appeals(viewer: Viewer, app: &App) -> Result<Json<HouseAppeals>> {
    let waiting = appeal::waiting(app, &viewer).await?.into_iter();
    let appeals = waiting.map(|one| HouseAppeal {
        id: one.measure_id.to_string(),
        handle: one.handle,
        words: one.words,
        at: time_stamp(one.at),
        act: one.act,
        kind: one.kind,
        subject: one.subject,
        why: one.reason,
        said: one.said,
        decided_at: time_stamp(one.decided_at),
    });
    Ok(Json(HouseAppeals {
        appeals: appeals.collect(),
    }))
}

/// An answer to who speaks against a decision
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct AppealAnswer {
    /// `lifted`: the decision is taken back; `upheld`: it stays.
    #[schema(example = "lifted")]
    outcome: String,
    /// Why, which they read.
    #[schema(example = "You are right: it was a joke among friends.")]
    answer: String,
}

/// Answer who speaks against a decision
///
/// Whoever has decided does not answer, where somebody else could.
#[utoipa::path(tag = "house", security(("password" = [])), params(("id" = String, Path, description = "The measure's id")), request_body = AppealAnswer, responses(
    (status = 204, description = "Answered"),
    (status = 403, description = "Your own decision, or of somebody in as high an office, or not logged in within the hour", body = api::Detail),
    (status = 409, description = "Somebody has answered already", body = api::Detail)))]
#[put("/house/appeals/<id>", data = "<body>")]
async fn answer(id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let mut fields = body.object()?;
    let outcome = fields.text("outcome").to_owned();
    let answer = fields.text("answer").to_owned();
    if !["lifted", "upheld"].contains(&&*outcome) {
        fields.refuse(
            "outcome",
            "Value error, lifted or upheld",
            "lifted or upheld",
        );
    }
    fields.done()?;
    let decided = appeal::decide(
        app,
        &viewer,
        id,
        Answer {
            is_lifted: outcome == "lifted",
            words: &answer,
        },
    )
    .await;
    decided.map_err(api::of_body)?;
    Ok(Status::NoContent)
}
