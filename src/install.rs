//! Porch on a home screen: the manifest, and a page for when there is no line, which a small service worker keeps.

use rocket::http::{ContentType, Header};
use rocket::response::Responder;
use rocket::{Route, get, routes};
use serde_json::json;
use tera::Context;

use crate::app::App;
use crate::error::Result;
use crate::taste::Taste;
use crate::view::Html;

pub fn routes() -> Vec<Route> {
    routes![manifest, worker, offline]
}

/// Asked for anew when the page is.
#[derive(Responder)]
struct Fresh((ContentType, String), Header<'static>);

fn fresh(kind: ContentType, text: String) -> Fresh {
    Fresh((kind, text), Header::new("Cache-Control", "no-cache"))
}

/// W3C's Web Application Manifest.
#[get("/manifest.webmanifest")]
fn manifest(app: &App) -> Fresh {
    let name = app.site.name();
    let url = |name: &str| app.assets.url(name).expect("every icon has an address");
    let icon = |name: &str, size: &str, purpose: &str| json!({ "src": url(name), "sizes": size, "type": "image/png", "purpose": purpose });
    let manifest = json!({
        "id": "/",
        "name": name,
        "short_name": name.chars().take(12).collect::<String>(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#faf7f1",
        "theme_color": "#faf7f1",
        "icons": [
            icon("icon-192.png", "192x192", "any"),
            icon("icon-512.png", "512x512", "any"),
            icon("maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [{ "name": "New post", "url": "/compose" }],
    });
    let kind = ContentType::new("application", "manifest+json");
    fresh(kind, manifest.to_string())
}

/// The service worker: where a page does not come, it shows the one that it has kept. It touches nothing else.
#[get("/sw.js")]
fn worker(app: &App) -> Fresh {
    let style = app.assets.url("porch.css").expect("there is a style");
    let icon = app
        .assets
        .url("icon-192.png")
        .expect("every icon has an address");
    let text = include_str!("../static/sw.js");
    let text = text.replace("VERSION", &style).replace("ICON", &icon);
    fresh(ContentType::JavaScript, text)
}

#[get("/offline")]
fn offline(jar: &rocket::http::CookieJar<'_>, app: &App) -> Result<Html> {
    let mut context = Context::new();
    context.insert("site", &app.site.name());
    context.insert("theme", &Taste::of(jar).theme);
    for absent in ["me", "live", "title"] {
        context.insert(absent, &());
    }
    Ok(Html::of(app.view.render("layout/offline.html", &context)?))
}
