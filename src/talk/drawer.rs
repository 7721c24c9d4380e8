//! How comments come to the open pages of their post.

use tera::Context;

use super::comment::{self, Comment};
use super::thread::Said;
use crate::app::App;
use crate::changes::{Act, TALK};
use crate::error::Result;
use crate::live::{Drawer, Frame};
use crate::post;
use crate::terms::terms;

/// The element of a comment, the same for every reader.
pub async fn draw(app: &App, comment: Comment) -> Result<String> {
    let mut connection = app.db.read().acquire().await?;
    let mut context = Context::new();
    context.insert("comment", &Said::of(app, &mut connection, comment).await?);
    app.view.render("talk/_comment.html", &context)
}

/// A comment comes, changes or goes.
pub static TALKS: Drawer<App> = Drawer {
    part: TALK,
    draw: |app, change| {
        Box::pin(async move {
            let element = format!("c-{}", change.subject);
            if change.act == Act::Gone {
                return Ok(Some(Frame::gone(change, &element)));
            }
            let Ok(id) = change.subject.parse() else {
                return Ok(None);
            };
            let mut connection = app.db.read().acquire().await?;
            let Some(comment) = comment::find(&mut connection, id).await? else {
                return Ok(None);
            };
            let mut about = change.about.clone();
            about.audience.clone_from(&comment.audience);
            let k = format!("{:016}", comment.created_at);
            drop(connection);
            let says = terms(&comment.body);
            let html = draw(app, comment).await?;
            let frame = Frame::put(change, &element, &k, &html);
            Ok(Some(frame.about(about).saying(says)))
        })
    },
};

/// Whether a post is closed to comments.
pub static CLOSED: Drawer<App> = Drawer {
    part: "closed",
    draw: |app, change| {
        Box::pin(async move {
            let Some(id) = change.post else {
                return Ok(None);
            };
            let mut context = Context::new();
            let closed = post::is_closed(&app.db, id).await?;
            context.insert("closed", &closed);
            let html = app.view.render("talk/_closed.html", &context)?;
            Ok(Some(Frame::fill(change, &format!("p-{id}"), html.trim())))
        })
    },
};
