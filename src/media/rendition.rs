//! Derived sizes: made when first asked for, once however many ask, and kept on the disk.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};

use super::flights::Flight;
use super::item::{self, Item};
use super::media::Media;
use super::popular;
use super::storage::{Found, Kept, Rendition};
use super::workers::{BUSY, Lane};
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::limit::{Act, Address, Key};
use transform::{
    Accepts, Asked, Chain, Failed, Format, Given, MASTER_SIDE, Made, Pictures, Refusal,
};

/// What is stored, to answer with.
pub struct Served {
    pub stored: Stored,
    pub format: Format,
    /// Names this form of the item; the same bytes for ever.
    pub variant: String,
}

pub enum Stored {
    /// Read already.
    Bytes(Arc<[u8]>),
    File(PathBuf),
}

impl Stored {
    /// Blocking.
    fn read(&self) -> io::Result<Vec<u8>> {
        match self {
            Stored::Bytes(bytes) => Ok(bytes.to_vec()),
            Stored::File(path) => fs::read(path),
        }
    }
}

/// The item as it was uploaded, without its metadata.
pub async fn original(media: &Media, item: &Item) -> Result<Served> {
    Ok(Served {
        stored: Stored::File(media.storage.local(&item.key, Kept::Original).await?),
        format: item.format(),
        variant: "original".into(),
    })
}

/// The upright copy of at most 2048 pixels.
pub async fn master(media: &Media, item: &Item) -> Result<Served> {
    match item.master.as_deref().and_then(Format::from_extension) {
        Some(format) => Ok(Served {
            stored: Stored::File(media.storage.local(&item.key, Kept::Master).await?),
            format,
            variant: "master".into(),
        }),
        None => original(media, item).await,
    }
}

/// What is made of an item.
pub struct Wanted<'a> {
    pub item: &'a Item,
    pub chain: Chain,
    pub accepts: Accepts,
    /// The items that layers show.
    pub layers: Vec<Item>,
    pub by: By,
    /// The steps are those of a page of ours.
    pub is_ours: bool,
}

/// Who asks, and pays for what has to be made.
#[derive(Clone, Copy, Debug)]
pub enum By {
    Member(Id<Users>),
    /// One picture at a time, and a small one.
    Stranger(Address),
    /// Nobody who waits.
    House,
}

impl By {
    fn lane(self) -> Lane {
        match self {
            By::Member(_) => Lane::Member,
            By::Stranger(_) => Lane::Stranger,
            By::House => Lane::Background,
        }
    }
}

/// The largest picture on the way that is made for a stranger, in pixels, and how long making it may take.
const STRANGERS_PIXELS: u64 = 8_000_000;
const STRANGERS_TIME: Duration = Duration::from_secs(5);

/// The item as a chain makes it, which is done once however many ask, and paid for by who was first.
///
/// Videos are given as they are.
pub async fn of_chain(media: &Media, wanted: Wanted<'_>) -> Result<Served> {
    let item = wanted.item;
    if item.is_video() || wanted.chain.is_plain() || suits(&wanted) {
        return master(media, item).await;
    }
    let rendition = Rendition::new(&item.key, &name_of(&wanted));
    let may_be_avif = wanted.accepts.avif
        && wanted.is_ours
        && media.programs.writes_avif().is_some()
        && popular::may_be(item, &wanted.chain);
    let avif = may_be_avif.then(|| Rendition::new(&item.key, &popular::name_of(rendition.name())));
    if let Some(served) = find(media, avif.iter().chain([&rendition])).await? {
        if may_be_avif && served.variant == rendition.name() {
            media.popular.note(item, &wanted.chain, rendition.name());
        }
        return Ok(served);
    }
    let keys: Vec<String> = wanted
        .layers
        .iter()
        .chain([item])
        .map(|item| item.key.clone())
        .collect();
    let made = make_once(media, wanted, &rendition).await;
    // Deleted while it was being made: then it must not stay behind.
    for key in keys {
        if item::find(&media.db, &key).await?.is_none() {
            media.remove_files(vec![key]).await?;
            let renditions = media.storage.renditions.clone();
            tokio::task::spawn_blocking(move || renditions.remove_one(&rendition)).await??;
            return Err(Error::NotFound);
        }
    }
    made?;
    find(media, [&rendition]).await?.ok_or(Error::Busy(
        "This picture is made again just now. Ask once more.",
    ))
}

/// Whether nothing is asked for but a format, and the stored copy is in it already.
fn suits(wanted: &Wanted<'_>) -> bool {
    let stored = wanted.item.master.as_deref().unwrap_or(&wanted.item.format);
    let suits = match Format::from_extension(stored) {
        Some(Format::Webp) => wanted.accepts.webp,
        Some(Format::Jpeg | Format::Png) => !wanted.accepts.webp,
        _ => false,
    };
    suits && wanted.chain.asks_for_format_only()
}

async fn make_once(media: &Media, wanted: Wanted<'_>, rendition: &Rendition) -> Result<()> {
    let name = rendition.name();
    let flight = Flight::join(&media.flights, format!("{}/{name}", wanted.item.key));
    let patience = media.intervals.rendition_deadline;
    let turn = tokio::time::timeout(patience, flight.turn.lock()).await;
    let mut turn = turn.map_err(|_| Error::Busy(BUSY))?;
    if let Some(error) = &*turn {
        return Err(error.clone());
    }
    if find(media, [rendition]).await?.is_some() {
        return Ok(());
    }
    let (lane, by) = (wanted.by.lane(), wanted.by);
    let late = format!("{lane:?} {}/{name}", wanted.item.key);
    if media.flights.was_late(&late) {
        return Err(Error::Busy(LATE));
    }
    // What is refused to this visitor alone is not left for the next one.
    let work = Work::of(media, &wanted);
    work.pay(media, by).await?;
    let alone = match by {
        By::Stranger(address) => Some(Flight::join(&media.flights, format!("by {address}"))),
        By::Member(_) | By::House => None,
    };
    let _alone = match &alone {
        Some(flight) => {
            let turn = tokio::time::timeout(patience, flight.turn.lock()).await;
            Some(turn.map_err(|_| Error::Busy(BUSY))?)
        }
        None => None,
    };
    let made = keep(media, wanted, rendition.clone()).await;
    if let Err(error) = &made {
        if matches!(error, Error::Busy(LATE)) {
            media.flights.note_late(late);
        }
        *turn = Some(error.clone());
    }
    made
}

const LATE: &str =
    "The picture was not done in time. Ask for a simpler one, or try again in a minute.";

/// How much there is to do, in pixels.
struct Work {
    largest: u64,
    total: u64,
}

impl Work {
    fn of(media: &Media, wanted: &Wanted<'_>) -> Work {
        let (item, chain) = (wanted.item, &wanted.chain);
        let size = (item.width as u32, item.height as u32);
        let own = match item.master {
            Some(_) if !chain.output.keeps_profile => {
                (size.0.min(MASTER_SIDE), size.1.min(MASTER_SIDE))
            }
            _ => size,
        };
        let work = chain.work(size, own, media.limits.pictures.made_pixels);
        let of_layers = wanted.layers.iter().map(|layer| {
            let side = |side: i64| match layer.master {
                Some(_) => side.min(MASTER_SIDE.into()) as u64,
                None => side as u64,
            };
            side(layer.width) * side(layer.height)
        });
        let of_layers: Vec<u64> = of_layers.collect();
        let largest = of_layers.iter().copied().max().unwrap_or(0);
        Work {
            largest: work.largest.max(largest),
            total: (work.total + of_layers.iter().sum::<u64>()) * item.frames.max(1) as u64,
        }
    }

    /// Charges whoever asks, by the megapixel.
    async fn pay(&self, media: &Media, by: By) -> Result<()> {
        let cost = u32::try_from(self.total.div_ceil(1_000_000)).unwrap_or(u32::MAX);
        let (act, key) = match by {
            By::House => return Ok(()),
            By::Member(id) => (Act::MembersPixels, Key::Account(id)),
            By::Stranger(_) if self.largest > STRANGERS_PIXELS => {
                return Err(Error::Forbidden(
                    "Whoever is not signed in gets pictures of at most 8 megapixels.",
                ));
            }
            By::Stranger(address) => (Act::StrangersPixels, Key::Address(address)),
        };
        media.limiter.spend(act, key, cost).await.map(drop)
    }
}

/// Of the chain's canonical text, and of what decides the format where the chain leaves it open.
fn name_of(wanted: &Wanted<'_>) -> String {
    let text = format!("2 {} {}", wanted.chain, wanted.accepts.webp);
    let digest = digest(&SHA256, text.as_bytes());
    let digits = digest.as_ref()[..16].iter();
    digits.map(|byte| format!("{byte:02x}")).collect()
}

/// The first of these that is there, best of all without asking the disk; its first bytes tell its format.
async fn find<'a>(
    media: &Media,
    renditions: impl IntoIterator<Item = &'a Rendition>,
) -> Result<Option<Served>> {
    let wanted: Vec<Rendition> = renditions.into_iter().cloned().collect();
    let shelf = &media.storage.renditions;
    let recent = wanted
        .iter()
        .find_map(|rendition| Some((rendition.name().to_owned(), shelf.recent(rendition)?)));
    let (name, found) = match recent {
        Some(recent) => recent,
        None => {
            let shelf = shelf.clone();
            let look = move || {
                for rendition in &wanted {
                    if let Some(found) = shelf.find(rendition)? {
                        return Ok(Some((rendition.name().to_owned(), found)));
                    }
                }
                io::Result::Ok(None)
            };
            match tokio::task::spawn_blocking(look).await?? {
                Some(found) => found,
                None => return Ok(None),
            }
        }
    };
    let format = transform::sniff(found.head())
        .map_err(|refusal| Error::Internal(format!("rendition {name}: {refusal}")))?;
    Ok(Some(Served {
        stored: match found {
            Found::Short(bytes) => Stored::Bytes(bytes),
            Found::Long { path, .. } => Stored::File(path),
        },
        format,
        variant: name,
    }))
}

async fn keep(media: &Media, wanted: Wanted<'_>, rendition: Rendition) -> Result<()> {
    let renditions = media.storage.renditions.clone();
    let layers: Vec<String> = wanted
        .layers
        .iter()
        .map(|layer| layer.key.clone())
        .collect();
    let store = move |made: Made| -> Result<u64> {
        for layer in &layers {
            renditions.note_use(layer, &rendition)?;
        }
        renditions.put(&rendition, &made.bytes)?;
        Ok(made.bytes.len() as u64)
    };
    let bytes = make(media, wanted, store).await?;
    media.note_rendition(bytes);
    Ok(())
}

/// All files that one rendition is made of, in bytes.
const MOST_READ: u64 = 128 << 20;

/// Does the work of a chain, and then `and` on the same thread.
pub async fn make<T: Send + 'static>(
    media: &Media,
    wanted: Wanted<'_>,
    and: impl FnOnce(Made) -> Result<T> + Send + 'static,
) -> Result<T> {
    let pixels = Work::of(media, &wanted).largest;
    let (item, chain, accepts) = (wanted.item, wanted.chain, wanted.accepts);
    let source = match chain.output.keeps_profile {
        true => original(media, item).await?,
        false => master(media, item).await?,
    };
    let size = (item.width as u32, item.height as u32);
    let limits = media.limits.pictures;
    let mut layers: Vec<(String, Served)> = Vec::new();
    for layer in &wanted.layers {
        layers.push((layer.key.clone(), master(media, layer).await?));
    }
    let key = item.key.clone();
    let until = Instant::now() + media.intervals.rendition_deadline;
    let lane = wanted.by.lane();
    let work = move || -> Result<T> {
        let until = match lane {
            Lane::Stranger => until.min(Instant::now() + STRANGERS_TIME),
            _ => until,
        };
        let mut left = MOST_READ;
        let mut read = |served: &Served| -> Result<Vec<u8>> {
            let bytes = served.stored.read()?;
            left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
                Error::BadRequest("The pictures of the layers are too large together.".into())
            })?;
            Ok(bytes)
        };
        let bytes = read(&source)?;
        let mut pictures = Pictures::new();
        for (key, served) in &layers {
            pictures.insert(key.clone(), read(served)?);
        }
        let limits = transform::Limits {
            until: Some(until),
            ..limits
        };
        let given = Given {
            bytes: &bytes,
            size,
        };
        let asked = Asked {
            chain: &chain,
            accepts,
            pictures: &pictures,
        };
        let made = transform::apply(given, asked, &limits).map_err(|failed| match failed {
            Failed::Chain(mistake) => Error::BadRequest(mistake.to_string()),
            Failed::Picture(Refusal::TooLarge { reason, .. }) => Error::BadRequest(reason),
            Failed::Picture(refusal) => Error::Internal(format!("{key} as {chain}: {refusal}")),
            Failed::Late => Error::Busy(LATE),
        })?;
        and(made)
    };
    media.workers.run((lane, pixels), until, work).await?
}

/// An item for `explain`, which pays as well.
pub async fn pay(media: &Media, wanted: &Wanted<'_>) -> Result<()> {
    Work::of(media, wanted).pay(media, wanted.by).await
}
