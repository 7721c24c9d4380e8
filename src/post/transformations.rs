//! `/docs/transformations`: what an address can ask of a picture, shown on the newest photo of the feed. The
//! list is the parser's own.

use rocket::{Route, get, routes};
use serde::Serialize;
use tera::Context;

use crate::app::App;
use crate::auth::{Base, Viewer};
use crate::error::Result;
use crate::media::{Key, LAYER_KEYS, TABLE, TEXT_KEYS};
use crate::view::{Html, Visit};

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

const NEWEST: &str = "
    select m.key
      from posts p
      join media m on m.post_id = p.id
     where m.frames = 1 and m.duration_ms = 0
     order by p.created_at desc, p.id desc
     limit 1";

#[get("/docs/transformations")]
async fn transformations(_viewer: Viewer, visit: Visit, base: Base, app: &App) -> Result<Html> {
    let newest: Option<(String,)> = sqlx::query_as(NEWEST).fetch_optional(app.db.read()).await?;
    let lines = |table: &'static [Key]| -> Vec<Line> {
        let line = |line: &'static Key| Line {
            key: line.key,
            accepted: line.accepted,
            does: line.does,
            example: line.example,
        };
        table.iter().map(line).collect()
    };
    let tables = [
        Table {
            id: "picture",
            name: "Pictures",
            about: "In steps of pictures, and of pictures and canvases in layers.",
            lines: lines(TABLE),
        },
        Table {
            id: "layer",
            name: "Layers",
            about: "Between l-text or l-image and l-end: what is laid over the picture, and where.",
            lines: lines(LAYER_KEYS),
        },
        Table {
            id: "text",
            name: "Texts",
            about: "Between l-text and l-end: how the text looks.",
            lines: lines(TEXT_KEYS),
        },
    ];
    let mut context = Context::new();
    context.insert("tables", &tables);
    context.insert("key", &newest.map(|(key,)| key));
    context.insert("base", &base.0);
    app.page(&visit, "post/transformations.html", context)
}
