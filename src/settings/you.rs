//! How the others see you, and how you see the place.

use rocket::http::{Cookie, CookieJar, SameSite};
use rocket::{Route, delete, post, put, routes};

use super::page::{Answer, Part, answer};
use crate::account::{self, DisplayName, Handle, Profile};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::Result;
use crate::form::{Fields, Sent, Wrong, wrong};
use crate::media::SentFiles;
use crate::view::Visit;

pub fn routes() -> Vec<Route> {
    routes![profile, face, no_face, theme]
}

#[put("/settings/profile", data = "<sent>")]
async fn profile(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let name = DisplayName::new(fields.text("name"), app.settings.limits.name);
    let handle = Handle::new(fields.text("handle"));
    let about = fields.find("about").map(account::About::new).transpose();
    let result = match (name, handle, about) {
        (Ok(name), Ok(handle), Ok(about)) => {
            account::rename(
                app,
                &viewer,
                Profile {
                    name,
                    handle,
                    about,
                },
            )
            .await?
        }
        (name, handle, about) => {
            let mut wrong = Wrong::new();
            name.err()
                .map(|message| wrong.insert("name".into(), message.into()));
            handle
                .err()
                .map(|message| wrong.insert("handle".into(), message.into()));
            about
                .err()
                .map(|message| wrong.insert("about".into(), message.into()));
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
        None => Err(wrong("face", "Choose a picture first.")),
        Some(Err(refused)) => Err(wrong("face", refused.sentence)),
        Some(Ok(upload)) => account::change_face(app, &viewer, Some(upload)).await?,
    };
    answer(app, visit, (viewer, &fields), (Part::Face, result)).await
}

#[delete("/settings/face")]
async fn no_face(app: &App, visit: Visit, viewer: Viewer) -> Result<Answer> {
    let result = account::change_face(app, &viewer, None).await?;
    answer(
        app,
        visit,
        (viewer, &Fields::default()),
        (Part::Face, result),
    )
    .await
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
