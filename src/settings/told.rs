//! Devices that are told while no page is open: one begins, one ends.

use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Route, delete, post, routes};

use super::page::{Answer, Part, answer};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::{Fields, Sent, wrong};
use crate::notice::devices::{self, New};
use crate::push::Subscription;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![tell, end]
}

/// What the browser calls itself.
struct Agent<'r>(&'r str);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Agent<'r> {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let agent = request.headers().get_one("User-Agent");
        Outcome::Success(Agent(agent.unwrap_or_default()))
    }
}

/// This device, whose browser has subscribed.
#[post("/settings/told", data = "<sent>")]
async fn tell(app: &App, visit: Visit, agent: Agent<'_>, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let new = New {
        subscription: Subscription {
            endpoint: fields.text("endpoint"),
            p256dh: fields.text("p256dh"),
            auth: fields.text("auth"),
        },
        says_all: fields.find("says_all").is_some(),
        user_agent: agent.0,
    };
    let added = devices::add(app, &viewer, new).await?;
    let result = added.map_err(|message| wrong("told", message));
    answer(app, visit, (viewer, &fields), (Part::Told, result)).await
}

#[delete("/settings/told/<id>")]
async fn end(id: &str, app: &App, visit: Visit, viewer: Viewer) -> Result<Answer> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    devices::end(app, &viewer, id).await?;
    let fields = Fields::default();
    answer(app, visit, (viewer, &fields), (Part::Told, Ok(()))).await
}
