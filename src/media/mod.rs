//! Originals and where they live: taken in, checked, stored, served, swept away.
//!
//! A file is on the disk before its row is committed, and its row is gone before the file is. So a
//! crash can leave a file without a row, which the sweeper takes, and never a row without its file.
//! Names on the disk are made here; what a client calls a file is text to show, never a path.

mod asked;
mod cache;
mod explain;
mod intake;
mod item;
mod popular;
mod programs;
mod range;
mod rendition;
mod serve;
mod signature;
mod storage;
mod sweep;
mod unparsed;
mod upload;
mod workers;

use std::sync::Arc;

use crate::clock::Clock;
use crate::db::Db;
use crate::settings::{Intervals, Limits, MediaSettings, Settings};

pub use item::{
    Change, Item, Purpose, attach, between, change, discard, discard_all, discard_post, find_face,
    find_staged, of_post,
};
pub use rendition::{SAME_SIZE, WIDTHS};
pub use serve::routes;
pub use storage::{Storage, Temporary};
pub use sweep::{Swept, sweep};
pub use transform::{Key, MASTER_SIDE, PLACES, layer_keys, picture_keys, text_keys};
pub use upload::{Refused, SentFiles, Upload};

pub use programs::Programs;
use workers::Workers;

/// What this room works with; cheap to clone.
#[derive(Clone)]
pub struct Media(Arc<Inner>);

pub struct Inner {
    pub db: Db,
    pub clock: Clock,
    pub limits: Limits,
    pub intervals: Intervals,
    pub settings: MediaSettings,
    pub storage: Storage,
    pub programs: Programs,
    popular: popular::Popular,
    workers: Workers,
    flights: rendition::Flights,
    written: cache::Written,
}

impl Media {
    /// Opens the folder of media in the data folder, which is made where there is none.
    pub fn open(db: Db, clock: Clock, settings: &Settings) -> std::io::Result<Self> {
        let storage = Storage::open(settings.data.join("media"))?;
        let (limits, intervals) = (settings.limits.clone(), settings.intervals.clone());
        let settings = settings.media.clone();
        let (workers, flights) = (Workers::new(), rendition::Flights::default());
        Ok(Media(Arc::new(Inner {
            db,
            clock,
            limits,
            intervals,
            settings,
            storage,
            programs: Programs::find(),
            popular: popular::Popular::default(),
            workers,
            flights,
            written: cache::Written::default(),
        })))
    }
}

impl std::ops::Deref for Media {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
