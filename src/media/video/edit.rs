//! A video cut as a chain says.

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use super::arguments::{BARE, LARGE, h264};
use super::make::{Failed, Outcome, Progress, ended, seconds_of};
use super::tools::{Asked, Work};
use transform::{Coded, Cut, Format, video};

/// Bytes of a second of what is made, and around all of it.
const BYTES_PER_SECOND: u64 = LARGE.rate / 4;
const HEADERS: u64 = 16 << 20;

/// Makes it; the file is in the work folder. `progress` hears how many seconds are done. Blocking.
pub fn edit(
    work: Work<'_>,
    (format, cut): (Format, &Cut),
    patience: Duration,
    progress: Progress<'_>,
) -> Outcome<PathBuf> {
    for (n, picture) in cut.over.iter().enumerate() {
        fs::write(work.folder.join(format!("over{n}.png")), picture)?;
    }
    let asked = Asked {
        folder: work.folder,
        input: work.input,
        format,
        written: cut.seconds.ceil() as u64 * BYTES_PER_SECOND + HEADERS,
        patience,
        threads: 1,
    };
    let (start, seconds) = (format!("{:.2}", cut.start), format!("{:.2}", cut.seconds));
    let mut before = vec!["-progress", "pipe:1", "-stats_period", "0.5"];
    if cut.start > 0.0 {
        before.extend(["-ss", &start]);
    }
    before.extend(["-t", &seconds]);
    let after = arguments(cut, format, work.tools.as_they_come());
    let after: Vec<&str> = after.iter().map(String::as_str).collect();
    let mut line = Vec::new();
    let mut done = 0.0;
    let end = work.tools.ffmpeg(&asked, (&before, &after), |piece| {
        for byte in piece {
            match byte {
                b'\n' => {
                    done = seconds_of(&line).unwrap_or(done);
                    line.clear();
                }
                other => line.push(*other),
            }
        }
        progress(done)
    })?;
    if let Err(failed) = ended(end, work.folder, Some("this video"))? {
        return Ok(Err(failed));
    }
    let made = work.folder.join(NAME);
    // At the very end of a video there may be sound and no frame any more.
    if cut.picture.is_some()
        && let Err(refusal) = video::probe(&mut File::open(&made)?, cut.format(), None)
    {
        return Ok(Err(Failed::Refused(refusal)));
    }
    Ok(Ok(made))
}

/// A video in segments.
pub struct Segments {
    pub stream: PathBuf,
    /// Where in it they are (RFC 8216, 4.3.2.2).
    pub list: PathBuf,
}

/// Seconds of a segment: three keyframes of ours.
const SEGMENT: &str = "6";
const STREAM: &str = "ik-stream.mp4";
const LIST: &str = "ik-stream.m3u8";

/// Copies a video that goes out into segments. Blocking.
pub fn segment(work: Work<'_>) -> Outcome<Segments> {
    let asked = Asked {
        folder: work.folder,
        input: work.input,
        format: Format::Mp4,
        written: fs::metadata(work.input)?.len() * 2 + HEADERS,
        patience: Duration::from_secs(60),
        threads: 1,
    };
    let mut after = vec!["-map", "0:v:0", "-map", "0:a:0?", "-c", "copy"];
    after.extend(&BARE[..8]);
    after.extend([
        "-f",
        "hls",
        "-hls_time",
        SEGMENT,
        "-hls_playlist_type",
        "vod",
    ]);
    after.extend(["-hls_segment_type", "fmp4", "-hls_flags", "single_file"]);
    after.extend(["-hls_segment_filename", STREAM, LIST]);
    let end = work
        .tools
        .ffmpeg(&asked, (&[], &after), |_| ControlFlow::Continue(()))?;
    let segments = Segments {
        stream: work.folder.join(STREAM),
        list: work.folder.join(LIST),
    };
    Ok(ended(end, work.folder, None)?.map(|()| segments))
}

const NAME: &str = "cut";

fn arguments(cut: &Cut, format: Format, as_they_come: [&str; 2]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut say = |words: &[&str]| all.extend(words.iter().map(|word| (*word).to_owned()));
    for n in 0..cut.over.len() {
        let name = format!("over{n}.png");
        say(&["-protocol_whitelist", "file", "-f", "png_pipe", "-i", &name]);
    }
    match cut.picture {
        Some(_) if cut.copies => say(&["-map", "0:v:0", "-c:v", "copy"]),
        Some(coded) => {
            say(&["-filter_complex", &cut.graph, "-map", "[v]"]);
            let quality = f64::from(cut.quality);
            match coded {
                Coded::Mp4 => {
                    let crf = (38.0 - 0.26 * quality)
                        .clamp(16.0, 38.0)
                        .round()
                        .to_string();
                    let options = h264(&crf, LARGE.rate);
                    say(&options.iter().map(String::as_str).collect::<Vec<_>>());
                }
                Coded::Webm => {
                    let crf = (50.0 - 0.34 * quality)
                        .clamp(10.0, 50.0)
                        .round()
                        .to_string();
                    say(&[
                        "-c:v",
                        "libvpx-vp9",
                        "-deadline",
                        "realtime",
                        "-cpu-used",
                        "8",
                    ]);
                    say(&["-crf", &crf, "-b:v", "0"]);
                }
            }
            say(&as_they_come);
            say(&["-threads", "1"]);
        }
        None => say(&["-vn"]),
    }
    match cut.sound {
        Some(Coded::Mp4) if format == Format::Mp4 && cut.start == 0.0 => {
            say(&["-map", "0:a:0", "-c:a", "copy"]);
        }
        Some(Coded::Mp4) => say(&["-map", "0:a:0", "-c:a", "aac", "-b:a", "96k"]),
        Some(Coded::Webm) => say(&["-map", "0:a:0", "-c:a", "libopus", "-b:a", "64k"]),
        None => say(&["-an"]),
    }
    match cut.format() {
        Format::Webm => {
            say(&BARE[..8]);
            say(&["-f", "webm"]);
        }
        _ => {
            say(&BARE);
            say(&["-f", "mp4"]);
        }
    }
    say(&[NAME]);
    all
}

/// Seconds of one processor that it takes (measured: docs/benchmarks.md).
pub fn estimate(cut: &Cut, file: (u32, u32)) -> f64 {
    let millions = |(width, height): (u32, u32)| f64::from(width) * f64::from(height) / 1e6;
    if cut.copies || cut.picture.is_none() {
        return 0.1 + 0.01 * cut.seconds;
    }
    let slower = if cut.picture == Some(Coded::Webm) {
        1.5
    } else {
        1.0
    };
    // A seek decodes from the keyframe before, two seconds away at most.
    0.2 + (cut.seconds + if cut.start > 0.0 { 1.0 } else { 0.0 })
        * (0.14 * millions(file) + slower * 0.6 * millions(cut.size))
}
