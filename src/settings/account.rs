//! Your account: its address, and its end.

use rocket::http::{CookieJar, Status};
use rocket::response::Redirect;
use rocket::{Either, Route, delete, post, put, routes};

use super::page::{Answer, Part, answer};
use crate::account::{self, Email};
use crate::app::App;
use crate::auth::Viewer;
use crate::door;
use crate::error::Result;
use crate::form::{Sent, wrong};
use crate::limit::Address;
use crate::view::Html;
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![email, send_letter, delete_account]
}

#[put("/settings/email", data = "<sent>")]
async fn email(app: &App, visit: Visit, sent: Sent) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let result = match Email::new(fields.text("email")) {
        Ok(email) => account::change_email(app, &viewer, (email, fields.text("password"))).await?,
        Err(bad) => Err(wrong("email", bad.sentence())),
    };
    answer(app, visit, (viewer, &fields), (Part::Email, result)).await
}

/// Another letter that asks to confirm the address.
#[post("/settings/letter")]
async fn send_letter(app: &App, visit: Visit, address: Address, viewer: Viewer) -> Result<Answer> {
    door::ask_to_confirm(app, address, &viewer.email).await?;
    if visit.htmx {
        let said = match app.letters_go_out() {
            true => "A letter is on its way.",
            false => "There is no mail server: ask the person who runs this place.",
        };
        let html = Html::of(format!(
            "<p class=\"note is-good\" role=\"status\">{said}</p>"
        ));
        return Ok(Answer::Part((Status::Ok, html)));
    }
    let page = Redirect::to("/settings/account#s-email");
    let said = match app.letters_go_out() {
        true => Said::LetterOnItsWay,
        false => Said::LetterKept,
    };
    Ok(Answer::Page(Box::new(flash(page, said))))
}

/// Lets the account end after the grace time.
#[delete("/settings/account", data = "<sent>")]
async fn delete_account(
    app: &App,
    visit: Visit,
    jar: &CookieJar<'_>,
    sent: Sent,
) -> Result<Either<Answer, door::Answer>> {
    let Sent { viewer, fields } = sent;
    match account::leave(app, &viewer, fields.text("password")).await? {
        Ok(_) => {
            app.sessions.forget(jar);
            Ok(Either::Right(door::go(&visit, "/login?left=1")))
        }
        Err(wrong) => {
            let about = (Part::Leave, Err(wrong));
            answer(app, visit, (viewer, &fields), about)
                .await
                .map(Either::Left)
        }
    }
}
