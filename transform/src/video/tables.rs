//! The tracks of ISO/IEC 14496-12 and their sample tables.

use std::ops::Range;

use crate::files::boxes::{Kind, child};
use crate::files::bytes::number;

/// A film has few tracks; each foreign one is work.
pub const MOST_TRACKS: usize = 64;

pub fn handler(trak: &[u8]) -> Option<&Kind> {
    child(child(trak, b"mdia")?, b"hdlr")?
        .get(8..12)?
        .try_into()
        .ok()
}

/// Tells `each` the place in the file of every chunk of a track's samples; `None` when the tables
/// contradict each other.
pub fn chunks(stbl: &[u8], mut each: impl FnMut(Range<u64>)) -> Option<()> {
    let (sizes, runs) = (child(stbl, b"stsz")?, child(stbl, b"stsc")?);
    let (offsets, width) = match child(stbl, b"stco") {
        Some(offsets) => (offsets, 4),
        None => (child(stbl, b"co64")?, 8),
    };
    let (same_size, samples) = (number(sizes, 4, 4)?, number(sizes, 8, 4)?);
    let (mut run, run_count) = (0, number(runs, 4, 4)?);
    let (mut sample, mut per_chunk) = (0, 0);
    let count = number(offsets, 4, 4)?;
    for chunk in 0..count {
        while run < run_count && number(runs, 8 + run * 12, 4)? <= chunk + 1 {
            per_chunk = number(runs, 12 + run * 12, 4)?;
            run += 1;
        }
        let next = samples.min(sample + per_chunk);
        let size = match same_size {
            0 => (sample..next).try_fold(0, |sum, sample| {
                Some(sum + number(sizes, 12 + sample * 4, 4)?)
            })?,
            _ => (next - sample) * same_size,
        };
        sample = next;
        let start = number(offsets, 8 + chunk * width, width)?;
        each(start..start.checked_add(size)?);
        if chunk + 1 == count && run < run_count {
            return None;
        }
    }
    Some(())
}
