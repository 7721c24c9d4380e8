//! `/settings`: each part of the page is a form of its own, answered alone to htmx.

use rocket::http::{Cookie, CookieJar, SameSite, Status};
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Either, Route, delete, get, post, put, routes};
use serde::Serialize;
use tera::Context;

use super::email::Email;
use super::signup::Wrong;
use super::user::{DisplayName, Handle};
use super::{details, device, door, leave, session, token, verify};
use crate::app::App;
use crate::auth::{Kind, NewPassword, Session, Viewer};
use crate::error::{Error, Result};
use crate::form::{self, Fields, Sent};
use crate::id::{Id, Sessions};
use crate::limit::Address;
use crate::media::SentFiles;
use crate::view::{self, Html, Moment, Visit};

pub fn routes() -> Vec<Route> {
    routes![
        settings,
        profile,
        face,
        no_face,
        email,
        password,
        theme,
        sign_out_others,
        sign_out,
        make_token,
        revoke_token,
        send_letter,
        delete_account,
        site
    ]
}

#[derive(Responder)]
enum Answer {
    Page(Box<Flash<Redirect>>),
    Part((Status, Html)),
}

/// The parts of the page, by the names of their templates.
#[derive(Clone, Copy)]
enum Part {
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
struct About {
    part: Option<Part>,
    wrong: Wrong,
    saved: bool,
    /// The text of an access token, shown once.
    token: Option<String>,
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
            _ => device::name(&session.user_agent),
        },
    };
    Ok((
        sessions.into_iter().map(row).collect(),
        tokens.into_iter().map(row).collect(),
    ))
}

async fn draw(
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
    context.insert(
        "leave_days",
        &(app.settings.intervals.leave_after.as_secs() / 86_400),
    );
    context.insert("letters_go_out", &app.mailer.folder().is_none());
    let part = about.part.map_or("", Part::name);
    context.insert("part", part);
    context.insert("wrong", &about.wrong);
    context.insert("saved", &about.saved);
    context.insert("token", &about.token);
    match visit.htmx && !part.is_empty() {
        true => app.page(visit, &format!("account/_settings_{part}.html"), context),
        false => app.page(visit, "account/settings.html", context),
    }
}

/// After a form: the part again, marked as saved or with what is wrong in it.
async fn answer(
    app: &App,
    visit: Visit,
    (viewer, fields): (Viewer, &Fields),
    (part, result): (Part, Result<(), Wrong>),
) -> Result<Answer> {
    if result.is_ok() && !visit.htmx {
        let page = Redirect::to(format!("/settings#s-{}", part.name()));
        return Ok(Answer::Page(Box::new(Flash::success(page, "Saved."))));
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

#[put("/settings/profile", data = "<sent>")]
async fn profile(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let name = DisplayName::new(fields.text("name"), app.settings.limits.name);
    let handle = Handle::new(fields.text("handle"));
    let result = match (name, handle) {
        (Ok(name), Ok(handle)) => details::rename(app, &viewer, (name, handle)).await?,
        (name, handle) => {
            let mut wrong = Wrong::new();
            name.err()
                .map(|message| wrong.insert("name".into(), message.into()));
            handle
                .err()
                .map(|message| wrong.insert("handle".into(), message.into()));
            Err(wrong)
        }
    };
    answer(app, visit, (viewer, &fields), (Part::Profile, result)).await
}

#[post("/settings/face", data = "<sent>")]
async fn face(app: &App, visit: Visit, sent: SentFiles) -> Result<Answer> {
    let SentFiles {
        viewer,
        fields,
        mut files,
        ..
    } = sent;
    let result = match files.pop() {
        None => Err(details::wrong("face", "Choose a picture first.")),
        Some(Err(refused)) => Err(details::wrong("face", refused.sentence)),
        Some(Ok(upload)) => details::change_face(app, &viewer, Some(upload)).await?,
    };
    answer(app, visit, (viewer, &fields), (Part::Face, result)).await
}

#[delete("/settings/face")]
async fn no_face(app: &App, visit: Visit, viewer: Viewer) -> Result<Answer> {
    let result = details::change_face(app, &viewer, None).await?;
    answer(
        app,
        visit,
        (viewer, &Fields::default()),
        (Part::Face, result),
    )
    .await
}

#[put("/settings/email", data = "<sent>")]
async fn email(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let result = match Email::new(fields.text("email")) {
        Ok(email) => details::change_email(app, &viewer, (email, fields.text("password"))).await?,
        Err(bad) => Err(details::wrong("email", bad.sentence())),
    };
    answer(app, visit, (viewer, &fields), (Part::Email, result)).await
}

#[put("/settings/password", data = "<sent>")]
async fn password(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let result = match NewPassword::new(fields.text("new_password")) {
        Ok(new) => details::change_password(app, &viewer, (fields.text("password"), new)).await?,
        Err(message) => Err(details::wrong("new_password", message)),
    };
    answer(app, visit, (viewer, &fields), (Part::Password, result)).await
}

#[put("/settings/theme", data = "<sent>")]
async fn theme(app: &App, mut visit: Visit, jar: &CookieJar<'_>, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let chosen = fields.text("theme").to_owned();
    if ["light", "dark"].contains(&chosen.as_str()) {
        visit.theme = Some(chosen.clone());
        let year = rocket::time::Duration::days(365);
        let cookie = Cookie::build(("theme", chosen)).path("/").max_age(year);
        let cookie = cookie.secure(app.settings.is_https()).http_only(true);
        jar.add(cookie.same_site(SameSite::Lax));
    } else {
        visit.theme = None;
        jar.remove(Cookie::build("theme").path("/"));
    }
    answer(app, visit, (viewer, &fields), (Part::Theme, Ok(()))).await
}

#[delete("/settings/sessions")]
async fn sign_out_others(app: &App, visit: Visit, viewer: Viewer) -> Result<Answer> {
    details::end_other_sessions(app, &viewer).await?;
    answer(
        app,
        visit,
        (viewer, &Fields::default()),
        (Part::Sessions, Ok(())),
    )
    .await
}

/// Signs out one browser or program.
#[delete("/settings/sessions/<id>", rank = 2)]
async fn sign_out(
    id: std::result::Result<Id<Sessions>, uuid::Error>,
    app: &App,
    visit: Visit,
    viewer: Viewer,
) -> Result<Answer> {
    end(app, &viewer, (id, false)).await?;
    let about = (Part::Sessions, Ok(()));
    answer(app, visit, (viewer, &Fields::default()), about).await
}

async fn end(
    app: &App,
    viewer: &Viewer,
    (id, token): (std::result::Result<Id<Sessions>, uuid::Error>, bool),
) -> Result<()> {
    let id = id.map_err(|_| Error::NotFound)?;
    match session::end_one(app, viewer, (id, token)).await {
        // Gone already, which is what was wanted.
        Ok(()) | Err(Error::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}

/// Makes an access token, whose text stands in the answer and nowhere else.
#[post("/settings/tokens", data = "<sent>")]
async fn make_token(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let days = fields.text("days").parse().unwrap_or(0);
    match token::make(app, &viewer, (fields.text("token_name"), days)).await? {
        Ok(made) => {
            let about = About {
                part: Some(Part::Tokens),
                token: Some(made.text),
                ..About::default()
            };
            let visit = visit.by(&viewer);
            let html = draw(app, &visit, (&viewer, None), about).await?;
            Ok(Answer::Part((Status::Ok, html)))
        }
        Err(wrong) => answer(app, visit, (viewer, &fields), (Part::Tokens, Err(wrong))).await,
    }
}

#[delete("/settings/tokens/<id>")]
async fn revoke_token(
    id: std::result::Result<Id<Sessions>, uuid::Error>,
    app: &App,
    visit: Visit,
    viewer: Viewer,
) -> Result<Answer> {
    end(app, &viewer, (id, true)).await?;
    let about = (Part::Tokens, Ok(()));
    answer(app, visit, (viewer, &Fields::default()), about).await
}

/// Another letter that asks to confirm the address.
#[post("/settings/letter")]
async fn send_letter(app: &App, visit: Visit, address: Address, viewer: Viewer) -> Result<Answer> {
    verify::ask(app, address, &viewer.email).await?;
    if visit.htmx {
        let html =
            Html("<p class=\"note is-good\" role=\"status\">A letter is on its way.</p>".into());
        return Ok(Answer::Part((Status::Ok, html)));
    }
    let page = Redirect::to("/settings#s-email");
    Ok(Answer::Page(Box::new(Flash::success(
        page,
        "A letter is on its way.",
    ))))
}

/// Lets the account end after the grace time.
#[delete("/settings/account", data = "<sent>")]
async fn delete_account(
    app: &App,
    visit: Visit,
    jar: &CookieJar<'_>,
    sent: Sent,
) -> Result<Either<Answer, door::Answer>> {
    let Sent { viewer, fields } = sent;
    match leave::ask(app, &viewer, fields.text("password")).await? {
        Ok(_) => {
            app.sessions.forget(jar);
            Ok(Either::Right(door::go(&visit, "/login?left=1")))
        }
        Err(wrong) => {
            let about = (Part::Leave, Err(wrong));
            answer(app, visit, (viewer, &fields), about)
                .await
                .map(Either::Left)
        }
    }
}

/// The name of the whole place, for administrators.
#[put("/settings/site", data = "<sent>")]
async fn site(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let result = match DisplayName::new(fields.text("site_name"), app.settings.limits.name) {
        Ok(name) => {
            details::name_site(app, &viewer, name).await?;
            Ok(())
        }
        Err(message) => Err(details::wrong("site_name", message)),
    };
    answer(app, visit, (viewer, &fields), (Part::Site, result)).await
}
