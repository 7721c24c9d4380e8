//! `/invitations`: links by which others come in, made and ended by whoever may.

use rocket::http::Status;
use rocket::response::{Flash, Redirect, Responder};
use rocket::{Route, delete, get, post, routes};
use tera::Context;

use crate::account::{self, MOST_DAYS, MOST_PEOPLE, NewInvitation};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::{Fields, Sent, Wrong, clean_text};
use crate::id::Id;
use crate::view::{self, Html};
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![invitations, invite, end]
}

#[derive(Responder)]
enum Answer {
    Done(Box<Flash<Redirect>>),
    Again((Status, Html)),
}

#[get("/invitations")]
async fn invitations(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    draw(app, (&viewer, &visit), &Fields::default(), Wrong::new()).await
}

async fn draw(
    app: &App,
    (viewer, visit): (&Viewer, &Visit),
    fields: &Fields,
    wrong: Wrong,
) -> Result<Html> {
    let open = account::open_invitations(app, viewer).await?;
    let until: Vec<view::Moment> = open
        .iter()
        .map(|one| view::moment(one.expires_at * 1_000_000, app.settings.utc_offset))
        .collect();
    let code = |link: &str| link.rsplit('/').next().unwrap_or_default().to_owned();
    let codes: Vec<String> = open.iter().map(|one| code(&one.link)).collect();
    let mut context = Context::new();
    context.insert("codes", &codes);
    context.insert("invitations", &open);
    context.insert("until", &until);
    context.insert("may", &account::may_invite(app, viewer).await?);
    context.insert("note", fields.text("note"));
    context.insert("people", fields.find("people").unwrap_or("1"));
    context.insert("days", fields.find("days").unwrap_or("7"));
    context.insert("most_people", &MOST_PEOPLE);
    context.insert("most_days", &MOST_DAYS);
    context.insert("wrong", &wrong);
    app.page(visit, "settings/invitations.html", context)
}

/// An invitation as it was typed; what is wrong with it is for the form.
pub fn read(people: &str, days: &str, note: &str) -> std::result::Result<NewInvitation, Wrong> {
    let mut wrong = Wrong::new();
    let mut number = |field: &str, text: &str, most: i64| {
        let number = text.trim().parse().ok();
        let number = number.filter(|number| (1..=most).contains(number));
        if number.is_none() {
            let says = format!("A whole number from 1 to {most}.");
            wrong.insert(field.to_owned(), says.into());
        }
        number.unwrap_or(1)
    };
    let (people, days) = (
        number("people", people, MOST_PEOPLE),
        number("days", days, MOST_DAYS),
    );
    let note = clean_text(note).unwrap_or_default();
    let note: String = note.split_whitespace().collect::<Vec<_>>().join(" ");
    if note.chars().count() > 100 {
        wrong.insert("note".into(), "100 characters at most.".into());
    }
    match wrong.is_empty() {
        true => Ok(NewInvitation { people, days, note }),
        false => Err(wrong),
    }
}

#[post("/invitations", data = "<sent>")]
async fn invite(sent: Sent, visit: Visit, app: &App) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let new = read(
        fields.find("people").unwrap_or("1"),
        fields.find("days").unwrap_or("7"),
        fields.text("note"),
    );
    let new = match new {
        Ok(new) => new,
        Err(wrong) => {
            let html = draw(app, (&viewer, &visit), &fields, wrong).await?;
            return Ok(Answer::Again((Status::UnprocessableEntity, html)));
        }
    };
    account::invite(app, &viewer, new).await?;
    let page = Redirect::to("/invitations");
    Ok(Answer::Done(Box::new(flash(page, Said::Invited))))
}

#[delete("/invitations/<id>")]
async fn end(id: &str, viewer: Viewer, app: &App) -> Result<Flash<Redirect>> {
    let id = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    account::end_invitation(app, &viewer, id).await?;
    Ok(flash(Redirect::to("/invitations"), Said::Ended))
}
