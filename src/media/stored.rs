//! What is stored of a received file, before there is a row.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use super::item::State;
use super::storage::{Kept, Storage, Temporary, new_key};
use crate::error::Result;
use transform::{Film, Format, Refusal, video};

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

/// Keeps a video as it is, but for its metadata and the place of its index. Blocking.
pub(super) fn store_video(
    storage: &Storage,
    format: Format,
    sent: Temporary,
    until: Instant,
) -> Outcome {
    let mut temporary = sent;
    let mut format = format;
    if let Format::Mp4 | Format::Film(Film::Mov) = format {
        // Plays before all of it is there, and everywhere by its name.
        let anew = storage.temporary();
        let mut file = BufWriter::new(File::create(anew.path())?);
        let mut from = File::open(temporary.path())?;
        match video::index_first(&mut from, &mut file, Some(until))? {
            Ok(true) => {
                file.flush()?;
                temporary = anew;
            }
            Ok(false) => {}
            Err(refusal) => return Ok(Err(refusal)),
        }
        format = Format::Mp4;
    }
    let mut file = File::options()
        .read(true)
        .write(true)
        .open(temporary.path())?;
    let video = match video::ingest(&mut file, format, Some(until))? {
        Ok(video) => video,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let bytes = file.metadata()?.len();
    drop(file);
    let key = new_key(format.extension());
    storage.keep(temporary, &key, Kept::Original)?;
    Ok(Ok(Stored {
        key,
        format,
        width: video.width,
        height: video.height,
        frames: 1,
        duration_ms: video.duration_ms,
        bytes,
        master: None,
        state: State::Ready,
        source: None,
        sound: video.audio,
        wants_small: false,
    }))
}
