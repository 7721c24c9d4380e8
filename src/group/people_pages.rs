//! `/~<slug>/members`: who is in a group, who asks to come in and whom its owners invite. `/~<slug>/waiting`: posts that
//! they look at first.

use rocket::http::Status;
use rocket::{Route, delete, get, post, put, routes};
use serde_json::json;

use super::lists;
use super::manage::{self, Office};
use super::pages::{Answer, Tilde, done, head};
use super::row::{self, Tie};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::id::{Id, Users};
use crate::post::{self, Judgement, MOST_WORDS, Queue};
use crate::profile;
use crate::view::Html;
use crate::visit::{Said, Visit};

pub fn routes() -> Vec<Route> {
    routes![members, invite, admit, remove, appoint, waiting, judge]
}

#[get("/<_>/members?<after>", rank = 22)]
async fn members(
    after: Option<&str>,
    at: Tilde,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let after: Option<Id<Users>> = after
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::NotFound)?;
    draw(app, (&viewer, &visit), &at, after, ("", "")).await
}

/// `typed`: a handle that nobody could be invited by, and what is wrong with it.
async fn draw(
    app: &App,
    (viewer, visit): (&Viewer, &Visit),
    at: &Tilde,
    after: Option<Id<Users>>,
    (typed, wrong): (&str, &str),
) -> Result<Html> {
    let group = row::find(app, viewer, &at.0).await?;
    let manages = group.is_managed_by(viewer);
    if !group.tie().is_in() && !manages {
        return Err(Error::NotFound);
    }
    let mut context = head(app, viewer, &group).await?;
    let page = lists::members(app, viewer, group.id, after).await?;
    context.insert("owners", &lists::owners(app, viewer, group.id).await?);
    context.insert("members", &page.members);
    context.insert("next", &page.next);
    context.insert("first", &after.is_none());
    context.insert("owns", &(group.tie() == Tie::Owner));
    context.insert("typed", typed);
    let wrong = match wrong.is_empty() {
        true => json!({}),
        false => json!({ "who": wrong }),
    };
    context.insert("wrong", &wrong);
    if manages && after.is_none() {
        let door = lists::door(app, group.id).await?;
        context.insert("asking", &door.asking);
        context.insert("invited", &door.invited);
    }
    app.page(visit, "group/members.html", context)
}

/// Invites whoever is called so.
#[post("/<_>/members", rank = 22, data = "<sent>")]
async fn invite(at: Tilde, sent: Sent, visit: Visit, app: &App) -> Result<Answer> {
    let Sent { viewer, fields } = sent;
    let typed = fields.text("who").trim().trim_start_matches('@');
    let wrong = match profile::id_of(app, &viewer, &typed.to_lowercase()).await {
        Ok(member) => match manage::admit(app, &viewer, &at.0, member).await {
            Ok(_) => return Ok(done(format!("/~{}/members", at.0), Said::Invites)),
            Err(Error::Conflict(wrong)) => wrong,
            Err(other) => return Err(other),
        },
        Err(Error::NotFound) => {
            "Nobody here is called so. A handle is what stands behind the @.".into()
        }
        Err(other) => return Err(other),
    };
    let visit = visit.by(&viewer);
    let html = draw(app, (&viewer, &visit), &at, None, (typed, &wrong)).await?;
    Ok(Answer::Again((Status::UnprocessableEntity, html)))
}

fn member(id: &str) -> Result<Id<Users>> {
    id.parse().map_err(|_| Error::NotFound)
}

fn changed(at: &Tilde) -> Answer {
    done(format!("/~{}/members", at.0), Said::Changed)
}

/// Lets in who has asked.
#[put("/<_>/members/<id>", rank = 22)]
async fn admit(at: Tilde, id: &str, viewer: Viewer, app: &App) -> Result<Answer> {
    manage::admit(app, &viewer, &at.0, member(id)?).await?;
    Ok(changed(&at))
}

#[delete("/<_>/members/<id>", rank = 22)]
async fn remove(at: Tilde, id: &str, viewer: Viewer, app: &App) -> Result<Answer> {
    manage::remove(app, &viewer, &at.0, member(id)?).await?;
    Ok(changed(&at))
}

#[put("/<_>/owners/<id>", rank = 22, data = "<sent>")]
async fn appoint(at: Tilde, id: &str, sent: Sent, app: &App) -> Result<Answer> {
    let office = Office {
        member: member(id)?,
        owns: sent.fields.find("owner").is_some(),
    };
    manage::appoint(app, &sent.viewer, &at.0, office).await?;
    Ok(changed(&at))
}

#[get("/<_>/waiting", rank = 22)]
async fn waiting(at: Tilde, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let group = row::find(app, &viewer, &at.0).await?;
    if group.tie() != Tie::Owner {
        return Err(Error::NotFound);
    }
    let mut context = head(app, &viewer, &group).await?;
    let posts = post::waiting_posts(app, Queue::Group(group.id)).await?;
    let cards = posts.into_iter();
    let cards: Vec<_> = cards
        .map(|(post, items)| post::desk_card(app, post, &items))
        .collect();
    context.insert("posts", &cards);
    context.insert("most_words", &MOST_WORDS);
    app.page(&visit, "group/waiting.html", context)
}

#[put("/<_>/waiting/<id>", rank = 22, data = "<sent>")]
async fn judge(at: Tilde, id: &str, sent: Sent, app: &App) -> Result<Answer> {
    let post = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let judgement = Judgement::of_form(post, &sent.fields)?;
    let said = match judgement.is_shown {
        true => Said::Shown,
        false => Said::KeptBack,
    };
    manage::judge(app, &sent.viewer, &at.0, judgement).await?;
    Ok(done(format!("/~{}/waiting", at.0), said))
}
