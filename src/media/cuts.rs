//! Videos, and moments of them, as they are asked for. What is done soon is waited for, as with pictures; what takes
//! long goes into the queue, and is asked for again.

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::cutting::Cutting;
use super::films::{Films, Run};
use super::item::{self, Item};
use super::media::Media;
use super::ready::find_by_id;
use super::rendition::{Layers, MOST_READ, why};
use super::served::{LATE, Served, find, master, name, once, original, require_ready, small};
use super::storage::Rendition;
use super::video::{self, Failed};
use super::wanted::{By, Wanted, pay};
use crate::error::{Error, Result};
use transform::{Accepts, Asked, Cut, Format, Given, Pictures, Reel};

/// What takes no more seconds of a processor is waited for.
const SOON: f64 = 8.0;
/// What takes more is not made.
const MOST_SECONDS: f64 = 1_800.0;
/// Of a longer video strangers get no cuts, in milliseconds.
const STRANGERS_LENGTH: i64 = 60_000;
/// The pixels of so many frames are paid for each second.
const FRAMES_PER_SECOND: f64 = 30.0;
const NO_PROGRAM: &str =
    "This server has no program that makes videos. Ask for a picture format instead.";
const NOTHING_LEFT: &str = "These steps leave nothing of the video that can be shown. Begin earlier, or ask for another size.";
const TOO_LONG: &str =
    "This cut would take the server more than half an hour. Ask for a smaller or shorter one.";
const FAILED_BEFORE: &str = "This cut of the video could not be made. Ask for a smaller or shorter one, or again in some minutes.";
const NO_WEBM: &str = "This server's program makes no WebM. Ask for f-mp4.";

/// Whether the result is a video.
pub fn makes_video(item: &Item, chain: &transform::Chain) -> bool {
    let wants = matches!(
        chain.output.format,
        transform::Wish::Mp4 | transform::Wish::Webm
    );
    item.is_video() || (item.is_animated() && wants)
}

/// The video as a chain makes it. Without a program for it a video is given as it is. `steps` are the chain's, as they
/// were asked for.
pub async fn of_chain(media: &Media, wanted: Wanted<'_>, steps: &str) -> Result<Served> {
    let item = wanted.item;
    if item.is_video() {
        require_ready(item)?;
    }
    let Some(films) = media.films.as_ref() else {
        return match item.is_video() {
            true => original(media, item).await,
            false => Err(Error::BadRequest(NO_PROGRAM.into())),
        };
    };
    if item.is_video() && wanted.chain.is_plain() {
        return original(media, item).await;
    }
    let rendition = rendition(&wanted);
    if let Some(served) = find(media, [&rendition]).await? {
        return Ok(served);
    }
    // What pages of ours and of the old application ask for, and what the site vouches for, has a bound already.
    let is_bounded = wanted.is_ours || wanted.vouched;
    let is_free = matches!(wanted.by, By::Stranger(_)) && !is_bounded;
    if is_free && item.duration_ms > STRANGERS_LENGTH {
        return Err(Error::Forbidden(
            "Whoever is not signed in gets cuts of videos of at most a minute.",
        ));
    }
    let ready = prepare(media, &wanted).await?;
    let estimate = ready.estimate();
    if estimate <= SOON {
        let (by, keys) = (wanted.by, wanted.keys());
        let making = async {
            ready.pay(media, by).await?;
            let (films, shelf) = (films.clone(), rendition.clone());
            let lane = (by.lane(), ready.largest());
            let work = move |until| ready.make(&films, (&shelf, until), &Run::default());
            media.make_rendition(lane, work).await
        };
        return once(media, (by, keys), &rendition, making).await;
    }
    if is_free {
        return Err(Error::Forbidden(
            "Whoever is not signed in gets cuts that are made in a moment. Ask for a smaller or shorter one.",
        ));
    }
    if estimate > MOST_SECONDS {
        return Err(Error::BadRequest(TOO_LONG.into()));
    }
    let cutting = Cutting {
        item: item.id,
        steps: steps.to_owned(),
    };
    if media.flights.was_late(&rendition.to_string()) {
        return Err(Error::Busy(FAILED_BEFORE));
    }
    if !media.cuts.is_under_way(cutting.clone()).await? {
        ready.pay(media, wanted.by).await?;
        media.cuts.put(cutting).await?;
    }
    let poster = format!("/media/{}/ik-thumbnail.jpg", item.key);
    Err(Error::NotYet {
        retry_after: Duration::from_secs_f64(estimate.clamp(2.0, 60.0)),
        what: "This cut of the video is being made. Ask again in a moment.",
        poster: item.master.as_ref().map(|_| poster),
    })
}

/// What a cut is, without making it.
pub async fn explain(media: &Media, wanted: Wanted<'_>) -> Result<Value> {
    if media.films.is_none() {
        return Err(Error::BadRequest(NO_PROGRAM.into()));
    }
    let (steps, ignored, item) = (
        wanted.chain.to_string(),
        wanted.chain.ignored.clone(),
        wanted.item,
    );
    if item.is_video() {
        require_ready(item)?;
    }
    let ready = prepare(media, &wanted).await?;
    let cut = &ready.cut;
    let (width, height) = cut.size;
    Ok(json!({
        "steps": steps,
        "ignored": ignored,
        "input": {
            "format": item.format,
            "width": item.width,
            "height": item.height,
            "seconds": ready.length,
            "from": ready.file,
        },
        "output": {
            "format": cut.format().extension(),
            "width": width,
            "height": height,
            "seconds": cut.seconds,
        },
        "graph": if cut.copies { "" } else { &cut.graph },
        "estimate": (ready.estimate() * 100.0).round() / 100.0,
    }))
}

impl Media {
    /// Makes a cut that is in the queue.
    pub async fn make_cut(&self, cutting: &Cutting, run: std::sync::Arc<Run>) -> Result<()> {
        /// For each second that it is expected to take.
        const PATIENCE: f64 = 8.0;
        let films = self.films.clone().ok_or(Error::Busy(NO_PROGRAM))?;
        self.runs.note(&run);
        let Some(item) = find_by_id(&self.db, cutting.item).await? else {
            return Ok(());
        };
        let chain = transform::parse(&cutting.steps, &self.settings.rules);
        let mut chain = chain.map_err(|mistake| Error::BadRequest(mistake.to_string()))?;
        chain.settle(item.place());
        let mut layers = Vec::new();
        for key in chain.pictures() {
            // They were there, and might be seen, when it was asked for.
            layers.extend(item::find(&self.db, key).await?.and_then(Item::as_layer));
        }
        let wanted = Wanted {
            item: &item,
            chain,
            accepts: Accepts::default(),
            layers,
            by: By::House,
            is_ours: false,
            vouched: false,
        };
        let (rendition, keys) = (rendition(&wanted), wanted.keys());
        let made = async {
            let ready = prepare(self, &wanted).await?;
            let until = Duration::from_secs_f64(120.0 + PATIENCE * ready.estimate());
            let (until, shelf) = (Instant::now() + until, rendition.clone());
            let work = move || ready.make(&films, (&shelf, until), &run);
            let bytes = tokio::task::spawn_blocking(work).await??;
            self.note_rendition(bytes);
            Ok(())
        };
        let made = once(self, (By::House, keys), &rendition, made).await;
        if made.is_err() {
            self.flights.note_late(rendition.to_string());
        }
        made.map(drop)
    }
}

/// Named apart from pictures, and from what another version of the table has made.
fn rendition(wanted: &Wanted<'_>) -> Rendition {
    Rendition::new(&wanted.item.key, &name(&format!("cut 1 {}", wanted.chain)))
}

/// A cut that can be made.
struct Ready {
    cut: Cut,
    input: PathBuf,
    format: Format,
    /// The size of the input's frames.
    file: (u32, u32),
    /// In seconds.
    length: f64,
    limits: transform::Limits,
}

impl Ready {
    /// In seconds of a processor.
    fn estimate(&self) -> f64 {
        video::estimate(&self.cut, self.file)
    }

    /// Pixels of one frame.
    fn largest(&self) -> u64 {
        let of = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        of(self.cut.size).max(of(self.file))
    }

    async fn pay(&self, media: &Media, by: By) -> Result<()> {
        by.require_size(self.largest())?;
        let frames = (self.cut.seconds * FRAMES_PER_SECOND).ceil() as u64;
        pay(media, by, self.largest().saturating_mul(frames)).await
    }

    /// Makes it and keeps it; its bytes. Blocking.
    fn make(self, films: &Films, (shelf, until): (&Rendition, Instant), run: &Run) -> Result<u64> {
        let made = films.storage.in_folder(|folder| {
            let (input, format) = self.readable(folder)?;
            let work = films.work(&input, folder);
            let patience = until.saturating_duration_since(Instant::now());
            let mut progress = |done: f64| {
                let percent = (100.0 * done / self.cut.seconds).clamp(0.0, 99.0);
                run.percent.store(percent as i64, Ordering::Relaxed);
                match run.stop.load(Ordering::Relaxed) || Instant::now() > until {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            };
            let made = match video::edit(work, (format, &self.cut), patience, &mut progress)? {
                Ok(made) => made,
                Err(failed) => return Ok(Err(failed)),
            };
            let bytes = fs::metadata(&made)?.len();
            films.storage.renditions.keep(shelf, &made)?;
            Ok(Ok(bytes))
        });
        match made {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(Failed::Stopped)) => Err(Error::Busy(LATE)),
            Ok(Err(Failed::Refused(refusal))) => {
                tracing::warn!(%shelf, %refusal, "a cut cannot be made");
                Err(Error::BadRequest(NOTHING_LEFT.into()))
            }
            Err(_) if Instant::now() > until => Err(Error::Busy(LATE)),
            Err(error) => Err(error.into()),
        }
    }

    /// The file that ffmpeg reads: it knows no animated WebP, so that one goes through a GIF.
    fn readable(&self, folder: &Path) -> io::Result<(PathBuf, Format)> {
        if self.format != Format::Webp {
            return Ok((self.input.clone(), self.format));
        }
        let chain = transform::parse("f-gif", &transform::Rules::default());
        let chain = chain.map_err(io::Error::other)?;
        let bytes = fs::read(&self.input)?;
        let given = Given {
            bytes: &bytes,
            size: self.file,
        };
        let asked = Asked {
            chain: &chain,
            accepts: Accepts::default(),
            pictures: &Pictures::new(),
        };
        let made = transform::apply(given, asked, &self.limits).map_err(io::Error::other)?;
        let path = folder.join("moving.gif");
        fs::write(&path, made.bytes)?;
        Ok((path, Format::Gif))
    }
}

async fn prepare(media: &Media, wanted: &Wanted<'_>) -> Result<Ready> {
    let item = wanted.item;
    let size = (item.width as u32, item.height as u32);
    let mut files = vec![(size, original(media, item).await?)];
    if item.small != 0 {
        let video::Size { width, height } = video::small_of(size);
        files.insert(0, ((width, height), small(media, item).await?));
    }
    let poster = match item.master {
        Some(_) => Some(master(media, item).await?),
        None => None,
    };
    let layers = Layers::of(media, &wanted.layers).await?;
    let films = media.films.as_ref().ok_or(Error::Busy(NO_PROGRAM))?;
    let (writes_webm, limits) = (films.tools.writes_webm, media.limits.pictures);
    let (chain, key) = (wanted.chain.clone(), item.key.clone());
    let (sound, length) = (
        item.is_video() && item.sound != 0,
        item.duration_ms as f64 / 1000.0,
    );
    let transparent = !item.is_video();
    let until = Instant::now() + media.intervals.rendition_deadline;
    let work = move || -> Result<Ready> {
        let mut left = MOST_READ;
        let limits = transform::Limits {
            until: Some(until),
            ..limits
        };
        let poster = poster.map(|poster| poster.read(&mut left)).transpose()?;
        let pictures = layers.read(&mut left)?;
        let length = match transparent {
            true => {
                let bytes = files[0].1.read(&mut left)?;
                let read = transform::seconds(&bytes, &limits);
                read.map_err(|failed| why(failed, (&key, &chain)))?
            }
            false => length,
        };
        let sizes: Vec<(u32, u32)> = files.iter().map(|(size, _)| *size).collect();
        let reel = Reel {
            size,
            files: &sizes,
            seconds: length,
            sound,
            transparent,
            poster: poster.as_deref(),
        };
        let cut = transform::cut(&reel, &chain, &pictures, &limits)
            .map_err(|failed| why(failed, (&key, &chain)))?;
        if cut.format() == Format::Webm && !writes_webm {
            return Err(Error::BadRequest(NO_WEBM.into()));
        }
        let (file, served) = files.swap_remove(cut.file);
        Ok(Ready {
            cut,
            input: served.path()?,
            format: served.format,
            file,
            length,
            limits,
        })
    };
    let pixels = u64::from(size.0) * u64::from(size.1);
    media
        .workers
        .run((wanted.by.lane(), pixels), until, work)
        .await?
}
