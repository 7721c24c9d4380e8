//! Our own stylesheet, script and icons: embedded, compressed once, and immutable because their
//! address holds a digest of what they contain.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use rocket::http::{ContentType, Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder, Response};
use rocket::{Route, State, get, routes};

use crate::error::{Error, Result};
use crate::gzip::takes_gzip;

pub fn routes() -> Vec<Route> {
    routes![asset, favicon]
}

pub struct Assets(HashMap<&'static str, Asset>);

struct Asset {
    digest: String,
    kind: ContentType,
    plain: &'static [u8],
    gzip: Vec<u8>,
}

/// A file that is part of the program.
struct Embedded {
    name: &'static str,
    kind: (&'static str, &'static str),
    plain: &'static [u8],
}

const FILES: [Embedded; 8] = [
    Embedded {
        name: "porch.css",
        kind: ("text", "css"),
        plain: include_bytes!(concat!(env!("OUT_DIR"), "/porch.css")),
    },
    Embedded {
        name: "porch.js",
        kind: ("text", "javascript"),
        plain: include_bytes!(concat!(env!("OUT_DIR"), "/porch.js")),
    },
    Embedded {
        name: "icons.svg",
        kind: ("image", "svg+xml"),
        plain: include_bytes!("../static/icons/icons.svg"),
    },
    Embedded {
        name: "mark.svg",
        kind: ("image", "svg+xml"),
        plain: include_bytes!("../static/icons/mark.svg"),
    },
    Embedded {
        name: "icon-192.png",
        kind: ("image", "png"),
        plain: include_bytes!("../static/icons/icon-192.png"),
    },
    Embedded {
        name: "icon-512.png",
        kind: ("image", "png"),
        plain: include_bytes!("../static/icons/icon-512.png"),
    },
    Embedded {
        name: "maskable-512.png",
        kind: ("image", "png"),
        plain: include_bytes!("../static/icons/maskable-512.png"),
    },
    Embedded {
        name: "touch-180.png",
        kind: ("image", "png"),
        plain: include_bytes!("../static/icons/touch-180.png"),
    },
];

impl Assets {
    pub fn load() -> Self {
        Assets(
            FILES
                .iter()
                .map(|file| (file.name, Asset::new(file.kind, file.plain)))
                .collect(),
        )
    }

    /// Where `name` is served from: `/static/<digest>/<name>`.
    pub fn url(&self, name: &str) -> Option<String> {
        self.0
            .get(name)
            .map(|asset| format!("/static/{}/{name}", asset.digest))
    }
}

impl Asset {
    fn new(kind: (&'static str, &'static str), plain: &'static [u8]) -> Self {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, plain);
        let digest = digest.as_ref()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        let gzip = gzip.write_all(plain).and_then(|()| gzip.finish());
        let text = kind.1 != "png";
        let mut kind = ContentType::new(kind.0, kind.1);
        if text {
            kind = kind.with_params(("charset", "utf-8"));
        }
        Asset {
            digest,
            kind,
            plain,
            gzip: gzip.expect("memory takes any bytes"),
        }
    }
}

#[get("/static/<digest>/<name>")]
fn asset<'a>(digest: &str, name: &str, assets: &'a State<Arc<Assets>>) -> Result<&'a Asset> {
    assets
        .0
        .get(name)
        .filter(|asset| asset.digest == digest)
        .ok_or(Error::NotFound)
}

#[get("/favicon.ico")]
fn favicon(assets: &State<Arc<Assets>>) -> Option<rocket::response::Redirect> {
    assets.url("mark.svg").map(rocket::response::Redirect::to)
}

impl<'r, 'a: 'r> Responder<'r, 'a> for &'a Asset {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'a> {
        let mut response = Response::build();
        response
            .header(self.kind.clone())
            .header(Header::new(
                "Cache-Control",
                "public, max-age=31536000, immutable",
            ))
            .header(Header::new("Vary", "Accept-Encoding"))
            .header(Header::new("ETag", format!("\"{}\"", self.digest)));
        let asked = request.headers().get_one("If-None-Match");
        if asked.is_some_and(|tags| tags.contains(&self.digest)) {
            return response.status(Status::NotModified).ok();
        }
        let accepted = request.headers().get("Accept-Encoding").any(takes_gzip);
        let body: &[u8] = if accepted { &self.gzip } else { self.plain };
        if accepted {
            response.header(Header::new("Content-Encoding", "gzip"));
        }
        response
            .sized_body(body.len(), std::io::Cursor::new(body))
            .ok()
    }
}
