//! `/settings`: each part of the page is a form of its own, answered alone to htmx.

use rocket::http::{Cookie, CookieJar, SameSite, Status};
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Route, delete, get, post, put, routes};
use tera::Context;

use super::details;
use super::signup::Wrong;
use super::user::{DisplayName, Email, Handle};
use crate::app::App;
use crate::auth::{NewPassword, Viewer};
use crate::error::Result;
use crate::form::{self, Fields, Sent};
use crate::media::SentFiles;
use crate::view::{Html, Visit};

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
            Part::Site => "site",
        }
    }
}

#[get("/settings?<kept>")]
async fn settings(kept: Option<&str>, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let typed = form::take(&app.db, &app.clock, kept, &viewer).await?;
    draw(app, &visit, (&viewer, typed.as_ref()), None)
}

type About<'a> = Option<(Part, &'a Wrong, bool)>;

fn draw(
    app: &App,
    visit: &Visit,
    (viewer, typed): (&Viewer, Option<&Fields>),
    about: About<'_>,
) -> Result<Html> {
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
    let (part, wrong, saved) = match about {
        Some((part, wrong, saved)) => (part.name(), wrong.clone(), saved),
        None => ("", Wrong::new(), false),
    };
    context.insert("part", part);
    context.insert("wrong", &wrong);
    context.insert("saved", &saved);
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
    // As it is now, not as it was when the request began.
    let viewer = app.sessions.fresh(viewer).await?;
    let visit = visit.by(&viewer);
    let html = draw(app, &visit, (&viewer, typed), Some((part, &wrong, saved)))?;
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
        Err(message) => Err(details::wrong("email", message)),
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
