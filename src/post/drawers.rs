//! A post's card, drawn in parts, each once per change: for pages, and for open feeds that show it.

use std::sync::Arc;

use sqlx::AnyConnection;
use tera::Context;

use super::card::{Card, Words};
use super::marks::{self, Acts};
use super::post::{self, Post, TEXT};
use super::{mentions, words};
use crate::app::App;
use crate::changes::{self, About, Act};
use crate::error::Result;
use crate::gzip::Run;
use crate::id::{Id, Posts};
use crate::live::{Drawer, Frame, Mark, Shell, Shown, Versions};
use crate::media;

const CARD: &str = changes::WHOLE;

/// A card in its parts.
struct Drawn {
    shell: Arc<Shell>,
    text: Arc<Shell>,
}

/// When the first picture of a card is fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Loading {
    /// Before anything else: it is what a page begins with.
    First,
    /// When it comes near.
    Lazy,
}

impl Loading {
    fn attribute(self) -> &'static str {
        match self {
            Loading::First => "fetchpriority=\"high\"",
            Loading::Lazy => "loading=\"lazy\"",
        }
    }
}

impl Drawn {
    fn write(&self, page: &mut String, loading: Loading, mark: Mark) {
        let said = Acts::of(mark);
        self.shell.fill(page, |part| match part {
            "loading" => loading.attribute(),
            TEXT => self.text.as_str(),
            other => said.part(other).unwrap_or_default(),
        });
    }
}

/// Writes the card of a post to the end of `page`, from what is kept where that has not changed. Nothing, when the
/// post is not there any more.
pub async fn write(app: &App, shown: &Shown, loading: Loading, page: &mut String) -> Result<()> {
    if let Some(drawn) = kept(app, shown.post, shown.versions) {
        drawn.write(page, loading, shown.mark);
        return Ok(());
    }
    let mut connection = app.db.read().acquire().await?;
    if let Some(post) = post::find(&mut connection, shown.post).await? {
        let drawn = draw(app, &mut connection, post).await?;
        drawn.write(page, loading, shown.mark);
    }
    Ok(())
}

/// The card of a post, further down in a page: kept whole, as many readers get it alike. Nothing, when the post is not
/// there any more.
pub async fn run(app: &App, shown: &Shown) -> Result<Option<Arc<Run>>> {
    if let Some(run) = app.fragments.run(shown) {
        return Ok(Some(run));
    }
    let mut html = String::new();
    write(app, shown, Loading::Lazy, &mut html).await?;
    if html.is_empty() {
        return Ok(None);
    }
    let run = Run::of(html);
    app.fragments.keep_run(*shown, run.clone());
    Ok(Some(run))
}

/// A card as it is now, and its place in the feed.
pub struct Placed {
    pub k: String,
    pub html: String,
    about: About,
    says: Vec<String>,
}

/// The card of the post as it is now, if it is still there; what it says of its reader is left open.
pub async fn current(app: &App, id: Id<Posts>) -> Result<Option<Placed>> {
    let mark = marks::of_one(app, None, id).await?;
    let mut connection = app.db.read().acquire().await?;
    let Some(post) = post::find(&mut connection, id).await? else {
        return Ok(None);
    };
    let (k, about) = (post.place().to_string(), post.about());
    let mut html = String::new();
    let says = words::of(&mut connection, id).await?.into_terms();
    draw(app, &mut connection, post)
        .await?
        .write(&mut html, Loading::Lazy, mark);
    Ok(Some(Placed {
        k,
        html,
        about,
        says,
    }))
}

fn kept(app: &App, id: Id<Posts>, versions: Versions) -> Option<Drawn> {
    let shell = (versions.card_seq, versions.card_version);
    Some(Drawn {
        shell: app.fragments.find((id, CARD), shell)?,
        text: app.fragments.find((id, TEXT), (versions.edited, 0))?,
    })
}

async fn draw(app: &App, connection: &mut AnyConnection, post: Post) -> Result<Drawn> {
    let (id, versions) = (post.id, post.versions);
    let text = match app.fragments.find((id, TEXT), (versions.edited, 0)) {
        Some(text) => text,
        None => draw_text(app, connection, &post).await?,
    };
    let version = (versions.card_seq, versions.card_version);
    if let Some(shell) = app.fragments.find((id, CARD), version) {
        return Ok(Drawn { shell, text });
    }
    let items = media::of_post(connection, id).await?;
    let mut context = Context::new();
    context.insert("post", &Card::new(app, post, &items));
    context.insert("loading", "slot");
    context.insert("acts", &Acts::places());
    let html = app.view.render("post/_card.html", &context)?;
    let shell = app.fragments.keep((id, CARD), version, &html);
    Ok(Drawn { shell, text })
}

async fn draw_text(app: &App, connection: &mut AnyConnection, post: &Post) -> Result<Arc<Shell>> {
    let named = mentions::named(connection, (post.id, None), &post.caption).await?;
    let mut context = Context::new();
    context.insert("words", &Words::of(post, &named));
    let html = app.view.render("post/_caption.html", &context)?;
    let version = (post.versions.edited, 0);
    Ok(app.fragments.keep((post.id, TEXT), version, &html))
}

/// The id of a post's element on a page.
fn element_id(post: Id<Posts>) -> String {
    format!("p-{post}")
}

/// A card comes whole, or goes.
pub static CARDS: Drawer<App> = Drawer {
    part: CARD,
    draw: |app, change| {
        Box::pin(async move {
            let Some(id) = change.post else {
                return Ok(None);
            };
            if change.act == Act::Gone {
                return Ok(Some(Frame::gone(change, &element_id(id))));
            }
            let card = current(app, id).await?;
            Ok(card.map(|card| {
                Frame::put(change, &element_id(id), &card.k, &card.html)
                    .about(card.about)
                    .saying(card.says)
            }))
        })
    },
};

/// A card goes from those for whom it is no more.
pub static LEAVES: Drawer<App> = Drawer {
    part: changes::LEFT,
    draw: |app, change| {
        Box::pin(async move {
            let Some(id) = change.post else {
                return Ok(None);
            };
            let mut connection = app.db.read().acquire().await?;
            let about = post::about(&mut connection, id).await?;
            let frame = Frame::gone(change, &element_id(id));
            Ok(Some(match about {
                Some(about) => frame.unless(about),
                None => frame,
            }))
        })
    },
};

/// The words of a card change where it stands.
pub static TEXTS: Drawer<App> = Drawer {
    part: TEXT,
    draw: |app, change| {
        Box::pin(async move {
            let Some(id) = change.post else {
                return Ok(None);
            };
            let mut connection = app.db.read().acquire().await?;
            let Some(post) = post::find(&mut connection, id).await? else {
                return Ok(None);
            };
            let text = draw_text(app, &mut connection, &post).await?;
            let frame = Frame::fill(change, &element_id(id), text.as_str());
            Ok(Some(frame.about(post.about())))
        })
    },
};
