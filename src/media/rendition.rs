//! Derived sizes: made when first asked for, once however many ask, and kept on the disk.

use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use parking_lot::Mutex;

use super::Media;
use super::cache;
use super::item::{self, Item};
use super::popular;
use super::storage::Form;
use super::workers::BUSY;
use crate::error::{Error, Result};
use transform::{
    self, Accepts, Asked, Chain, Failed, Format, Given, MASTER_SIDE, Made, Pictures, Refusal,
};

/// The widths that pages ask for, in pixels: the placeholder, and the four of `srcset`.
pub const WIDTHS: [u32; 5] = [24, 320, 640, 1080, 1600];

/// The steps of pictures that pages show as squares: faces, and the items of a post where it is written.
pub const SQUARES: [&str; 2] = ["w-224,h-224,fo-auto,pg-1", "w-224,h-224,fo-custom,pg-1"];

/// The steps of the largest picture of `srcset`: the stored copy, in the format that suits the browser.
pub const SAME_SIZE: &str = "f-auto";

/// What is being made now.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<String, Turn>>);

/// One at a time makes it; what went wrong is left for those who wait.
type Turn = Arc<tokio::sync::Mutex<Option<Error>>>;

/// One of those who wait for the same rendition; the last to leave, for whatever reason, closes up.
struct Flight<'a> {
    flights: &'a Flights,
    name: String,
    turn: Turn,
}

impl Flight<'_> {
    fn join(flights: &Flights, name: String) -> Flight<'_> {
        let turn = flights.0.lock().entry(name.clone()).or_default().clone();
        Flight {
            flights,
            name,
            turn,
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock();
        // This one and the map's own.
        if Arc::strong_count(&self.turn) <= 2 {
            flights.remove(&self.name);
        }
    }
}

/// A stored file to answer with.
pub struct Served {
    pub path: PathBuf,
    pub format: Format,
    /// Names this form of the item; the same bytes for ever.
    pub variant: String,
    /// The whole of a short file, read already.
    pub bytes: Option<Vec<u8>>,
}

/// Files up to this length are read at once: every step of a stream is a switch between threads.
const SHORT: u64 = 256 << 10;

/// The item as it was uploaded, without its metadata.
pub fn original(media: &Media, item: &Item) -> Served {
    let path = media.storage.path(&item.key, Form::Original);
    Served {
        path,
        format: item.format(),
        variant: "original".into(),
        bytes: None,
    }
}

/// The upright copy of at most 2048 pixels.
pub fn master(media: &Media, item: &Item) -> Served {
    match item.master.as_deref().and_then(Format::from_extension) {
        Some(format) => {
            let path = media.storage.path(&item.key, Form::Master);
            Served {
                path,
                format,
                variant: "master".into(),
                bytes: None,
            }
        }
        None => original(media, item),
    }
}

/// What is made of an item.
pub struct Wanted<'a> {
    pub item: &'a Item,
    pub chain: Chain,
    pub accepts: Accepts,
    /// The items that layers show.
    pub layers: Vec<Item>,
}

/// The item as a chain makes it, which is done once however many ask; `may_make` is asked before that.
///
/// Videos are given as they are.
pub async fn of_chain(
    media: &Media,
    wanted: Wanted<'_>,
    may_make: impl FnOnce() -> Result<()>,
) -> Result<Served> {
    let item = wanted.item;
    if item.is_video() || wanted.chain.is_plain() || suits(&wanted) {
        return Ok(master(media, item));
    }
    let name = name_of(&wanted);
    let path = media.storage.path(&item.key, Form::Rendition(&name));
    let may_be_avif = wanted.accepts.avif && popular::may_be(item, &wanted.chain, &wanted.layers);
    if may_be_avif {
        let name = popular::name_of(&name);
        let path = media.storage.path(&item.key, Form::Rendition(&name));
        if let Some(served) = find(&path, &name).await? {
            return Ok(served);
        }
    }
    if let Some(served) = find(&path, &name).await? {
        if may_be_avif {
            popular::note(media, item, &wanted.chain, &name);
        }
        return Ok(served);
    }
    let keys: Vec<String> = wanted
        .layers
        .iter()
        .chain([item])
        .map(|item| item.key.clone())
        .collect();
    let made = make_once(media, wanted, (&path, &name), may_make).await;
    // Deleted while it was being made: then it must not stay behind.
    for key in keys {
        if item::find(&media.db, &key).await?.is_none() {
            media.remove_files(vec![key]).await?;
            if let Err(error) = tokio::fs::remove_file(&path).await {
                tracing::debug!(%error, "a rendition of a deleted picture was gone already");
            }
            return Err(Error::NotFound);
        }
    }
    made?;
    find(&path, &name).await?.ok_or(Error::Busy(
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

async fn make_once(
    media: &Media,
    wanted: Wanted<'_>,
    (path, name): (&Path, &str),
    may_make: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let flight = Flight::join(&media.flights, format!("{}/{name}", wanted.item.key));
    let patience = media.intervals.rendition_deadline;
    let turn = tokio::time::timeout(patience, flight.turn.lock()).await;
    let mut turn = turn.map_err(|_| Error::Busy(BUSY))?;
    if let Some(error) = &*turn {
        return Err(error.clone());
    }
    if find(path, name).await?.is_some() {
        return Ok(());
    }
    // Of this visitor alone: the next one may be allowed to.
    may_make()?;
    let made = keep(media, wanted, name.to_owned()).await;
    if let Err(error) = &made {
        *turn = Some(error.clone());
    }
    made
}

/// Of the chain's canonical text, and of what decides the format where the chain leaves it open.
fn name_of(wanted: &Wanted<'_>) -> String {
    let text = format!("2 {} {}", wanted.chain, wanted.accepts.webp);
    let digest = digest(&SHA256, text.as_bytes());
    let digits = digest.as_ref()[..16].iter();
    digits.map(|byte| format!("{byte:02x}")).collect()
}

/// A rendition that is there; its first bytes tell its format.
async fn find(path: &Path, name: &str) -> Result<Option<Served>> {
    let path = path.to_owned();
    let found = tokio::task::spawn_blocking(move || {
        let mut file = match std::fs::File::options().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let length = cache::touch(&file)?;
        let most = if length <= SHORT { SHORT } else { 32 };
        let mut head = Vec::with_capacity(length.min(most) as usize);
        file.by_ref().take(most).read_to_end(&mut head)?;
        Ok(Some((path, head, length <= SHORT)))
    });
    let Some((path, head, whole)) = found.await?? else {
        return Ok(None);
    };
    let format = transform::sniff(&head)
        .map_err(|refusal| Error::Internal(format!("{}: {refusal}", path.display())))?;
    Ok(Some(Served {
        path,
        format,
        variant: name.to_owned(),
        bytes: whole.then_some(head),
    }))
}

async fn keep(media: &Media, wanted: Wanted<'_>, name: String) -> Result<()> {
    let (storage, key) = (media.storage.clone(), wanted.item.key.clone());
    let layers: Vec<String> = wanted
        .layers
        .iter()
        .map(|layer| layer.key.clone())
        .collect();
    let store = move |made: Made| -> Result<u64> {
        for layer in &layers {
            storage.note_use(layer, (&key, &name))?;
        }
        storage.put(&key, Form::Rendition(&name), &made.bytes)?;
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
    let (item, chain, accepts) = (wanted.item, wanted.chain, wanted.accepts);
    let source = match chain.output.keeps_profile {
        true => original(media, item),
        false => master(media, item),
    };
    let size = (item.width as u32, item.height as u32);
    let own = match item.master {
        Some(_) if !chain.output.keeps_profile => {
            (size.0.min(MASTER_SIDE), size.1.min(MASTER_SIDE))
        }
        _ => size,
    };
    let of_layers = wanted.layers.iter().filter(|layer| layer.master.is_none());
    let of_layers = of_layers
        .map(|layer| (layer.width * layer.height) as u64)
        .max();
    let limits = media.limits.pictures;
    let pixels = chain.most_pixels(size, own, limits.made_pixels);
    let pixels = pixels.max(of_layers.unwrap_or(0));
    let layers: Vec<(String, Served)> = wanted
        .layers
        .iter()
        .map(|layer| (layer.key.clone(), master(media, layer)))
        .collect();
    let key = item.key.clone();
    let work = move |until| -> Result<T> {
        let mut left = MOST_READ;
        let mut read = |served: &Served| -> Result<Vec<u8>> {
            let bytes = std::fs::read(&served.path)?;
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
            Failed::Late => Error::Busy(
                "The picture was not done in time. Ask for a simpler one, or try again later.",
            ),
        })?;
        and(made)
    };
    let patience = media.intervals.rendition_deadline;
    media.workers.answer((pixels, patience), work).await?
}
