//! Looks into an MP4, after ISO/IEC 14496-12 (headers, fragments) and 14496-14 and -15 (sample
//! entries).
//!
//! A function that returns `Option` answers `None` for a box that is missing, lies about its size
//! or is too short.

use std::io::{Read, Seek};

use super::avc;
use super::film::{SIDES, Video};
use super::refusals::{
    broken, cut_off, damaged, no_frames, no_picture, protected, too_large, unplayable, unreadable,
};
use super::tables::{MOST_TRACKS, chunks, handler};
use crate::files::boxes::{Found, Kind, LARGEST_HEADER, MOST_BOXES, all, child, next_box, outline};
use crate::files::bytes::{length_of, number, read_at};
use crate::format::Format;
use crate::refusal::Refusal;

pub fn probe<F: Read + Seek>(file: &mut F) -> Result<Video, Refusal> {
    let length = length_of(file).map_err(unreadable)?;
    let outline = outline(file, length).map_err(unreadable)?;
    if outline.boxes.len() >= MOST_BOXES {
        return Err(too_large());
    }
    let Some(moov) = outline.boxes.iter().find(|found| &found.kind == b"moov") else {
        return Err(damaged(
            "The video is incomplete: its table of contents is missing.",
        ));
    };
    let mut movie = read_movie(&load(file, moov)?, length)?;
    if outline.cut {
        return Err(cut_off());
    }
    let mut ticks = 0_u64;
    for moof in outline.boxes.iter().filter(|found| &found.kind == b"moof") {
        movie.has_frames = true;
        ticks =
            ticks.saturating_add(fragment_ticks(&load(file, moof)?, &movie).ok_or_else(broken)?);
    }
    if !movie.has_frames {
        return Err(no_frames());
    }
    let summed = milliseconds(ticks, movie.timescale);
    movie.video.duration_ms = movie.video.duration_ms.max(summed);
    Ok(movie.video)
}

struct Movie {
    video: Video,
    track: u64,
    timescale: u64,
    frame_ticks: u64,
    has_frames: bool,
}

fn read_movie(moov: &[u8], length: u64) -> Result<Movie, Refusal> {
    let mvhd = child(moov, b"mvhd").ok_or_else(broken)?;
    let (timescale, mut ticks) = clock(mvhd).ok_or_else(broken)?;
    let (mut picture, mut sound) = (None, None);
    if all(moov, b"trak").nth(MOST_TRACKS).is_some() {
        return Err(too_large());
    }
    for trak in all(moov, b"trak") {
        match handler(trak) {
            Some(b"vide") => prefer_playable(&mut picture, read_picture(trak, length)),
            Some(b"soun") => prefer_playable(&mut sound, read_sound(trak, length)),
            _ => {}
        }
    }
    let mut movie = picture.ok_or_else(no_picture)??;
    movie.video.audio = sound.transpose()?.is_some();
    if is_turned(mvhd, 36) == Some(true) {
        (movie.video.width, movie.video.height) = (movie.video.height, movie.video.width);
    }
    if let Some(mvex) = child(moov, b"mvex") {
        let mehd = child(mvex, b"mehd").and_then(|mehd| number(mehd, 4, 4 + 4 * wide(mehd)));
        ticks = ticks.max(mehd.unwrap_or(0));
        let mut defaults =
            all(mvex, b"trex").filter(|trex| number(trex, 4, 4) == Some(movie.track));
        movie.frame_ticks = defaults
            .next()
            .and_then(|trex| number(trex, 12, 4))
            .unwrap_or(0);
    }
    if ticks > 0 {
        movie.video.duration_ms = milliseconds(ticks, timescale);
    }
    Ok(movie)
}

/// The first track that plays; or else the reason of the first.
fn prefer_playable<T>(best: &mut Option<Result<T, Refusal>>, next: Result<T, Refusal>) {
    if best.is_none() || (matches!(best, Some(Err(_))) && next.is_ok()) {
        *best = Some(next);
    }
}

struct Track<'a> {
    clock: (u64, u64),
    stbl: &'a [u8],
    codec: Kind,
    entry: &'a [u8],
}

fn read_track(trak: &[u8]) -> Option<Track<'_>> {
    let mdia = child(trak, b"mdia")?;
    let stbl = child(child(mdia, b"minf")?, b"stbl")?;
    let entries = child(stbl, b"stsd")?.get(8..)?;
    let first = next_box(entries, 0)?;
    Some(Track {
        clock: clock(child(mdia, b"mdhd")?)?,
        stbl,
        codec: first.kind,
        entry: &entries[first.body as usize..first.end as usize],
    })
}

fn read_picture(trak: &[u8], length: u64) -> Result<Movie, Refusal> {
    let track = read_track(trak).ok_or_else(broken)?;
    let codec = String::from_utf8_lossy(&track.codec).into_owned();
    match &track.codec {
        b"avc1" | b"avc3" => {
            let boxes = track.entry.get(78..).ok_or_else(broken)?;
            let settings = child(boxes, b"avcC").ok_or_else(broken)?;
            if let Some(name) = avc::unplayable(settings) {
                return Err(unplayable("picture", name));
            }
        }
        b"av01" | b"vp09" => {}
        b"encv" | b"drmi" => return Err(protected()),
        _ => return Err(unplayable("picture", &codec)),
    }
    let has_frames = has_samples(&track, length)?;
    let tkhd = child(trak, b"tkhd").ok_or_else(broken)?;
    let (width, height) = shown_size(tkhd, track.entry).ok_or_else(broken)?;
    Ok(Movie {
        video: Video {
            format: Format::Mp4,
            width,
            height,
            duration_ms: milliseconds(track.clock.1, track.clock.0),
            codec,
            audio: false,
        },
        track: number(tkhd, 12 + 8 * wide(tkhd), 4).ok_or_else(broken)?,
        timescale: track.clock.0,
        frame_ticks: 0,
        has_frames,
    })
}

fn read_sound(trak: &[u8], length: u64) -> Result<(), Refusal> {
    let track = read_track(trak).ok_or_else(broken)?;
    match &track.codec {
        b"mp4a" => match object_type(track.entry) {
            // ISO/IEC 14496-1, table 5 and mp4ra.org: 0x40, 0x66-0x68 AAC, 0x69 and 0x6B MP3.
            // Unsaid means AAC.
            None | Some(0x40 | 0x66..=0x69 | 0x6b) => {}
            Some(0xa5) => return Err(unplayable("sound", "ac-3")),
            Some(0xa6) => return Err(unplayable("sound", "ec-3")),
            Some(other) => return Err(unplayable("sound", &format!("mp4a.{other:02x}"))),
        },
        b".mp3" | b"Opus" | b"fLaC" => {}
        b"enca" | b"drms" => return Err(protected()),
        other => return Err(unplayable("sound", &String::from_utf8_lossy(other))),
    }
    has_samples(&track, length).map(|_| ())
}

/// The sample entry's size by its `pasp`; without one, the size that the track header asks for.
fn shown_size(tkhd: &[u8], entry: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = (number(entry, 24, 2)?, number(entry, 26, 2)?);
    let late = 12 * wide(tkhd);
    let asked = (
        rounded(number(tkhd, 76 + late, 4)?, 1 << 16),
        rounded(number(tkhd, 80 + late, 4)?, 1 << 16),
    );
    let pasp = entry.get(78..).and_then(|boxes| child(boxes, b"pasp"));
    let (across, down) = pasp
        .and_then(|pasp| Some((number(pasp, 0, 4)?, number(pasp, 4, 4)?)))
        .unwrap_or((1, 1));
    let shown = match () {
        // An impossible coded side stays one: `probe` refuses it whatever the track header says.
        _ if !SIDES.contains(&width) || !SIDES.contains(&height) => (width, height),
        _ if across != down && across > 0 && down > 0 => (rounded(width * across, down), height),
        _ if asked.0 > 0 && asked.1 > 0 => asked,
        _ => (width, height),
    };
    let (width, height) = (u32::try_from(shown.0).ok()?, u32::try_from(shown.1).ok()?);
    Some(if is_turned(tkhd, 40)? {
        (height, width)
    } else {
        (width, height)
    })
}

fn rounded(number: u64, divisor: u64) -> u64 {
    (number + divisor / 2) / divisor
}

/// Whether the matrix at `at` of a version 0 header is a quarter turn.
fn is_turned(header: &[u8], at: u64) -> Option<bool> {
    let at = at + 12 * wide(header);
    let across = number(header, at, 4)? as i32;
    let down = number(header, at + 4, 4)? as i32;
    Some(down.unsigned_abs() > across.unsigned_abs())
}

/// 1 for version 1 of a header, where times and durations take eight bytes.
fn wide(header: &[u8]) -> u64 {
    u64::from(header.first() == Some(&1))
}

/// Ticks per second and ticks in all (0: unsaid) of `mvhd` and `mdhd`.
fn clock(header: &[u8]) -> Option<(u64, u64)> {
    let (at, len) = if header.first()? == &1 {
        (20, 8)
    } else {
        (12, 4)
    };
    let ticks = number(header, at + 4, len)?;
    let unsaid = u64::MAX >> (64 - 8 * len);
    Some((
        number(header, at, 4).filter(|scale| *scale > 0)?,
        if ticks == unsaid { 0 } else { ticks },
    ))
}

fn milliseconds(ticks: u64, timescale: u64) -> u64 {
    u64::try_from(u128::from(ticks) * 1000 / u128::from(timescale.max(1))).unwrap_or(u64::MAX)
}

/// The codec behind `mp4a`: in `esds` (ISO/IEC 14496-1, 7.2.6), which QuickTime wraps in `wave`.
fn object_type(entry: &[u8]) -> Option<u8> {
    let skipped = match number(entry, 8, 2)? {
        1 => 44,
        2 => 64,
        _ => 28,
    };
    let boxes = entry.get(skipped..)?;
    let esds = child(boxes, b"esds").or_else(|| child(child(boxes, b"wave")?, b"esds"))?;
    let mut rest = descriptor(esds.get(4..)?, 3)?;
    let flags = *rest.get(2)?;
    rest = rest.get(if flags & 0x80 > 0 { 5 } else { 3 }..)?;
    if flags & 0x40 > 0 {
        rest = rest.get(1 + usize::from(*rest.first()?)..)?;
    }
    let config = descriptor(rest.get(if flags & 0x20 > 0 { 2 } else { 0 }..)?, 4)?;
    config.first().copied()
}

fn descriptor(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let mut size = bytes.get(1..)?.iter().take(4);
    let size_len = size.position(|byte| byte & 0x80 == 0)? + 1;
    bytes.get(1 + size_len..).filter(|_| bytes[0] == tag)
}

/// Whether the header lists samples; all of them lie within the file.
fn has_samples(track: &Track, length: u64) -> Result<bool, Refusal> {
    let mut last = 0;
    chunks(track.stbl, |chunk| last = last.max(chunk.end)).ok_or_else(broken)?;
    if last > length {
        Err(cut_off())
    } else {
        Ok(last > 0)
    }
}

/// How long the fragment plays, by its `trun` boxes: what the head of a fragmented file says is
/// often nothing.
fn fragment_ticks(moof: &[u8], movie: &Movie) -> Option<u64> {
    let mut ticks = 0_u64;
    for traf in all(moof, b"traf") {
        let tfhd = child(traf, b"tfhd")?;
        if number(tfhd, 4, 4)? != movie.track {
            continue;
        }
        let flags = number(tfhd, 1, 3)?;
        let at = 8 + (flags & 1) * 8 + (flags & 2) * 2;
        let frame_ticks = if flags & 8 > 0 {
            number(tfhd, at, 4)?
        } else {
            movie.frame_ticks
        };
        for trun in all(traf, b"trun") {
            let (flags, count) = (number(trun, 1, 3)?, number(trun, 4, 4)?);
            let at = 8 + (flags & 1) * 4 + (flags & 4);
            let step = 4 * u64::from((flags & 0xf00).count_ones());
            let run = match flags & 0x100 {
                0 => count * frame_ticks,
                _ => (0..count)
                    .try_fold(0, |sum, row| Some(sum + number(trun, at + row * step, 4)?))?,
            };
            ticks = ticks.saturating_add(run);
        }
    }
    Some(ticks)
}

fn load<F: Read + Seek>(file: &mut F, found: &Found) -> Result<Vec<u8>, Refusal> {
    if found.end - found.body > LARGEST_HEADER {
        return Err(too_large());
    }
    read_at(file, found.body, found.end - found.body).map_err(unreadable)
}
