//! The cosine transform turned back, for blocks of eight, four, two and one, all columns at a time.

use super::super::lanes::{LEFT, Lane, minus, plus, times, transposed};

/// How large a block comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Eight,
    Four,
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
pub fn pixel(value: f32) -> u8 {
    const ROOM: f32 = 8_388_608.0;
    ((value + 128.0).clamp(0.0, 255.0) + ROOM).to_bits() as u8
}

impl Side {
    pub fn of(eighths: u8) -> Option<Side> {
        Some(match eighths {
            8 => Side::Eight,
            4 => Side::Four,
            2 => Side::Two,
            1 => Side::One,
            _ => return None,
        })
    }

    pub fn length(self) -> usize {
        match self {
            Side::Eight => 8,
            Side::Four => 4,
            Side::Two => 2,
            Side::One => 1,
        }
    }

    /// Draws the pixels of a block into rows that begin at `pixels` and are `stride` apart.
    pub fn draw(self, block: &[f32; 64], pixels: &mut [u8], stride: usize) {
        match self {
            Side::Eight => draw(block, eight, pixels, stride),
            Side::Four => draw(block, four, pixels, stride),
            Side::Two => draw(block, two, pixels, stride),
            Side::One => pixels[0] = pixel(block[0]),
        }
    }
}

fn draw<const N: usize>(
    block: &[f32; 64],
    down: impl Fn([Lane<N>; N]) -> [Lane<N>; N],
    pixels: &mut [u8],
    stride: usize,
) {
    let rows = std::array::from_fn(|row| std::array::from_fn(|column| block[row * 8 + column]));
    let rows = transposed(down(transposed(down(rows))));
    for (line, row) in pixels.chunks_mut(stride).zip(rows) {
        line[..N].copy_from_slice(&row.map(pixel));
    }
}

fn eight([a0, a1, a2, a3, a4, a5, a6, a7]: [Lane<8>; 8]) -> [Lane<8>; 8] {
    let (e0, e1) = (plus(a0, a4), minus(a0, a4));
    let e3 = plus(a2, a6);
    let e2 = minus(times(minus(a2, a6), std::f32::consts::SQRT_2), e3);
    let (t0, t3) = (plus(e0, e3), minus(e0, e3));
    let (t1, t2) = (plus(e1, e2), minus(e1, e2));
    let (z13, z10) = (plus(a5, a3), minus(a5, a3));
    let (z11, z12) = (plus(a1, a7), minus(a1, a7));
    let o7 = plus(z11, z13);
    let o11 = times(minus(z11, z13), std::f32::consts::SQRT_2);
    let z5 = times(plus(z10, z12), 1.847_759_1);
    let o10 = minus(times(z12, 1.082_392_2), z5);
    let o12 = plus(times(z10, -2.613_126), z5);
    let o6 = minus(o12, o7);
    let o5 = minus(o11, o6);
    let o4 = plus(o10, o5);
    [
        plus(t0, o7),
        plus(t1, o6),
        plus(t2, o5),
        minus(t3, o4),
        plus(t3, o4),
        minus(t2, o5),
        minus(t1, o6),
        minus(t0, o7),
    ]
}

/// The factor of a half and that of the first coefficient are in those of the block.
fn four([a0, a1, a2, a3]: [Lane<4>; 4]) -> [Lane<4>; 4] {
    let (e0, e1) = (plus(a0, a2), minus(a0, a2));
    let o0 = plus(times(a1, 1.306_563), times(a3, 0.541_196_1));
    let o1 = minus(times(a1, 0.541_196_1), times(a3, 1.306_563));
    [plus(e0, o0), plus(e1, o1), minus(e1, o1), minus(e0, o0)]
}

fn two([a0, a1]: [Lane<2>; 2]) -> [Lane<2>; 2] {
    [plus(a0, a1), minus(a0, a1)]
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
        for eighths in [8, 4, 2, 1] {
            let side = Side::of(eighths).unwrap();
            let n = side.length();
            for _ in 0..50 {
                let coefficients: [f32; 64] = std::array::from_fn(|at| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    ((seed >> 40) % 200) as f32 / (1.0 + at as f32) - 40.0 / (1.0 + at as f32)
                });
                let factors = factors(&[1; 64], side);
                let block: [f32; 64] = std::array::from_fn(|at| coefficients[at] * factors[at]);
                let mut pixels = [0; 64];
                side.draw(&block, &mut pixels, 8);
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
