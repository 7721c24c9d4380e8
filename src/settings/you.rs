//! How the others see you, and how you see the place.

use rocket::http::CookieJar;
use rocket::{Route, delete, post, put, routes};

use super::page::{Answer, Part, answer};
use crate::account::{self, DisplayName, Handle, Profile};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::{Fields, Sent, wrong};
use crate::media::SentFiles;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![profile, face, no_face, cover, theme, videos]
}

#[put("/settings/profile", data = "<sent>")]
async fn profile(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let name = DisplayName::new(fields.text("name"), app.settings.limits.name);
    let handle = Handle::new(fields.text("handle"));
    let about = fields.find("about").map(account::About::new).transpose();
    let place = fields.find("place").map(account::Place::new).transpose();
    let result = match (name, handle, about, place) {
        (Ok(name), Ok(handle), Ok(about), Ok(place)) => {
            let profile = Profile {
                name: Some(name),
                handle: Some(handle),
                about,
                place,
                cover: None,
            };
            account::rename(app, &viewer, profile).await?
        }
        (name, handle, about, place) => {
            let mistakes = [
                ("name", name.err()),
                ("handle", handle.err().map(str::to_owned)),
                ("about", about.err()),
                ("place", place.err()),
            ];
            let wrong = mistakes.into_iter().filter_map(|(field, message)| {
                message.map(|message| (field.to_owned(), message.into()))
            });
            Err(wrong.collect())
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

/// One of one's own pictures across the head of one's page.
#[put("/settings/cover", data = "<sent>")]
async fn cover(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let chosen = Some(fields.text("cover")).filter(|chosen| !chosen.is_empty());
    let picture = chosen.map(str::parse).transpose();
    let profile = Profile {
        cover: Some(picture.map_err(|_| Error::NotFound)?),
        ..Profile::default()
    };
    let result = account::rename(app, &viewer, profile).await?;
    answer(app, visit, (viewer, &fields), (Part::Cover, result)).await
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
