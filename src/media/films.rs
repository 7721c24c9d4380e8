//! Videos on their way through ffmpeg: what is copied is ready at once, and what is made anew waits for its turn.

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

use parking_lot::Mutex;

use super::item::{Item, State};
use super::storage::{Kept, Storage, Temporary, new_key};
use super::stored::{Outcome, Stored, keep_poster};
use super::video::{self, Failed, Plan, Probed, Tools, Verdict, Work};
use crate::error::Result;
use transform::{Format, Refusal};

/// How a video is taken in here.
#[derive(Clone)]
pub(super) struct Films {
    pub tools: Tools,
    pub storage: Storage,
    /// The short side of what is served.
    pub height: u32,
    /// The longest video that is taken.
    pub minutes: u64,
    pub keeps_sources: bool,
    pub pictures: transform::Limits,
}

/// What is under way here, to be stopped when the server ends.
#[derive(Default)]
pub(super) struct Runs(Mutex<Vec<Weak<Run>>>);

impl Runs {
    pub fn note(&self, run: &Arc<Run>) {
        let mut runs = self.0.lock();
        runs.retain(|run| run.strong_count() > 0);
        runs.push(Arc::downgrade(run));
    }

    pub fn stop(&self) {
        for run in self.0.lock().drain(..).filter_map(|run| run.upgrade()) {
            run.stop.store(true, Ordering::Relaxed);
        }
    }
}

/// What a conversion says while it runs, and whether it is to go on.
#[derive(Default)]
pub struct Run {
    /// From 0 to 100.
    pub percent: AtomicI64,
    pub stop: AtomicBool,
}

/// What a conversion has made, in its place.
pub struct Converted {
    pub width: u32,
    pub height: u32,
    pub duration_ms: u64,
    pub bytes: u64,
    pub sound: bool,
    pub small: bool,
    pub source: Option<Format>,
    /// Bytes of all files together.
    pub stored: u64,
}

impl Films {
    pub(super) fn work<'a>(&'a self, input: &'a Path, folder: &'a Path) -> Work<'a> {
        Work {
            tools: &self.tools,
            input,
            folder,
            minutes: self.minutes,
        }
    }

    fn looked_into(
        &self,
        (input, format): (&Path, Format),
        folder: &Path,
    ) -> io::Result<Result<(Probed, Verdict), Refusal>> {
        let probed = match video::probe(&self.tools, (input, format), folder)? {
            Ok(probed) => probed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let verdict = video::verdict(&probed, self.height, self.minutes);
        Ok(verdict.map(|verdict| (probed, verdict)))
    }

    /// Takes a received video in: copied where every browser plays it, otherwise kept until it is made anew. Blocking.
    pub(super) fn store(&self, format: Format, temporary: Temporary, until: Instant) -> Outcome {
        let mut file = File::open(temporary.path())?;
        if let Err(refusal) = transform::video::survey(&mut file, format, Some(until)) {
            return Ok(Err(refusal));
        }
        drop(file);
        let stored = self.storage.in_folder(|folder| {
            let (probed, verdict) = match self.looked_into((temporary.path(), format), folder)? {
                Ok(judged) => judged,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let key = new_key(Format::Mp4.extension());
            let work = self.work(temporary.path(), folder);
            let poster = video::poster(work, &probed)?;
            let (made, small) = match verdict.picture {
                Plan::Keep => match video::copy(work, &probed, &verdict)? {
                    Ok(made) => (Some(made), verdict.small != verdict.large),
                    Err(Failed::Refused(refusal)) => return Ok(Err(refusal)),
                    Err(Failed::Stopped) => return Ok(Err(Refusal::late())),
                },
                Plan::Anew | Plan::Without => (None, false),
            };
            let master = match poster {
                Some(jpeg) => keep_poster(&self.storage, &key, jpeg, &self.pictures)?,
                None => None,
            };
            let mut stored = Stored {
                format: Format::Mp4,
                width: verdict.large.width,
                height: verdict.large.height,
                frames: 1,
                duration_ms: probed
                    .seconds
                    .map_or(0, |seconds| (seconds * 1000.0) as u64),
                bytes: probed.bytes,
                master,
                state: State::Waiting,
                source: None,
                sound: probed.sound.is_some(),
                wants_small: small,
                key,
            };
            match made {
                Some(made) => {
                    stored.bytes = fs::metadata(&made.large)?.len();
                    (stored.width, stored.height) = (made.video.width, made.video.height);
                    stored.duration_ms = made.video.duration_ms;
                    stored.state = State::Ready;
                    self.keep(&made.large, &stored.key, Kept::Original)?;
                }
                None => {
                    stored.source = Some(format);
                    self.storage.keep(temporary, &stored.key, Kept::Source)?;
                }
            }
            Ok(Ok(stored))
        })?;
        Ok(stored)
    }

    /// Keeps what was made in a work folder.
    fn keep(&self, made: &Path, key: &str, kept: Kept) -> io::Result<()> {
        let temporary = self.storage.temporary();
        fs::rename(made, temporary.path())?;
        self.storage.keep(temporary, key, kept)
    }

    /// Makes what waits. Blocking.
    pub(super) fn convert(&self, item: &Item, run: &Run) -> Result<Result<Converted, Failed>> {
        let source = item.source.as_deref().and_then(Format::from_extension);
        let kept = match item.state {
            // Copied, and only its small size is wanted.
            State::Ready => Kept::Original,
            State::Waiting | State::Converting | State::Failed => Kept::Source,
        };
        let input = self.storage.path(&item.key, kept)?;
        // A run that was killed may have freed it of its tags already, in another container than the row says.
        let format = match transform::sniff(&head_of(&input)?) {
            Ok(format) => format,
            Err(refusal) => return Ok(Err(Failed::Refused(refusal))),
        };
        let done = self.storage.in_folder(|folder| {
            let (probed, verdict) = match self.looked_into((&input, format), folder)? {
                Ok(judged) => judged,
                Err(refusal) => return Ok(Err(Failed::Refused(refusal))),
            };
            let work = self.work(&input, folder);
            let seconds = probed.seconds.unwrap_or((self.minutes * 60) as f64);
            let mut progress = |done: f64| {
                let percent = (100.0 * done / seconds.max(0.1)).clamp(0.0, 99.0);
                run.percent.store(percent as i64, Ordering::Relaxed);
                match run.stop.load(Ordering::Relaxed) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            };
            if kept == Kept::Original {
                let small = match video::small(work, &probed, verdict.small, &mut progress)? {
                    Ok(small) => small,
                    Err(failed) => return Ok(Err(failed)),
                };
                let stored = item.bytes as u64 + fs::metadata(&small)?.len();
                self.keep(&small, &item.key, Kept::Small)?;
                return Ok(Ok(Converted {
                    width: item.width as u32,
                    height: item.height as u32,
                    duration_ms: item.duration_ms as u64,
                    bytes: item.bytes as u64,
                    sound: item.sound != 0,
                    small: true,
                    source,
                    stored,
                }));
            }
            let made = match video::large_and_small(work, &probed, &verdict, &mut progress)? {
                Ok(made) => made,
                Err(failed) => return Ok(Err(failed)),
            };
            let bare = match self.keeps_sources {
                true => video::keep_source(work, &probed)?,
                false => None,
            };
            let bytes = fs::metadata(&made.large)?.len();
            let mut stored = bytes;
            for beside in [made.small.as_ref(), bare.as_ref().map(|(path, _)| path)] {
                stored += beside.map_or(Ok(0), |path| fs::metadata(path).map(|file| file.len()))?;
            }
            if let Some(small) = &made.small {
                self.keep(small, &item.key, Kept::Small)?;
            }
            self.keep(&made.large, &item.key, Kept::Original)?;
            // Until the row says that it is done, what was sent stays: this can be done again.
            let source = match bare {
                Some((path, format)) => {
                    self.keep(&path, &item.key, Kept::Source)?;
                    Some(format)
                }
                None => None,
            };
            Ok(Ok(Converted {
                width: made.video.width,
                height: made.video.height,
                duration_ms: made.video.duration_ms,
                bytes,
                sound: made.video.audio,
                small: made.small.is_some(),
                source,
                stored,
            }))
        })?;
        Ok(done)
    }
}

/// So much of a file as is needed to recognise it.
fn head_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(4 << 10).read_to_end(&mut head)?;
    Ok(head)
}
