//! The cosine transform turned back, for blocks of eight, four, three, two and one, all columns at a time.

use bytemuck::cast;
use wide::{f32x4, f32x8, i16x8, i32x8, u8x16};

use crate::codec::jpeg::lanes::{LEFT, transposed};

/// How large a block comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Eight,
    Four,
    Three,
    Two,
    One,
}

/// By what each coefficient, in the order of the block, is multiplied. Those that a smaller block does not use are
/// multiplied by nothing.
pub fn factors(table: &[u16; 64], side: Side) -> [f32; 64] {
    let n = side.length();
    std::array::from_fn(|at| {
        let (row, column) = (at / 8, at % 8);
        let value = f32::from(table[at]);
        match side {
            Side::Eight => value * LEFT[row] * LEFT[column] / 8.0,
            _ if row < n && column < n => value / 8.0,
            _ => 0.0,
        }
    })
}

/// A value around nothing as a pixel: in range, and then what is left of the point of a sum that has no room
/// for more.
#[inline(always)]
fn pixel(value: f32) -> u8 {
    const ROOM: f32 = 8_388_608.0;
    ((value + 128.0).clamp(0.0, 255.0) + ROOM).to_bits() as u8
}

impl Side {
    pub fn of(eighths: u8) -> Option<Side> {
        Some(match eighths {
            8 => Side::Eight,
            4 => Side::Four,
            3 => Side::Three,
            2 => Side::Two,
            1 => Side::One,
            _ => return None,
        })
    }

    pub fn length(self) -> usize {
        match self {
            Side::Eight => 8,
            Side::Four => 4,
            Side::Three => 3,
            Side::Two => 2,
            Side::One => 1,
        }
    }

    /// Draws the pixels of a block, with the last place of the file's order that is not nothing, into rows that
    /// begin at `pixels` and are `stride` apart.
    #[inline(always)]
    pub fn draw(
        self,
        (block, last): (&[i16; 64], usize),
        factors: &[f32; 64],
        pixels: &mut [u8],
        stride: usize,
    ) {
        if last == 0 {
            let value = pixel(f32::from(block[0]) * factors[0]);
            let n = self.length();
            for line in pixels.chunks_mut(stride).take(n) {
                line[..n].fill(value);
            }
            return;
        }
        match self {
            Side::Eight => draw_eight(block, factors, pixels, stride),
            Side::Four => draw_few::<4>(four, (block, factors), pixels, stride),
            Side::Three => draw_few::<3>(three, (block, factors), pixels, stride),
            Side::Two => draw_two(block, factors, pixels, stride),
            Side::One => pixels[0] = pixel(f32::from(block[0]) * factors[0]),
        }
    }
}

#[inline(always)]
fn draw_eight(block: &[i16; 64], factors: &[f32; 64], pixels: &mut [u8], stride: usize) {
    let mut rows = [f32x8::ZERO; 8];
    let (block, _) = block.as_chunks::<8>();
    let (factors, _) = factors.as_chunks::<8>();
    for (row, (block, factors)) in rows.iter_mut().zip(block.iter().zip(factors)) {
        let values = i32x8::from_i16x8(i16x8::new(*block));
        *row = f32x8::from_i32x8(values) * f32x8::new(*factors);
    }
    let rows = transposed(eight(transposed(eight(rows))));
    let narrow = |row: f32x8| i16x8::from_i32x8_saturate((row + 128.0).fast_round_int());
    let mut lines = pixels.chunks_mut(stride);
    for [row, next] in rows.as_chunks::<2>().0 {
        let drawn = u8x16::narrow_i16x8(narrow(*row), narrow(*next)).to_array();
        for (row, line) in drawn.as_chunks::<8>().0.iter().zip(lines.by_ref()) {
            line[..8].copy_from_slice(row);
        }
    }
}

/// Four or three of each.
#[inline(always)]
fn draw_few<const N: usize>(
    few: impl Fn([f32x4; 4]) -> [f32x4; 4],
    (block, factors): (&[i16; 64], &[f32; 64]),
    pixels: &mut [u8],
    stride: usize,
) {
    let mut rows = [f32x4::ZERO; 4];
    let lines = block.chunks_exact(8).zip(factors.chunks_exact(8));
    for (row, (block, factors)) in rows.iter_mut().zip(lines) {
        let values = [block[0], block[1], block[2], block[3]].map(f32::from);
        *row = f32x4::new(values) * f32x4::new([factors[0], factors[1], factors[2], factors[3]]);
    }
    let rows = few(f32x4::transpose(few(rows)));
    let rows: [i32x8; 2] = cast(f32x4::transpose(rows).map(|row| (row + 128.0).fast_round_int()));
    let [upper, lower] = rows.map(i16x8::from_i32x8_saturate);
    let drawn = u8x16::narrow_i16x8(upper, lower).to_array();
    let lines = pixels.chunks_mut(stride).take(N);
    for (line, row) in lines.zip(drawn.as_chunks::<4>().0) {
        line[..N].copy_from_slice(&row[..N]);
    }
}

#[inline(always)]
fn draw_two(block: &[i16; 64], factors: &[f32; 64], pixels: &mut [u8], stride: usize) {
    let [a, b, c, d] = [0, 1, 8, 9].map(|at| f32::from(block[at]) * factors[at]);
    let (left, right) = ((a + c, a - c), (b + d, b - d));
    pixels[0] = pixel(left.0 + right.0);
    pixels[1] = pixel(left.0 - right.0);
    pixels[stride] = pixel(left.1 + right.1);
    pixels[stride + 1] = pixel(left.1 - right.1);
}

#[inline(always)]
fn eight([a0, a1, a2, a3, a4, a5, a6, a7]: [f32x8; 8]) -> [f32x8; 8] {
    let (e0, e1) = (a0 + a4, a0 - a4);
    let e3 = a2 + a6;
    let e2 = (a2 - a6) * std::f32::consts::SQRT_2 - e3;
    let (t0, t3) = (e0 + e3, e0 - e3);
    let (t1, t2) = (e1 + e2, e1 - e2);
    let (z13, z10) = (a5 + a3, a5 - a3);
    let (z11, z12) = (a1 + a7, a1 - a7);
    let o7 = z11 + z13;
    let o11 = (z11 - z13) * std::f32::consts::SQRT_2;
    let z5 = (z10 + z12) * 1.847_759_1;
    let o10 = z12 * 1.082_392_2 - z5;
    let o12 = z10 * -2.613_126 + z5;
    let o6 = o12 - o7;
    let o5 = o11 - o6;
    let o4 = o10 + o5;
    [
        t0 + o7,
        t1 + o6,
        t2 + o5,
        t3 - o4,
        t3 + o4,
        t2 - o5,
        t1 - o6,
        t0 - o7,
    ]
}

/// The factor of a half and that of the first coefficient are in those of the block.
#[inline(always)]
fn four([a0, a1, a2, a3]: [f32x4; 4]) -> [f32x4; 4] {
    let (e0, e1) = (a0 + a2, a0 - a2);
    let o0 = a1 * 1.306_563 + a3 * 0.541_196_1;
    let o1 = a1 * 0.541_196_1 - a3 * 1.306_563;
    [e0 + o0, e1 + o1, e1 - o1, e0 - o0]
}

/// As [`four`]; the last row is nothing.
#[inline(always)]
fn three([a0, a1, a2, _]: [f32x4; 4]) -> [f32x4; 4] {
    let (o, e) = (a1 * 1.224_744_9, a0 + a2 * std::f32::consts::FRAC_1_SQRT_2);
    [
        e + o,
        a0 - a2 * std::f32::consts::SQRT_2,
        e - o,
        f32x4::ZERO,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the definition (T.81, A.3.3), with as many pixels and coefficients as the block has.
    fn defined(block: &[f32; 64], n: usize) -> Vec<f64> {
        let part = |k: usize| {
            if k == 0 {
                std::f64::consts::FRAC_1_SQRT_2
            } else {
                1.0
            }
        };
        let turn = |at: usize, k: usize| {
            ((2 * at + 1) as f64 * k as f64 * std::f64::consts::PI / (2 * n) as f64).cos()
        };
        let mut pixels = Vec::new();
        for y in 0..n {
            for x in 0..n {
                let mut sum = 0.0;
                for v in 0..n {
                    for u in 0..n {
                        let value = f64::from(block[v * 8 + u]);
                        sum += part(u) * part(v) * value * turn(x, u) * turn(y, v) / 4.0;
                    }
                }
                pixels.push(sum);
            }
        }
        pixels
    }

    #[test]
    fn every_side_is_what_the_standard_defines() {
        let mut seed = 9_u64;
        for eighths in [8, 4, 3, 2, 1] {
            let side = Side::of(eighths).unwrap();
            let n = side.length();
            for _ in 0..50 {
                let coefficients: [f32; 64] = std::array::from_fn(|at| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (((seed >> 40) % 200) as f32 / (1.0 + at as f32) - 40.0 / (1.0 + at as f32))
                        .round()
                });
                let factors = factors(&[1; 64], side);
                let block = coefficients.map(|value| value as i16);
                let mut pixels = [0; 64];
                side.draw((&block, 63), &factors, &mut pixels, 8);
                for (at, expected) in defined(&coefficients, n).into_iter().enumerate() {
                    let found = f64::from(pixels[at / n * 8 + at % n]);
                    let expected = (expected + 128.0).clamp(0.0, 255.0);
                    assert!(
                        (found - expected).abs() <= 0.51,
                        "{eighths} at {at}: {found}, {expected}"
                    );
                }
            }
        }
    }
}
