//! Baseline JPEG (ITU-T T.81) to planes, with chroma halved both ways, at full size or at four, three, two or
//! one eighth of it. What is not of this kind, or not sound, is left to the general decoder.
//!
//! The smaller sizes come from as few coefficients: a block of eight by eight becomes one of four by four from
//! its first four by four.

use crate::codec::jpeg::block::ZIGZAG;
use crate::codec::jpeg::huffman::Decoder;
use crate::files::jpeg;
use crate::pixels::planes::Planes;
use crate::pixels::raster::Piece;

use super::cosine::{Side, factors};
use super::scan::{self, Component, Scan};

/// How many words there are of each length, and their symbols.
type Codes<'a> = (&'a [u8; 16], &'a [u8]);

/// What the headers say.
#[derive(Default)]
struct Tables<'a> {
    quantisation: [Option<[u16; 64]>; 4],
    /// Made into decoders when a scan uses them.
    first: [Option<Codes<'a>>; 4],
    others: [Option<Codes<'a>>; 4],
    restart: usize,
    size: (usize, usize),
    /// Of each component, the table it is multiplied by.
    multiplied: [usize; 3],
    ids: [u8; 3],
    jfif: bool,
    adobe: Option<u8>,
}

/// The planes at so many eighths (8, 4, 3, 2 or 1); `None` for a file of another kind, and for one with a mistake.
pub(crate) fn planes(bytes: &[u8], eighths: u8) -> Option<Planes> {
    let mut tables = Tables::default();
    let mut found = None;
    for segment in jpeg::segments(bytes) {
        match segment.marker {
            0xdb => tables.read_quantisation(segment.payload)?,
            0xc4 => tables.read_codes(segment.payload)?,
            0xc0 | 0xc1 if tables.size != (0, 0) => return None,
            0xc0 | 0xc1 => tables.read_frame(segment.payload)?,
            0xc2..=0xcf => return None,
            0xdd => {
                tables.restart = usize::from(u16::from_be_bytes(segment.payload.try_into().ok()?))
            }
            0xe0 => tables.jfif |= segment.payload.starts_with(b"JFIF\0"),
            0xee if segment.payload.starts_with(b"Adobe") => {
                tables.adobe = Some(*segment.payload.get(11)?);
            }
            0xda if found.is_some() => return None,
            0xda => found = Some(tables.read_scan(segment.payload, segment.scan, eighths)?),
            _ => {}
        }
    }
    found
}

impl<'a> Tables<'a> {
    fn read_quantisation(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = payload.split_first() {
            let (wide, place) = (kind >> 4, usize::from(kind & 15));
            let length = 64 << usize::from(wide);
            let (values, rest) = rest.split_at_checked(length).filter(|_| wide < 2)?;
            let mut table = [0; 64];
            for (at, value) in ZIGZAG.iter().enumerate() {
                let read = match wide {
                    0 => u16::from(values[at]),
                    _ => u16::from_be_bytes([values[2 * at], values[2 * at + 1]]),
                };
                table[usize::from(*value)] = read;
            }
            *self.quantisation.get_mut(place)? = Some(table);
            payload = rest;
        }
        Some(())
    }

    fn read_codes(&mut self, mut payload: &'a [u8]) -> Option<()> {
        while let Some((kind, rest)) = payload.split_first() {
            let (lengths, rest) = rest.split_first_chunk::<16>()?;
            let count: usize = lengths.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(count)?;
            let codes = match kind >> 4 {
                0 => &mut self.first,
                1 => &mut self.others,
                _ => return None,
            };
            *codes.get_mut(usize::from(kind & 15))? = Some((lengths, symbols));
            payload = rest;
        }
        Some(())
    }

    /// Three components of eight bits, the first with four samples to one of the others.
    fn read_frame(&mut self, payload: &[u8]) -> Option<()> {
        let &[8, h1, h0, w1, w0, 3, ref components @ ..] = payload else {
            return None;
        };
        let components = components.get(..9)?;
        for (at, (component, sampling)) in components
            .chunks_exact(3)
            .zip([0x22, 0x11, 0x11])
            .enumerate()
        {
            if component[1] != sampling {
                return None;
            }
            self.ids[at] = component[0];
            self.multiplied[at] = usize::from(component[2]);
        }
        self.size = (
            usize::from(u16::from_be_bytes([w1, w0])),
            usize::from(u16::from_be_bytes([h1, h0])),
        );
        Some(())
    }

    /// As libjpeg tells luma and chroma from three colours.
    fn is_luma_and_chroma(&self) -> bool {
        match (self.jfif, self.adobe) {
            (true, _) => true,
            (false, Some(transform)) => transform == 1,
            (false, None) => self.ids != *b"RGB",
        }
    }

    fn read_scan(&self, payload: &[u8], scan: &[u8], eighths: u8) -> Option<Planes> {
        // All three components together, all coefficients at once.
        let &[3, id0, t0, id1, t1, id2, t2, 0, 63, 0] = payload else {
            return None;
        };
        let (width, height) = self.size;
        let known = [id0, id1, id2] == self.ids && self.is_luma_and_chroma();
        if !known || width == 0 || height == 0 {
            return None;
        }
        let side = Side::of(eighths)?;
        let decoder = |known: &[Option<Codes<'_>>; 4], place: u8| {
            let (lengths, symbols) = (*known.get(usize::from(place))?)?;
            Decoder::new(lengths, symbols)
        };
        let component = |table: u8, multiplied: usize| {
            Some(Component {
                first: decoder(&self.first, table >> 4)?,
                others: decoder(&self.others, table & 15)?,
                factors: factors(self.quantisation.get(multiplied)?.as_ref()?, side),
            })
        };
        let [luma, blue, red] = self.multiplied;
        let scan = Scan {
            bytes: scan,
            units: (width.div_ceil(16), height.div_ceil(16)),
            restart: self.restart,
            components: [
                component(t0, luma)?,
                component(t1, blue)?,
                component(t2, red)?,
            ],
        };
        let [luma, blue, red] = scan::draw(&scan, side)?;
        let scale = side.length() as f64 / 8.0;
        let covered = Piece {
            left: 0.0,
            top: 0.0,
            width: width as f64 * scale,
            height: height as f64 * scale,
        };
        let (width, height) = (covered.width.ceil() as u32, covered.height.ceil() as u32);
        let (across, down) = (width.div_ceil(2), height.div_ceil(2));
        // A smaller one is cut by whole samples of chroma, so that its planes stay together when it is turned.
        let (width, height) = match side {
            Side::Eight => (width, height),
            _ => (2 * across, 2 * down),
        };
        Some(Planes {
            luma: luma.cut(width, height),
            blue: blue.cut(across, down),
            red: red.cut(across, down),
            covered,
        })
    }
}

#[cfg(test)]
mod tests;
