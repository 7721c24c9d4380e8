//! What this room works with.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use futures::future::BoxFuture;

use super::cutting::Cuts;
use super::films::{Films, Runs};
use super::item::Item;
use super::programs::{Programs, confinement};
use super::storage::Storage;
use super::video::Tools;
use super::workers::Workers;
use super::writers::Writers;
use super::{flights, forms, popular};
use crate::auth::{Asks, TicketDoor};
use crate::changes;
use crate::clock::Clock;
use crate::config::{Intervals, Limits, MediaSettings, Settings};
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::house::House;
use crate::id::{Id, Media as MediaTable, Posts, Users};
use crate::known::{Known, Moment};
use crate::limit::Limiter;

/// Whether somebody gets the pictures of a post.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    No,
    /// They do, and not everybody: when that ends it ends with their next request.
    ToSome,
    /// Everybody here does.
    ToAll,
}

/// Whether somebody gets the pictures of a post; the room of posts knows.
pub type See = fn(Db, Asks, Id<Posts>) -> BoxFuture<'static, Result<Shown>>;

/// Puts the conversion of a member's item into the queue; the room of posts knows.
pub type PutConversion = Arc<
    dyn for<'a> Fn(&'a mut Tx, Id<MediaTable>, Id<Users>) -> BoxFuture<'a, Result<()>>
        + Send
        + Sync,
>;

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
    pub limiter: Arc<Limiter>,
    pub(super) see: See,
    pub(super) put_conversion: PutConversion,
    pub(super) cuts: Arc<dyn Cuts>,
    pub(super) house: House,
    pub(super) tickets: TicketDoor,
    pub(super) runs: Runs,
    /// Nothing where there is no ffmpeg, or it is switched off.
    pub(super) films: Option<Films>,
    /// The rows of keys, and who may see which post, as they were read a moment ago.
    pub(super) items: Known<Option<Item>>,
    pub(super) seen: Known<Shown>,
    pub(super) popular: popular::Popular,
    pub(super) workers: Workers,
    pub(super) flights: flights::Flights,
    pub(super) forms: forms::Forms,
    pub(super) writers: Writers,
    /// Bytes of renditions since they were last looked over.
    pub(super) written: AtomicU64,
}

/// What this room asks others.
pub struct Others {
    pub limiter: Arc<Limiter>,
    pub see: See,
    pub put_conversion: PutConversion,
    pub cuts: Arc<dyn Cuts>,
    pub house: House,
    pub tickets: TicketDoor,
}

impl Media {
    /// Opens the folder of media in the data folder, which is made where there is none. A folder without files is
    /// given to this installation before the first file can come.
    pub async fn open(db: Db, clock: Clock, others: Others, settings: &Settings) -> Result<Self> {
        let storage = Storage::open(&settings.data.join("media"))?;
        storage.belongs_to(&changes::installation(&db).await?)?;
        let (limits, intervals) = (settings.limits.clone(), settings.intervals.clone());
        let settings = settings.media.clone();
        let held = confinement().iter().all(|bound| bound.holds);
        let may_run = held || !settings.confined_only;
        if !may_run {
            tracing::error!("programs cannot be confined whole here, so none runs (PORCH_CONFINE)");
        }
        let find = || (may_run && settings.videos).then(Tools::find).flatten();
        let tools = tokio::task::block_in_place(find);
        let films = tools.map(|tools| Films {
            tools,
            storage: storage.clone(),
            height: settings.video_height,
            minutes: settings.video_minutes,
            keeps_sources: settings.video_originals,
            pictures: limits.pictures,
        });
        let Others {
            limiter,
            see,
            put_conversion,
            cuts,
            house,
            tickets,
        } = others;
        let (workers, flights) = (Workers::new(), flights::Flights::default());
        Ok(Media(Arc::new(Inner {
            db,
            clock,
            limits,
            intervals,
            settings,
            storage,
            programs: match may_run {
                true => Programs::find(),
                false => Programs::default(),
            },
            limiter,
            see,
            put_conversion,
            cuts,
            house,
            tickets,
            runs: Runs::default(),
            films,
            items: Known::default(),
            seen: Known::default(),
            popular: popular::Popular::default(),
            workers,
            flights,
            forms: forms::Forms::default(),
            writers: Writers::default(),
            written: AtomicU64::new(0),
        })))
    }
}

impl Inner {
    /// Stops what is under way in the background: the server ends.
    pub fn stop_runs(&self) {
        self.runs.stop();
    }

    /// What this machine lacks to confine programs, where any runs.
    pub fn unheld(&self) -> Vec<&'static str> {
        let runs = self.films.is_some() || self.programs.runs();
        let lacking = confinement()
            .into_iter()
            .filter(|bound| runs && !bound.holds);
        lacking.map(|bound| bound.what).collect()
    }

    /// Whether videos of every kind are taken, and not only those that browsers play.
    pub fn converts(&self) -> bool {
        self.films.is_some()
    }

    /// What a field for videos accepts.
    pub fn accepted_videos(&self) -> &'static str {
        match self.converts() {
            true => "video/*,.mov,.m4v,.3gp,.mkv,.avi,.ts,.mts,.m2ts",
            false => "video/mp4,video/webm",
        }
    }

    /// Bytes of the largest video that is taken here.
    pub fn largest_video(&self) -> u64 {
        /// Without a program only what is short is likely to play.
        const UNAIDED: u64 = 300 << 20;
        match self.films.is_some() {
            true => self.limits.video,
            false => self.limits.video.min(UNAIDED),
        }
    }

    /// This moment, before anything is read.
    pub(super) fn moment(&self) -> Moment {
        Moment {
            version: self.db.version(),
            now: self.clock.now(),
        }
    }
}

impl std::ops::Deref for Media {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
