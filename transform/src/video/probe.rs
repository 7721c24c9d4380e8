//! What a video is, told by its header.

use std::io::{Read, Seek};
use std::time::Instant;

use super::budget::Budget;
use super::film::{SIDES, Video};
use super::refusals::{damaged, no_picture, protected, unreadable};
use super::{mp4, webm};
use crate::format::{Film, Format};
use crate::refusal::Refusal;

const LONGEST_MS: u64 = 31 * 24 * 3600 * 1000;

/// Reads the boxes of a whole file (MP4: ISO/IEC 14496-12, WebM: RFC 9559), wherever its cursor
/// stands.
///
/// Refuses what some current browser does not play, and what is cut off or contradicts itself.
///
/// What asks for more work than its length allows is refused, and so is what takes longer than `until`.
pub fn probe<F: Read + Seek>(
    file: &mut F,
    format: Format,
    until: Option<Instant>,
) -> Result<Video, Refusal> {
    let mut file = Budget::new(file, until).map_err(unreadable)?;
    let video = match format {
        Format::Mp4 | Format::Film(Film::Mov | Film::ThreeGp) => mp4::probe(&mut file)?,
        Format::Webm => webm::probe(&mut file)?,
        _ => return Err(no_picture()),
    };
    if [video.width, video.height]
        .iter()
        .any(|side| !SIDES.contains(&u64::from(*side)))
    {
        return Err(damaged(&format!(
            "The video says that its picture is {} by {} pixels, which cannot be.",
            video.width, video.height
        )));
    }
    if video.duration_ms > LONGEST_MS {
        return Err(damaged(
            "The video says that it lasts for more than a month, which cannot be.",
        ));
    }
    Ok(video)
}

/// What is wrong with a file that a program is to read, whatever is coded in it: that it is cut off, protected or without a
/// picture. A program would show what there is of it, or take what is encrypted for pictures.
pub fn survey<F: Read + Seek>(
    file: &mut F,
    format: Format,
    until: Option<Instant>,
) -> Result<(), Refusal> {
    if !matches!(
        format,
        Format::Mp4 | Format::Webm | Format::Film(Film::Mov | Film::ThreeGp)
    ) {
        return Ok(());
    }
    match probe(file, format, until) {
        Err(refusal @ Refusal::Unsupported { .. }) if refusal == protected() => Err(refusal),
        Err(refusal @ (Refusal::Damaged { .. } | Refusal::TooLarge { .. })) => Err(refusal),
        Ok(_) | Err(Refusal::Unsupported { .. }) => Ok(()),
    }
}
