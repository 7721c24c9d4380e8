//! The bits of a scan. They are read from a window in which the zeros that are stuffed behind 0xff are gone, so
//! that eight bytes can be taken at once and nothing is asked of each.

use memchr::memchr;

use crate::codec::jpeg::block::ZIGZAG;
use crate::codec::jpeg::huffman::{Coefficient, Decoder};

/// Bytes of the window.
const WINDOW: usize = 1 << 14;
/// No unit of six blocks takes more bytes: 64 coefficients, none of more than 32 bits.
const UNIT_BYTES: usize = 6 * 64 * 4;

pub(crate) struct Bits<'a> {
    /// What has not come into the window.
    rest: &'a [u8],
    /// Behind `end` come zeros, as many as a unit can ask for.
    window: Vec<u8>,
    end: usize,
    /// Whether a marker comes next, or nothing at all.
    ended: bool,
    place: Place,
}

/// How far the window is read.
#[derive(Clone, Copy, Default)]
struct Place {
    at: usize,
    /// The next bits, highest first.
    waiting: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    /// The bits of the scan that `bytes` begin with.
    pub fn new(bytes: &'a [u8]) -> Bits<'a> {
        Bits {
            rest: bytes,
            window: vec![0; WINDOW + UNIT_BYTES + 32],
            end: 0,
            ended: false,
            place: Place::default(),
        }
    }

    /// Makes a unit's bits ready; `None` when the last one took more than the file holds.
    #[inline(always)]
    pub fn ready(&mut self) -> Option<()> {
        match self.end.checked_sub(self.place.at) {
            Some(left) if left > UNIT_BYTES => Some(()),
            _ => self.fill(),
        }
    }

    #[inline(never)]
    fn fill(&mut self) -> Option<()> {
        if self.ended {
            return self.is_sound().then_some(());
        }
        self.window.copy_within(self.place.at..self.end, 0);
        self.end -= self.place.at;
        self.place.at = 0;
        while self.end < WINDOW && !self.ended {
            let room = (WINDOW - self.end).min(self.rest.len());
            let plain = memchr(0xff, &self.rest[..room]).unwrap_or(room);
            self.window[self.end..self.end + plain].copy_from_slice(&self.rest[..plain]);
            self.end += plain;
            self.rest = &self.rest[plain..];
            match self.rest {
                [0xff, 0, rest @ ..] => {
                    self.window[self.end] = 0xff;
                    self.end += 1;
                    self.rest = rest;
                }
                [byte, ..] if *byte != 0xff => {}
                _ => self.ended = true,
            }
        }
        if self.ended {
            self.window[self.end..].fill(0);
        }
        Some(())
    }

    /// Whether no more was taken than is there: looking ahead past the end is well.
    pub fn is_sound(&self) -> bool {
        self.place.at * 8 <= self.end * 8 + self.place.count as usize
    }

    /// Past the marker that stands between two parts of the scan.
    pub fn restart(&mut self) -> Option<()> {
        self.is_sound().then_some(())?;
        let unread = self.end * 8 + self.place.count as usize - self.place.at * 8;
        let whole = self.ended && unread < 64;
        let [0xff, 0xd0..=0xd7, rest @ ..] = self.rest else {
            return None;
        };
        whole.then_some(())?;
        self.rest = rest;
        (self.end, self.ended, self.place) = (0, false, Place::default());
        Some(())
    }

    /// The next block of a component, in rows; and the last place of the file's order that is not nothing.
    #[inline(always)]
    pub fn block(
        &mut self,
        (first, others): (&Decoder, &Decoder),
        before: &mut i16,
        block: &mut [i16; 64],
    ) -> Option<usize> {
        let window = self.window.as_slice();
        let mut place = self.place;
        place.refill(window);
        let found = place.take(first.find(place.waiting)?);
        // Nothing stands before the first one.
        if !matches!(found.zeros, 0 | Coefficient::END) {
            return None;
        }
        *before = before.wrapping_add(found.value);
        block[0] = *before;
        let mut last = 0;
        'block: while last < 63 {
            place.refill(window);
            // Near ones are short enough for four of them: a look at the window between them would be waited for.
            for _ in 0..4 {
                let mut found = others.near(place.waiting);
                let far = found.taken == 0;
                if far {
                    place.refill(window);
                    found = others.find(place.waiting)?;
                }
                place.take(found);
                let at = last + 1 + usize::from(found.zeros);
                if at > 63 {
                    if found.zeros < Coefficient::END {
                        return None;
                    }
                    break 'block;
                }
                block[usize::from(ZIGZAG[at]) & 63] = found.value;
                last = at;
                if far || last == 63 {
                    break;
                }
            }
        }
        self.place = place;
        Some(last)
    }
}

impl Place {
    /// At least 56 bits are waiting afterwards (after Fabian Giesen, "Reading bits in far too many ways", 2018).
    #[inline(always)]
    fn refill(&mut self, window: &[u8]) {
        let next = &window[self.at..self.at + 8];
        let next = u64::from_be_bytes(next.try_into().expect("eight bytes"));
        self.waiting |= next >> self.count;
        self.at += (63 - self.count) as usize / 8;
        self.count |= 56;
    }

    #[inline(always)]
    fn take(&mut self, found: Coefficient) -> Coefficient {
        self.waiting <<= found.taken;
        self.count -= u32::from(found.taken);
        found
    }
}
