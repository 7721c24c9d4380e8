//! Derived sizes: made when first asked for, once however many ask, and kept on the disk.

use std::time::{Duration, Instant};

use super::frames;
use super::item::Item;
use super::media::Media;
use super::popular;
use super::served::{LATE, Served, find, master, name, once, original};
use super::storage::{Kept, Rendition};
use super::wanted::{Wanted, Work, starts_from};
use super::workers::Lane;
use crate::error::{Error, Result};
use transform::{Asked, Chain, Failed, Format, Given, Made, Pictures, Refusal};

/// How long making a picture may take for a stranger.
const STRANGERS_TIME: Duration = Duration::from_secs(5);

/// The picture as a chain makes it, which is done once however many ask, and paid for by who was first.
pub async fn of_chain(media: &Media, wanted: Wanted<'_>) -> Result<Served> {
    let item = wanted.item;
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
    let (by, keys) = (wanted.by, wanted.keys());
    let making = async {
        // What is refused to this visitor alone is not left for the next one.
        Work::of(media, &wanted).pay(media, by).await?;
        keep(media, wanted, rendition.clone()).await
    };
    once(media, (by, keys), &rendition, making).await
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

/// Of the chain's canonical text, and of what decides the format where the chain leaves it open.
fn name_of(wanted: &Wanted<'_>) -> String {
    name(&format!("3 {} {}", wanted.chain, wanted.accepts.webp))
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
pub(super) const MOST_READ: u64 = 128 << 20;

/// The files of what layers show, by their keys.
pub(super) struct Layers(Vec<(String, Served)>);

impl Layers {
    pub async fn of(media: &Media, layers: &[Item]) -> Result<Layers> {
        let mut found = Vec::new();
        for layer in layers {
            found.push((layer.key.clone(), master(media, layer).await?));
        }
        Ok(Layers(found))
    }

    /// Blocking.
    pub fn read(&self, left: &mut u64) -> Result<Pictures> {
        let read = |(key, served): &(String, Served)| Ok((key.clone(), served.read(left)?));
        self.0.iter().map(read).collect()
    }
}

fn refused(mistake: transform::Mistake) -> Error {
    Error::BadRequest(mistake.to_string())
}

/// What went wrong with a chain.
pub(super) fn why(failed: Failed, (key, chain): (&str, &Chain)) -> Error {
    match failed {
        Failed::Chain(mistake) => refused(mistake),
        Failed::Picture(Refusal::TooLarge { reason, .. }) => Error::BadRequest(reason),
        Failed::Picture(refusal) => Error::Internal(format!("{key} as {chain}: {refusal}")),
        Failed::Late => Error::Busy(LATE),
    }
}

/// Does the work of a chain, and then `and` on the same thread.
pub async fn make<T: Send + 'static>(
    media: &Media,
    wanted: Wanted<'_>,
    and: impl FnOnce(Made) -> Result<T> + Send + 'static,
) -> Result<T> {
    let pixels = Work::of(media, &wanted).largest;
    let (item, chain, accepts) = (wanted.item, wanted.chain, wanted.accepts);
    let size = (item.width as u32, item.height as u32);
    let seconds = item.duration_ms as f64 / 1000.0;
    let moment = match item.poster {
        true => transform::start(&chain, size, seconds).map_err(refused)?,
        false => None,
    };
    let source = match (moment, starts_from(item, &chain)) {
        (Some(moment), _) => frames::frame(media, item, (wanted.by, moment)).await?,
        (None, Kept::Master) => master(media, item).await?,
        (None, Kept::Original | Kept::Small | Kept::Source) => original(media, item).await?,
    };
    let limits = media.limits.pictures;
    let layers = Layers::of(media, &wanted.layers).await?;
    let key = item.key.clone();
    let until = Instant::now() + media.intervals.rendition_deadline;
    let lane = wanted.by.lane();
    let work = move || -> Result<T> {
        let until = match lane {
            Lane::Stranger => until.min(Instant::now() + STRANGERS_TIME),
            _ => until,
        };
        let mut left = MOST_READ;
        let bytes = source.read(&mut left)?;
        let pictures = layers.read(&mut left)?;
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
        let made = transform::apply(given, asked, &limits);
        and(made.map_err(|failed| why(failed, (&key, &chain)))?)
    };
    media.workers.run((lane, pixels), until, work).await?
}
