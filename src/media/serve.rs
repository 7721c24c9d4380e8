//! `GET /media/<key>` and `GET /media/tr:<steps>/<key>`.
//!
//! The row is asked first, at every request, also before a 304: what is deleted is gone at once. (Where this process
//! alone writes, what it has read stands until its next commit: `known.rs`.)

use rocket::http::uri::Origin;
use rocket::http::{Header, Status};
use rocket::{Route, State, get, routes};

use super::asked::{self, Address, VideoPart};
use super::cuts;
use super::explain;
use super::item::{self, Item};
use super::media::{Media, Shown};
use super::rendition;
use super::sent::{About, Asked, Keeping, Sent};
use super::served;
use super::storage::is_key;
use super::streams;
use super::wanted::{By, Wanted, Work};
use crate::api::Json;
use crate::auth::{Anyone, Asker, Asks, Guest, Viewer};
use crate::error::{Error, Result};
use crate::house::Pictures;
use crate::limit;
use crate::office::Office;
use transform::{Chain, Wish};

pub fn routes() -> Vec<Route> {
    routes![media]
}

/// A picture, or how it is made.
#[derive(rocket::Responder)]
enum Answer {
    Sent(Box<Sent>),
    Instead(Box<Instead>),
    List(List),
    Told(Json<serde_json::Value>),
}

/// A list of what a player may play.
#[derive(rocket::Responder)]
struct List {
    text: String,
    kind: Header<'static>,
    keeping: Header<'static>,
}

impl List {
    /// `who`: what the address says of who asks, which goes along with each address in the list.
    fn of(text: &str, who: Option<&str>) -> Answer {
        let line = |line: &str| match (who, line.split_once("URI=\"")) {
            (Some(who), Some((before, rest))) => match rest.split_once('"') {
                Some((address, after)) => format!("{before}URI=\"{address}?{who}\"{after}\n"),
                None => format!("{line}\n"),
            },
            (Some(who), None) if !line.starts_with('#') && !line.is_empty() => {
                format!("{line}?{who}\n")
            }
            _ => format!("{line}\n"),
        };
        Answer::List(List {
            text: text.lines().map(line).collect(),
            kind: Header::new("Content-Type", "application/vnd.apple.mpegurl"),
            keeping: Header::new("Cache-Control", "private, no-cache"),
        })
    }
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
    let door = Door::of(media, viewer, (&address, &item.key)).await?;
    let shown = require_seen(media, door, &item).await?;
    let is_owner = viewer.is_some_and(|viewer| viewer.id == item.owner_id);
    let now = media.clock.now() / 1_000_000;
    address.require_allowed(&chain, (&media.settings, now), is_owner)?;
    if address.part == Some(VideoPart::Video) && chain.output.format == Wish::Unsaid {
        chain.output.format = Wish::Mp4;
    }
    chain.adapt(asked.hints);
    let vouched = address.is_signed() || chain.only_a_name;
    let changes = chain.settle(item.place());
    let about = About {
        keeping: match (door.asks, shown) {
            (Asks::Guest(_), _) => Keeping::Not,
            (_, Shown::ToSome) => Keeping::AskingEachTime,
            _ if changes => Keeping::AskingEachTime,
            _ => Keeping::AnHour,
        },
        ignored: asked::ignored(&chain),
        hinted: chain.output.density_hinted || chain.output.width_hinted,
        original: chain.output.original,
        attachment: address.attachment,
    };
    let by = match viewer {
        Some(viewer) => By::Member(viewer.id),
        None => By::Stranger(client),
    };
    // A ticket is for one picture.
    let asks = viewer.map_or(Asks::Stranger, |viewer| Asks::Member(Asker::of(viewer)));
    let layers = layers(media, Door { asks, ..door }, &chain).await?;
    let accepts = asked.accepts;
    let wanted = Wanted {
        item: &item,
        chain,
        accepts,
        layers,
        by,
        is_ours: address.is_ours(),
        vouched,
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
    match address.part {
        Some(VideoPart::Ladder | VideoPart::Segments | VideoPart::Stream | VideoPart::Dash)
            if !item.is_video() =>
        {
            return Err(Error::NotFound);
        }
        Some(VideoPart::Dash) => {
            let said = "There is no DASH here. Ask for ik-master.m3u8, or for the video itself.";
            return Err(Error::Detail(Status::NotFound, said.into()));
        }
        Some(part @ (VideoPart::Ladder | VideoPart::Segments | VideoPart::Stream)) => {
            served::require_ready(&item)?;
            let who = address.says_who();
            return streamed(media, (wanted, part), who.as_deref(), (asked, about)).await;
        }
        _ => {}
    }
    if address.part == Some(VideoPart::Small) && item.small != 0 {
        let served = served::small(media, &item).await?;
        let sent = Sent::open(&item.key, served, asked, about).await?;
        return Ok(Answer::Sent(Box::new(sent)));
    }
    let served = match (about.original && !item.poster, is_owner) {
        (true, true) => served::sent(media, &item).await?,
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

async fn streamed(
    media: &Media,
    (wanted, part): (Wanted<'_>, VideoPart),
    who: Option<&str>,
    (asked, about): (Asked, About),
) -> Result<Answer> {
    Ok(match part {
        VideoPart::Ladder => List::of(&streams::ladder(media, wanted).await?, who),
        VideoPart::Segments => List::of(&streams::segments(media, &wanted).await?, who),
        _ => {
            let served = streams::stream(media, &wanted).await?;
            let sent = Sent::open(&wanted.item.key, served, asked, about).await?;
            Answer::Sent(Box::new(sent))
        }
    })
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

/// Who asks for pictures.
#[derive(Clone, Copy)]
struct Door {
    asks: Asks,
    /// Strangers get what is for everybody here.
    strangers_too: bool,
}

impl Door {
    /// `key` is that of the file that is asked for, which need not be the one that the address names (`di-`).
    async fn of(
        media: &Media,
        viewer: Option<&Viewer>,
        (address, key): (&Address<'_>, &str),
    ) -> Result<Door> {
        let rules = media.house.rules().await?;
        let pictures = rules.pictures();
        let read_guest = |ticket| media.tickets.read_guest(key, ticket);
        let guest = address.guest.filter(|_| rules.members_have_guests());
        let guest = guest.and_then(read_guest);
        let asks = match (viewer, guest, address.ticket) {
            (Some(viewer), _, _) => Asks::Member(Asker::of(viewer)),
            (None, Some(link), _) => Asks::Guest(Guest {
                link,
                now: media.clock.now(),
            }),
            (None, None, Some(ticket)) if pictures != Pictures::Strict => {
                let member = media.tickets.read(key, ticket).await?;
                let office = Office::Member;
                let asker = |member| Asks::Member(Asker { member, office });
                member.map_or(Asks::Stranger, asker)
            }
            (None, None, _) => Asks::Stranger,
        };
        Ok(Door {
            asks,
            // Whoever signed an address holds the operator's key.
            strangers_too: pictures == Pictures::Address || address.is_signed(),
        })
    }
}

/// `NotFound` unless whoever asks may see the post that the item hangs in.
async fn require_seen(media: &Media, door: Door, item: &Item) -> Result<Shown> {
    let key = match (door.asks, item.post_id) {
        (Asks::Stranger, _) if !door.strangers_too => return Err(Error::NotFound),
        (Asks::Guest(_), None) => return Err(Error::NotFound),
        (_, None) => return Ok(Shown::ToAll),
        (Asks::Stranger, Some(post)) => post.to_string(),
        (Asks::Guest(guest), Some(post)) => format!("{post} guest {}", guest.link),
        (Asks::Member(Asker { member, office }), Some(post)) => {
            format!("{post} {member} {}", office.name())
        }
    };
    let Some(post) = item.post_id else {
        return Err(Error::NotFound);
    };
    let at = media.moment();
    let shown = match media.seen.find(&key, at) {
        Some(shown) => shown,
        None => {
            let shown = (media.see)(media.db.clone(), door.asks, post).await?;
            media.seen.keep(key, at, shown);
            shown
        }
    };
    match shown {
        Shown::No => Err(Error::NotFound),
        shown => Ok(shown),
    }
}

/// The items that layers of a chain show.
async fn layers(media: &Media, door: Door, chain: &Chain) -> Result<Vec<Item>> {
    let mut layers = Vec::new();
    for key in chain.pictures() {
        let item = find(media, key).await?.and_then(Item::as_layer);
        let unknown = || {
            let said =
                format!("A layer shows \"{key}\"; accepted is the key of a picture of this site.");
            Error::Detail(Status::NotFound, said.into())
        };
        let item = item.ok_or_else(unknown)?;
        require_seen(media, door, &item)
            .await
            .map_err(|error| match error {
                Error::NotFound => unknown(),
                other => other,
            })?;
        layers.push(item);
    }
    Ok(layers)
}
