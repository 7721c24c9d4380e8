//! `/admin/posts`: posts that wait to be looked at.

use rocket::response::{Flash, Redirect};
use rocket::{Route, get, put, routes};
use tera::Context;

use super::desk;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::id::Id;
use crate::office::Office;
use crate::post::{self, Judgement, MOST_WORDS, Queue};
use crate::view::Html;
use crate::visit::{Said, Visit, flash};

pub fn routes() -> Vec<Route> {
    routes![waiting, decide]
}

#[get("/admin/posts")]
async fn waiting(viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    viewer.require(Office::Moderator)?;
    let posts = post::waiting_posts(app, Queue::House).await?.into_iter();
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
    let post = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    let judgement = Judgement::of_form(post, &sent.fields)?;
    let said = match judgement.is_shown {
        true => Said::Shown,
        false => Said::KeptBack,
    };
    desk::decide(app, &sent.viewer, judgement).await?;
    Ok(flash(Redirect::to("/admin/posts"), said))
}
