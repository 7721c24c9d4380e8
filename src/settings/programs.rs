//! Programs of yours, and their access tokens.

use rocket::http::Status;
use rocket::{Route, delete, post, routes};

use super::end::end;
use super::page::{About, Answer, Part, answer, draw};
use super::token;
use crate::app::App;
use crate::auth::{Viewer, WayIn};
use crate::error::Result;
use crate::form::{Fields, Sent};
use crate::id::{Id, Sessions};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![make_token, revoke_token]
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
    end(app, &viewer, id.map(WayIn::Token)).await?;
    let about = (Part::Tokens, Ok(()));
    answer(app, visit, (viewer, &Fields::default()), about).await
}
