//! What is stored of a received file, before there is a row.

use super::item::State;
use super::storage::{Kept, Storage};
use crate::error::Result;
use transform::{Format, Refusal};

/// What the workers found out and stored.
pub(super) struct Stored {
    pub key: String,
    pub format: Format,
    pub width: u32,
    pub height: u32,
    pub frames: u32,
    pub duration_ms: u64,
    pub bytes: u64,
    pub master: Option<Format>,
    pub state: State,
    pub source: Option<Format>,
    pub sound: bool,
    /// A smaller size is to be made, when there is time.
    pub wants_small: bool,
}

pub(super) type Outcome = Result<std::result::Result<Stored, Refusal>>;

/// Keeps the picture of a video; nothing where it cannot be used. Blocking.
pub(super) fn keep_poster(
    storage: &Storage,
    key: &str,
    bytes: Vec<u8>,
    limits: &transform::Limits,
) -> std::io::Result<Option<Format>> {
    let Ok(ingested) = transform::ingest(bytes, limits) else {
        return Ok(None);
    };
    let (bytes, format) = ingested
        .master
        .unwrap_or((ingested.original, ingested.picture.format));
    storage.put(key, Kept::Master, &bytes)?;
    Ok(Some(format))
}
