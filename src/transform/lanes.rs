//! Rows of a block, worked on column beside column, which the compiler makes vectors of.

pub(super) type Lane<const N: usize> = [f32; N];

/// What the fast cosine transform of eight leaves to the factors of a row and of a column (Arai, Agui and
/// Nakajima, 1988).
pub(super) const LEFT: [f32; 8] = [
    1.0,
    1.387_039_8,
    1.306_563,
    1.175_875_6,
    1.0,
    0.785_694_96,
    0.541_196_1,
    0.275_899_38,
];

pub(super) fn transposed<const N: usize>(rows: [Lane<N>; N]) -> [Lane<N>; N] {
    std::array::from_fn(|column| std::array::from_fn(|row| rows[row][column]))
}

pub(super) fn plus<const N: usize>(a: Lane<N>, b: Lane<N>) -> Lane<N> {
    std::array::from_fn(|n| a[n] + b[n])
}

pub(super) fn minus<const N: usize>(a: Lane<N>, b: Lane<N>) -> Lane<N> {
    std::array::from_fn(|n| a[n] - b[n])
}

pub(super) fn times<const N: usize>(a: Lane<N>, factor: f32) -> Lane<N> {
    a.map(|value| value * factor)
}
