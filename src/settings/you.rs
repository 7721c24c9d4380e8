//! How the others see you, and how you see the place.

use rocket::http::CookieJar;
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
    routes![profile, face, no_face, theme, videos]
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
    visit.taste.theme = Some(chosen).filter(|chosen| ["light", "dark"].contains(&chosen.as_str()));
    visit.taste.keep(jar, app.settings.is_https());
    answer(app, visit, (viewer, &fields), (Part::Theme, Ok(()))).await
}

/// Videos that play by themselves, or not.
#[put("/settings/videos", data = "<sent>")]
async fn videos(app: &App, mut visit: Visit, jar: &CookieJar<'_>, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    visit.taste.plays = fields.find("plays").is_some();
    visit.taste.keep(jar, app.settings.is_https());
    answer(app, visit, (viewer, &fields), (Part::Videos, Ok(()))).await
}
