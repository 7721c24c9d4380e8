//! MP4 and MOV with the index first, as an MP4 that begins to play before all of it is there (ISO/IEC 14496-12, 4.3, 8.2
//! and 8.7.5). Nothing is decoded: boxes change places, and the table of chunks follows them.

use std::io::{self, Read, Seek, Write};
use std::time::Instant;

use super::budget::Budget;
use super::refusals::{broken, unreadable};
use crate::files::boxes::{Found, LARGEST_HEADER, Outline, next_box, outline};
use crate::files::bytes::{length_of, number, read_at};
use crate::refusal::Refusal;

/// What players know as a plain MP4.
const BRAND: &[u8; 32] = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41";
/// Copied at once.
const PIECE: u64 = 1 << 20;

/// Writes a file anew, its index first. False, with nothing written, where it is so already and an MP4 by its brand.
pub fn index_first<F: Read + Seek, W: Write>(
    from: &mut F,
    to: &mut W,
    until: Option<Instant>,
) -> io::Result<Result<bool, Refusal>> {
    let mut from = Budget::new(from, until)?;
    match rewrite(&mut from, to) {
        Ok(done) => Ok(done),
        Err(error) => match error.kind() {
            io::ErrorKind::QuotaExceeded | io::ErrorKind::TimedOut => Ok(Err(unreadable(error))),
            _ => Err(error),
        },
    }
}

/// A box of the file, and where it begins in the new one.
struct Moved {
    found: Found,
    to: u64,
}

fn rewrite<F: Read + Seek, W: Write>(
    from: &mut F,
    to: &mut W,
) -> io::Result<Result<bool, Refusal>> {
    let length = length_of(from)?;
    let Outline { boxes, cut } = outline(from, length)?;
    let place = |kind: &[u8; 4]| boxes.iter().position(|found| &found.kind == kind);
    let (Some(moov), Some(mdat)) = (place(b"moov"), place(b"mdat")) else {
        return Ok(Ok(false));
    };
    let brand = match place(b"ftyp") {
        Some(at) => read_at(from, boxes[at].body, 4)?,
        None => Vec::new(),
    };
    let is_mp4 = !brand.is_empty() && brand != b"qt  ";
    let size = boxes[moov].end - boxes[moov].at;
    // What is cut off is refused elsewhere, with its reason.
    if cut || size > LARGEST_HEADER || (moov < mdat && is_mp4) {
        return Ok(Ok(false));
    }
    let mut index = read_at(from, boxes[moov].at, size)?;
    let mut at = BRAND.len() as u64 + size;
    let mut moved = Vec::new();
    for found in boxes {
        if ![b"ftyp", b"moov", b"free", b"skip", b"wide"].contains(&&found.kind) {
            moved.push(Moved { found, to: at });
            at += found.end - found.at;
        }
    }
    if shift(&mut index, &moved).is_none() {
        return Ok(Err(broken()));
    }
    to.write_all(BRAND)?;
    to.write_all(&index)?;
    for Moved { found, .. } in &moved {
        let mut done = found.at;
        while done < found.end {
            let piece = read_at(from, done, PIECE.min(found.end - done))?;
            if piece.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            to.write_all(&piece)?;
            done += piece.len() as u64;
        }
    }
    Ok(Ok(true))
}

/// A part of the index whose boxes are looked through, so deep in it.
struct Span {
    from: usize,
    to: usize,
    depth: usize,
}

/// A table of chunks, whose numbers have so many bytes.
struct Table {
    body: usize,
    end: usize,
    width: usize,
}

/// Lets every chunk of every track be where its box has gone. `None` where one is in no box, or does not fit its table.
fn shift(moov: &mut [u8], moved: &[Moved]) -> Option<()> {
    let mut tables = Vec::new();
    // Paths, not recursion: a box lies at a known depth or is of no interest.
    let mut open = vec![Span {
        from: next_box(moov, 0)?.body as usize,
        to: moov.len(),
        depth: 0,
    }];
    const PATH: [&[u8; 4]; 4] = [b"trak", b"mdia", b"minf", b"stbl"];
    while let Some(Span { from, to, depth }) = open.pop() {
        let mut at = 0;
        while let Some(found) = next_box(&moov[from..to], at) {
            let (body, end) = (from + found.body as usize, from + found.end as usize);
            match &found.kind {
                b"stco" | b"co64" if depth == PATH.len() => tables.push(Table {
                    body,
                    end,
                    width: if &found.kind == b"stco" { 4 } else { 8 },
                }),
                kind if PATH.get(depth) == Some(&kind) => open.push(Span {
                    from: body,
                    to: end,
                    depth: depth + 1,
                }),
                _ => {}
            }
            at = found.end;
        }
    }
    for Table { body, end, width } in tables {
        let count = number(moov, body as u64 + 4, 4)? as usize;
        for n in 0..count {
            let at = body + 8 + n * width;
            if at + width > end {
                return None;
            }
            let chunk = number(moov, at as u64, width as u64)?;
            let holds = |moved: &&Moved| (moved.found.at..moved.found.end).contains(&chunk);
            let Moved { found, to } = moved.iter().find(holds)?;
            let now = chunk - found.at + to;
            match width {
                4 => moov[at..at + 4].copy_from_slice(&u32::try_from(now).ok()?.to_be_bytes()),
                _ => moov[at..at + 8].copy_from_slice(&now.to_be_bytes()),
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::fixtures::video::mp4;
    use crate::format::Format;
    use crate::video::probe;

    fn rewritten(film: &[u8]) -> Option<Vec<u8>> {
        let mut made = Vec::new();
        let done = index_first(&mut Cursor::new(film), &mut made, None);
        done.unwrap().unwrap().then_some(made)
    }

    fn place(film: &[u8], kind: &[u8; 4]) -> usize {
        film.windows(4).position(|four| four == kind).unwrap()
    }

    #[test]
    fn the_index_comes_first_and_points_at_the_same_bytes() {
        let film = mp4(b"avc1", b"mp4a");
        let made = rewritten(&film).unwrap();
        assert!(place(&film, b"moov") > place(&film, b"mdat"));
        assert!(place(&made, b"moov") < place(&made, b"mdat"));
        let look = |film: &[u8]| probe(&mut Cursor::new(film), Format::Mp4, None).unwrap();
        assert_eq!(look(&made), look(&film));
        let chunk = |film: &[u8]| {
            let table = place(film, b"stco") as u64 + 4;
            let at = number(film, table + 8, 4).unwrap() as usize;
            film[at..at + 4].to_vec()
        };
        assert_eq!(chunk(&made), chunk(&film));
        assert_eq!(rewritten(&made), None, "it is so already");
        // One by another brand becomes an MP4, wherever its index is.
        for film in [&film, &made] {
            let mut mov = film.clone();
            mov[8..12].copy_from_slice(b"qt  ");
            let made = rewritten(&mov).unwrap();
            assert_eq!(&made[8..12], b"isom");
            assert_eq!(chunk(&made), chunk(film));
        }
    }

    #[test]
    fn a_chunk_outside_of_every_box_is_refused_and_what_is_cut_off_is_left() {
        let film = mp4(b"avc1", b"mp4a");
        let table = place(&film, b"stco") + 12;
        let mut lost = film.clone();
        lost[table..table + 4].copy_from_slice(&9_000_u32.to_be_bytes());
        let done = index_first(&mut Cursor::new(&lost), &mut Vec::new(), None);
        assert!(done.unwrap().is_err());
        let half = &film[..film.len() / 2];
        assert_eq!(rewritten(half), None);
    }
}
