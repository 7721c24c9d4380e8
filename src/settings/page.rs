//! `/settings` and the pages beside it: each of their parts is a form of its own, answered alone to htmx.

use rocket::http::Status;
use rocket::outcome::try_outcome;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Route, get, routes};
use serde::Serialize;
use tera::Context;

use super::devices;
use crate::account;
use crate::app::App;
use crate::auth::{Kind, Session, Viewer};
use crate::door;
use crate::error::{Error, Result};
use crate::form::{self, Fields, Wrong};
use crate::id::{Id, Sessions};
use crate::notice;
use crate::post;
use crate::view::{self, Html, Moment};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![you, account_tab, security, programs, notices, place]
}

#[derive(Responder)]
pub enum Answer {
    Page(Box<Flash<Redirect>>),
    Moved(Box<Redirect>),
    Part((Status, Html)),
}

/// The pages.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    You,
    Account,
    Security,
    Programs,
    Notices,
    Place,
}

impl Tab {
    fn path(self) -> &'static str {
        match self {
            Tab::You => "/settings",
            Tab::Account => "/settings/account",
            Tab::Security => "/settings/security",
            Tab::Programs => "/settings/programs",
            Tab::Notices => "/settings/notices",
            Tab::Place => "/settings/place",
        }
    }
}

/// The parts of the pages, by the names of their templates.
#[derive(Clone, Copy)]
pub enum Part {
    Profile,
    Face,
    Cover,
    Email,
    Password,
    Theme,
    Videos,
    Sessions,
    Tokens,
    Leave,
    Notices,
    Letters,
    Told,
    Site,
}

impl Part {
    const ALL: [Part; 14] = [
        Part::Profile,
        Part::Face,
        Part::Cover,
        Part::Email,
        Part::Password,
        Part::Theme,
        Part::Videos,
        Part::Sessions,
        Part::Tokens,
        Part::Leave,
        Part::Notices,
        Part::Letters,
        Part::Told,
        Part::Site,
    ];

    fn tab(self) -> Tab {
        match self {
            Part::Profile | Part::Face | Part::Cover | Part::Theme | Part::Videos => Tab::You,
            Part::Email | Part::Leave => Tab::Account,
            Part::Password | Part::Sessions => Tab::Security,
            Part::Tokens => Tab::Programs,
            Part::Notices | Part::Letters | Part::Told => Tab::Notices,
            Part::Site => Tab::Place,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Part::Profile => "profile",
            Part::Face => "face",
            Part::Cover => "cover",
            Part::Email => "email",
            Part::Password => "password",
            Part::Theme => "theme",
            Part::Videos => "videos",
            Part::Sessions => "sessions",
            Part::Tokens => "tokens",
            Part::Leave => "leave",
            Part::Notices => "notices",
            Part::Letters => "letters",
            Part::Told => "told",
            Part::Site => "site",
        }
    }
}

#[get("/settings?<kept>&<saved>")]
async fn you(kept: Option<&str>, saved: Option<&str>, here: Here<'_>) -> Result<Html> {
    here.page(Tab::You, kept, saved).await
}

#[get("/settings/account?<kept>&<saved>")]
async fn account_tab(kept: Option<&str>, saved: Option<&str>, here: Here<'_>) -> Result<Html> {
    here.page(Tab::Account, kept, saved).await
}

#[get("/settings/security?<kept>&<saved>")]
async fn security(kept: Option<&str>, saved: Option<&str>, here: Here<'_>) -> Result<Html> {
    here.page(Tab::Security, kept, saved).await
}

#[get("/settings/programs?<kept>&<saved>")]
async fn programs(kept: Option<&str>, saved: Option<&str>, here: Here<'_>) -> Result<Html> {
    here.page(Tab::Programs, kept, saved).await
}

#[get("/settings/notices?<kept>&<saved>")]
async fn notices(kept: Option<&str>, saved: Option<&str>, here: Here<'_>) -> Result<Html> {
    here.page(Tab::Notices, kept, saved).await
}

#[get("/settings/place?<kept>&<saved>")]
async fn place(kept: Option<&str>, saved: Option<&str>, here: Here<'_>) -> Result<Html> {
    if !here.viewer.is_admin() {
        return Err(Error::Forbidden("This page is for administrators."));
    }
    here.page(Tab::Place, kept, saved).await
}

/// Who looks at a page of the settings.
struct Here<'r> {
    viewer: Viewer,
    visit: Visit,
    app: &'r App,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Here<'r> {
    type Error = Error;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Error> {
        let viewer = try_outcome!(request.guard::<Viewer>().await);
        let visit = try_outcome!(request.guard::<Visit>().await);
        let app = request.guard::<&App>().await.expect("the app is managed");
        Outcome::Success(Here { viewer, visit, app })
    }
}

impl Here<'_> {
    /// With what was typed when a session ended, and with a word about the part that was just saved.
    async fn page(self, tab: Tab, kept: Option<&str>, saved: Option<&str>) -> Result<Html> {
        let Here { viewer, visit, app } = self;
        let typed = form::take(&app.db, &app.clock, kept, &viewer).await?;
        let saved = Part::ALL
            .into_iter()
            .find(|part| part.tab() == tab && Some(part.name()) == saved);
        let about = About {
            part: saved,
            saved: saved.is_some(),
            ..About::default()
        };
        draw_tab(app, &visit, tab, (&viewer, typed.as_ref()), about).await
    }
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

/// Zones to choose from, in minutes east of UTC, and how each is written.
fn zones() -> Vec<(i64, String)> {
    const HALF_HOURS: [i64; 11] = [-570, -210, -150, 210, 270, 330, 345, 390, 570, 630, 765];
    let whole = (-12..=14).map(|hours| hours * 60);
    let mut all: Vec<i64> = whole.chain(HALF_HOURS).collect();
    all.sort_unstable();
    let written = |zone: i64| {
        let sign = if zone < 0 { "−" } else { "+" };
        let minutes = zone.abs();
        format!("UTC{sign}{}:{:02}", minutes / 60, minutes % 60)
    };
    all.into_iter().map(|zone| (zone, written(zone))).collect()
}

/// The part that a form was of, alone to htmx and else on its page.
pub async fn draw(
    app: &App,
    visit: &Visit,
    whose: (&Viewer, Option<&Fields>),
    about: About,
) -> Result<Html> {
    let tab = about.part.map_or(Tab::You, Part::tab);
    draw_tab(app, visit, tab, whose, about).await
}

async fn draw_tab(
    app: &App,
    visit: &Visit,
    tab: Tab,
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
    let says = account::says(app, viewer.id).await?;
    context.insert("about", &typed("about", &says.about));
    context.insert("about_most", &account::ABOUT);
    context.insert("place", &typed("place", &says.place));
    if tab == Tab::You {
        context.insert("covers", &post::covers(app, viewer).await?);
        context.insert("cover", &says.cover);
    }
    if tab == Tab::Notices {
        context.insert("kinds", &notice::choices(app, viewer).await?);
        let when = notice::when(app, viewer).await?;
        context.insert("digest", when.digest.name());
        context.insert("hour", &when.hour);
        context.insert("zone", &when.zone);
        context.insert("zones", &zones());
        context.insert("told", &devices::listed(app, viewer).await?);
        context.insert("push_key", app.pusher.public_key());
    }
    context.insert("tab", tab.path());
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
        let (page, name) = (part.tab().path(), part.name());
        let page = Redirect::to(format!("{page}?saved={name}#s-{name}"));
        return Ok(Answer::Moved(Box::new(page)));
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
