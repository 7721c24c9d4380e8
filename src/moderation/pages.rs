//! `/admin/posts`: posts that wait to be looked at.

use rocket::response::{Flash, Redirect};
use rocket::{Route, get, put, routes};
use tera::Context;

use super::desk::{self, Decision, MOST_WORDS};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::id::Id;
use crate::office::Office;
use crate::post;
use crate::view::Html;
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![waiting, decide]
}

#[get("/admin/posts")]
async fn waiting(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    viewer.require(Office::Moderator)?;
    let posts = post::waiting_posts(app).await?.into_iter();
    let posts: Vec<_> = posts
        .map(|(post, items)| post::desk_card(app, post, &items))
        .collect();
    let mut context = Context::new();
    context.insert("posts", &posts);
    context.insert("first", &app.house.rules().await?.looked_at_first());
    context.insert("most_words", &MOST_WORDS);
    context.insert("tab", "/admin/posts");
    app.page(&visit, "moderation/posts.html", context)
}

#[put("/admin/posts/<id>", data = "<sent>")]
async fn decide(id: &str, sent: Sent, app: &App) -> Result<Flash<Redirect>> {
    let decision = Decision {
        post: Id::from_any_spelling(id).ok_or(Error::NotFound)?,
        is_shown: match sent.fields.text("outcome") {
            "show" => true,
            "keep" => false,
            _ => return Err(Error::NotFound),
        },
        words: sent.fields.text("words"),
    };
    let said = match decision.is_shown {
        true => Said::Shown,
        false => Said::KeptBack,
    };
    desk::decide(app, &sent.viewer, decision).await?;
    Ok(flash(Redirect::to("/admin/posts"), said))
}
