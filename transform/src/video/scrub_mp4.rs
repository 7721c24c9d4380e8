//! Takes out of an MP4 what it tells about its maker: such boxes become `free` boxes full of zeros.
//!
//! By a list of what players need, not of what is known to tell: cameras keep positions in boxes of
//! their own.

use std::io::{self, Read, Seek, Write};

use super::refusals::invalid;
use super::tables::{MOST_TRACKS, chunks, handler};
use crate::files::boxes::{Found, Kind, LARGEST_HEADER, MOST_BOXES, child, outline, read_head};
use crate::files::bytes::{blank, length_of, number, read_at};

pub fn scrub<F: Read + Write + Seek>(file: &mut F) -> io::Result<u32> {
    let length = length_of(file)?;
    let mut mdats = outline(file, length)?.boxes;
    // Whatever has no table of contents may be anything: it is not ours to wipe.
    if mdats.len() >= MOST_BOXES || mdats.iter().all(|found| &found.kind != b"moov") {
        return Err(invalid());
    }
    mdats.retain(|found| &found.kind == b"mdat");
    let mut scrubber = Scrubber {
        file,
        wiped: length,
        mdats,
        kept: Vec::new(),
        picture: false,
        seen: 0,
        tracks: 0,
        places: 0,
    };
    scrubber.boxes(b"file", 0, length)?;
    Ok(scrubber.places)
}

struct Scrubber<'a, F> {
    file: &'a mut F,
    /// Bytes of samples that may still be wiped: tracks that share them are no honest table.
    wiped: u64,
    mdats: Vec<Found>,
    /// The ids of the tracks that stay.
    kept: Vec<u64>,
    /// Whether the track at hand is one of pictures.
    picture: bool,
    seen: usize,
    tracks: usize,
    places: u32,
}

impl<F: Read + Write + Seek> Scrubber<'_, F> {
    fn boxes(&mut self, parent: &Kind, start: u64, end: u64) -> io::Result<()> {
        let mut at = start;
        while at < end {
            self.seen += 1;
            if self.seen > MOST_BOXES * 2 {
                return Err(invalid());
            }
            let head = read_at(self.file, at, 16.min(end - at))?;
            let cut_mdat = |found: &Found| parent == b"file" && &found.kind == b"mdat";
            let Some(found) =
                read_head(&head, at, end).filter(|found| found.end <= end || cut_mdat(found))
            else {
                // What some camera or sender hung on behind the last box.
                return self.free(at, at + 8, end);
            };
            let end = found.end.min(end);
            match &found.kind {
                kind if !is_needed(parent, kind) => self.free(at, found.body, end)?,
                b"trak" => self.track(found)?,
                b"traf" if !self.is_kept(found)? => self.free(at, found.body, end)?,
                b"moov" | b"mdia" | b"minf" | b"stbl" | b"mvex" | b"moof" | b"traf" => {
                    self.boxes(&found.kind, found.body, end)?;
                }
                b"mvhd" | b"tkhd" | b"mdhd" => {
                    let version = read_at(self.file, found.body, 1)?;
                    let len = if version == [1] { 16 } else { 8 };
                    self.blank(found.body + 4, &[], end.min(found.body + 4 + len))?;
                }
                // Behind version and type: QuickTime's maker, and the name.
                b"hdlr" => self.blank(found.body + 12, &[], end)?,
                b"stsd" => self.sample_entries(found.body + 8, end)?,
                _ => {}
            }
            at = end;
        }
        Ok(())
    }

    fn track(&mut self, trak: Found) -> io::Result<()> {
        self.tracks += 1;
        if self.tracks > MOST_TRACKS {
            return Err(invalid());
        }
        let bytes = self.load(trak.body, trak.end)?;
        let handler = handler(&bytes);
        if matches!(handler, Some(b"vide" | b"soun")) {
            self.picture = handler == Some(b"vide");
            let tkhd = child(&bytes, b"tkhd").unwrap_or_default();
            self.kept.extend(number(
                tkhd,
                if tkhd.first() == Some(&1) { 20 } else { 12 },
                4,
            ));
            return self.boxes(b"trak", trak.body, trak.end);
        }
        let mdia = child(&bytes, b"mdia");
        let minf = mdia.and_then(|mdia| child(mdia, b"minf"));
        if let Some(stbl) = minf.and_then(|minf| child(minf, b"stbl")) {
            self.samples(stbl)?;
        }
        self.free(trak.at, trak.body, trak.end)
    }

    /// Zeroes the samples of a track. Chunks that lie outside `mdat`, or that overlap until all
    /// tracks together are longer than the file, are no honest table: those stay.
    fn samples(&mut self, stbl: &[u8]) -> io::Result<()> {
        let mut failed = Ok(());
        chunks(stbl, |chunk| {
            let before = self.mdats.partition_point(|mdat| mdat.body <= chunk.start);
            let fits = before
                .checked_sub(1)
                .is_some_and(|last| chunk.end <= self.mdats[last].end);
            let size = chunk.end - chunk.start;
            if fits && size <= self.wiped && failed.is_ok() {
                self.wiped -= size;
                failed = self.blank(chunk.start, &[], chunk.end);
            }
        });
        failed
    }

    /// Zeroes vendor and compressor name (ISO/IEC 14496-12, 12.1.3; "GoPro AVC encoder").
    fn sample_entries(&mut self, start: u64, end: u64) -> io::Result<()> {
        let mut at = start;
        while at < end {
            let head = read_at(self.file, at, 16.min(end - at))?;
            let Some(entry) = read_head(&head, at, end).filter(|entry| entry.end <= end) else {
                break;
            };
            self.blank(entry.body + 12, &[], entry.end.min(entry.body + 16))?;
            if self.picture {
                self.blank(entry.body + 42, &[], entry.end.min(entry.body + 74))?;
            }
            at = entry.end;
        }
        Ok(())
    }

    fn is_kept(&mut self, traf: Found) -> io::Result<bool> {
        let bytes = self.load(traf.body, traf.end)?;
        let track = child(&bytes, b"tfhd").and_then(|tfhd| number(tfhd, 4, 4));
        Ok(track.is_some_and(|track| self.kept.contains(&track)))
    }

    fn free(&mut self, at: u64, body: u64, end: u64) -> io::Result<()> {
        let mut head = read_at(self.file, at, (body - at).min(end - at))?;
        if read_head(&head, at, end).is_none_or(|found| found.end > end) {
            head = match u32::try_from(end - at) {
                Ok(..8) => Vec::new(),
                size => [size.unwrap_or(0).to_be_bytes(), *b"free"].concat(),
            };
        } else {
            head[4..8].copy_from_slice(b"free");
        }
        self.blank(at, &head, end)
    }

    fn load(&mut self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        if end - start > LARGEST_HEADER {
            return Err(invalid());
        }
        read_at(self.file, start, end - start)
    }

    fn blank(&mut self, start: u64, head: &[u8], end: u64) -> io::Result<()> {
        self.places += u32::from(blank(self.file, start, head, end)?);
        Ok(())
    }
}

fn is_needed(parent: &Kind, kind: &Kind) -> bool {
    let needed: &[&Kind] = match parent {
        b"file" => &[
            b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"sidx", b"ssix", b"mfra",
        ],
        b"moov" => &[b"mvhd", b"trak", b"mvex"],
        b"trak" => &[b"tkhd", b"edts", b"mdia", b"tapt"],
        b"mdia" => &[b"mdhd", b"hdlr", b"elng", b"minf"],
        b"minf" => &[b"vmhd", b"smhd", b"hdlr", b"dinf", b"stbl"],
        b"stbl" => &[
            b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64",
            b"stss", b"stps", b"sdtp", b"sgpd", b"sbgp", b"subs",
        ],
        b"mvex" => &[b"mehd", b"trex", b"leva"],
        b"moof" => &[b"mfhd", b"traf"],
        b"traf" => &[
            b"tfhd", b"tfdt", b"trun", b"sdtp", b"sgpd", b"sbgp", b"subs",
        ],
        _ => &[],
    };
    needed.contains(&kind)
}
