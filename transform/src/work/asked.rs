//! What is asked for, what it is made of, and what came of it.

use std::collections::HashMap;

use crate::chain::{Chain, Mistake};
use crate::format::Format;
use crate::refusal::Refusal;

/// Why a chain gives no picture.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Chain(#[from] Mistake),
    #[error(transparent)]
    Picture(#[from] Refusal),
    #[error("the time for it was over")]
    Late,
}

/// What whoever asks can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepts {
    pub webp: bool,
    /// Counts where an AVIF has been made already.
    pub avif: bool,
}

/// The bytes of pictures that layers show, by their keys.
pub type Pictures = HashMap<String, Vec<u8>>;

/// A picture to begin with.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub bytes: &'a [u8],
    /// The size that the chain counts in: that of the original where `bytes` are a smaller copy of it.
    pub size: (u32, u32),
}

/// What is to be made of it.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub chain: &'a Chain,
    pub accepts: Accepts,
    pub pictures: &'a Pictures,
}

/// The result.
#[derive(Debug)]
pub struct Made {
    pub bytes: Vec<u8>,
    pub format: Format,
    pub stages: Vec<Stage>,
}

/// A part of the work: how large the picture was after it, and how long it took.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    pub what: &'static str,
    pub size: (u32, u32),
    pub milliseconds: f64,
}
