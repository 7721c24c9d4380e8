//! Rows of a block, worked on column beside column.

use bytemuck::cast;
use wide::{f32x4, f32x8};

/// What the fast cosine transform of eight leaves to the factors of a row and of a column (Arai, Agui and
/// Nakajima, 1988).
pub(crate) const LEFT: [f32; 8] = [
    1.0,
    1.387_039_8,
    1.306_563,
    1.175_875_6,
    1.0,
    0.785_694_96,
    0.541_196_1,
    0.275_899_38,
];

/// Rows for columns, by quarters: `wide` has this only for processors that it knows when it is compiled.
#[inline(always)]
pub(crate) fn transposed(rows: [f32x8; 8]) -> [f32x8; 8] {
    let [r0, r1, r2, r3, r4, r5, r6, r7]: [[f32x4; 2]; 8] = rows.map(cast);
    let quarter = |a: [f32x4; 2], b: [f32x4; 2], c: [f32x4; 2], d: [f32x4; 2], side: usize| {
        f32x4::transpose([a[side], b[side], c[side], d[side]])
    };
    let [a0, a1, a2, a3] = quarter(r0, r1, r2, r3, 0);
    let [a4, a5, a6, a7] = quarter(r0, r1, r2, r3, 1);
    let [b0, b1, b2, b3] = quarter(r4, r5, r6, r7, 0);
    let [b4, b5, b6, b7] = quarter(r4, r5, r6, r7, 1);
    [
        cast([a0, b0]),
        cast([a1, b1]),
        cast([a2, b2]),
        cast([a3, b3]),
        cast([a4, b4]),
        cast([a5, b5]),
        cast([a6, b6]),
        cast([a7, b7]),
    ]
}
