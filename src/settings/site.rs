//! The name of the place, for administrators.

use rocket::{Route, put, routes};

use super::page::{Answer, Part, answer};
use crate::account::DisplayName;
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::error::Result;
use crate::form::{Sent, wrong};
use crate::site::Site;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![site]
}

/// The name of the whole place, for administrators.
#[put("/settings/site", data = "<sent>")]
async fn site(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let result = match DisplayName::new(fields.text("site_name"), app.settings.limits.name) {
        Ok(name) => {
            rename(app, &viewer, name).await?;
            Ok(())
        }
        Err(message) => Err(wrong("site_name", message)),
    };
    answer(app, visit, (viewer, &fields), (Part::Site, result)).await
}

/// Another name for the whole site, by an administrator.
async fn rename(app: &App, viewer: &Viewer, name: DisplayName) -> Result<()> {
    let before = app.site.name();
    let done = Done {
        deed: Deed::SettingChanged,
        subject: "name",
        detail: &format!("{before} → {}", name.as_str()),
    };
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    Site::rename(&mut tx, name.as_str(), app.clock.now()).await?;
    let site = app.site.clone();
    tx.after_commit(move || site.opened(name.as_str().to_owned()));
    tx.commit().await
}
