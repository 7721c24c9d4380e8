//! Your password, and where you are signed in.

use rocket::{Route, delete, put, routes};

use super::end::end;
use super::page::{Answer, Part, answer};
use crate::account;
use crate::app::App;
use crate::auth::{NewPassword, Viewer, WayIn};
use crate::error::Result;
use crate::form::{Fields, Sent, wrong};
use crate::id::{Id, Sessions};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![password, sign_out_others, sign_out]
}

#[put("/settings/password", data = "<sent>")]
async fn password(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let result = match NewPassword::new(fields.text("new_password")) {
        Ok(new) => account::change_password(app, &viewer, (fields.text("password"), new)).await?,
        Err(message) => Err(wrong("new_password", message)),
    };
    answer(app, visit, (viewer, &fields), (Part::Password, result)).await
}

#[delete("/settings/sessions")]
async fn sign_out_others(app: &App, visit: Visit, viewer: Viewer) -> Result<Answer> {
    account::end_other_sessions(app, &viewer).await?;
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
    end(app, &viewer, id.map(WayIn::Session)).await?;
    let about = (Part::Sessions, Ok(()));
    answer(app, visit, (viewer, &Fields::default()), about).await
}
