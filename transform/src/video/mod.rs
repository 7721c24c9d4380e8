//! What a video is, and what it must not tell: only the boxes around the pictures are read or
//! written.
//!
//! Ready for any browser or refused: nothing is re-encoded here. The places of metadata are
//! overwritten where they stand, so that no byte moves and no offset table has to follow. What an
//! encoder hides inside the coded pictures themselves stays.

mod boxes;
mod ebml;
mod mp4;
mod scrub_mp4;
mod scrub_webm;
#[cfg(test)]
mod tests;
mod webm;

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::format::Format;
use crate::refusal::Refusal;

/// What a page needs to know before it plays a video.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Video {
    pub format: Format,
    /// Pixels as shown: after the track's rotation and the sample aspect ratio.
    pub width: u32,
    pub height: u32,
    /// Milliseconds; 0 when the file does not say.
    pub duration_ms: u64,
    /// Named as in RFC 6381: `avc1`, `avc3`, `av01`, `vp09`; in WebM `VP8`, `VP9`, `av01`.
    pub codec: String,
    pub audio: bool,
}

/// Reads the boxes of a whole file (MP4: ISO/IEC 14496-12, WebM: RFC 9559), wherever its cursor
/// stands.
///
/// Refuses what some current browser does not play, and what is cut off or contradicts itself.
pub fn probe<F: Read + Seek>(file: &mut F, format: Format) -> Result<Video, Refusal> {
    let video = match format {
        Format::Mp4 => mp4::probe(file)?,
        Format::Webm => webm::probe(file)?,
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

/// Overwrites in place everything that tells where, when or with what a video was taken; says in
/// how many places.
///
/// A box that no player needs becomes a `free` box (MP4) or a `Void` element (WebM) full of zeros,
/// whatever its name. Times of creation and the names of handlers, encoders and programs are
/// zeroed. A track that is neither picture nor sound goes with its samples (Apple, DJI and GoPro
/// write positions there; in a fragmented MP4 the samples stay, but nothing points to them). No
/// byte moves, and a second run finds nothing to do. Fails when the file cannot be read or written,
/// and with `InvalidData` where `probe` would refuse the structure.
pub fn scrub<F: Read + Write + Seek>(file: &mut F) -> io::Result<u32> {
    match read_at(file, 0, 4)?.as_slice() {
        ebml::MAGIC => scrub_webm::scrub(file),
        _ => scrub_mp4::scrub(file),
    }
}

/// Of the pixels, as coded and as shown.
const SIDES: std::ops::RangeInclusive<u64> = 1..=16384;
const LONGEST_MS: u64 = 31 * 24 * 3600 * 1000;
const AGAIN: &str = "Send it again from the device that made it, or save a new copy first.";
const AS_MP4: &str = "Save it again as MP4 with H.264 picture and AAC sound.";
const ON_IPHONE: &str = "On an iPhone choose Settings > Camera > Formats > Most Compatible, or \
                         share it as a smaller copy.";

fn length_of<F: Seek>(file: &mut F) -> io::Result<u64> {
    file.seek(SeekFrom::End(0))
}

/// Up to `len` bytes from `at`: what memory it takes is bounded by what the file really holds.
fn read_at<F: Read + Seek>(file: &mut F, at: u64, len: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(len).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes `start..end` hold `head` and zeros behind it; says whether that changed anything.
fn blank<F: Read + Write + Seek>(
    file: &mut F,
    start: u64,
    head: &[u8],
    end: u64,
) -> io::Result<bool> {
    let (mut changed, mut at) = (false, start);
    while at < end {
        let here = read_at(file, at, (end - at).min(64 << 10))?;
        if here.is_empty() {
            break;
        }
        let mut wanted = vec![0; here.len()];
        if at == start {
            let len = head.len().min(wanted.len());
            wanted[..len].copy_from_slice(&head[..len]);
        }
        if here != wanted {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&wanted)?;
            changed = true;
        }
        at += here.len() as u64;
    }
    Ok(changed)
}

/// The big-endian number of `len` (at most eight) bytes at `at`, where they exist.
fn number(bytes: &[u8], at: u64, len: u64) -> Option<u64> {
    let start = usize::try_from(at).ok()?;
    let end = usize::try_from(at.checked_add(len)?).ok()?;
    Some(
        bytes
            .get(start..end)?
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

fn damaged(reason: &str) -> Refusal {
    Refusal::Damaged {
        reason: reason.to_owned(),
        advice: AGAIN.to_owned(),
    }
}

fn broken() -> Refusal {
    damaged("The video's header is damaged.")
}

fn cut_off() -> Refusal {
    damaged("The video is cut off: its end is missing.")
}

fn no_frames() -> Refusal {
    damaged("The video holds no frames.")
}

fn too_large() -> Refusal {
    Refusal::TooLarge {
        reason: "The video's header is too large.".to_owned(),
        advice: AS_MP4.to_owned(),
    }
}

fn unreadable(_: io::Error) -> Refusal {
    damaged("The video could not be read to its end.")
}

fn invalid() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the video's structure cannot be followed",
    )
}

fn unsupported(reason: &str, advice: &str) -> Refusal {
    Refusal::Unsupported {
        reason: reason.to_owned(),
        advice: advice.to_owned(),
    }
}

fn no_picture() -> Refusal {
    unsupported(
        "This file has no picture.",
        "Choose a video with a picture.",
    )
}

fn protected() -> Refusal {
    unsupported(
        "The video is copy-protected.",
        "Choose one that plays without a licence.",
    )
}

/// For a four-letter code of MP4 or a codec id of WebM that some browser does not play.
fn unplayable(part: &str, code: &str) -> Refusal {
    let name = match code {
        "hvc1" | "hev1" | "dvh1" | "dvhe" | "V_MPEGH/ISO/HEVC" => "HEVC (H.265)",
        "vvc1" | "vvi1" => "VVC (H.266)",
        "avc1" | "avc3" | "V_MPEG4/ISO/AVC" => "H.264 outside MP4",
        "mp4v" | "V_MPEG4/ISO/SP" | "V_MPEG4/ISO/ASP" => "MPEG-4 part 2",
        "s263" | "h263" | "H263" => "H.263",
        "apco" | "apcs" | "apcn" | "apch" | "ap4h" | "ap4x" | "V_PRORES" => "ProRes",
        "jpeg" | "mjpa" | "mjpb" | "mjpg" | "V_MJPEG" => "Motion JPEG",
        "ac-3" | "A_AC3" => "AC-3 (Dolby Digital)",
        "ec-3" | "A_EAC3" => "E-AC-3 (Dolby Digital Plus)",
        "sowt" | "twos" | "lpcm" | "ipcm" | "fpcm" | "raw " | "in24" | "in32" | "fl32" | "fl64"
        | "NONE" | "A_PCM/INT/LIT" | "A_PCM/INT/BIG" | "A_PCM/FLOAT/IEEE" => "uncompressed PCM",
        "samr" | "sawb" => "AMR",
        "alac" | "A_ALAC" => "Apple Lossless",
        "A_AAC" => "AAC outside MP4",
        _ => &code
            .chars()
            .filter(|c| c.is_ascii_graphic())
            .take(20)
            .collect::<String>(),
    };
    let reason =
        format!("The {part} of this video is coded as {name}, which not every browser plays.");
    unsupported(
        &reason,
        if name.starts_with("HEVC") {
            ON_IPHONE
        } else {
            AS_MP4
        },
    )
}
