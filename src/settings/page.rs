//! `/settings`: each part of the page is a form of its own, answered alone to htmx.

use rocket::http::Status;
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Route, get, routes};
use serde::Serialize;
use tera::Context;

use crate::app::App;
use crate::auth::{Kind, Session, Viewer};
use crate::door;
use crate::error::Result;
use crate::form::{self, Fields, Wrong};
use crate::id::{Id, Sessions};
use crate::view::{self, Html, Moment, Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![settings]
}

#[derive(Responder)]
pub enum Answer {
    Page(Box<Flash<Redirect>>),
    Part((Status, Html)),
}

/// The parts of the page, by the names of their templates.
#[derive(Clone, Copy)]
pub enum Part {
    Profile,
    Face,
    Email,
    Password,
    Theme,
    Sessions,
    Tokens,
    Leave,
    Site,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Profile => "profile",
            Part::Face => "face",
            Part::Email => "email",
            Part::Password => "password",
            Part::Theme => "theme",
            Part::Sessions => "sessions",
            Part::Tokens => "tokens",
            Part::Leave => "leave",
            Part::Site => "site",
        }
    }
}

#[get("/settings?<kept>")]
async fn settings(kept: Option<&str>, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let typed = form::take(&app.db, &app.clock, kept, &viewer).await?;
    draw(app, &visit, (&viewer, typed.as_ref()), About::default()).await
}

/// What the page tells of the form that was sent.
#[derive(Default)]
pub struct About {
    pub part: Option<Part>,
    pub wrong: Wrong,
    pub saved: bool,
    /// The text of an access token, shown once.
    pub token: Option<String>,
}

/// A session or access token as the page lists it.
#[derive(Serialize)]
struct Listed {
    id: Id<Sessions>,
    name: String,
    used: Moment,
    until: Moment,
    here: bool,
}

async fn listed(app: &App, viewer: &Viewer) -> Result<(Vec<Listed>, Vec<Listed>)> {
    let moment = |at| view::moment(at, app.settings.utc_offset);
    let sessions = app.sessions.list(viewer.id, false).await?;
    let tokens = app.sessions.list(viewer.id, true).await?;
    let row = |session: Session| Listed {
        id: session.id,
        here: session.id == viewer.session_id,
        used: moment(session.seen_at),
        until: moment(session.expires_at),
        name: match session.kind {
            Kind::Token => session.name,
            _ => door::device_name(&session.user_agent),
        },
    };
    Ok((
        sessions.into_iter().map(row).collect(),
        tokens.into_iter().map(row).collect(),
    ))
}

pub async fn draw(
    app: &App,
    visit: &Visit,
    (viewer, typed): (&Viewer, Option<&Fields>),
    about: About,
) -> Result<Html> {
    let (sessions, tokens) = listed(app, viewer).await?;
    let typed = |field: &str, stored: &str| {
        typed
            .and_then(|typed| typed.find(field))
            .unwrap_or(stored)
            .to_owned()
    };
    let mut context = Context::new();
    context.insert("name", &typed("name", &viewer.name));
    context.insert("handle", &typed("handle", &viewer.handle));
    context.insert("email", &typed("email", ""));
    context.insert("site_name", &typed("site_name", &app.site.name()));
    context.insert("current_email", &viewer.email);
    context.insert("face_mb", &(app.settings.limits.face >> 20));
    context.insert("accepted", app.media.programs.accepted_pictures());
    context.insert("verified", &viewer.is_verified());
    context.insert("sessions", &sessions);
    context.insert("tokens", &tokens);
    context.insert("token_name", &typed("token_name", ""));
    context.insert("token_days", &typed("days", "90"));
    context.insert(
        "leave_days",
        &(app.settings.intervals.leave_after.as_secs() / 86_400),
    );
    let part = about.part.map_or("", Part::name);
    context.insert("part", part);
    context.insert("wrong", &about.wrong);
    context.insert("saved", &about.saved);
    context.insert("token", &about.token);
    match visit.htmx && !part.is_empty() {
        true => app.page(visit, &format!("settings/_{part}.html"), context),
        false => app.page(visit, "settings/page.html", context),
    }
}

/// After a form: the part again, marked as saved or with what is wrong in it.
pub async fn answer(
    app: &App,
    visit: Visit,
    (viewer, fields): (Viewer, &Fields),
    (part, result): (Part, Result<(), Wrong>),
) -> Result<Answer> {
    if result.is_ok() && !visit.htmx {
        let page = Redirect::to(format!("/settings#s-{}", part.name()));
        return Ok(Answer::Page(Box::new(flash(page, Said::Saved))));
    }
    let typed = result.is_err().then_some(fields);
    let (status, wrong, saved) = match result {
        Ok(()) => (Status::Ok, Wrong::new(), true),
        Err(wrong) => (Status::UnprocessableEntity, wrong, false),
    };
    let about = About {
        part: Some(part),
        wrong,
        saved,
        token: None,
    };
    // As it is now, not as it was when the request began.
    let viewer = app.sessions.fresh(viewer).await?;
    let visit = visit.by(&viewer);
    let html = draw(app, &visit, (&viewer, typed), about).await?;
    Ok(Answer::Part((status, html)))
}
