//! `/house/cases` and `/house/measures`: what was reported and what is done about it, for programs of those who
//! look after the place.

use rocket::http::Status;
use rocket::response::status::Custom;
use rocket::{Route, delete, get, post, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::case::{self, Case, Place};
use super::desk_acts::{self, Seen};
use super::measure::{self, Decided};
use super::row::Act;
use super::subject::Subject;
use super::why::Why;
use crate::api::{self, Body, Json, time_stamp};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::cursor::Page;
use crate::error::{Error, Result};
use crate::id::Id;

pub fn routes() -> Vec<Route> {
    routes![cases, begin, one, act, decide, undo]
}

const PAGE: usize = 20;

/// Something that was reported, or is looked at
#[derive(Serialize, ToSchema)]
pub struct HouseCase {
    #[schema(format = Uuid)]
    id: String,
    /// `post`, `comment` or `member`, and its id.
    #[schema(example = "post")]
    kind: &'static str,
    #[schema(format = Uuid)]
    subject: String,
    /// Whose it is; null once they are gone.
    #[schema(example = "ada")]
    handle: Option<String>,
    urgent: bool,
    open: bool,
    reports: i64,
    /// Sent back with whatever is done; rises with every act.
    version: i64,
    /// Who looks at it in this moment.
    taken_by: Option<String>,
    #[schema(example = "2026-11-28T12:34:56.123456")]
    opened_at: String,
    /// `acted`, `kept` or `gone`; empty while it is open.
    outcome: String,
}

impl HouseCase {
    fn of(app: &App, case: &Case) -> Result<HouseCase> {
        let subject = case.subject()?;
        let taker = case.looked_at_by(app.clock.now());
        Ok(HouseCase {
            id: case.id.to_string(),
            kind: subject.kind(),
            subject: subject.id(),
            handle: case.handle.clone(),
            urgent: case.is_urgent(),
            open: case.is_open(),
            reports: case.reports,
            version: case.version,
            taken_by: taker.and(case.taker.clone()),
            opened_at: time_stamp(case.opened_at),
            outcome: case.outcome.clone(),
        })
    }
}

/// Open cases
#[derive(Serialize, ToSchema)]
pub struct HouseCases {
    cases: Vec<HouseCase>,
    /// Given as `cursor`, it brings those that follow; null when there are none.
    next: Option<String>,
}

/// What was reported and waits
///
/// For moderators and administrators: what is urgent first, then what waits longest. Nobody gets a case about themselves, and
/// one about somebody in an office only administrators do.
#[utoipa::path(tag = "house", security(("password" = [])), params(("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "20 at most", body = HouseCases),
    (status = 403, description = "Not a moderator", body = api::Detail)))]
#[get("/house/cases?<cursor>")]
async fn cases(cursor: Option<&str>, viewer: Viewer, app: &App) -> Result<Json<HouseCases>> {
    let after = cursor
        .map(|text| Place::read(text).ok_or_else(|| api::wrong_cursor(text)))
        .transpose()?;
    let page = Page::of(case::queue(app, &viewer, after).await?, PAGE);
    let last = page.rows.last().filter(|_| page.more);
    let rows = page.rows.iter().map(|case| HouseCase::of(app, case));
    Ok(Json(HouseCases {
        next: last.map(|case| Place::of(case).to_string()),
        cases: rows.collect::<Result<Vec<_>>>()?,
    }))
}

/// Something to look at
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewCase {
    /// `post`, `comment` or `member`.
    #[schema(example = "member")]
    kind: String,
    #[schema(format = Uuid)]
    id: String,
}

/// Begin a case about something that nobody has reported
///
/// For moderators and administrators. Where one is open, it is that one.
#[utoipa::path(tag = "house", security(("password" = [])), request_body = NewCase, responses(
    (status = 201, description = "The case", body = HouseCase),
    (status = 403, description = "Not a moderator, or not logged in within the hour", body = api::Detail),
    (status = 404, description = "You see no such thing, or it is about yourself", body = api::Detail)))]
#[post("/house/cases", data = "<body>")]
async fn begin(caller: Caller, body: Body, app: &App) -> Result<Custom<Json<HouseCase>>> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let subject = Subject::of(&mut fields);
    fields.done()?;
    let subject = subject.ok_or(Error::NotFound)?;
    let id = desk_acts::begin(app, &viewer, subject).await?;
    let mut connection = app.db.read().acquire().await?;
    let made = case::get(&mut connection, &viewer, id).await?;
    Ok(Custom(Status::Created, Json(HouseCase::of(app, &made)?)))
}

/// What somebody says of it
#[derive(Serialize, ToSchema)]
pub struct CaseReport {
    /// The handle of who reported it; null once they are gone.
    #[schema(example = "ben")]
    by: Option<String>,
    #[schema(example = "unkind")]
    why: String,
    words: String,
    /// Its words as they were then.
    seen: String,
    #[schema(example = "2026-11-28T12:34:56.123456")]
    at: String,
}

/// A case with what belongs to it
#[derive(Serialize, ToSchema)]
pub struct WholeCase {
    #[serde(flatten)]
    case: HouseCase,
    /// What it says now; null once it is gone.
    words: Option<String>,
    reports: Vec<CaseReport>,
    /// What those who look at it have written down.
    notes: Vec<String>,
}

/// A case with its reports
#[utoipa::path(tag = "house", security(("password" = [])), params(("id" = String, Path, description = "The case's id")), responses(
    (status = 200, description = "The case", body = WholeCase),
    (status = 403, description = "Not a moderator", body = api::Detail)))]
#[get("/house/cases/<id>")]
async fn one(id: &str, viewer: Viewer, app: &App) -> Result<Json<WholeCase>> {
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let whole = case::whole(app, &viewer, id).await?;
    let reports = whole.reports.into_iter().map(|one| CaseReport {
        by: one.handle,
        why: one.why,
        words: one.words,
        seen: one.seen,
        at: time_stamp(one.at),
    });
    Ok(Json(WholeCase {
        case: HouseCase::of(app, &whole.case)?,
        words: whole.thing.map(|thing| thing.words),
        reports: reports.collect(),
        notes: whole.notes.into_iter().map(|note| note.words).collect(),
    }))
}

/// What is done to a case itself
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct CaseAct {
    /// `take` (others see that you look at it), `leave`, `note`, or `keep`: looked at and left as it is, which closes it; within ten
    /// minutes `reopen` takes that back.
    #[schema(example = "keep")]
    r#do: String,
    /// The version that you have seen; `reopen` needs none.
    version: Option<i64>,
    /// Of a note.
    words: Option<String>,
}

/// Take a case, leave it, note something, or close it
///
/// Of two who act the second gets 409 and looks again.
#[utoipa::path(tag = "house", security(("password" = [])), params(("id" = String, Path, description = "The case's id")), request_body = CaseAct, responses(
    (status = 204, description = "Done"),
    (status = 403, description = "Not a moderator, or not logged in within the hour", body = api::Detail),
    (status = 409, description = "Somebody was faster", body = api::Detail)))]
#[put("/house/cases/<id>", data = "<body>")]
async fn act(id: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let case = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let mut fields = body.object()?;
    let what = fields.text("do").to_owned();
    let version = match &*what {
        "reopen" => 0,
        _ => version(&mut fields),
    };
    let words = fields.text_or_null("words").unwrap_or_default().to_owned();
    if !["take", "leave", "note", "keep", "reopen"].contains(&&*what) {
        fields.refuse(
            "do",
            "Value error, take, leave, note, keep or reopen",
            "take, leave, note, keep or reopen",
        );
    }
    fields.done()?;
    let seen = Seen { case, version };
    let done = match &*what {
        "take" => desk_acts::take(app, &viewer, seen, true).await,
        "leave" => desk_acts::take(app, &viewer, seen, false).await,
        "reopen" => desk_acts::think_again(app, &viewer, case).await,
        "note" => desk_acts::note(app, &viewer, seen, &words).await,
        _ => desk_acts::keep(app, &viewer, seen).await,
    };
    done.map_err(api::of_body)?;
    Ok(Status::NoContent)
}

fn version(fields: &mut api::Fields<'_>) -> i64 {
    let version = fields.number_or_null("version");
    if version.is_none() {
        let says = "Value error, the version that you have seen";
        fields.refuse("version", says, "a number");
    }
    version.unwrap_or_default()
}

/// What is to be done about it
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct NewMeasure {
    /// `remind`, `warn`, `hide`, `remove`, `erase` (administrators), `review`, `suspend` or `ban` (administrators).
    #[schema(example = "hide")]
    act: String,
    /// The reason: one of those of a report.
    #[schema(example = "unkind")]
    why: String,
    /// To whom it is about.
    words: Option<String>,
    /// Of `suspend`: for so many days, 30 at most for moderators, 365 for administrators.
    days: Option<i64>,
    /// Of `suspend` and `ban`: their posts are out of sight meanwhile.
    away: Option<bool>,
    /// The case stays open.
    goes_on: Option<bool>,
    /// The version of the case that you have seen.
    version: i64,
}

/// What was done
#[derive(Serialize, ToSchema)]
pub struct MadeMeasure {
    #[schema(format = Uuid)]
    id: String,
}

/// Do something about a case
///
/// For ten minutes it can be taken back as if it had not been; then whom it is about is told, with the reason, and so are those
/// who reported it.
#[utoipa::path(tag = "house", security(("password" = [])), params(("id" = String, Path, description = "The case's id")), request_body = NewMeasure, responses(
    (status = 201, description = "Done", body = MadeMeasure),
    (status = 403, description = "Not in the office for it, of somebody in as high an office, or not logged in within the hour", body = api::Detail),
    (status = 409, description = "Somebody was faster, or it is so already", body = api::Detail)))]
#[post("/house/cases/<id>/measures", data = "<body>")]
async fn decide(
    id: &str,
    caller: Caller,
    body: Body,
    app: &App,
) -> Result<Custom<Json<MadeMeasure>>> {
    let viewer = caller.viewer()?;
    let case = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let mut fields = body.object()?;
    let act = Act::named(fields.text("act"));
    let why = Why::of(&mut fields);
    let words = fields.text_or_null("words").unwrap_or_default().to_owned();
    let days = fields.number_or_null("days");
    let [away, goes_on] = ["away", "goes_on"].map(|name| fields.flag(name).unwrap_or_default());
    let version = version(&mut fields);
    if act.is_none() {
        let names = Act::ALL.map(Act::name).join(", ");
        fields.refuse("act", &format!("Value error, one of {names}"), &names);
    }
    fields.done()?;
    let decided = Decided {
        seen: Seen { case, version },
        act: act.ok_or(Error::NotFound)?,
        why: why.ok_or(Error::NotFound)?,
        words: &words,
        days,
        away,
        goes_on,
    };
    let id = measure::take(app, &viewer, decided).await;
    let id = id.map_err(api::of_body)?.to_string();
    Ok(Custom(Status::Created, Json(MadeMeasure { id })))
}

/// Take back what was done
///
/// Within ten minutes as if it had not been; later `words` say why, which whom it is about reads.
#[utoipa::path(tag = "house", security(("password" = [])), params(("id" = String, Path, description = "The measure's id"), ("words" = Option<String>, Query, description = "Why")), responses(
    (status = 204, description = "Taken back"),
    (status = 403, description = "Not in the office for it, or not logged in within the hour", body = api::Detail),
    (status = 409, description = "It is taken back already, or it is too late", body = api::Detail)))]
#[delete("/house/measures/<id>?<words>")]
async fn undo(id: &str, words: Option<&str>, caller: Caller, app: &App) -> Result<Status> {
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let done = measure::undo(app, &caller.viewer()?, id, words.unwrap_or_default()).await;
    match done {
        Ok(()) => Ok(Status::NoContent),
        Err(Error::Unprocessable(says)) => {
            Err(api::wrong_query("words", words.unwrap_or_default(), &says))
        }
        Err(other) => Err(other),
    }
}
