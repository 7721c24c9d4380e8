//! The best picture of a video: bright, rich in contrast and sharp, chosen among its keyframes by a measure of our own.
//! (ffmpeg's `thumbnail` filter keeps a hundred frames at full size, and takes black after a black beginning.)

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use super::super::programs::{End, words};
use super::arguments::filter;
use super::probe::Probed;
use super::tools::{Asked, Work};
use super::verdict::Size;
use transform::Format;

/// The frames that are measured.
const WIDTH: usize = 160;
const HEIGHT: usize = 90;
const FRAME: usize = WIDTH * HEIGHT * 3;
const MOST_FRAMES: usize = 60;
/// Only so much of the beginning is looked through.
const LOOKED_THROUGH: &str = "120";
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest side of what is kept.
const LONGEST: f64 = 2048.0;

/// The best picture as a JPEG; nothing where there is none to be had. Blocking.
pub fn poster(work: Work<'_>, probed: &Probed) -> io::Result<Option<Vec<u8>>> {
    let mut frames = frames(
        work,
        probed,
        &["-skip_frame", "nokey", "-t", LOOKED_THROUGH],
        "",
    )?;
    if frames.len() < 4 && probed.seconds.is_none_or(|seconds| seconds > 4.0) {
        frames = self::frames(work, probed, &["-t", "10"], "fps=2,")?;
    }
    let best = frames.iter().enumerate().max_by(|(a, one), (b, other)| {
        let score = |at: usize, frame: &Frame| {
            // Of two that are alike the earlier.
            let early = if at * 3 <= frames.len() { 1.03 } else { 1.0 };
            frame.score * early
        };
        score(*a, one).total_cmp(&score(*b, other))
    });
    let at = best.map_or(0.0, |(_, frame)| frame.seconds);
    frame_at(work, probed, at)
}

/// The frame at that time as a JPEG of at most 2048 pixels; nothing where there is none. Blocking.
fn frame_at(work: Work<'_>, probed: &Probed, seconds: f64) -> io::Result<Option<Vec<u8>>> {
    let (width, height) = probed.shown();
    let factor = (LONGEST / width.max(height)).min(1.0);
    let side = |side: f64| ((side * factor / 2.0).round() as u32 * 2).max(2);
    let size = Size {
        width: side(width),
        height: side(height),
    };
    let graph = format!(
        "[0:{}]{}[a]",
        probed.picture.index,
        filter(work.tools, probed, size)
    );
    still(work, probed.format, (&graph, seconds))
}

/// The frame at that time of a video that goes out. Blocking.
pub fn frame_of(work: Work<'_>, format: Format, seconds: f64) -> io::Result<Option<Vec<u8>>> {
    still(work, format, ("[0:v:0]format=yuvj420p[a]", seconds))
}

fn still(
    work: Work<'_>,
    format: Format,
    (graph, seconds): (&str, f64),
) -> io::Result<Option<Vec<u8>>> {
    let seek = format!("{seconds:.3}");
    let after = [
        "-filter_complex",
        graph,
        "-map",
        "[a]",
        "-frames:v",
        "1",
        "-f",
        "image2",
        "-c:v",
        "mjpeg",
        "-pix_fmt",
        "yuvj420p",
        "-q:v",
        "2",
        "poster.jpg",
    ];
    let end = work
        .tools
        .ffmpeg(&asked(work, format), (&["-ss", &seek], &after), |_| {
            ControlFlow::Continue(())
        })?;
    match end {
        End::Done => Ok(fs::read(work.folder.join("poster.jpg")).ok()),
        _ => Ok(None),
    }
}

fn asked(work: Work<'_>, format: Format) -> Asked<'_> {
    Asked {
        folder: work.folder,
        input: work.input,
        format,
        written: 64 << 20,
        patience: PATIENCE,
        threads: 1,
    }
}

struct Frame {
    seconds: f64,
    score: f64,
}

fn frames(work: Work<'_>, probed: &Probed, before: &[&str], rate: &str) -> io::Result<Vec<Frame>> {
    let map = format!("0:{}", probed.picture.index);
    let graph = format!("{rate}scale={WIDTH}:{HEIGHT},format=rgb24,showinfo");
    // `showinfo` says when each frame is, among the program's words.
    let before: Vec<&str> = ["-v", "info"].iter().chain(before).copied().collect();
    let after = [
        "-map",
        &map,
        "-an",
        "-vsync",
        "passthrough",
        "-vf",
        &graph,
        "-f",
        "rawvideo",
        "pipe:1",
    ];
    let (mut scores, mut rest) = (Vec::new(), Vec::new());
    work.tools
        .ffmpeg(&asked(work, probed.format), (&before, &after), |piece| {
            rest.extend_from_slice(piece);
            while rest.len() >= FRAME {
                scores.push(score(&rest[..FRAME]));
                rest.drain(..FRAME);
            }
            match scores.len() < MOST_FRAMES {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        })?;
    let said = words_of_frames(&words(work.folder));
    Ok(scores
        .into_iter()
        .zip(said)
        .map(|(score, seconds)| Frame { seconds, score })
        .collect())
}

/// The times that `showinfo` names: `… pts_time:1.5 …`.
fn words_of_frames(words: &str) -> Vec<f64> {
    let times = words.lines().filter_map(|line| {
        let (_, rest) = line.split_once("pts_time:")?;
        rest.split_whitespace().next()?.parse().ok()
    });
    times.collect()
}

/// Light, times contrast and sharpness: nothing for what is nearly black or white, and little for blur.
fn score(rgb: &[u8]) -> f64 {
    let luma: Vec<f64> = rgb
        .chunks_exact(3)
        .map(|pixel| {
            0.299 * f64::from(pixel[0]) + 0.587 * f64::from(pixel[1]) + 0.114 * f64::from(pixel[2])
        })
        .collect();
    let count = luma.len() as f64;
    let mean = luma.iter().sum::<f64>() / count;
    let contrast = (luma.iter().map(|light| (light - mean).powi(2)).sum::<f64>() / count).sqrt();
    let mut edges = 0.0;
    for y in 1..HEIGHT - 1 {
        for x in 1..WIDTH - 1 {
            let at = y * WIDTH + x;
            let around = luma[at - 1] + luma[at + 1] + luma[at - WIDTH] + luma[at + WIDTH];
            edges += (around - 4.0 * luma[at]).abs();
        }
    }
    let sharpness = edges / ((WIDTH - 2) * (HEIGHT - 2)) as f64;
    let light = match mean {
        dark if dark < 50.0 => dark / 50.0,
        bright if bright > 215.0 => (255.0 - bright) / 40.0,
        _ => 1.0,
    };
    light * (contrast + 2.0 * sharpness.min(30.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(light: impl Fn(usize, usize) -> u8) -> f64 {
        let pixels = (0..WIDTH * HEIGHT).flat_map(|at| [light(at % WIDTH, at / WIDTH); 3]);
        score(&pixels.collect::<Vec<_>>())
    }

    #[test]
    fn a_bright_sharp_frame_is_better_than_a_dark_pale_or_blurred_one() {
        let good = frame(|x, y| if (x / 8 + y / 8) % 2 == 0 { 60 } else { 190 });
        for (what, poor) in [
            ("black", frame(|_, _| 0)),
            ("white", frame(|_, _| 255)),
            ("gray", frame(|_, _| 128)),
            (
                "dark",
                frame(|x, y| if (x / 8 + y / 8) % 2 == 0 { 0 } else { 30 }),
            ),
            ("blurred", frame(|x, _| 60 + (x * 130 / WIDTH) as u8)),
        ] {
            assert!(poor < good, "{what}: {poor} and not below {good}");
        }
    }

    #[test]
    fn times_are_read_from_what_is_said() {
        let words = "Input #0\n[Parsed_showinfo_2 @ 0x1] n:   0 pts:      0 pts_time:0       pos: 48\n\
                     [Parsed_showinfo_2 @ 0x1] n:   1 pts:  10240 pts_time:0.8     pos: 9\nx";
        assert_eq!(words_of_frames(words), [0.0, 0.8]);
    }
}
