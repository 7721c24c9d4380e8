//! Derived sizes: made when first asked for, once however many ask, and kept on the disk.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Media;
use super::item::{self, Item};
use super::storage::Form;
use crate::error::{Error, Result};
use crate::transform::{self, Format};

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

/// The item `width` pixels wide. Animations and videos are given as they are.
pub async fn of_width(media: &Media, item: &Item, width: u32) -> Result<Served> {
    if item.is_video() || item.is_animated() || i64::from(width) >= item.width {
        return Ok(master(media, item));
    }
    let format = match item.format() {
        Format::Jpeg => Format::Jpeg,
        _ => Format::Webp,
    };
    let name = format!("w-{width}.{}", format.extension());
    let path = media.storage.path(&item.key, Form::Rendition(&name));
    let served = Served {
        path,
        format,
        variant: name.clone(),
    };
    if tokio::fs::try_exists(&served.path).await? {
        return Ok(served);
    }
    let flight = format!("{}/{name}", item.key);
    let made = {
        let flight = Flight::join(&media.flights, flight);
        let _turn = flight.turn.lock().await;
        match tokio::fs::try_exists(&served.path).await? {
            true => Ok(()),
            false => make(media, item, width, name).await,
        }
    };
    // Deleted while it was being made: then it must not stay behind.
    if item::find(&media.db, &item.key).await?.is_none() {
        media.remove_files(vec![item.key.clone()]).await?;
        return Err(Error::NotFound);
    }
    made.map(|()| served)
}

async fn make(media: &Media, item: &Item, width: u32, name: String) -> Result<()> {
    let source = master(media, item);
    let bytes = tokio::fs::read(&source.path).await?;
    let pixels = (item.width * item.height).min(2048 * 2048) as u64;
    let (storage, limits, key) = (
        media.storage.clone(),
        media.limits.pictures,
        item.key.clone(),
    );
    let work = move || {
        let (bytes, _) = transform::resize(&bytes, width, &limits)
            .map_err(|refusal| Error::Internal(format!("{key} at {width}: {refusal}")))?;
        storage
            .put(&key, Form::Rendition(&name), &bytes)
            .map_err(Error::from)
    };
    media.workers.run(pixels, work).await?
}
