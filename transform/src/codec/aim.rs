//! How large a decoder should make the pixels.

/// How large the pixels are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    Whole,
    /// Stored width and height that the result is going to be fitted to.
    AtLeast(u32, u32),
}
