//! Takes out of a WebM what it tells about its maker: such elements become `Void` elements full of
//! zeros.
//!
//! By a list of what players need, like its twin for MP4. Void is an element of its own and may
//! stand anywhere, so that the places in `Cues` and `SeekHead` stay true.

use std::collections::HashSet;
use std::io::{self, Read, Seek, Write};

use super::ebml::*;
use super::refusals::invalid;
use crate::files::bytes::{blank, length_of, read_at};

pub fn scrub<F: Read + Write + Seek>(file: &mut F) -> io::Result<u32> {
    let length = length_of(file)?;
    let mut scrubber = Scrubber {
        file,
        removed: HashSet::new(),
        seen: 0,
        places: 0,
    };
    scrubber.segment(length)?;
    Ok(scrubber.places)
}

struct Scrubber<'a, F> {
    file: &'a mut F,
    /// The numbers of the tracks that went.
    removed: HashSet<u64>,
    seen: u64,
    places: u32,
}

impl<F: Read + Write + Seek> Scrubber<'_, F> {
    fn segment(&mut self, length: u64) -> io::Result<()> {
        let (mut at, mut limit, mut inside) = (0, length, false);
        while at < limit {
            let element = self.element(at)?;
            let Some(element) = element.filter(|element| element.body <= limit) else {
                break;
            };
            let end = element.end.unwrap_or(limit).min(limit);
            at = end;
            match element.id {
                SEGMENT => (at, limit, inside) = (element.body, end, true),
                // What follows are its blocks, at this level.
                CLUSTER if element.end.is_none() => at = element.body,
                _ if element.end.is_none() => return Err(invalid()),
                SIMPLE_BLOCK | BLOCK_GROUP => self.block(&element, end)?,
                CLUSTER if !self.removed.is_empty() => self.elements(CLUSTER, element.body, end)?,
                INFO | TRACKS | SEEK_HEAD => self.elements(element.id, element.body, end)?,
                EBML | CLUSTER | CUES | TIMESTAMP | POSITION | PREVIOUS_SIZE => {}
                // Tags, attachments, chapters, and checksums over what changed.
                _ => self.void(&element, end)?,
            }
        }
        if !inside {
            return Err(invalid());
        }
        self.void_rest(at, limit)?;
        self.void_rest(limit, length)
    }

    fn elements(&mut self, parent: u32, start: u64, end: u64) -> io::Result<()> {
        let mut at = start;
        while at < end {
            let element = self.element(at)?;
            let Some(element) = element.filter(|element| element.end.is_some_and(|to| to <= end))
            else {
                return self.void_rest(at, end);
            };
            at = element.end.unwrap_or(end);
            match (parent, element.id) {
                (INFO, TIMESTAMP_SCALE | DURATION) => {}
                // The two names that RFC 9559 wants in every file: they stay, empty.
                (INFO, MUXING_APP | WRITING_APP) => self.blank(element.body, &[], at)?,
                (SEEK_HEAD, SEEK) if self.is_lasting(&element, at)? => {}
                (TRACKS, TRACK_ENTRY) => self.track_entry(&element, at)?,
                (CLUSTER, SIMPLE_BLOCK | BLOCK_GROUP) => self.block(&element, at)?,
                (CLUSTER, TIMESTAMP | POSITION | PREVIOUS_SIZE) => {}
                (TRACK_ENTRY, id) if !TRACK_TEXTS.contains(&id) => {}
                _ => self.void(&element, at)?,
            }
        }
        Ok(())
    }

    fn track_entry(&mut self, entry: &Element, end: u64) -> io::Result<()> {
        let bytes = self.load(entry.body, end)?;
        if matches!(uint(&bytes, TRACK_TYPE), Some(1 | 2)) {
            return self.elements(TRACK_ENTRY, entry.body, end);
        }
        self.removed.extend(uint(&bytes, TRACK_NUMBER));
        self.void(entry, end)
    }

    /// Blocks of a track that went go too.
    fn block(&mut self, block: &Element, end: u64) -> io::Result<()> {
        if self.removed.is_empty() {
            return Ok(());
        }
        let bytes = self.load(block.body, end)?;
        let inner = if block.id == BLOCK_GROUP {
            child(&bytes, BLOCK)
        } else {
            Some(&bytes[..])
        };
        match inner.and_then(vint) {
            Some((track, _)) if !self.removed.contains(&track) => Ok(()),
            _ => self.void(block, end),
        }
    }

    /// Whether a `Seek` points to something that stays.
    fn is_lasting(&mut self, seek: &Element, end: u64) -> io::Result<bool> {
        let id = uint(&self.load(seek.body, end)?, SEEK_ID);
        Ok([SEEK_HEAD, INFO, TRACKS, CUES, CLUSTER]
            .iter()
            .any(|kept| id == Some(u64::from(*kept))))
    }

    fn void(&mut self, element: &Element, end: u64) -> io::Result<()> {
        self.void_as(element.at, element.body - element.at, end)
    }

    fn void_rest(&mut self, at: u64, end: u64) -> io::Result<()> {
        match end.saturating_sub(at) {
            0 => Ok(()),
            1 => self.blank(at, &[], end),
            rest => self.void_as(at, if rest < 9 { 2 } else { 9 }, end),
        }
    }

    /// `Void` has an id of one byte: the size takes what was left of the old head, and at most its
    /// eight bytes.
    fn void_as(&mut self, at: u64, head_len: u64, end: u64) -> io::Result<()> {
        let size_len = (head_len - 1).min(8);
        let size = (end - at - 1 - size_len) | 1 << (7 * size_len);
        let head = [&[VOID], &size.to_be_bytes()[8 - size_len as usize..]].concat();
        self.blank(at, &head, end)
    }

    fn element(&mut self, at: u64) -> io::Result<Option<Element>> {
        self.seen += 1;
        if self.seen > MOST_ELEMENTS {
            Err(invalid())
        } else {
            element_at(self.file, at)
        }
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
