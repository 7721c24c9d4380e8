//! `GET /media/<key>` and `GET /media/tr:<steps>/<key>`.
//!
//! The row is asked first, at every request, also before a 304: what is deleted is gone at once.

use std::sync::Arc;

use rocket::http::uri::Origin;
use rocket::http::{Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};
use rocket::{Route, State, get, routes};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::Media;
use super::item;
use super::range::{Wanted, wanted};
use super::rendition::{self, Served};
use super::storage::Storage;
use crate::auth::Anyone;
use crate::error::{Error, Result};
use crate::limit::{Address, Limiter};
use crate::transform::{self, Accepts, Chain};

pub fn routes() -> Vec<Route> {
    routes![media]
}

/// A file on its way out.
struct Sent {
    file: File,
    length: u64,
    wanted: Wanted,
    unchanged: bool,
    etag: String,
    served: Served,
    /// Saved under this name rather than shown.
    save_as: Option<String>,
    /// Steps that nobody knows.
    ignored: String,
}

/// What the request knows already, and which part it wants.
struct Asked {
    known: Vec<String>,
    range: Option<String>,
    if_range: Option<String>,
    accepts: Accepts,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Asked {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let headers = request.headers();
        Outcome::Success(Asked {
            known: headers.get("If-None-Match").map(str::to_owned).collect(),
            range: headers.get_one("Range").map(str::to_owned),
            if_range: headers.get_one("If-Range").map(str::to_owned),
            accepts: Accepts {
                webp: headers
                    .get("Accept")
                    .any(|kinds| kinds.contains("image/webp")),
            },
        })
    }
}

#[get("/media/<_..>")]
async fn media(
    uri: &Origin<'_>,
    visitor: Anyone,
    asked: Asked,
    address: Address,
    media: &State<Media>,
    limiter: &State<Arc<Limiter>>,
) -> Result<Sent> {
    let (steps, key) = split(uri.path().raw().as_str()).ok_or(Error::NotFound)?;
    let item = item::find(&media.db, key).await?.ok_or(Error::NotFound)?;
    let chain = chain(steps, uri)?;
    let ignored = chain.ignored.join(",");
    let original = chain.output.original;
    let viewer = visitor.0.as_ref();
    let served = match (
        original,
        viewer.is_some_and(|viewer| viewer.id == item.owner_id),
    ) {
        (true, true) => rendition::original(media, &item),
        (true, false) => return Err(Error::Forbidden("The full size is for its author.")),
        (false, _) => {
            // Strangers may ask for what is there; making something new is counted.
            let may_make = || match viewer {
                Some(_) => Ok(()),
                None => limiter.rendition(address),
            };
            rendition::of_chain(media, &item, (chain, asked.accepts), may_make).await?
        }
    };
    let mut file = File::open(&served.path).await.map_err(|error| {
        // A row whose file is missing: somebody took it out of the data folder.
        tracing::error!(path = %served.path.display(), %error, "a stored file is missing");
        Error::NotFound
    })?;
    let length = file.metadata().await?.len();
    let etag = format!("\"{}-{}\"", item.key, served.variant);
    let wanted = wanted(
        asked.range.as_deref(),
        asked.if_range.as_deref(),
        &etag,
        length,
    );
    if let Wanted::Part(first, _) = wanted {
        file.seek(std::io::SeekFrom::Start(first)).await?;
    }
    let unchanged = asked.known.iter().any(|tags| matches(tags, &etag));
    let save_as = original.then(|| item.key.clone());
    Ok(Sent {
        file,
        length,
        wanted,
        unchanged,
        etag,
        served,
        save_as,
        ignored,
    })
}

/// Steps and key of a path. A text layer's Base64 may hold slashes, so the key is the last segment,
/// unless that is one of ImageKit's pseudo-files.
fn split(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/media/")?;
    let rest = match rest.rsplit_once('/') {
        Some((before, last)) if last.starts_with("ik-") => before,
        _ => rest,
    };
    let (steps, key) = match rest.rsplit_once('/') {
        Some((steps, key)) => (steps.strip_prefix("tr:")?, key),
        None => ("", rest),
    };
    Storage::is_key(key).then_some((steps, key))
}

/// The steps of the path, and those of the query after them.
fn chain(steps: &str, uri: &Origin<'_>) -> Result<Chain> {
    let query = uri.query().map(|query| query.raw().as_str());
    let query = query.and_then(|query| query.split('&').find_map(|part| part.strip_prefix("tr=")));
    let text = match (steps, query) {
        (steps, None) => steps.to_owned(),
        ("", Some(query)) => query.to_owned(),
        (steps, Some(query)) => format!("{steps}:{query}"),
    };
    transform::parse(&text).map_err(|mistake| Error::BadRequest(mistake.to_string()))
}

impl<'r> Responder<'r, 'static> for Sent {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response
            .header(Header::new("Content-Type", self.served.format.media_type()))
            .header(Header::new("ETag", self.etag))
            .header(Header::new("Cache-Control", "private, max-age=3600"))
            .header(Header::new("Accept-Ranges", "bytes"))
            .header(Header::new("Vary", "Accept"))
            .header(Header::new(
                "Content-Security-Policy",
                "default-src 'none'; sandbox",
            ));
        if let Some(name) = self.save_as {
            let disposition = format!("attachment; filename=\"{name}\"");
            response.header(Header::new("Content-Disposition", disposition));
        }
        if !self.ignored.is_empty() {
            // A header holds no line breaks and nothing beyond ASCII.
            let plain = |c: char| {
                if c.is_ascii_graphic() || c == ' ' {
                    c
                } else {
                    '?'
                }
            };
            let ignored: String = self.ignored.chars().take(500).map(plain).collect();
            response.header(Header::new("X-Media-Ignored", ignored));
        }
        if self.unchanged {
            return response.status(Status::NotModified).ok();
        }
        let length = self.length;
        match self.wanted {
            Wanted::Whole => response.sized_body(length as usize, self.file).ok(),
            Wanted::Part(first, last) => {
                let part = last - first + 1;
                response
                    .status(Status::PartialContent)
                    .header(Header::new(
                        "Content-Range",
                        format!("bytes {first}-{last}/{length}"),
                    ))
                    .header(Header::new("Content-Length", part.to_string()))
                    .streamed_body(self.file.take(part))
                    .ok()
            }
            Wanted::Unsatisfiable => response
                .status(Status::RangeNotSatisfiable)
                .header(Header::new("Content-Range", format!("bytes */{length}")))
                .ok(),
        }
    }
}

fn matches(tags: &str, etag: &str) -> bool {
    tags.trim() == "*"
        || tags
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn the_key_is_the_last_segment() {
        let key = "abcdefghijklmnopqrstuvwxyz.jpg";
        for (path, steps) in [
            (format!("/media/{key}"), ""),
            (format!("/media/tr:w-640/{key}"), "w-640"),
            (
                format!("/media/tr:l-text,ie-Pz8/,l-end/{key}"),
                "l-text,ie-Pz8/,l-end",
            ),
            (format!("/media/{key}/ik-thumbnail.jpg"), ""),
        ] {
            assert_eq!(split(&path), Some((steps, key)), "{path}");
        }
        for path in [
            "/media/",
            "/media/../x",
            &format!("/media/other/{key}"),
            "/media/tr:w-1",
        ] {
            assert_eq!(split(path), None, "{path}");
        }
    }
}
