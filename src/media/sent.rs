//! A stored file on its way out: whole, in part, or not at all where it is known already (RFC 9110).

use std::io::Cursor;
use std::sync::Arc;

use rocket::http::{Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::range::{Part, part_of};
use super::served::{Served, Stored};
use crate::error::{Error, Result};
use transform::{Accepts, Format, Hints};

/// A file on its way out.
pub struct Sent {
    body: Body,
    length: u64,
    part: Part,
    unchanged: bool,
    etag: String,
    format: Format,
    /// Saved under this name rather than shown.
    save_as: Option<String>,
    about: About,
}

enum Body {
    Short(Arc<[u8]>),
    File(File),
}

/// How a browser keeps an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keeping {
    AnHour,
    /// Asking each time whether it is the same and they still get it: somebody may choose another place to keep, or not
    /// everybody gets it.
    AskingEachTime,
    Not,
}

/// What the address says of the answer.
pub struct About {
    /// Steps that nobody knows.
    pub ignored: Option<String>,
    /// Depends on what the browser tells of itself.
    pub hinted: bool,
    pub original: bool,
    pub keeping: Keeping,
    pub attachment: bool,
}

/// What the request knows already, and which part it wants.
pub struct Asked {
    known: Vec<String>,
    range: Option<String>,
    if_range: Option<String>,
    pub accepts: Accepts,
    pub saves_data: bool,
    pub hints: Hints,
    /// It is a player that asks: it takes nothing but a video.
    pub plays: bool,
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Asked {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let headers = request.headers();
        let accepts = |kind: &str| headers.get("Accept").any(|kinds| names(kinds, kind));
        Outcome::Success(Asked {
            known: headers.get("If-None-Match").map(str::to_owned).collect(),
            range: headers.get_one("Range").map(str::to_owned),
            if_range: headers.get_one("If-Range").map(str::to_owned),
            accepts: Accepts {
                webp: accepts("image/webp"),
                avif: accepts("image/avif"),
            },
            saves_data: headers.get_one("Save-Data") == Some("on"),
            plays: headers.get_one("Sec-Fetch-Dest") == Some("video") || headers.contains("Range"),
            hints: Hints {
                // In steps, so that not every window has pictures of its own.
                width: headers
                    .get_one("Sec-CH-Width")
                    .and_then(|width| width.parse::<u32>().ok())
                    .filter(|width| (1..=10_000).contains(width))
                    .map(|width| width.next_multiple_of(40)),
                density: headers
                    .get_one("Sec-CH-DPR")
                    .and_then(|density| density.parse().ok())
                    .filter(|density: &f64| (0.1..=5.0).contains(density))
                    .map(|density| (density * 4.0).ceil() / 4.0),
            },
        })
    }
}

impl Sent {
    pub async fn open(key: &str, served: Served, asked: Asked, about: About) -> Result<Sent> {
        let (mut body, length) = match served.stored {
            Stored::Bytes(bytes) => {
                let length = bytes.len() as u64;
                (Body::Short(bytes), length)
            }
            Stored::File(path) => {
                let file = File::open(&path).await.map_err(|error| {
                    // A row whose file is missing: somebody took it out of the data folder.
                    tracing::error!(path = %path.display(), %error, "a stored file is missing");
                    Error::NotFound
                })?;
                let length = file.metadata().await?.len();
                (Body::File(file), length)
            }
        };
        let etag = format!("\"{key}-{}\"", served.variant);
        let (range, if_range) = (asked.range.as_deref(), asked.if_range.as_deref());
        let part = part_of(range, if_range, &etag, length);
        if let Part::Of(first, last) = part {
            match &mut body {
                Body::Short(bytes) => *bytes = bytes[first as usize..=last as usize].into(),
                Body::File(file) => {
                    file.seek(std::io::SeekFrom::Start(first)).await?;
                }
            }
        }
        let unchanged = asked.known.iter().any(|tags| matches(tags, &etag));
        let stem = key.split('.').next().unwrap_or(key);
        let saved = about.original || about.attachment;
        let save_as = saved.then(|| format!("{stem}.{}", served.format.extension()));
        Ok(Sent {
            body,
            length,
            part,
            unchanged,
            etag,
            format: served.format,
            save_as,
            about,
        })
    }
}

impl<'r> Responder<'r, 'static> for Sent {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let vary = match self.about.hinted {
            true => "Accept, Sec-CH-DPR, Sec-CH-Width",
            false => "Accept, Save-Data",
        };
        let keeping = match self.about.keeping {
            Keeping::AnHour => "private, max-age=3600",
            Keeping::AskingEachTime => "private, no-cache",
            Keeping::Not => "private, no-store",
        };
        let mut response = Response::build();
        response
            .header(Header::new("Content-Type", self.format.media_type()))
            .header(Header::new("ETag", self.etag))
            .header(Header::new("Cache-Control", keeping))
            .header(Header::new("Accept-Ranges", "bytes"))
            .header(Header::new("Vary", vary))
            .header(Header::new(
                "Content-Security-Policy",
                "default-src 'none'; sandbox",
            ));
        if let Some(name) = self.save_as {
            let disposition = format!("attachment; filename=\"{name}\"");
            response.header(Header::new("Content-Disposition", disposition));
        }
        if let Some(ignored) = self.about.ignored {
            response.header(Header::new("X-Media-Ignored", ignored));
        }
        if self.unchanged {
            return response.status(Status::NotModified).ok();
        }
        let length = self.length;
        match self.part {
            Part::Whole => match self.body {
                Body::Short(bytes) => response.sized_body(bytes.len(), Cursor::new(bytes)).ok(),
                Body::File(file) => response.sized_body(length as usize, file).ok(),
            },
            Part::Of(first, last) => {
                let part = last - first + 1;
                response
                    .status(Status::PartialContent)
                    .header(Header::new(
                        "Content-Range",
                        format!("bytes {first}-{last}/{length}"),
                    ))
                    .header(Header::new("Content-Length", part.to_string()));
                match self.body {
                    Body::Short(bytes) => response.sized_body(bytes.len(), Cursor::new(bytes)).ok(),
                    Body::File(file) => response.streamed_body(file.take(part)).ok(),
                }
            }
            Part::Unsatisfiable => response
                .status(Status::RangeNotSatisfiable)
                .header(Header::new("Content-Range", format!("bytes */{length}")))
                .ok(),
        }
    }
}

/// Whether an `Accept` header names this type, and not to refuse it (RFC 9110, 12.5.1). What takes anything names
/// nothing: programs that say so may know less than browsers.
fn names(accept: &str, media_type: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(media_type));
        let mut weights = parts.filter_map(|part| {
            let (name, weight) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("q").then_some(weight)
        });
        let refused = weights.any(|weight| weight.trim().parse::<f32>().is_ok_and(|q| q <= 0.0));
        named && !refused
    })
}

fn matches(tags: &str, etag: &str) -> bool {
    tags.trim() == "*"
        || tags
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_type_is_taken_where_it_is_named_and_not_refused() {
        for (accept, expected) in [
            ("image/avif,image/webp,*/*", true),
            ("image/png, IMAGE/WEBP ; q=0.1", true),
            ("image/webp;level=1;q=1.0", true),
            ("*/*", false),
            ("image/*", false),
            ("image/webp;q=0", false),
            ("image/webp ; Q=0.000, image/png", false),
            ("image/webpx", false),
            ("text/image/webp", false),
        ] {
            assert_eq!(names(accept, "image/webp"), expected, "{accept}");
        }
    }
}
