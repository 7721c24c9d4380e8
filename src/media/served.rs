//! What is stored of an item: found, and made once however many ask.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use super::flights::Flight;
use super::item::{self, Item, State};
use super::media::Media;
use super::storage::{Found, Kept, Rendition};
use super::wanted::By;
use super::workers::BUSY;
use crate::error::{Error, Result};
use transform::Format;

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

impl Served {
    /// Where it is on this machine.
    pub fn path(&self) -> Result<PathBuf> {
        match &self.stored {
            Stored::File(path) => Ok(path.clone()),
            Stored::Bytes(_) => Err(Error::Internal("what is stored is a file".into())),
        }
    }

    /// The bytes, out of those that may be read still. Blocking.
    pub fn read(&self, left: &mut u64) -> Result<Vec<u8>> {
        let bytes = self.stored.read()?;
        *left = left.checked_sub(bytes.len() as u64).ok_or_else(|| {
            Error::BadRequest("The pictures of the layers are too large together.".into())
        })?;
        Ok(bytes)
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
            poster: None,
        }),
        State::Failed => Err(Error::NotFound),
    }
}

/// Has a rendition made, once however many ask, unless one of the items that it shows is deleted meanwhile.
pub async fn once(
    media: &Media,
    (by, keys): (By, Vec<String>),
    rendition: &Rendition,
    making: impl Future<Output = Result<()>>,
) -> Result<Served> {
    let made = in_turn(media, by, rendition, making).await;
    // Deleted while it was being made: then it must not stay behind.
    for key in keys {
        if item::find(&media.db, &key).await?.is_none() {
            media.remove_files(vec![key]).await?;
            let (renditions, rendition) = (media.storage.renditions.clone(), rendition.clone());
            tokio::task::spawn_blocking(move || renditions.remove_one(&rendition)).await??;
            return Err(Error::NotFound);
        }
    }
    made?;
    find(media, [rendition])
        .await?
        .ok_or(Error::Busy("This is made again just now. Ask once more."))
}

async fn in_turn(
    media: &Media,
    by: By,
    rendition: &Rendition,
    making: impl Future<Output = Result<()>>,
) -> Result<()> {
    let patience = media.intervals.rendition_deadline;
    let lane = by.lane();
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
    let name = format!("{lane:?} {rendition}");
    let flight = Flight::join(&media.flights, name.clone());
    let turn = tokio::time::timeout(patience, flight.turn.lock()).await;
    let mut turn = turn.map_err(|_| Error::Busy(BUSY))?;
    if let Some(error) = &*turn {
        return Err(error.clone());
    }
    if find(media, [rendition]).await?.is_some() {
        return Ok(());
    }
    if media.flights.was_late(&name) {
        return Err(Error::Busy(LATE));
    }
    let made = making.await;
    match &made {
        Err(Error::Busy(LATE)) => {
            media.flights.note_late(name);
            *turn = Some(Error::Busy(LATE));
        }
        Err(Error::TooMany { .. } | Error::Forbidden(_)) | Ok(()) => {}
        Err(error) => *turn = Some(error.clone()),
    }
    made
}

pub const LATE: &str =
    "The picture was not done in time. Ask for a simpler one, or try again in a minute.";

/// The name of a rendition that this text tells from every other of its item.
pub fn name(text: &str) -> String {
    let digest = digest(&SHA256, text.as_bytes());
    let digits = digest.as_ref()[..16].iter();
    let halves = digits.flat_map(|byte| [byte >> 4, byte & 15]);
    halves
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}

/// The first of these that is there, best of all without asking the disk; its first bytes tell its format.
pub async fn find<'a>(
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
