//! `/standing`: what was decided about oneself, and what one can do; the same for whoever is out, by a link that shows who they are.

use rocket::http::Status;
use rocket::response::{Flash, Redirect};
use rocket::{Either, Route, get, post, put, routes};
use tera::Context;

use super::appeal;
use super::report::MOST_WORDS;
use super::standing::{self, mark_read};
use crate::account::{self, User, links};
use crate::app::App;
use crate::auth::{SameSite, Viewer};
use crate::error::{Error, Result};
use crate::form::{Fields, Sent};
use crate::id::{Id, Measures};
use crate::view::Html;
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![own, read, ask, out, ask_from_outside, leave]
}

/// What somebody has typed who is told what is wrong with it.
#[derive(Default)]
struct Typed<'a> {
    about: Option<Id<Measures>>,
    words: &'a str,
    wrong: Option<&'a str>,
}

async fn draw(
    app: &App,
    visit: &Visit,
    (member, token): (Id<crate::id::Users>, Option<&str>),
    typed: Typed<'_>,
) -> Result<Html> {
    let leaves = account::by_id(app, member)
        .await?
        .and_then(|user| user.leaves_at);
    let decisions = standing::of(app, member).await?.into_iter();
    let rows = decisions.map(|one| standing::row(app, one));
    let mut context = Context::new();
    context.insert("decisions", &rows.collect::<Result<Vec<_>>>()?);
    let leaves = leaves.map(|at| account::instant(app, at));
    context.insert("leaves", &leaves);
    context.insert("token", &token);
    context.insert("about", &typed.about);
    context.insert("words", typed.words);
    context.insert("wrong", &typed.wrong);
    context.insert("most_words", &MOST_WORDS);
    app.page(visit, "moderation/standing.html", context)
}

fn found(id: &str) -> Result<Id<Measures>> {
    Id::from_any_spelling(id).ok_or(Error::NotFound)
}

#[get("/standing")]
async fn own(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    draw(app, &visit, (viewer.id, None), Typed::default()).await
}

/// Says that a decision was read.
#[put("/standing/<id>/read")]
async fn read(id: &str, viewer: Viewer, app: &App) -> Result<Redirect> {
    mark_read(app, &viewer, found(id)?).await?;
    Ok(Redirect::to("/standing"))
}

type Answer = Either<Flash<Redirect>, (Status, Html)>;

#[post("/standing/<id>/appeal", data = "<sent>")]
async fn ask(id: &str, sent: Sent, visit: Visit, app: &App) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let (id, words) = (found(id)?, fields.text("words"));
    match standing::appeal(app, &viewer, id, words).await {
        Ok(()) => Ok(Either::Left(flash(
            Redirect::to("/standing"),
            Said::ThinksAgain,
        ))),
        Err(Error::Unprocessable(wrong) | Error::Conflict(wrong)) => {
            let typed = Typed {
                about: Some(id),
                words,
                wrong: Some(&wrong),
            };
            let html = draw(app, &visit.by(&viewer), (viewer.id, None), typed).await?;
            Ok(Either::Right((Status::UnprocessableEntity, html)))
        }
        Err(other) => Err(other),
    }
}

async fn whose(app: &App, token: &str) -> Result<User> {
    let user = links::may_read_standing(app, token).await?;
    user.ok_or(Error::NotFound)
}

/// For whoever has just shown the password of a closed account, or holds the letter about it.
#[get("/standing/<token>")]
async fn out(token: &str, visit: Visit, app: &App) -> Result<Html> {
    let user = whose(app, token).await?;
    draw(app, &visit, (user.id, Some(token)), Typed::default()).await
}

#[post("/standing/<token>/<id>/appeal", data = "<fields>")]
async fn ask_from_outside(
    token: &str,
    id: &str,
    fields: Fields,
    _same_site: SameSite,
    visit: Visit,
    app: &App,
) -> Result<Answer> {
    let user = whose(app, token).await?;
    let (id, words) = (found(id)?, fields.text("words"));
    let mut tx = app.db.write().await?;
    match appeal::ask(app, &mut tx, (user.id, id), words).await {
        Ok(()) => {
            tx.commit().await?;
            let page = format!("/standing/{token}");
            Ok(Either::Left(flash(Redirect::to(page), Said::ThinksAgain)))
        }
        Err(Error::Unprocessable(wrong) | Error::Conflict(wrong)) => {
            drop(tx);
            let typed = Typed {
                about: Some(id),
                words,
                wrong: Some(&wrong),
            };
            let html = draw(app, &visit, (user.id, Some(token)), typed).await?;
            Ok(Either::Right((Status::UnprocessableEntity, html)))
        }
        Err(other) => Err(other),
    }
}

/// Leaves for good, from outside.
#[post("/standing/<token>/leave", data = "<fields>")]
async fn leave(
    token: &str,
    fields: Fields,
    _same_site: SameSite,
    app: &App,
) -> Result<Flash<Redirect>> {
    let user = whose(app, token).await?;
    let page = format!("/standing/{token}");
    if user.leaves_at.is_some() {
        return Ok(flash(Redirect::to(page), Said::Leaves));
    }
    let said = match account::leave_from_outside(app, &user, fields.text("password")).await? {
        true => Said::Leaves,
        false => Said::WrongPassword,
    };
    Ok(flash(Redirect::to(page), said))
}
