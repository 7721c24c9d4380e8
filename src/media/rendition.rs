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
use super::storage::Form;
use crate::error::{Error, Result};
use crate::transform::{self, Accepts, Chain, Failed, Format};

/// The widths that pages ask for, in pixels: the placeholder, and the four of `srcset`.
pub const WIDTHS: [u32; 5] = [24, 320, 640, 1080, 1600];

/// What is being made now.
#[derive(Default)]
pub struct Flights(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

/// One of those who wait for the same rendition; the last to leave, for whatever reason, closes up.
struct Flight<'a> {
    flights: &'a Flights,
    name: String,
    turn: Arc<tokio::sync::Mutex<()>>,
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
}

/// The item as it was uploaded, without its metadata.
pub fn original(media: &Media, item: &Item) -> Served {
    let path = media.storage.path(&item.key, Form::Original);
    Served {
        path,
        format: item.format(),
        variant: "original".into(),
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
            }
        }
        None => original(media, item),
    }
}

/// The item as a chain makes it, which is done once however many ask; `may_make` is asked before that.
///
/// Animations and videos are given as they are.
pub async fn of_chain(
    media: &Media,
    item: &Item,
    (chain, accepts): (Chain, Accepts),
    may_make: impl FnOnce() -> Result<()>,
) -> Result<Served> {
    if item.is_video() || item.is_animated() || chain.is_plain() {
        return Ok(master(media, item));
    }
    let name = name_of(&chain, accepts);
    let path = media.storage.path(&item.key, Form::Rendition(&name));
    if let Some(served) = find(&path, &name).await? {
        return Ok(served);
    }
    let flight = format!("{}/{name}", item.key);
    let made = {
        let flight = Flight::join(&media.flights, flight);
        let _turn = flight.turn.lock().await;
        match find(&path, &name).await? {
            Some(_) => Ok(()),
            None => {
                may_make()?;
                make(media, item, (chain, accepts), name.clone()).await
            }
        }
    };
    // Deleted while it was being made: then it must not stay behind.
    if item::find(&media.db, &item.key).await?.is_none() {
        media.remove_files(vec![item.key.clone()]).await?;
        return Err(Error::NotFound);
    }
    made?;
    find(&path, &name).await?.ok_or(Error::Busy(
        "This picture is made again just now. Ask once more.",
    ))
}

/// Of the chain's canonical text, and of what decides the format where the chain leaves it open.
fn name_of(chain: &Chain, accepts: Accepts) -> String {
    let text = format!("1 {chain} {}", accepts.webp);
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
        cache::touch(&file);
        let mut head = Vec::new();
        file.by_ref().take(32).read_to_end(&mut head)?;
        Ok(Some((path, head)))
    });
    let Some((path, head)) = found.await?? else {
        return Ok(None);
    };
    let format = transform::sniff(&head)
        .map_err(|refusal| Error::Internal(format!("{}: {refusal}", path.display())))?;
    Ok(Some(Served {
        path,
        format,
        variant: name.to_owned(),
    }))
}

async fn make(
    media: &Media,
    item: &Item,
    (chain, accepts): (Chain, Accepts),
    name: String,
) -> Result<()> {
    let source = master(media, item);
    let bytes = tokio::fs::read(&source.path).await?;
    let pixels = (item.width * item.height).min(2048 * 2048) as u64;
    let (storage, limits, key) = (
        media.storage.clone(),
        media.limits.pictures,
        item.key.clone(),
    );
    let declared = (item.width as u32, item.height as u32);
    let work = move || -> Result<u64> {
        let made = transform::apply(&bytes, &chain, (declared, accepts), &limits);
        let (bytes, _) = made.map_err(|failed| match failed {
            Failed::Chain(mistake) => Error::BadRequest(mistake.to_string()),
            Failed::Picture(refusal) => Error::Internal(format!("{key} as {chain}: {refusal}")),
        })?;
        storage.put(&key, Form::Rendition(&name), &bytes)?;
        Ok(bytes.len() as u64)
    };
    let bytes = media.workers.run(pixels, work).await??;
    media.note_rendition(bytes);
    Ok(())
}
