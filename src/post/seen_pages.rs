//! The page of what is new since one was here, and how a page says how far it was read.

use rocket::http::{ContentType, Header, Status};
use rocket::response::Responder;
use rocket::{Route, get, post, routes};
use tera::Context;

use super::filter::Of;
use super::seen;
use super::wall;
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::form::Sent;
use crate::view::{self, Html};
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![seen_up_to, seen_without_script, new]
}

fn feed(name: &str) -> Result<Of> {
    Of::named(name).ok_or(Error::NotFound)
}

/// From a page that goes, too.
#[post("/me/seen", data = "<sent>")]
async fn seen_up_to(sent: Sent, app: &App) -> Result<Status> {
    let Sent { viewer, fields } = sent;
    let at = fields.text("at").parse().map_err(|_| Error::NotFound)?;
    seen::mark(app, &viewer, (feed(fields.text("feed"))?, at)).await?;
    Ok(Status::NoContent)
}

/// A style sheet without rules.
#[derive(Responder)]
struct NoStyle((ContentType, &'static str), Header<'static>);

/// Where no script runs, the page asks for this: it says that its top was shown.
#[get("/me/seen.css?<of>&<at>")]
async fn seen_without_script(of: &str, at: Micros, viewer: Viewer, app: &App) -> Result<NoStyle> {
    seen::mark(app, &viewer, (feed(of)?, at)).await?;
    let style = (ContentType::CSS, "");
    Ok(NoStyle(style, Header::new("Cache-Control", "no-store")))
}

/// Members of whom pictures are shown.
const SHOWN: usize = 30;

/// "Since Tuesday: 14 photos by 5 people", by author.
#[get("/new?<of>")]
async fn new(of: Option<&str>, viewer: Viewer, visit: Visit, app: &App) -> Result<Html> {
    let of = feed(of.unwrap_or(Of::Everyone.name()))?;
    let line = seen::line(app, &viewer, of).await?;
    let by = seen::since(app, viewer.id, (of, line)).await?;
    let mut context = Context::new();
    let mut walls = Vec::new();
    for one in by.iter().take(SHOWN) {
        walls.push(wall::since(app, &viewer, (one.author.id, line)).await?);
    }
    let posts: i64 = by.iter().map(|one| one.posts).sum();
    context.insert("posts", &posts);
    context.insert("by", &by);
    context.insert("walls", &walls);
    context.insert("following", &(of == Of::Followed));
    let since = (line > 0).then(|| view::moment(line, app.settings.utc_offset));
    context.insert("since", &since);
    app.page(&visit, "post/new.html", context)
}
