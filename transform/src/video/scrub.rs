//! A video freed of what it tells.

use std::io::{self, ErrorKind, Read, Seek, Write};
use std::time::Instant;

use super::budget::Budget;
use super::refusals::{broken, unreadable};
use super::{ebml, scrub_mp4, scrub_webm};
use crate::files::bytes::read_at;
use crate::refusal::Refusal;

/// Overwrites in place everything that tells where, when or with what a video was taken; says in
/// how many places.
///
/// A box that no player needs becomes a `free` box (MP4) or a `Void` element (WebM) full of zeros,
/// whatever its name. Times of creation and the names of handlers, encoders and programs are
/// zeroed. A track that is neither picture nor sound goes with its samples (Apple, DJI and GoPro
/// write positions there; in a fragmented MP4 the samples stay, but nothing points to them). No
/// byte moves, and a second run finds nothing to do. The outer error is the disk's; the inner one says that
/// the structure cannot be followed, or asks for more work than its length or the time until `until` allows.
pub fn scrub<F: Read + Write + Seek>(
    file: &mut F,
    until: Option<Instant>,
) -> io::Result<Result<u32, Refusal>> {
    let mut file = Budget::new(file, until)?;
    let done = read_at(&mut file, 0, 4).and_then(|head| match head.as_slice() {
        ebml::MAGIC => scrub_webm::scrub(&mut file),
        _ => scrub_mp4::scrub(&mut file),
    });
    match done {
        Ok(places) => Ok(Ok(places)),
        Err(error) => match error.kind() {
            ErrorKind::InvalidData => Ok(Err(broken())),
            ErrorKind::QuotaExceeded | ErrorKind::TimedOut => Ok(Err(unreadable(error))),
            _ => Err(error),
        },
    }
}
