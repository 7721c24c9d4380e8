//! Baseline JPEG (ITU-T T.81) of planes, with chroma halved both ways and Huffman tables made for the picture.
//! Faster than the C that a machine without an assembler gets.

use bytemuck::cast;
use multiversion::multiversion;
use wide::{f32x8, i8x16, i16x8, i32x8, u8x16};

use crate::codec::jpeg::block::{SIDE, ZIGZAG};
use crate::codec::jpeg::huffman::{Code, Counts};
use crate::codec::jpeg::lanes::{LEFT, transposed};
use crate::pixels::planes::Planes;
use crate::pixels::raster::Raster;
use crate::refusal::Refusal;

/// T.81, K.1 and K.2, row by row.
const LUMA: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMA: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// Words of the scan before their codes are known.
#[derive(Default)]
struct Scan {
    words: Vec<Word>,
    /// Of luma's and chroma's first coefficient, and of luma's and chroma's others.
    counts: [Counts; 4],
}

/// A symbol, whose code it is in, and the bits behind it: as many as the symbol's lower half says.
#[derive(Clone, Copy)]
struct Word {
    code: u8,
    symbol: u8,
    bits: u16,
}

/// Writes the file; `quality` is that of the Independent JPEG Group, 1 to 100.
pub(crate) fn write(planes: &Planes, quality: u8) -> Result<Vec<u8>, Refusal> {
    let (width, height) = (planes.luma.width, planes.luma.height);
    if width.max(height) > SIDE {
        return Err(Refusal::damaged("too long for JPEG"));
    }
    let tables = [table(&LUMA, quality), table(&CHROMA, quality)];
    let factors = tables.map(|table| factors(&table));
    let (across, down) = (width.div_ceil(16) as usize, height.div_ceil(16) as usize);
    let scan = scan(planes, (across, down), &factors);
    let codes = scan.counts.map(|counts| counts.code());
    let mut file = Vec::with_capacity(scan.words.len() * 2 + 1_024);
    head(&mut file, (width as u16, height as u16), &tables, &codes);
    Ok(put(file, &scan.words, &codes))
}

/// The words of all blocks, each sixteen by sixteen pixels in their turn.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt"))]
fn scan(planes: &Planes, (across, down): (usize, usize), factors: &[[f32x8; 8]; 2]) -> Scan {
    let mut scan = Scan::default();
    let mut before = [0; 3];
    for y in 0..down {
        for x in 0..across {
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let block = block(&planes.luma, (2 * x + dx, 2 * y + dy), &factors[0]);
                scan.add(0, &mut before[0], &block);
            }
            for (plane, before) in [&planes.blue, &planes.red]
                .into_iter()
                .zip(&mut before[1..])
            {
                scan.add(1, before, &block(plane, (x, y), &factors[1]));
            }
        }
    }
    scan
}

/// The file with the words of its scan and its end.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt"))]
fn put(file: Vec<u8>, words: &[Word], codes: &[Code; 4]) -> Vec<u8> {
    let mut bits = Bits::new(file);
    for Word {
        code,
        symbol,
        bits: value,
    } in words
    {
        let (word, size) = codes[usize::from(code & 3)].of(*symbol);
        let length = u32::from(symbol & 15);
        bits.put(u64::from(word) << length | u64::from(*value), size + length);
    }
    bits.finish()
}

/// A table at a quality, row by row.
fn table(base: &[u8; 64], quality: u8) -> [u8; 64] {
    let quality = u32::from(quality.clamp(1, 100));
    let scale = if quality < 50 {
        5_000 / quality
    } else {
        200 - 2 * quality
    };
    base.map(|value| ((u32::from(value) * scale + 50) / 100).clamp(1, 255) as u8)
}

fn factors(table: &[u8; 64]) -> [f32x8; 8] {
    std::array::from_fn(|row| {
        f32x8::new(std::array::from_fn(|column| {
            let value = f32::from(table[row * 8 + column]);
            1.0 / (value * LEFT[row] * LEFT[column] * 8.0)
        }))
    })
}

/// The block at this place, in blocks, in the file's order; where the plane ends its last row and column go on.
#[inline(always)]
fn block(plane: &Raster, (x, y): (usize, usize), factors: &[f32x8; 8]) -> [i16; 64] {
    let (width, height) = (plane.width as usize, plane.height as usize);
    let mut rows = [f32x8::ZERO; 8];
    for (dy, row) in rows.iter_mut().enumerate() {
        let line = &plane.pixels[(y * 8 + dy).min(height - 1) * width..][..width];
        let mut pixels = [0; 16];
        match line.get(x * 8..x * 8 + 8) {
            Some(inside) => pixels[..8].copy_from_slice(inside),
            None => pixels[..8]
                .iter_mut()
                .zip(x * 8..)
                .for_each(|(pixel, x)| *pixel = line[x.min(width - 1)]),
        }
        let pixels = i32x8::from_i16x8(i16x8::from_u8x16_low(u8x16::new(pixels)));
        *row = f32x8::from_i32x8(pixels) - 128.0;
    }
    let rows = transposed(cosines(transposed(cosines(rows))));
    let mut quantised = [0_i16; 64];
    let (places, _) = quantised.as_chunks_mut::<8>();
    for (place, (row, factors)) in places.iter_mut().zip(rows.iter().zip(factors)) {
        *place = i16x8::from_i32x8_saturate((*row * *factors).fast_round_int()).to_array();
    }
    let mut values = [0; 64];
    for (value, from) in values.iter_mut().zip(ZIGZAG) {
        *value = quantised[usize::from(from) & 63];
    }
    values
}

/// A bit for each value that is not nothing, the first one lowest.
#[inline(always)]
fn somethings(values: &[i16; 64]) -> u64 {
    let mut some = 0;
    for (at, values) in values.as_chunks::<16>().0.iter().enumerate() {
        let [a, b]: [i16x8; 2] = cast(*values);
        let narrow = i8x16::from_i16x16_saturate(cast([a, b]));
        some |= u64::from(!narrow.simd_eq(i8x16::ZERO).to_bitmask() & 0xffff) << (16 * at);
    }
    some
}

/// Eight cosine transforms down the columns, but for the factors of `LEFT`.
#[inline(always)]
fn cosines([a0, a1, a2, a3, a4, a5, a6, a7]: [f32x8; 8]) -> [f32x8; 8] {
    let (s0, d0) = (a0 + a7, a0 - a7);
    let (s1, d1) = (a1 + a6, a1 - a6);
    let (s2, d2) = (a2 + a5, a2 - a5);
    let (s3, d3) = (a3 + a4, a3 - a4);
    let (e0, e3) = (s0 + s3, s0 - s3);
    let (e1, e2) = (s1 + s2, s1 - s2);
    let z1 = (e2 + e3) * 0.707_106_77;
    let (o0, o1, o2) = (d3 + d2, d2 + d1, d1 + d0);
    let z5 = (o0 - o2) * 0.382_683_43;
    let z2 = o0 * 0.541_196_1 + z5;
    let z4 = o2 * 1.306_563 + z5;
    let z3 = o1 * 0.707_106_77;
    let (z11, z13) = (d0 + z3, d0 - z3);
    [
        e0 + e1,
        z11 + z4,
        e3 + z1,
        z13 - z2,
        e0 - e1,
        z13 + z2,
        e3 - z1,
        z11 - z4,
    ]
}

impl Scan {
    /// A block of luma (0) or chroma (1); `before` is its component's first coefficient in the block before.
    #[inline(always)]
    fn add(&mut self, kind: u8, before: &mut i16, values: &[i16; 64]) {
        self.words.reserve(68);
        let (bits, length) = magnitude(values[0] - *before);
        *before = values[0];
        self.push(kind, length, bits);
        let mut some = somethings(values) & !1;
        let mut last = 0;
        while some != 0 {
            let at = some.trailing_zeros();
            some &= some - 1;
            let mut zeros = at - last - 1;
            last = at;
            while zeros > 15 {
                self.push(2 + kind, 0xf0, 0);
                zeros -= 16;
            }
            let (bits, length) = magnitude(values[at as usize]);
            self.push(2 + kind, (zeros << 4) as u8 | length, bits);
        }
        if last < 63 {
            self.push(2 + kind, 0, 0);
        }
    }

    #[inline(always)]
    fn push(&mut self, code: u8, symbol: u8, bits: u16) {
        self.counts[usize::from(code)].add(symbol);
        self.words.push(Word { code, symbol, bits });
    }
}

/// The bits of a value, and how many (T.81, F.1.2.1).
#[inline(always)]
fn magnitude(value: i16) -> (u16, u8) {
    let length = 16 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 {
        value.wrapping_sub(1)
    } else {
        value
    };
    (bits as u16 & ((1_u32 << length) - 1) as u16, length as u8)
}

/// Everything before the scan.
fn head(
    file: &mut Vec<u8>,
    (width, height): (u16, u16),
    tables: &[[u8; 64]; 2],
    codes: &[Code; 4],
) {
    file.extend(b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    for (number, table) in (0..).zip(tables) {
        file.extend([0xff, 0xdb, 0, 67, number]);
        file.extend(ZIGZAG.map(|at| table[usize::from(at)]));
    }
    file.extend([0xff, 0xc0, 0, 17, 8]);
    file.extend(height.to_be_bytes());
    file.extend(width.to_be_bytes());
    file.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    for (place, code) in [0x00, 0x01, 0x10, 0x11].into_iter().zip(codes) {
        let length = 19 + code.symbols.len() as u16;
        file.extend([0xff, 0xc4]);
        file.extend(length.to_be_bytes());
        file.push(place);
        file.extend(code.lengths);
        file.extend(&code.symbols);
    }
    file.extend([0xff, 0xda, 0, 12, 3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0]);
}

/// Bits, the first ones highest; a byte of ones is followed by one of zeros.
struct Bits {
    file: Vec<u8>,
    waiting: u64,
    count: u32,
}

impl Bits {
    fn new(file: Vec<u8>) -> Bits {
        Bits {
            file,
            waiting: 0,
            count: 0,
        }
    }

    /// At most 32 at a time.
    #[inline(always)]
    fn put(&mut self, bits: u64, count: u32) {
        self.waiting = self.waiting << count | bits;
        self.count += count;
        if self.count >= 32 {
            self.count -= 32;
            let word = ((self.waiting >> self.count) as u32).to_be_bytes();
            if word.contains(&0xff) {
                word.iter().for_each(|byte| self.byte(*byte));
            } else {
                self.file.extend(word);
            }
        }
    }

    fn byte(&mut self, byte: u8) {
        self.file.push(byte);
        if byte == 0xff {
            self.file.push(0);
        }
    }

    /// Filled up with ones, and the end of the picture after them.
    fn finish(mut self) -> Vec<u8> {
        let fill = (8 - self.count % 8) % 8;
        self.waiting = self.waiting << fill | ((1 << fill) - 1);
        self.count += fill;
        while self.count > 0 {
            self.count -= 8;
            self.byte((self.waiting >> self.count) as u8);
        }
        self.file.extend([0xff, 0xd9]);
        self.file
    }
}

#[cfg(test)]
pub(crate) mod tests;
