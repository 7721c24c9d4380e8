//! A clock that ran ahead: what became of it, and how it is put right.

use rocket::response::{Flash, Redirect};
use rocket::{Route, put, routes};
use serde::Serialize;

use crate::app::App;
use crate::auth::Viewer;
use crate::changes;
use crate::error::Result;
use crate::post;
use crate::view::{Moment, moment};
use crate::visit::{Said, flash};

pub fn routes() -> Vec<Route> {
    routes![put_right]
}

/// What the page says of it.
#[derive(Serialize)]
pub struct Ahead {
    posts: i64,
    until: Moment,
    now: Moment,
}

/// Nothing, while new posts are dated by the clock.
pub async fn ahead(app: &App) -> Result<Option<Ahead>> {
    let now = app.clock.now();
    let Some(by) = changes::ahead(&app.db, now).await? else {
        return Ok(None);
    };
    let moment = |at| moment(at, app.settings.utc_offset);
    Ok(Some(Ahead {
        posts: post::dated_ahead(app, now).await?,
        until: moment(now + by),
        now: moment(now),
    }))
}

#[put("/admin/clock")]
async fn put_right(viewer: Viewer, app: &App) -> Result<Flash<Redirect>> {
    post::redate(app, &viewer).await?;
    Ok(flash(Redirect::to("/admin/jobs"), Said::DatesPutRight))
}
