//! `/admin/reports`: what was reported and what speaks against a decision, the longest waiting first, and one case with what can
//! be done about it.

use rocket::http::Status;
use rocket::response::{Flash, Redirect};
use rocket::{Either, Route, get, post, put, routes};
use serde::Serialize;
use tera::Context;

use super::appeal::{self, Answer};
use super::case::{self, Case, Place, Whole};
use super::desk_acts::{self, Seen};
use super::measure::{self, Decided};
use super::report::MOST_WORDS;
use super::report_pages::place;
use super::row::{Act, UNDOABLE};
use super::standing::{MeasureRow, measures_of};
use super::subject::Subject;
use super::why::Why;
use crate::app::App;
use crate::auth::Viewer;
use crate::cursor::Page;
use crate::error::{Error, Result};
use crate::form::{Fields, Sent};
use crate::id::{Cases, Id, Measures};
use crate::office::Office;
use crate::post;
use crate::view::{Html, Moment, moment};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![queue, begin, one, decide, undo, answer]
}

const PAGE: usize = 20;

/// A case in a list.
#[derive(Serialize)]
struct Row {
    id: Id<Cases>,
    thing: &'static str,
    name: Option<String>,
    handle: Option<String>,
    urgent: bool,
    open: bool,
    reports: i64,
    outcome: String,
    taker: Option<String>,
    since: Moment,
}

impl Row {
    fn of(app: &App, case: &Case) -> Result<Row> {
        Ok(Row {
            id: case.id,
            thing: case.subject()?.called(),
            name: case.name.clone(),
            handle: case.handle.clone(),
            urgent: case.is_urgent(),
            open: case.is_open(),
            reports: case.reports,
            outcome: case.outcome.clone(),
            taker: case.looked_at_by(app.clock.now()).and(case.taker.clone()),
            since: moment(case.opened_at, app.settings.utc_offset),
        })
    }
}

/// An appeal in the list.
#[derive(Serialize)]
struct Against {
    id: Id<Measures>,
    name: Option<String>,
    handle: Option<String>,
    words: String,
    since: Moment,
    act: &'static str,
    because: &'static str,
    said: String,
    by: Option<String>,
    /// The viewer decided it themselves.
    own: bool,
}

async fn against(app: &App, viewer: &Viewer) -> Result<Vec<Against>> {
    let waiting = appeal::waiting(app, viewer).await?.into_iter();
    let row = |one: appeal::Waits| Against {
        id: one.measure_id,
        name: one.name,
        handle: one.handle,
        words: one.words,
        since: moment(one.at, app.settings.utc_offset),
        act: Act::named(&one.act).map_or("", Act::label),
        because: Why::named(&one.reason).map_or("", Why::because),
        said: one.said,
        own: one.by_id == Some(viewer.id),
        by: one.by,
    };
    Ok(waiting.map(row).collect())
}

/// What somebody has typed who is told what is wrong with it.
#[derive(Default)]
struct Typed<'a> {
    about: Option<Id<Measures>>,
    words: &'a str,
    wrong: Option<&'a str>,
}

#[get("/admin/reports?<after>")]
async fn queue(after: Option<&str>, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    draw_queue(app, (&visit, &viewer), after, Typed::default()).await
}

async fn draw_queue(
    app: &App,
    (visit, viewer): (&Visit, &Viewer),
    after: Option<&str>,
    typed: Typed<'_>,
) -> Result<Html> {
    let after = after
        .map(|text| Place::read(text).ok_or(Error::NotFound))
        .transpose()?;
    let is_first = after.is_none();
    let page = Page::of(case::queue(app, viewer, after).await?, PAGE);
    let last = page.rows.last().filter(|_| page.more);
    let rows = page.rows.iter().map(|case| Row::of(app, case));
    let mut context = Context::new();
    context.insert("cases", &rows.collect::<Result<Vec<_>>>()?);
    context.insert("next", &last.map(|case| Place::of(case).to_string()));
    let appeals = match is_first {
        true => against(app, viewer).await?,
        false => Vec::new(),
    };
    context.insert("appeals", &appeals);
    context.insert("about", &typed.about);
    context.insert("answer", typed.words);
    context.insert("wrong", &typed.wrong);
    context.insert("most_words", &MOST_WORDS);
    context.insert("tab", "/admin/reports");
    app.page(visit, "moderation/queue.html", context)
}

#[post("/admin/reports", data = "<sent>")]
async fn begin(sent: Sent, app: &App) -> Result<Redirect> {
    let subject = Subject::read(sent.fields.text("of")).ok_or(Error::NotFound)?;
    let id = desk_acts::begin(app, &sent.viewer, subject).await?;
    Ok(Redirect::to(format!("/admin/reports/{id}")))
}

#[derive(Serialize)]
struct ReportRow {
    why: &'static str,
    words: String,
    seen: String,
    at: Moment,
    handle: Option<String>,
    name: Option<String>,
}

#[derive(Serialize)]
struct NoteRow {
    words: String,
    at: Moment,
    name: Option<String>,
}

fn found<T>(id: &str) -> Result<Id<T>> {
    Id::from_any_spelling(id).ok_or(Error::NotFound)
}

#[get("/admin/reports/<id>")]
async fn one(id: &str, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    draw(
        app,
        (&visit, &viewer),
        found(id)?,
        (None, &Fields::default()),
    )
    .await
}

async fn draw(
    app: &App,
    (visit, viewer): (&Visit, &Viewer),
    id: Id<Cases>,
    (wrong, fields): (Option<&str>, &Fields),
) -> Result<Html> {
    let Whole {
        case,
        thing,
        reports,
        notes,
        earlier,
    } = case::whole(app, viewer, id).await?;
    let when = |at| moment(at, app.settings.utc_offset);
    let subject = case.subject()?;
    let mut context = Context::new();
    if let (Subject::Post(post), Some(_)) = (subject, &thing) {
        let (post, items) = post::for_desk(app, post).await?;
        context.insert("post", &post::desk_card(app, post, &items));
    }
    if let Some(thing) = &thing {
        context.insert("said", &thing.words);
        context.insert("place", &place(thing));
    }
    let reports = reports.into_iter().map(|one| ReportRow {
        why: Why::named(&one.why).map_or("", Why::asks),
        at: when(one.at),
        // What has stayed as it was is not said twice.
        seen: match thing.as_ref().is_some_and(|thing| thing.words == one.seen) {
            true => String::new(),
            false => one.seen,
        },
        words: one.words,
        handle: one.handle,
        name: one.name,
    });
    let notes = notes.into_iter().map(|one| NoteRow {
        words: one.words,
        at: when(one.at),
        name: one.name,
    });
    let acts = Act::ALL.into_iter();
    let acts = acts.filter(|act| act.suits(subject) && viewer.office() >= act.office());
    let measures: Vec<MeasureRow> = measures_of(app, viewer.office(), &case).await?;
    let earlier = earlier.iter().map(|case| Row::of(app, case));
    context.insert("case", &Row::of(app, &case)?);
    context.insert("version", &case.version);
    let taker = case.looked_at_by(app.clock.now());
    context.insert("is_mine", &(taker == Some(viewer.id)));
    context.insert("reports", &reports.collect::<Vec<_>>());
    context.insert("notes", &notes.collect::<Vec<_>>());
    context.insert("earlier", &earlier.collect::<Result<Vec<_>>>()?);
    context.insert("measures", &measures);
    let acts: Vec<_> = acts.map(|act| [act.name(), act.label()]).collect();
    context.insert("acts", &acts);
    context.insert("reasons", &Why::ALL.map(|why| [why.name(), why.because()]));
    for field in ["act", "why", "words", "days", "note"] {
        context.insert(field, fields.text(field));
    }
    context.insert("away", &fields.find("away").is_some());
    context.insert("wrong", &wrong);
    context.insert("most_words", &MOST_WORDS);
    context.insert("minutes", &(UNDOABLE / 60_000_000));
    context.insert("tab", "/admin/reports");
    app.page(visit, "moderation/case.html", context)
}

/// What the form of a case wants.
async fn act(app: &App, viewer: &Viewer, id: Id<Cases>, fields: &Fields) -> Result<Said> {
    viewer.require(Office::Moderator)?;
    if fields.text("do") == "reopen" {
        return desk_acts::think_again(app, viewer, id)
            .await
            .map(|()| Said::TakenBack);
    }
    let version = fields.text("version").parse();
    let seen = Seen {
        case: id,
        version: version.map_err(|_| Error::NotFound)?,
    };
    match fields.text("do") {
        "take" => desk_acts::take(app, viewer, seen, true)
            .await
            .map(|()| Said::Yours),
        "leave" => desk_acts::take(app, viewer, seen, false)
            .await
            .map(|()| Said::Changed),
        "note" => desk_acts::note(app, viewer, seen, fields.text("note"))
            .await
            .map(|()| Said::Changed),
        "keep" => desk_acts::keep(app, viewer, seen)
            .await
            .map(|()| Said::LeftAsItIs),
        "decide" => {
            let act = Act::named(fields.text("act"));
            let act = act.ok_or_else(|| Error::Unprocessable("Choose what to do.".into()))?;
            let why = Why::named(fields.text("why"));
            let why = why.ok_or_else(|| Error::Unprocessable("Choose a reason.".into()))?;
            let decided = Decided {
                seen,
                act,
                why,
                words: fields.text("words"),
                days: fields.text("days").trim().parse().ok(),
                away: fields.find("away").is_some(),
                goes_on: fields.find("goes_on").is_some(),
            };
            measure::take(app, viewer, decided)
                .await
                .map(|_| Said::Decided)
        }
        _ => Err(Error::NotFound),
    }
}

#[put("/admin/reports/<id>", data = "<sent>")]
async fn decide(
    id: &str,
    sent: Sent,
    visit: Visit,
    app: &App,
) -> Result<Either<Flash<Redirect>, (Status, Html)>> {
    let Sent { viewer, fields } = sent;
    let id = found(id)?;
    match act(app, &viewer, id, &fields).await {
        Ok(said) => {
            let page = format!("/admin/reports/{id}");
            Ok(Either::Left(flash(Redirect::to(page), said)))
        }
        Err(Error::Unprocessable(wrong)) => {
            let about = (Some(&*wrong), &fields);
            let html = draw(app, (&visit.by(&viewer), &viewer), id, about).await?;
            Ok(Either::Right((Status::UnprocessableEntity, html)))
        }
        Err(Error::Conflict(wrong)) => {
            let about = (Some(&*wrong), &fields);
            let html = draw(app, (&visit.by(&viewer), &viewer), id, about).await?;
            Ok(Either::Right((Status::Conflict, html)))
        }
        Err(other) => Err(other),
    }
}

/// Takes a measure back.
#[put("/admin/measures/<id>", data = "<sent>")]
async fn undo(
    id: &str,
    sent: Sent,
    visit: Visit,
    app: &App,
) -> Result<Either<Flash<Redirect>, (Status, Html)>> {
    let Sent { viewer, fields } = sent;
    let id: Id<Measures> = found(id)?;
    let case = measure::case_of(app, id).await?;
    let page = format!(
        "/admin/reports/{}",
        case.map(|id| id.to_string()).unwrap_or_default()
    );
    match (
        measure::undo(app, &viewer, id, fields.text("words")).await,
        case,
    ) {
        (Ok(()), _) => Ok(Either::Left(flash(Redirect::to(page), Said::TakenBack))),
        (Err(Error::Unprocessable(wrong) | Error::Conflict(wrong)), Some(case)) => {
            let about = (Some(&*wrong), &Fields::default());
            let html = draw(app, (&visit.by(&viewer), &viewer), case, about).await?;
            Ok(Either::Right((Status::UnprocessableEntity, html)))
        }
        (Err(other), _) => Err(other),
    }
}

/// Answers an appeal.
#[put("/admin/appeals/<id>", data = "<sent>")]
async fn answer(
    id: &str,
    sent: Sent,
    visit: Visit,
    app: &App,
) -> Result<Either<Flash<Redirect>, (Status, Html)>> {
    let Sent { viewer, fields } = sent;
    let is_lifted = match fields.text("outcome") {
        "lifted" => true,
        "upheld" => false,
        _ => return Err(Error::NotFound),
    };
    let (id, words) = (found(id)?, fields.text("answer"));
    let answered = appeal::decide(app, &viewer, id, Answer { is_lifted, words }).await;
    let wrong = match answered {
        Ok(()) => {
            let page = Redirect::to("/admin/reports");
            return Ok(Either::Left(flash(page, Said::Answered)));
        }
        Err(Error::Unprocessable(wrong) | Error::Conflict(wrong)) => wrong,
        Err(Error::Forbidden(wrong)) => wrong.to_owned(),
        Err(other) => return Err(other),
    };
    let typed = Typed {
        about: Some(id),
        words,
        wrong: Some(&wrong),
    };
    let html = draw_queue(app, (&visit.by(&viewer), &viewer), None, typed).await?;
    Ok(Either::Right((Status::UnprocessableEntity, html)))
}
