//! Baseline JPEG (ITU-T T.81) of planes, with chroma halved both ways and Huffman tables made for the picture.
//! Eight columns at a time, so that the compiler's vectors do the work: faster than the C that a machine
//! without an assembler gets.

use super::Refusal;
use super::encode::JPEG_SIDE;
use super::huffman::{Code, Counts};
use super::lanes::{LEFT, Lane, minus, plus, times, transposed};
use super::planes::Planes;
use super::raster::Raster;

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

/// Where each coefficient of the file's order stands in the block (T.81, figure A.6).
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A block as it is written: its coefficients in the file's order, and which of them are not nothing.
struct Block {
    values: [i16; 64],
    some: u64,
}

/// Writes the file; `quality` is that of the Independent JPEG Group, 1 to 100.
pub(super) fn write(planes: &Planes, quality: u8) -> Result<Vec<u8>, Refusal> {
    let (width, height) = (planes.luma.width, planes.luma.height);
    if width.max(height) > JPEG_SIDE {
        return Err(Refusal::damaged("too long for JPEG"));
    }
    let tables = [table(&LUMA, quality), table(&CHROMA, quality)];
    // By columns, as the blocks come out of their transform.
    let factors = tables.map(|table| transposed(factors(&table)));
    let (across, down) = (width.div_ceil(16) as usize, height.div_ceil(16) as usize);
    let mut blocks = Vec::with_capacity(across * down * 6);
    for y in 0..down {
        for x in 0..across {
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                blocks.push(block(&planes.luma, (2 * x + dx, 2 * y + dy), &factors[0]));
            }
            for plane in [&planes.blue, &planes.red] {
                blocks.push(block(plane, (x, y), &factors[1]));
            }
        }
    }
    let mut counts = [
        Counts::default(),
        Counts::default(),
        Counts::default(),
        Counts::default(),
    ];
    each_symbol(&blocks, |kind, symbol, _, _| counts[kind].add(symbol));
    let codes = counts.map(|counts| counts.code());
    let mut file = Vec::with_capacity(blocks.len() * 16);
    head(&mut file, (width as u16, height as u16), &tables, &codes);
    let mut bits = Bits::new(file);
    each_symbol(&blocks, |kind, symbol, value, length| {
        let (code, size) = codes[kind].of(symbol);
        bits.put(u64::from(code) << length | u64::from(value), size + length);
    });
    Ok(bits.finish())
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

fn factors(table: &[u8; 64]) -> [[f32; 8]; 8] {
    let mut factors = [[0.0; 8]; 8];
    for (at, value) in table.iter().enumerate() {
        let (row, column) = (at / 8, at % 8);
        factors[row][column] = 1.0 / (f32::from(*value) * LEFT[row] * LEFT[column] * 8.0);
    }
    factors
}

/// The block at this place, in blocks; where the plane ends its last row and column go on.
fn block(plane: &Raster, (x, y): (usize, usize), factors: &[[f32; 8]; 8]) -> Block {
    let (width, height) = (plane.width as usize, plane.height as usize);
    let mut rows = [[0.0_f32; 8]; 8];
    for (dy, row) in rows.iter_mut().enumerate() {
        let line = &plane.pixels[(y * 8 + dy).min(height - 1) * width..][..width];
        match line.get(x * 8..x * 8 + 8) {
            Some(pixels) => {
                for (value, pixel) in row.iter_mut().zip(pixels) {
                    *value = f32::from(*pixel) - 128.0;
                }
            }
            None => {
                for (dx, value) in row.iter_mut().enumerate() {
                    *value = f32::from(line[(x * 8 + dx).min(width - 1)]) - 128.0;
                }
            }
        }
    }
    cosines(&mut rows);
    let mut rows = transposed(rows);
    cosines(&mut rows);
    // Turned back while it is quantised: `rows` holds columns now.
    let mut quantised = [0_i16; 64];
    for (column, (row, factors)) in rows.iter().zip(factors).enumerate() {
        for (line, (value, factor)) in row.iter().zip(factors).enumerate() {
            quantised[line * 8 + column] = nearest(value * factor);
        }
    }
    let (mut values, mut some) = ([0; 64], 0);
    for (at, (value, from)) in values.iter_mut().zip(ZIGZAG).enumerate() {
        *value = quantised[usize::from(from)];
        some |= u64::from(*value != 0) << at;
    }
    Block { values, some }
}

/// The nearest whole number of one that is small: the sum has no room for what comes after the point.
fn nearest(value: f32) -> i16 {
    const ROOM: f32 = 12_582_912.0;
    ((value + ROOM).to_bits() as i32 - ROOM.to_bits() as i32) as i16
}

/// Eight cosine transforms down the columns, but for the factors of `LEFT`.
fn cosines(rows: &mut [Lane<8>; 8]) {
    let [a0, a1, a2, a3, a4, a5, a6, a7] = *rows;
    let (s0, d0) = (plus(a0, a7), minus(a0, a7));
    let (s1, d1) = (plus(a1, a6), minus(a1, a6));
    let (s2, d2) = (plus(a2, a5), minus(a2, a5));
    let (s3, d3) = (plus(a3, a4), minus(a3, a4));
    let (e0, e3) = (plus(s0, s3), minus(s0, s3));
    let (e1, e2) = (plus(s1, s2), minus(s1, s2));
    let z1 = times(plus(e2, e3), 0.707_106_77);
    rows[0] = plus(e0, e1);
    rows[4] = minus(e0, e1);
    rows[2] = plus(e3, z1);
    rows[6] = minus(e3, z1);
    let (o0, o1, o2) = (plus(d3, d2), plus(d2, d1), plus(d1, d0));
    let z5 = times(minus(o0, o2), 0.382_683_43);
    let z2 = plus(times(o0, 0.541_196_1), z5);
    let z4 = plus(times(o2, 1.306_563), z5);
    let z3 = times(o1, 0.707_106_77);
    let (z11, z13) = (plus(d0, z3), minus(d0, z3));
    rows[5] = plus(z13, z2);
    rows[3] = minus(z13, z2);
    rows[1] = plus(z11, z4);
    rows[7] = minus(z11, z4);
}

/// Calls `act` with every symbol of the scan: whose code it is (luma's and chroma's first coefficient, luma's
/// and chroma's others), the symbol, and the bits that follow it and how many.
fn each_symbol(blocks: &[Block], mut act: impl FnMut(usize, u8, u16, u32)) {
    let mut before = [0_i16; 3];
    for mcu in blocks.chunks_exact(6) {
        for (at, block) in mcu.iter().enumerate() {
            let component = at.saturating_sub(3);
            let kind = usize::from(component > 0);
            let first = block.values[0] - before[component];
            before[component] = block.values[0];
            let (bits, length) = magnitude(first);
            act(kind, length as u8, bits, length);
            let mut some = block.some & !1;
            let mut last = 0;
            while some != 0 {
                let at = some.trailing_zeros();
                some &= some - 1;
                let mut zeros = at - last - 1;
                last = at;
                while zeros > 15 {
                    act(2 + kind, 0xf0, 0, 0);
                    zeros -= 16;
                }
                let (bits, length) = magnitude(block.values[at as usize]);
                act(2 + kind, (zeros as u8) << 4 | length as u8, bits, length);
            }
            if last < 63 {
                act(2 + kind, 0, 0, 0);
            }
        }
    }
}

/// The bits of a value, and how many (T.81, F.1.2.1).
fn magnitude(value: i16) -> (u16, u32) {
    let length = 16 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 {
        value.wrapping_sub(1)
    } else {
        value
    };
    (bits as u16 & ((1_u32 << length) - 1) as u16, length)
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
pub(super) mod tests;
