//! `/docs/transformations`: what an address can ask of a picture, shown on the newest photo of the feed. The
//! list is the parser's own.

use rocket::{Route, get, routes};
use serde::Serialize;
use tera::Context;

use super::visible::{reader, wanted};
use crate::app::App;
use crate::auth::{Base, Viewer};
use crate::clock::Micros;
use crate::error::Result;
use crate::media::{Key, film_keys, layer_keys, picture_keys, text_keys};
use crate::view::Html;
use crate::visit::Visit;

pub fn routes() -> Vec<Route> {
    routes![transformations]
}

#[derive(Serialize)]
struct Line {
    key: &'static str,
    accepted: &'static str,
    does: &'static str,
    example: &'static str,
}

#[derive(Serialize)]
struct Table {
    id: &'static str,
    name: &'static str,
    about: &'static str,
    lines: Vec<Line>,
}

const NEWEST: &str = concat!(
    "select m.key
       from posts p
       join users u on u.id = p.author_id
       join media m on m.post_id = p.id
      where p.created_at < $1 and m.frames = 1 and m.duration_ms = 0 and ",
    wanted!(),
    " order by p.created_at desc
      limit 1"
);

#[get("/docs/transformations")]
async fn transformations(viewer: Viewer, visit: Visit, base: Base, app: &App) -> Result<Html> {
    let newest: Option<(String,)> = sqlx::query_as(NEWEST)
        .bind(Micros::MAX)
        .bind(reader(Some(viewer.id)))
        .fetch_optional(app.db.read())
        .await?;
    let tables = [
        Table {
            id: "picture",
            name: "Pictures",
            about: "In steps of pictures, and of pictures and canvases in layers.",
            lines: picture_keys().map(line).collect(),
        },
        Table {
            id: "film",
            name: "Videos",
            about: "In steps of videos, beside w, h, ar, c, cm, fo, x, y, bg, b, r, fl, rt by quarters, layers, q and f.",
            lines: film_keys().map(line).collect(),
        },
        Table {
            id: "layer",
            name: "Layers",
            about: "Between l-text or l-image and l-end: what is laid over the picture, and where.",
            lines: layer_keys().map(line).collect(),
        },
        Table {
            id: "text",
            name: "Texts",
            about: "Between l-text and l-end: how the text looks.",
            lines: text_keys().map(line).collect(),
        },
    ];
    let mut context = Context::new();
    context.insert("tables", &tables);
    context.insert("key", &newest.map(|(key,)| key));
    context.insert("base", &base.origin);
    app.page(&visit, "post/transformations.html", context)
}

fn line(key: &'static Key) -> Line {
    Line {
        key: key.name,
        accepted: key.accepted,
        does: key.does,
        example: key.example,
    }
}
