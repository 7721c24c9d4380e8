//! Baseline JPEG (ITU-T T.81) to planes, with chroma halved both ways, at full size or at a half, a quarter or
//! an eighth of it. What is not of this kind, or not sound, is left to the general decoder.
//!
//! The smaller sizes come from as few coefficients: a block of eight by eight becomes one of four by four from
//! its first four by four.

use super::huffman::{Decoder, LOOK};
use super::jpeg_writer::ZIGZAG;
use super::planes::Planes;
use super::raster::{Layout, Raster};
use super::segments;

mod cosine;

use cosine::{Side, factors};

/// What the headers say.
#[derive(Default)]
struct Tables {
    quantisation: [Option<[u16; 64]>; 4],
    first: [Option<Decoder>; 4],
    others: [Option<Decoder>; 4],
    restart: usize,
    size: (usize, usize),
    /// Of each component, the table it is multiplied by.
    multiplied: [usize; 3],
    ids: [u8; 3],
    jfif: bool,
    adobe: Option<u8>,
}

/// The planes at so many eighths (8, 4, 2 or 1); `None` for a file of another kind, and for one with a mistake.
pub(super) fn planes(bytes: &[u8], eighths: u8) -> Option<Planes> {
    let mut tables = Tables::default();
    let mut found = None;
    for segment in segments::segments(bytes) {
        match segment.marker {
            0xdb => tables.read_quantisation(segment.payload)?,
            0xc4 => tables.read_codes(segment.payload)?,
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

impl Tables {
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

    fn read_codes(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((kind, rest)) = payload.split_first() {
            let (lengths, rest) = rest.split_first_chunk::<16>()?;
            let count: usize = lengths.iter().map(|count| usize::from(*count)).sum();
            let (symbols, rest) = rest.split_at_checked(count)?;
            let decoder = Decoder::new(lengths, symbols)?;
            let codes = match kind >> 4 {
                0 => &mut self.first,
                1 => &mut self.others,
                _ => return None,
            };
            *codes.get_mut(usize::from(kind & 15))? = Some(decoder);
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
        let mut codes = Vec::new();
        for table in [t0, t1, t2] {
            let (first, others) = (usize::from(table >> 4), usize::from(table & 15));
            codes.push((
                self.first.get(first)?.as_ref()?,
                self.others.get(others)?.as_ref()?,
            ));
        }
        let side = Side::of(eighths)?;
        let mut multiplied = Vec::new();
        for place in self.multiplied {
            multiplied.push(factors(self.quantisation.get(place)?.as_ref()?, side));
        }
        let (across, down) = (width.div_ceil(16), height.div_ceil(16));
        let n = side.length();
        let mut canvases = [
            Canvas::new(across * 2 * n, down * 2 * n),
            Canvas::new(across * n, down * n),
            Canvas::new(across * n, down * n),
        ];
        let mut bits = Bits::new(scan);
        let mut before = [0_i32; 3];
        let mut until_restart = self.restart;
        for y in 0..down {
            for x in 0..across {
                if self.restart > 0 && until_restart == 0 {
                    bits.restart()?;
                    (before, until_restart) = ([0; 3], self.restart);
                }
                until_restart = until_restart.wrapping_sub(1);
                for component in 0..3 {
                    let parts: &[(usize, usize)] = match component {
                        0 => &[(0, 0), (1, 0), (0, 1), (1, 1)],
                        _ => &[(0, 0)],
                    };
                    let step = if component == 0 { 2 } else { 1 };
                    for (dx, dy) in parts {
                        let mut block = [0.0; 64];
                        let factors = &multiplied[component];
                        let flat = bits.block(
                            codes[component],
                            &mut before[component],
                            factors,
                            &mut block,
                        )?;
                        let canvas = &mut canvases[component];
                        canvas.draw(
                            ((x * step + dx) * n, (y * step + dy) * n),
                            &block,
                            (side, flat),
                        );
                    }
                }
            }
        }
        let scaled = |length: usize| (length * n).div_ceil(8) as u32;
        let (width, height) = (scaled(width), scaled(height));
        let [luma, blue, red] = canvases;
        Some(Planes {
            luma: luma.cut(width, height),
            blue: blue.cut(width.div_ceil(2), height.div_ceil(2)),
            red: red.cut(width.div_ceil(2), height.div_ceil(2)),
        })
    }
}

/// A plane of whole blocks.
struct Canvas {
    width: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Canvas {
        let pixels = vec![0; width * height];
        Canvas { width, pixels }
    }

    fn draw(&mut self, (x, y): (usize, usize), block: &[f32; 64], (side, flat): (Side, bool)) {
        let n = side.length();
        if flat {
            let value = cosine::pixel(block[0]);
            for line in 0..n {
                let start = (y + line) * self.width + x;
                self.pixels[start..start + n].fill(value);
            }
            return;
        }
        side.draw(block, &mut self.pixels[y * self.width + x..], self.width);
    }

    fn cut(self, width: u32, height: u32) -> Raster {
        let rows = (self.pixels.len() / self.width) as u32;
        let raster = Raster::new(self.width as u32, rows, Layout::Gray, self.pixels);
        raster.cut(0, 0, width, height)
    }
}

/// The bits of a scan. Behind its end there are zeros, of which a sound file needs none.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    waiting: u64,
    count: u32,
    /// Bits that the file does not hold.
    made_up: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Bits<'a> {
        Bits {
            bytes,
            at: 0,
            waiting: 0,
            count: 0,
            made_up: 0,
        }
    }

    /// At least 32 bits are waiting afterwards.
    fn fill(&mut self) {
        if self.count >= 32 {
            return;
        }
        // Four bytes at once where none of them is special.
        if let Some(word) = self.bytes.get(self.at..self.at + 4) {
            let word = u32::from_be_bytes([word[0], word[1], word[2], word[3]]);
            let ones = !word;
            let special = ones.wrapping_sub(0x0101_0101) & !ones & 0x8080_8080;
            if special == 0 {
                self.waiting = self.waiting << 32 | u64::from(word);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        while self.count <= 48 {
            let byte = match self.bytes.get(self.at..) {
                Some([0xff, 0, ..]) => {
                    self.at += 2;
                    0xff
                }
                Some([byte, ..]) if *byte != 0xff => {
                    self.at += 1;
                    *byte
                }
                _ => {
                    self.made_up += 8;
                    0
                }
            };
            self.waiting = self.waiting << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    fn peek(&self, count: u32) -> u32 {
        (self.waiting >> (self.count - count)) as u32 & ((1 << count) - 1)
    }

    fn symbol(&mut self, decoder: &Decoder) -> Option<u8> {
        let (symbol, length) = decoder.find(self.peek(16))?;
        self.count -= length;
        Some(symbol)
    }

    /// A value of so many bits (T.81, F.2.2.1).
    fn value(&mut self, length: u32) -> i32 {
        if length == 0 {
            return 0;
        }
        let bits = self.peek(length) as i32;
        self.count -= length;
        match bits < 1 << (length - 1) {
            true => bits - (1 << length) + 1,
            false => bits,
        }
    }

    /// The next block, multiplied; true when nothing but its first coefficient is there.
    fn block(
        &mut self,
        (first, others): (&Decoder, &Decoder),
        before: &mut i32,
        factors: &[f32; 64],
        block: &mut [f32; 64],
    ) -> Option<bool> {
        self.fill();
        let length = u32::from(self.symbol(first)?);
        if length > 11 {
            return None;
        }
        self.fill();
        *before = before.wrapping_add(self.value(length));
        block[0] = *before as f32 * factors[0];
        let (mut at, mut flat) = (1, true);
        while at < 64 {
            self.fill();
            // Most coefficients are short words with a short value behind them: both at one look.
            if let Some((zeros, value, length)) = others.value(self.peek(LOOK)) {
                self.count -= length;
                at += zeros;
                let place = usize::from(*ZIGZAG.get(at)?);
                block[place] = value * factors[place];
                flat = false;
                at += 1;
                continue;
            }
            let symbol = self.symbol(others)?;
            let (zeros, length) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if length == 0 {
                if zeros != 15 {
                    break;
                }
                at += 16;
                continue;
            }
            at += zeros;
            let value = self.value(length) as f32;
            let place = usize::from(*ZIGZAG.get(at)?);
            block[place] = value * factors[place];
            flat = false;
            at += 1;
        }
        // Looking ahead past the end is well, taking from there is not.
        (self.count >= self.made_up).then_some(flat)
    }

    /// Past the marker that stands between two parts of the scan.
    fn restart(&mut self) -> Option<()> {
        (self.waiting, self.count, self.made_up) = (0, 0, 0);
        let marker = self.bytes[self.at..]
            .windows(2)
            .position(|pair| pair[0] == 0xff && (0xd0..=0xd7).contains(&pair[1]))?;
        // What was read ahead may have gone no further than the marker.
        (marker <= 8).then_some(())?;
        self.at += marker + 2;
        Some(())
    }
}

#[cfg(test)]
mod tests;
