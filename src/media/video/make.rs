//! A video in the form in which it goes out.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::super::programs::{End, words};
use super::arguments::{BARE, LARGE, SMALL, estimate, filter, output, sound_options};
use super::probe::{Probed, is_one_frame};
use super::tools::{Asked, Work};
use super::verdict::{Plan, Size, Verdict};
use transform::{Film, Format, Refusal, video};

/// Files in the work folder.
pub struct Made {
    pub large: PathBuf,
    pub small: Option<PathBuf>,
    /// What `large` says of itself.
    pub video: video::Video,
}

/// Hears how many seconds of the video are done, and says whether to go on.
pub type Progress<'a> = &'a mut dyn FnMut(f64) -> ControlFlow<()>;

/// What is wrong with a run, beside the machine.
pub enum Failed {
    /// The video is at fault: another run would end alike.
    Refused(Refusal),
    /// Whoever listens had enough.
    Stopped,
}

pub type Outcome<T> = io::Result<Result<T, Failed>>;

/// Nothing was made for so long: it hangs.
const STUCK: Duration = Duration::from_secs(60);
/// Beside what a run is expected to take.
const GRACE: Duration = Duration::from_secs(120);
const COPY_PATIENCE: Duration = Duration::from_secs(600);
/// Bytes around what was estimated.
const HEADERS: u64 = 64 << 20;

impl<'a> Work<'a> {
    fn asked(&self, format: Format) -> Asked<'a> {
        Asked {
            folder: self.folder,
            input: self.input,
            format,
            written: 4 << 30,
            patience: COPY_PATIENCE,
            threads: 1,
        }
    }

    /// Of the length that is known, or else of the longest that is taken.
    fn seconds(&self, probed: &Probed) -> f64 {
        probed.seconds.unwrap_or((self.minutes * 60) as f64)
    }
}

/// Copies a video whose picture is kept; its sound, too, or anew. Blocking.
pub fn copy(work: Work<'_>, probed: &Probed, verdict: &Verdict) -> Outcome<Made> {
    let asked = work.asked(probed.format);
    let (picture, sound) = maps(probed);
    // A broken stream passes every test of its header and plays nowhere.
    let walk = ["-map", &picture, "-f", "null", "-"];
    let strictly = ["-xerror", "-err_detect", "explode", "-skip_frame", "nokey"];
    match work
        .tools
        .ffmpeg(&asked, (&strictly, &walk), |_| ControlFlow::Continue(()))?
    {
        End::Done => {}
        End::Killed => return Err(killed(work.folder)),
        End::Failed | End::Stopped => return Ok(Err(Failed::Refused(video::broken_stream()))),
    }
    let limit = (work.minutes * 60).to_string();
    let mut after = vec!["-map", &picture];
    if let Some(sound) = &sound {
        after.extend(["-map", sound]);
    }
    after.extend(["-c", "copy", "-t", &limit]);
    let sounds = sound_options(probed, LARGE.sound);
    if verdict.sound == Plan::Anew {
        after.extend(sounds.iter().map(String::as_str));
    }
    after.extend(BARE);
    after.extend(["-f", "mp4", "large.mp4"]);
    let end = work
        .tools
        .ffmpeg(&asked, (&[], &after), |_| ControlFlow::Continue(()))?;
    ended(end, work.folder, None)?
        .map_or_else(|failed| Ok(Err(failed)), |()| whole(work, probed, false))
}

/// Makes both sizes anew, from one decoding. Blocking.
pub fn large_and_small(
    work: Work<'_>,
    probed: &Probed,
    verdict: &Verdict,
    progress: Progress<'_>,
) -> Outcome<Made> {
    let two = verdict.small != verdict.large;
    let (picture, sound) = maps(probed);
    let first = filter(work.tools, probed, verdict.large);
    let graph = match two {
        true => {
            let Size { width, height } = verdict.small;
            format!(
                "[{picture}]{first},split[a][b];[b]scale={width}:{height}:flags=bicubic,setsar=1[c]"
            )
        }
        false => format!("[{picture}]{first}[a]"),
    };
    let mut after = vec!["-filter_complex".to_owned(), graph];
    after.extend(output(
        "[a]",
        sound.as_deref(),
        (work, probed),
        (&LARGE, "large.mp4"),
    ));
    if two {
        after.extend(output(
            "[c]",
            sound.as_deref(),
            (work, probed),
            (&SMALL, "small.mp4"),
        ));
    }
    let end = encode(work, probed, verdict.large, (&after, progress))?;
    ended(end, work.folder, Some(&probed.picture.codec))?
        .map_or_else(|failed| Ok(Err(failed)), |()| whole(work, probed, two))
}

/// Makes the small size of a video that was copied. Blocking.
pub fn small(
    work: Work<'_>,
    probed: &Probed,
    size: Size,
    progress: Progress<'_>,
) -> Outcome<PathBuf> {
    let (picture, sound) = maps(probed);
    let graph = format!("[{picture}]{}[a]", filter(work.tools, probed, size));
    let mut after = vec!["-filter_complex".to_owned(), graph];
    after.extend(output(
        "[a]",
        sound.as_deref(),
        (work, probed),
        (&SMALL, "small.mp4"),
    ));
    let end = encode(work, probed, size, (&after, progress))?;
    let made = work.folder.join("small.mp4");
    Ok(ended(end, work.folder, Some(&probed.picture.codec))?.map(|()| made))
}

/// Copies what was sent, freed of its tags, into a container for its author. Nothing where that container does not hold
/// it. Blocking.
pub fn keep_source(work: Work<'_>, probed: &Probed) -> io::Result<Option<(PathBuf, Format)>> {
    let (muxer, format) = match probed.format {
        Format::Mp4 => ("mp4", Format::Mp4),
        Format::Film(Film::Mov | Film::ThreeGp) => ("mov", Format::Film(Film::Mov)),
        _ => ("matroska", Format::Film(Film::Matroska)),
    };
    let (picture, sound) = maps(probed);
    let mut after = vec!["-map", &picture];
    if let Some(sound) = &sound {
        after.extend(["-map", sound]);
    }
    after.extend(["-c", "copy"]);
    after.extend(&BARE[..8]);
    after.extend(["-f", muxer, "source"]);
    let asked = work.asked(probed.format);
    let end = work
        .tools
        .ffmpeg(&asked, (&[], &after), |_| ControlFlow::Continue(()))?;
    Ok((end == End::Done).then(|| (work.folder.join("source"), format)))
}

/// Picture and sound by their numbers in the file, as ffmpeg names them.
fn maps(probed: &Probed) -> (String, Option<String>) {
    let name = |index: u32| format!("0:{index}");
    let sound = probed.sound.as_ref().map(|sound| name(sound.index));
    (name(probed.picture.index), sound)
}

fn encode(
    work: Work<'_>,
    probed: &Probed,
    size: Size,
    (after, progress): (&[String], Progress<'_>),
) -> io::Result<End> {
    let seconds = work.seconds(probed);
    let asked = Asked {
        written: (seconds * 1.5 * (LARGE.rate + SMALL.rate) as f64 / 8.0) as u64 + HEADERS,
        patience: GRACE + Duration::from_secs_f64(8.0 * estimate(probed, size) * seconds),
        threads: work.tools.threads,
        ..work.asked(probed.format)
    };
    let after: Vec<&str> = after.iter().map(String::as_str).collect();
    let before = ["-progress", "pipe:1", "-stats_period", "0.5"];
    let (mut line, mut done, mut grown) = (Vec::new(), 0.0, Instant::now());
    work.tools.ffmpeg(&asked, (&before, &after), |piece| {
        for byte in piece {
            if *byte != b'\n' {
                line.push(*byte);
                continue;
            }
            if let Some(now) = seconds_of(&line).filter(|now| *now > done) {
                (done, grown) = (now, Instant::now());
            }
            line.clear();
        }
        if grown.elapsed() > STUCK {
            return ControlFlow::Break(());
        }
        progress(done)
    })
}

/// `out_time_us=1234567`.
pub(super) fn seconds_of(line: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(line).ok()?;
    let microseconds: f64 = text.strip_prefix("out_time_us=")?.trim().parse().ok()?;
    Some(microseconds / 1e6)
}

/// `codec` names what could not be read, where something was made anew.
pub(super) fn ended(end: End, folder: &Path, codec: Option<&str>) -> Outcome<()> {
    match end {
        End::Done => Ok(Ok(())),
        End::Failed => Ok(Err(Failed::Refused(match codec {
            Some(codec) => video::unconvertible(codec),
            None => video::broken_stream(),
        }))),
        End::Stopped => Ok(Err(Failed::Stopped)),
        End::Killed => Err(killed(folder)),
    }
}

fn killed(folder: &Path) -> io::Error {
    io::Error::other(format!("ffmpeg was killed: {}", words(folder)))
}

/// Reads what was made, by our own reader: what came out much shorter than it should was cut off.
fn whole(work: Work<'_>, probed: &Probed, two: bool) -> Outcome<Made> {
    let folder = work.folder;
    let large = folder.join("large.mp4");
    let mut file = File::options().read(true).write(true).open(&large)?;
    let video = match video::ingest(&mut file, Format::Mp4, None)? {
        Ok(video) => video,
        Err(refusal) => return Ok(Err(Failed::Refused(refusal))),
    };
    let seconds = video.duration_ms as f64 / 1000.0;
    if let Some(wanted) = probed.seconds
        && seconds < wanted * 0.9
        && wanted - seconds > 0.5
        && !is_one_frame(work.tools, &work.asked(probed.format), probed)?
    {
        return Ok(Err(Failed::Refused(video::cut_off_after(seconds, wanted))));
    }
    Ok(Ok(Made {
        large,
        small: two.then(|| folder.join("small.mp4")),
        video,
    }))
}
