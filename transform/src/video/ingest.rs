//! A video on its way in.

use std::io::{self, Read, Seek, Write};
use std::time::Instant;

use super::film::Video;
use super::probe::probe;
use super::refusals::damaged;
use super::scrub::scrub;
use crate::format::Format;
use crate::refusal::Refusal;

/// Reads a video, rids it of its metadata in place, and reads it once more: a file whose parts lie in each other would
/// be another one afterwards, and is refused.
///
/// What asks for more work than its length allows is refused, and so is what takes longer than `until`.
pub fn ingest<F: Read + Write + Seek>(
    file: &mut F,
    format: Format,
    until: Option<Instant>,
) -> io::Result<Result<Video, Refusal>> {
    let video = match probe(file, format, until) {
        Ok(video) => video,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Err(refusal) = scrub(file, until)? {
        return Ok(Err(refusal));
    }
    Ok(match probe(file, format, until) {
        Ok(again) if again == video => Ok(video),
        Ok(_) | Err(_) => Err(damaged("Parts of the video lie in each other.")),
    })
}
