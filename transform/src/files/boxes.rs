//! The boxes of ISO/IEC 14496-12, in memory and in a file.
//!
//! No function trusts a size: a box ends inside the one that holds it, or is not there. Nothing
//! here recurses.

use std::io::{self, Read, Seek};

use crate::files::bytes::{number, read_at};

/// Of a box that is read whole, in bytes.
pub const LARGEST_HEADER: u64 = 64 << 20;
pub const MOST_BOXES: usize = 1 << 16;

pub type Kind = [u8; 4];

#[derive(Clone, Copy)]
pub struct Found {
    pub kind: Kind,
    pub at: u64,
    pub body: u64,
    pub end: u64,
}

/// The boxes of the file itself, as far as they are sound; `cut` when the last one claims more than
/// there is.
pub struct Outline {
    pub boxes: Vec<Found>,
    pub cut: bool,
}

pub fn outline<F: Read + Seek>(file: &mut F, length: u64) -> io::Result<Outline> {
    let mut outline = Outline {
        boxes: Vec::new(),
        cut: false,
    };
    let mut at = 0;
    while outline.boxes.len() < MOST_BOXES {
        let Some(found) = read_head(&read_at(file, at, 16)?, at, length) else {
            break;
        };
        if found.end > length {
            // Anything else that ends too late is what some camera or sender hung on behind the
            // last box.
            outline.cut = matches!(&found.kind, b"mdat" | b"moov" | b"moof");
            break;
        }
        at = found.end;
        outline.boxes.push(found);
    }
    Ok(outline)
}

pub fn all<'a>(bytes: &'a [u8], kind: &'static Kind) -> impl Iterator<Item = &'a [u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let found = next_box(bytes, at)?;
            at = found.end;
            if &found.kind == kind {
                return Some(&bytes[found.body as usize..found.end as usize]);
            }
        }
    })
}

pub fn child<'a>(bytes: &'a [u8], kind: &'static Kind) -> Option<&'a [u8]> {
    all(bytes, kind).next()
}

pub fn next_box(bytes: &[u8], at: u64) -> Option<Found> {
    let head = bytes.get(usize::try_from(at).ok()?..)?;
    let limit = bytes.len() as u64;
    read_head(head, at, limit).filter(|found| found.end <= limit)
}

/// A box may claim to end behind `limit`.
pub fn read_head(head: &[u8], at: u64, limit: u64) -> Option<Found> {
    let kind = head.get(4..8)?.try_into().ok()?;
    let (header, size) = match number(head, 0, 4)? {
        0 => (8, limit.checked_sub(at)?),
        1 => (16, number(head, 8, 8)?),
        size => (8, size),
    };
    let end = at.checked_add(size)?;
    (size >= header).then_some(Found {
        kind,
        at,
        body: at + header,
        end,
    })
}
