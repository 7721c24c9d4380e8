//! A letter to oneself, to see whether letters arrive.

use rocket::response::{Flash, Redirect};
use rocket::{Route, post, routes};
use tera::Context;

use crate::account::{self, Address, Letter, Reader};
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::error::Result;
use crate::jobs::{Failure, Task};
use crate::visit::{Said, flash};

pub fn routes() -> Vec<Route> {
    routes![trial]
}

const SUBJECT: &str = "a trial letter";

pub static LETTER: Letter = Letter::to_anybody(
    "letter.trial",
    |app, task| Box::pin(send(app, task)),
    |payload| account::describe_letter(SUBJECT, payload),
);

async fn send(app: App, task: Task) -> Result<(), Failure> {
    let Address { email } = task.read()?;
    let reader = Reader::unknown(&email);
    account::send_letter(&app, &LETTER, &reader, ("trial", SUBJECT), Context::new()).await
}

#[post("/admin/letters")]
async fn trial(viewer: Viewer, app: &App) -> Result<Flash<Redirect>> {
    let mut tx = app
        .db
        .write_in_office(&viewer, &app.clock, Done::to(Deed::LetterTried, ""))
        .await?;
    let reader = Reader::unknown(&viewer.email);
    let about = Address {
        email: viewer.email.clone(),
    };
    account::put_letter(app, &mut tx, (&LETTER, &reader), &about).await?;
    tx.commit().await?;
    let said = match app.letters_go_out() {
        true => Said::LetterToYou,
        false => Said::LetterKept,
    };
    Ok(flash(Redirect::to("/admin/jobs"), said))
}
