//! `/reports` and one's own standing, for programs.

use rocket::http::Status;
use rocket::{Route, get, post, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::report::{self, Own, Reported};
use super::row::Appeal;
use super::standing::{self, Decision};
use super::subject::Subject;
use super::why::Why;
use crate::api::{self, Body, Json, time_stamp};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::{Error, Result};
use crate::id::Id;

pub fn routes() -> Vec<Route> {
    routes![report_it, own, stands, appeal]
}

/// Something that you report
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewReport {
    /// `post`, `comment` or `member`.
    #[schema(example = "post")]
    kind: String,
    #[schema(format = Uuid)]
    id: String,
    /// `shows-me`, `danger`, `child`, `unkind`, `naked`, `cruel`, `not-theirs`, `fraud` or `not-here`.
    #[schema(example = "unkind")]
    why: String,
    /// What you say to it: at most 1,000 characters.
    words: Option<String>,
}

/// Report something
///
/// Those who look after the place look at it, `danger` and `child` first. Nobody else is told that it was you. A second
/// report of the same takes the place of the first.
#[utoipa::path(tag = "people", security(("password" = [])), request_body = NewReport, responses(
    (status = 204, description = "Reported"),
    (status = 404, description = "You see no such thing", body = api::Detail),
    (status = 409, description = "It is your own, or you have sent ten since yesterday", body = api::Detail)))]
#[post("/reports", data = "<body>")]
async fn report_it(caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let (subject, why) = (Subject::of(&mut fields), Why::of(&mut fields));
    let words = fields.text_or_null("words").unwrap_or_default().to_owned();
    if let Err(wrong) = report::words(&words) {
        fields.refuse("words", &format!("Value error, {wrong}"), &wrong);
    }
    fields.done()?;
    let reported = Reported {
        subject: subject.ok_or(Error::NotFound)?,
        why: why.ok_or(Error::NotFound)?,
        words: &words,
    };
    report::report(app, &viewer, reported).await?;
    Ok(Status::NoContent)
}

/// Something that you reported
#[derive(Serialize, ToSchema)]
pub struct OwnReport {
    /// `post`, `comment` or `member`.
    #[schema(example = "post")]
    kind: String,
    #[schema(example = "unkind")]
    why: String,
    words: String,
    /// Its words as they were when you reported it.
    seen: String,
    #[schema(example = "2026-11-28T12:34:56.123456")]
    at: String,
    /// What came of it, ten minutes after it was decided: `acted`, `kept` (it may stay) or `gone`; empty until then.
    #[schema(example = "acted")]
    outcome: String,
}

/// What you reported
#[derive(Serialize, ToSchema)]
pub struct OwnReports {
    reports: Vec<OwnReport>,
}

/// What you have reported
#[utoipa::path(tag = "people", security(("password" = [])), responses(
    (status = 200, description = "50 at most, the newest first", body = OwnReports)))]
#[get("/users/me/reports")]
async fn own(viewer: Viewer, app: &App) -> Result<Json<OwnReports>> {
    let own = report::own(app, viewer.id).await?.into_iter();
    let reports = own.map(|one: Own| OwnReport {
        kind: one.kind,
        why: one.why,
        words: one.words,
        seen: one.seen,
        at: time_stamp(one.at),
        outcome: one.outcome,
    });
    Ok(Json(OwnReports {
        reports: reports.collect(),
    }))
}

/// Something that was decided about you
#[derive(Serialize, ToSchema)]
pub struct OwnMeasure {
    #[schema(format = Uuid)]
    id: String,
    /// `remind`, `warn`, `hide`, `remove`, `erase`, `review`, `suspend` or `ban`.
    #[schema(example = "hide")]
    act: &'static str,
    /// What it is about: `post`, `comment` or `member`, and its id.
    #[schema(example = "post")]
    kind: &'static str,
    subject: String,
    #[schema(example = "unkind")]
    why: &'static str,
    words: String,
    #[schema(example = "2026-11-28T12:34:56.123456")]
    at: String,
    /// When it ends by itself.
    ends_at: Option<String>,
    /// When what was removed is erased.
    erased_at: Option<String>,
    /// When it was taken back, and what was said to that.
    undone_at: Option<String>,
    undone_words: String,
    /// You may ask to think again.
    may_appeal: bool,
    appeal: Option<OwnAppeal>,
}

/// What you said against it
#[derive(Serialize, ToSchema)]
pub struct OwnAppeal {
    words: String,
    #[schema(example = "2026-11-28T12:34:56.123456")]
    at: String,
    /// `upheld` or `lifted`; empty until somebody has answered.
    outcome: String,
    answer: String,
    #[schema(example = "2026-11-29T12:34:56.123456")]
    answered_at: Option<String>,
}

impl From<Appeal> for OwnAppeal {
    fn from(appeal: Appeal) -> OwnAppeal {
        OwnAppeal {
            words: appeal.words,
            at: time_stamp(appeal.at),
            outcome: appeal.outcome,
            answer: appeal.answer,
            answered_at: appeal.decided_at.map(time_stamp),
        }
    }
}

/// How you stand
#[derive(Serialize, ToSchema)]
pub struct Standing {
    measures: Vec<OwnMeasure>,
}

/// What was decided about you
#[utoipa::path(tag = "people", security(("password" = [])), responses(
    (status = 200, description = "50 at most, the newest first", body = Standing)))]
#[get("/users/me/standing")]
async fn stands(viewer: Viewer, app: &App) -> Result<Json<Standing>> {
    let decisions = standing::of(app, viewer.id).await?.into_iter();
    let measure = |one: Decision| -> Result<OwnMeasure> {
        let subject = one.measure.subject()?;
        Ok(OwnMeasure {
            id: one.measure.id.to_string(),
            act: one.measure.act()?.name(),
            kind: subject.kind(),
            subject: subject.id(),
            why: one.measure.why().name(),
            at: time_stamp(one.measure.at),
            ends_at: one.measure.ends_at.map(time_stamp),
            erased_at: one.measure.final_at.map(time_stamp),
            undone_at: one.measure.undone_at.map(time_stamp),
            words: one.measure.words,
            undone_words: one.measure.undone_words,
            may_appeal: one.may_ask,
            appeal: one.appeal.map(OwnAppeal::from),
        })
    };
    Ok(Json(Standing {
        measures: decisions.map(measure).collect::<Result<Vec<_>>>()?,
    }))
}

/// What you say against a decision
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewAppeal {
    /// At most 1,000 characters.
    #[schema(example = "It was a joke among friends.")]
    words: String,
}

/// Ask to think again about a decision
///
/// Once, within thirty days. Somebody else than who decided reads it, where there is somebody else.
#[utoipa::path(tag = "people", security(("password" = [])), params(("id" = String, Path, description = "The measure's id")), request_body = NewAppeal, responses(
    (status = 204, description = "Somebody reads it"),
    (status = 409, description = "You have asked already, or it is too late", body = api::Detail)))]
#[put("/measures/<id>/appeal", data = "<body>")]
async fn appeal(id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let mut fields = body.object()?;
    let words = fields.text("words").to_owned();
    match report::words(&words) {
        Ok(words) if words.is_empty() => {
            fields.refuse(
                "words",
                "Value error, say why we should think again",
                "a text",
            );
        }
        Ok(_) => {}
        Err(wrong) => fields.refuse("words", &format!("Value error, {wrong}"), &wrong),
    }
    fields.done()?;
    standing::appeal(app, &viewer, id, &words).await?;
    Ok(Status::NoContent)
}
