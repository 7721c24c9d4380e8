//! Looks into a WebM, after RFC 9559 (Matroska); the codecs are those of the WebM project's
//! guidelines.
//!
//! Segments and clusters are not nested here but entered: a live recording does not know their
//! sizes, and one flat walk takes both kinds.

use std::io::{Read, Seek};

use super::ebml::*;
use super::film::{SIDES, Video};
use super::refusals::{
    AS_MP4, broken, cut_off, no_frames, no_picture, protected, too_large, unplayable, unreadable,
    unsupported,
};
use crate::files::bytes::{length_of, number, read_at};
use crate::format::Format;
use crate::refusal::Refusal;

pub fn probe<F: Read + Seek>(file: &mut F) -> Result<Video, Refusal> {
    let length = length_of(file).map_err(unreadable)?;
    let ebml = element_at(file, 0)
        .map_err(unreadable)?
        .filter(|element| element.id == EBML);
    let ebml = ebml.ok_or_else(broken)?;
    let header = load(file, &ebml, length)?;
    match child(&header, DOC_TYPE)
        .ok_or_else(broken)?
        .trim_ascii_end()
    {
        b"webm" | b"webm\0" => {}
        b"matroska" => {
            return Err(unsupported(
                "This is a Matroska film (.mkv), which not every browser plays.",
                AS_MP4,
            ));
        }
        _ => return Err(broken()),
    }
    let mut film = Film::default();
    let (mut at, mut limit, mut steps) = (ebml.body + header.len() as u64, length, 0);
    while at < limit {
        steps += 1;
        if steps > MOST_ELEMENTS {
            return Err(too_large());
        }
        let element = element_at(file, at)
            .map_err(unreadable)?
            .ok_or_else(broken)?;
        if element.end.is_some_and(|end| end > limit) {
            return Err(cut_off());
        }
        if element.id == SEGMENT {
            limit = element.end.unwrap_or(limit);
        }
        at = if film.enters(&element) {
            element.body
        } else {
            element.end.ok_or_else(broken)?
        };
        film.take(file, &element, limit)?;
    }
    film.video(film.picture.clone().ok_or_else(no_picture)?)
}

/// What the walk has seen.
#[derive(Default)]
struct Film {
    duration_ms: Option<f64>,
    scale: Option<u64>,
    picture: Option<Video>,
    audio: bool,
    clusters: u64,
    cluster_ticks: u64,
    last_ticks: u64,
}

impl Film {
    /// Blocks are looked at one by one only where `Info` gives no duration, as in a browser's own
    /// recordings.
    fn enters(&self, element: &Element) -> bool {
        match element.id {
            SEGMENT => true,
            CLUSTER => element.end.is_none() || self.duration_ms.is_none(),
            BLOCK_GROUP => self.duration_ms.is_none(),
            _ => false,
        }
    }

    fn take<F: Read + Seek>(
        &mut self,
        file: &mut F,
        element: &Element,
        length: u64,
    ) -> Result<(), Refusal> {
        match element.id {
            INFO => {
                let info = load(file, element, length)?;
                let scale = uint(&info, TIMESTAMP_SCALE).unwrap_or(1_000_000);
                self.scale = Some(scale);
                let ticks = child(&info, DURATION)
                    .and_then(float)
                    .filter(|ticks| *ticks > 0.0);
                self.duration_ms = ticks.map(|ticks| ticks * scale as f64 / 1e6);
            }
            TRACKS => self.take_tracks(&load(file, element, length)?)?,
            CLUSTER => self.clusters += 1,
            TIMESTAMP => {
                let bytes = read_at(
                    file,
                    element.body,
                    8.min(element.end.unwrap_or(0) - element.body),
                );
                let bytes = bytes.map_err(unreadable)?;
                self.cluster_ticks = number(&bytes, 0, bytes.len() as u64).unwrap_or(0);
            }
            SIMPLE_BLOCK | BLOCK => {
                let head = read_at(file, element.body, 10).map_err(unreadable)?;
                let (_, len) = vint(&head).ok_or_else(broken)?;
                let offset = number(&head, len, 2).ok_or_else(broken)? as u16 as i16;
                let ticks = self.cluster_ticks.saturating_add_signed(offset.into());
                self.last_ticks = self.last_ticks.max(ticks);
            }
            _ => {}
        }
        Ok(())
    }

    fn take_tracks(&mut self, tracks: &[u8]) -> Result<(), Refusal> {
        let (mut picture, mut sound) = (None, None);
        for entry in all(tracks, TRACK_ENTRY) {
            let codec = child(entry, CODEC_ID).map(|id| String::from_utf8_lossy(id).into_owned());
            let codec = codec.unwrap_or_default().trim_end_matches('\0').to_owned();
            match uint(entry, TRACK_TYPE) {
                Some(1) if !matches!(picture, Some(Ok(_))) => {
                    picture = Some(read_picture(entry, &codec))
                }
                Some(2) if !matches!(sound, Some(Ok(()))) => {
                    sound = Some(read_sound(entry, &codec))
                }
                _ => {}
            }
        }
        self.picture = picture.transpose()?;
        self.audio = sound.transpose()?.is_some();
        Ok(())
    }

    fn video(&self, picture: Video) -> Result<Video, Refusal> {
        if self.clusters == 0 {
            return Err(no_frames());
        }
        let counted = self.last_ticks as f64 * self.scale.unwrap_or(1_000_000) as f64 / 1e6;
        // `as` saturates: an absurd duration is refused by the caller.
        let duration_ms = self.duration_ms.unwrap_or(counted).round() as u64;
        Ok(Video {
            duration_ms,
            audio: self.audio,
            ..picture
        })
    }
}

fn read_picture(entry: &[u8], codec: &str) -> Result<Video, Refusal> {
    require_open(entry)?;
    let name = match codec {
        "V_VP8" => "VP8",
        "V_VP9" => "VP9",
        "V_AV1" => "av01",
        _ => return Err(unplayable("picture", codec)),
    };
    let video = child(entry, VIDEO).ok_or_else(broken)?;
    let (width, height) = shown_size(video).ok_or_else(broken)?;
    Ok(Video {
        format: Format::Webm,
        width,
        height,
        duration_ms: 0,
        codec: name.to_owned(),
        audio: false,
    })
}

fn read_sound(entry: &[u8], codec: &str) -> Result<(), Refusal> {
    require_open(entry)?;
    match codec {
        "A_OPUS" | "A_VORBIS" => Ok(()),
        _ => Err(unplayable("sound", codec)),
    }
}

/// RFC 9559, 5.1.4.1.28: the display size is in pixels (unit 0) or only a ratio (unit 3).
fn shown_size(video: &[u8]) -> Option<(u32, u32)> {
    let (width, height) = (uint(video, 0xb0)?, uint(video, 0xba)?);
    let shown = match (
        uint(video, 0x54b0),
        uint(video, 0x54ba),
        uint(video, 0x54b2).unwrap_or(0),
    ) {
        _ if !SIDES.contains(&width) || !SIDES.contains(&height) => (width, height),
        (Some(across @ 1..), Some(down @ 1..), 0) => (across, down),
        (Some(across @ 1..), Some(down @ 1..), 3) => (
            height.checked_mul(across)?.checked_add(down / 2)? / down,
            height,
        ),
        _ => (width, height),
    };
    Some((u32::try_from(shown.0).ok()?, u32::try_from(shown.1).ok()?))
}

fn require_open(entry: &[u8]) -> Result<(), Refusal> {
    let mut encodings = child(entry, CONTENT_ENCODINGS)
        .into_iter()
        .flat_map(|list| all(list, CONTENT_ENCODING));
    match encodings.any(|encoding| child(encoding, CONTENT_ENCRYPTION).is_some()) {
        true => Err(protected()),
        false => Ok(()),
    }
}

fn load<F: Read + Seek>(file: &mut F, element: &Element, length: u64) -> Result<Vec<u8>, Refusal> {
    let end = element
        .end
        .filter(|end| *end <= length)
        .ok_or_else(broken)?;
    if end - element.body > LARGEST_HEADER {
        return Err(too_large());
    }
    read_at(file, element.body, end - element.body).map_err(unreadable)
}
