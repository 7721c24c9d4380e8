//! Derived sizes: made when first asked for, once however many ask, and kept on the disk.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};

use super::flights::Flight;
use super::item::{self, Item, State};
use super::media::Media;
use super::popular;
use super::storage::{Found, Kept, Rendition};
use super::wanted::{By, Wanted, Work, starts_from};
use super::workers::{BUSY, Lane};
use crate::error::{Error, Result};
use transform::{Asked, Failed, Format, Given, Made, Pictures, Refusal};

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

/// The smaller size of a video that has one.
pub async fn small(media: &Media, item: &Item) -> Result<Served> {
    Ok(Served {
        stored: Stored::File(media.storage.local(&item.key, Kept::Small).await?),
        format: Format::Mp4,
        variant: "small".into(),
    })
}

/// What was sent, as far as it is kept: of a video that was made anew the file beside it.
pub async fn sent(media: &Media, item: &Item) -> Result<Served> {
    let source = item.source.as_deref().and_then(Format::from_extension);
    let Some(format) = source.filter(|_| item.is_video() && item.state == State::Ready) else {
        require_ready(item)?;
        return original(media, item).await;
    };
    Ok(Served {
        stored: Stored::File(media.storage.local(&item.key, Kept::Source).await?),
        format,
        variant: "source".into(),
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

/// A video that is made anew is not there yet.
pub fn require_ready(item: &Item) -> Result<()> {
    /// So long until one may ask again.
    const LATER: Duration = Duration::from_secs(5);
    match item.state {
        State::Ready => Ok(()),
        State::Waiting | State::Converting => Err(Error::NotYet {
            retry_after: LATER,
            what: "This video is being converted. Ask again in a moment.",
        }),
        State::Failed => Err(Error::NotFound),
    }
}

/// How long making a picture may take for a stranger.
const STRANGERS_TIME: Duration = Duration::from_secs(5);

/// The item as a chain makes it, which is done once however many ask, and paid for by who was first.
///
/// Videos are given as they are.
pub async fn of_chain(media: &Media, wanted: Wanted<'_>) -> Result<Served> {
    let item = wanted.item;
    if item.is_video() {
        require_ready(item)?;
        return original(media, item).await;
    }
    if suits(&wanted) {
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

/// Whether the stored copy is what is asked for: nothing but a format, and it is in that already; or nothing at all,
/// and it is one that everybody takes.
fn suits(wanted: &Wanted<'_>) -> bool {
    let stored = wanted.item.master.as_deref().unwrap_or(&wanted.item.format);
    let (webp, plain) = (wanted.accepts.webp, wanted.chain.is_plain());
    let auto = plain || wanted.chain.asks_for_format_only();
    match Format::from_extension(stored) {
        Some(Format::Webp) => auto && webp,
        Some(Format::Jpeg | Format::Png) => plain || auto && !webp,
        Some(Format::Gif) => plain,
        _ => false,
    }
}

async fn make_once(media: &Media, wanted: Wanted<'_>, rendition: &Rendition) -> Result<()> {
    let name = rendition.name();
    let patience = media.intervals.rendition_deadline;
    let (lane, by) = (wanted.by.lane(), wanted.by);
    // A stranger waits for their own first, and nobody waits for a stranger's.
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
    let flight = format!("{lane:?} {}/{name}", wanted.item.key);
    let flight = Flight::join(&media.flights, flight);
    let turn = tokio::time::timeout(patience, flight.turn.lock()).await;
    let mut turn = turn.map_err(|_| Error::Busy(BUSY))?;
    if let Some(error) = &*turn {
        return Err(error.clone());
    }
    if find(media, [rendition]).await?.is_some() {
        return Ok(());
    }
    let late = format!("{lane:?} {}/{name}", wanted.item.key);
    if media.flights.was_late(&late) {
        return Err(Error::Busy(LATE));
    }
    // What is refused to this visitor alone is not left for the next one.
    let work = Work::of(media, &wanted);
    work.pay(media, by).await?;
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

/// Of the chain's canonical text, and of what decides the format where the chain leaves it open.
fn name_of(wanted: &Wanted<'_>) -> String {
    let text = format!("3 {} {}", wanted.chain, wanted.accepts.webp);
    let digest = digest(&SHA256, text.as_bytes());
    let digits = digest.as_ref()[..16].iter();
    let halves = digits.flat_map(|byte| [byte >> 4, byte & 15]);
    halves
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
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
    let source = match starts_from(item, &chain) {
        Kept::Master => master(media, item).await?,
        Kept::Original | Kept::Small | Kept::Source => original(media, item).await?,
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
