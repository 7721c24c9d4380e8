//! `GET /media/<key>` and `GET /media/tr:<steps>/<key>`.
//!
//! The row is asked first, at every request, also before a 304: what is deleted is gone at once. (Where this process
//! alone writes, what it has read stands until its next commit: `known.rs`.)

use std::io::Cursor;
use std::sync::Arc;

use rocket::http::uri::Origin;
use rocket::http::{Header, Status};
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::{self, Responder, Response};
use rocket::{Route, State, get, routes};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::asked::{self, Address, VideoPart};
use super::cuts;
use super::explain;
use super::item::{self, Item};
use super::media::Media;
use super::range::{Part, part_of};
use super::rendition::{self, Served, Stored};
use super::storage::is_key;
use super::wanted::{By, Wanted, Work};
use crate::api::Json;
use crate::auth::{Anyone, Viewer};
use crate::error::{Error, Result};
use crate::limit;
use transform::{Accepts, Chain, Format, Hints, Wish};

pub fn routes() -> Vec<Route> {
    routes![media]
}

/// A file on its way out.
struct Sent {
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

/// What the address says of the answer.
struct About {
    /// Steps that nobody knows.
    ignored: Option<String>,
    /// Depends on what the browser tells of itself.
    hinted: bool,
    original: bool,
    /// May change: somebody may choose another place to keep.
    changes: bool,
    attachment: bool,
}

/// What the request knows already, and which part it wants.
struct Asked {
    known: Vec<String>,
    range: Option<String>,
    if_range: Option<String>,
    accepts: Accepts,
    saves_data: bool,
    hints: Hints,
    /// It is a player that asks: it takes nothing but a video.
    plays: bool,
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

/// A picture, or how it is made.
#[derive(rocket::Responder)]
enum Answer {
    Sent(Box<Sent>),
    Instead(Box<Instead>),
    Told(Json<serde_json::Value>),
}

/// Another address, for now.
#[derive(rocket::Responder)]
#[response(status = 302)]
struct Instead {
    nothing: (),
    to: Header<'static>,
    keeping: Header<'static>,
}

impl Instead {
    fn now(to: String) -> Answer {
        Answer::Instead(Box::new(Instead {
            nothing: (),
            to: Header::new("Location", to),
            keeping: Header::new("Cache-Control", "no-store"),
        }))
    }
}

#[get("/media/<_..>")]
async fn media(
    uri: &Origin<'_>,
    visitor: Anyone,
    asked: Asked,
    client: limit::Address,
    media: &State<Media>,
) -> Result<Answer> {
    let address = Address::parse(uri)?;
    let chain = address.chain(&media.settings, asked.saves_data);
    let item = match (find(media, address.key).await?, &chain) {
        (Some(item), _) => item,
        (
            None,
            Ok(Chain {
                instead: Some(key), ..
            }),
        ) => find(media, key).await?.ok_or(Error::NotFound)?,
        (None, _) => return Err(Error::NotFound),
    };
    let item = match address.part {
        Some(VideoPart::Thumbnail) if item.is_video() => item.poster().ok_or(Error::NotFound)?,
        _ => item,
    };
    let mut chain = chain?;
    let viewer = visitor.0.as_ref();
    require_seen(media, viewer, &item).await?;
    let is_owner = viewer.is_some_and(|viewer| viewer.id == item.owner_id);
    let now = media.clock.now() / 1_000_000;
    address.require_allowed(&chain, (&media.settings, now), is_owner)?;
    if address.part == Some(VideoPart::Video) && chain.output.format == Wish::Unsaid {
        chain.output.format = Wish::Mp4;
    }
    chain.adapt(asked.hints);
    let changes = chain.settle(item.place());
    let about = About {
        changes,
        ignored: asked::ignored(&chain),
        hinted: chain.output.density_hinted || chain.output.width_hinted,
        original: chain.output.original,
        attachment: address.attachment,
    };
    let by = match viewer {
        Some(viewer) => By::Member(viewer.id),
        None => By::Stranger(client),
    };
    let layers = layers(media, viewer, &chain).await?;
    let accepts = asked.accepts;
    let wanted = Wanted {
        item: &item,
        chain,
        accepts,
        layers,
        by,
        is_ours: address.is_ours(),
    };
    if address.explain {
        viewer.ok_or(Error::Unauthenticated)?;
        Work::of(media, &wanted).pay(media, by).await?;
        let told = match cuts::makes_video(&item, &wanted.chain) {
            true => cuts::explain(media, wanted).await?,
            false => explain::explain(media, wanted).await?,
        };
        return Ok(Answer::Told(Json(told)));
    }
    if address.part == Some(VideoPart::Small) && item.small != 0 {
        let served = rendition::small(media, &item).await?;
        let sent = Sent::open(&item.key, served, asked, about).await?;
        return Ok(Answer::Sent(Box::new(sent)));
    }
    let served = match (about.original && !item.poster, is_owner) {
        (true, true) => rendition::sent(media, &item).await?,
        (true, false) => return Err(Error::Forbidden("The full size is for its author.")),
        (false, _) if cuts::makes_video(&item, &wanted.chain) => {
            match cuts::of_chain(media, wanted, &address.steps).await {
                // So that no page shows a broken player.
                Err(Error::NotYet { .. }) if asked.plays && item.state == item::State::Ready => {
                    let part = if item.small != 0 { "/ik-small.mp4" } else { "" };
                    return Ok(Instead::now(format!("/media/{}{part}", item.key)));
                }
                made => made?,
            }
        }
        (false, _) => rendition::of_chain(media, wanted).await?,
    };
    let sent = Sent::open(&item.key, served, asked, about).await?;
    Ok(Answer::Sent(Box::new(sent)))
}

async fn find(media: &Media, key: &str) -> Result<Option<Item>> {
    if !is_key(key) {
        return Ok(None);
    }
    let at = media.moment();
    if let Some(item) = media.items.find(key, at) {
        return Ok(item);
    }
    let item = item::find(&media.db, key).await?;
    media.items.keep(key.to_owned(), at, item.clone());
    Ok(item)
}

/// `NotFound` unless the viewer may see the post that the item hangs in.
async fn require_seen(media: &Media, viewer: Option<&Viewer>, item: &Item) -> Result<()> {
    let Some(post) = item.post_id else {
        return Ok(());
    };
    let viewer = viewer.map(|viewer| viewer.id);
    let key = match viewer {
        Some(viewer) => format!("{post} {viewer}"),
        None => post.to_string(),
    };
    let at = media.moment();
    let sees = match media.seen.find(&key, at) {
        Some(sees) => sees,
        None => {
            let sees = (media.see)(media.db.clone(), viewer, post).await?;
            media.seen.keep(key, at, sees);
            sees
        }
    };
    match sees {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// The items that layers of a chain show.
async fn layers(media: &Media, viewer: Option<&Viewer>, chain: &Chain) -> Result<Vec<Item>> {
    let mut layers = Vec::new();
    for key in chain.pictures() {
        let item = find(media, key).await?.and_then(Item::as_layer);
        let unknown = || {
            let said =
                format!("A layer shows \"{key}\"; accepted is the key of a picture of this site.");
            Error::Detail(Status::NotFound, said.into())
        };
        let item = item.ok_or_else(unknown)?;
        require_seen(media, viewer, &item)
            .await
            .map_err(|error| match error {
                Error::NotFound => unknown(),
                other => other,
            })?;
        layers.push(item);
    }
    Ok(layers)
}

impl Sent {
    async fn open(key: &str, served: Served, asked: Asked, about: About) -> Result<Sent> {
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
        let keeping = match self.about.changes {
            true => "private, no-cache",
            false => "private, max-age=3600",
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
