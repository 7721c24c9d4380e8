//! `/report/<kind>:<id>` and `/reports`: reporting something, and what came of it.

use rocket::http::Status;
use rocket::response::{Flash, Redirect};
use rocket::{Either, Route, get, post, routes};
use serde::Serialize;
use tera::Context;

use super::report::{self, MOST_WORDS, OwnRow, Reported};
use super::subject::{self, Subject, Thing};
use super::why::Why;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::{self, Fields, Sent};
use crate::view::Html;
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![ask, send, own]
}

/// One of the nine, as the form has it.
#[derive(Serialize)]
struct Choice {
    name: &'static str,
    asks: &'static str,
    urgent: bool,
}

fn choices() -> [Choice; 9] {
    Why::ALL.map(|why| Choice {
        name: why.name(),
        asks: why.asks(),
        urgent: why.is_urgent(),
    })
}

fn found(of: &str) -> Result<Subject> {
    Subject::read(of).ok_or(Error::NotFound)
}

/// Where the thing is shown.
pub(super) fn place(thing: &Thing) -> String {
    match (thing.subject, thing.post) {
        (Subject::Comment(id), Some(post)) => format!("/p/{post}?c={id}#c-{id}"),
        (_, Some(post)) => format!("/p/{post}"),
        (_, None) => format!("/@{}", thing.handle),
    }
}

fn draw(
    app: &App,
    visit: &Visit,
    (thing, fields): (&Thing, &Fields),
    wrong: Option<&str>,
) -> Result<Html> {
    let mut context = Context::new();
    context.insert("of", &thing.subject.to_string());
    context.insert("kind", thing.subject.called());
    context.insert("name", &thing.name);
    context.insert("handle", &thing.handle);
    context.insert("said", &thing.words);
    context.insert("place", &place(thing));
    context.insert("choices", &choices());
    context.insert("why", fields.text("why"));
    context.insert("words", fields.text("words"));
    context.insert("most_words", &MOST_WORDS);
    context.insert("wrong", &wrong);
    app.page(visit, "moderation/report.html", context)
}

#[get("/report/<of>?<kept>")]
async fn ask(
    of: &str,
    kept: Option<&str>,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let thing = subject::shown(app, &viewer, found(of)?).await?;
    let fields = form::take(&app.db, &app.clock, kept, &viewer).await?;
    draw(app, &visit, (&thing, &fields.unwrap_or_default()), None)
}

#[post("/report/<of>", data = "<sent>")]
async fn send(
    of: &str,
    sent: Sent,
    visit: Visit,
    app: &App,
) -> Result<Either<Flash<Redirect>, (Status, Html)>> {
    let Sent { viewer, fields } = sent;
    let visit = visit.by(&viewer);
    let subject = found(of)?;
    let why = Why::named(fields.text("why"));
    let sent = match why {
        Some(why) => {
            let words = fields.text("words");
            report::report(
                app,
                &viewer,
                Reported {
                    subject,
                    why,
                    words,
                },
            )
            .await
        }
        None => Err(Error::Unprocessable("Choose a reason.".into())),
    };
    match sent {
        Ok(()) => Ok(Either::Left(flash(
            Redirect::to("/reports"),
            Said::Reported,
        ))),
        Err(Error::Unprocessable(wrong) | Error::Conflict(wrong)) => {
            let thing = subject::shown(app, &viewer, subject).await?;
            let html = draw(app, &visit, (&thing, &fields), Some(&wrong))?;
            Ok(Either::Right((Status::UnprocessableEntity, html)))
        }
        Err(other) => Err(other),
    }
}

#[get("/reports")]
async fn own(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let own = report::own(app, viewer.id).await?.into_iter();
    let rows: Vec<OwnRow> = own.map(|one| OwnRow::of(app, one)).collect();
    let mut context = Context::new();
    context.insert("reports", &rows);
    app.page(&visit, "moderation/reports.html", context)
}
