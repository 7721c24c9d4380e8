//! What one wants to be told of.

use rocket::{Route, put, routes};

use super::page::{Answer, Part, answer};
use crate::app::App;
use crate::error::Result;
use crate::form::Sent;
use crate::notice::{self, Choice, Kind};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![choose]
}

#[put("/settings/notices", data = "<sent>")]
async fn choose(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let chosen = Kind::ALL.map(|kind| Choice::new(kind, fields.find(kind.name()).is_some()));
    notice::choose(app, &viewer, &chosen).await?;
    answer(app, visit, (viewer, &fields), (Part::Notices, Ok(()))).await
}
