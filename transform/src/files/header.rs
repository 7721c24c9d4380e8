//! What a container says of its picture, and whether that is within the limits.

use crate::format::{Format, Limits, Picture};
use crate::orientation::upright;
use crate::refusal::Refusal;

/// What a container says of its picture, as stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub width: u32,
    pub height: u32,
    pub orientation: u8,
    pub frames: u32,
    pub alpha: bool,
    /// Bytes of the largest buffer that decoding needs.
    pub decoded_bytes: u64,
    /// Four inks or sixteen bits: stored as it is, but the web is shown a copy.
    pub for_print_or_wide: bool,
    /// Nothing was lost when it was written.
    pub is_lossless: bool,
}

/// Colour primaries and transfer: code points of ITU-T H.273.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePoints {
    pub primaries: u8,
    pub transfer: u8,
}

const BT_709: u8 = 1;
const SRGB: u8 = 13;
const PQ: u8 = 16;
const HLG: u8 = 18;

impl CodePoints {
    /// Whether eight bits a channel would lose much.
    pub fn is_high(self) -> bool {
        matches!(self.transfer, PQ | HLG)
    }

    /// The same as programs take them, unless it is sRGB then: what is not said is as usual, and cameras mean one
    /// transfer by all those of television.
    pub fn other_than_srgb(self) -> Option<CodePoints> {
        let taken = CodePoints {
            primaries: match self.primaries {
                0 | 2 if !self.is_high() => BT_709,
                known => known,
            },
            transfer: match self.transfer {
                0 | 1 | 2 | 6 | 14 | 15 => SRGB,
                known => known,
            },
        };
        let is_srgb = taken.primaries == BT_709 && taken.transfer == SRGB;
        (!is_srgb).then_some(taken)
    }
}

/// How the colours of a file are meant, other than sRGB.
pub(crate) enum Colours {
    Icc(Vec<u8>),
    Cicp(CodePoints),
    /// Gamma of the encoding (0.45455 as a rule) and white, red, green and blue points as x and y.
    Measured {
        gamma: f64,
        points: Option<[f64; 8]>,
    },
}

impl Header {
    pub fn picture(&self, format: Format) -> Picture {
        let (width, height) = upright((self.width, self.height), self.orientation);
        Picture {
            format,
            width,
            height,
            orientation: self.orientation,
            frames: self.frames,
            alpha: self.alpha,
        }
    }

    pub fn is_animated(&self) -> bool {
        self.frames > 1
    }

    pub fn check(&self, limits: &Limits) -> Result<(), Refusal> {
        let (width, height) = (u64::from(self.width), u64::from(self.height));
        if width == 0 || height == 0 {
            return Err(Refusal::damaged("no width or no height"));
        }
        let pixels = width * height;
        if pixels > limits.pixels {
            return Err(Refusal::too_many_pixels(width, height, limits));
        }
        let frames = u64::from(self.frames);
        if self.is_animated()
            && (self.frames > limits.frames
                || pixels.saturating_mul(frames) > limits.animation_pixels)
        {
            return Err(Refusal::too_long(frames, limits));
        }
        if self.decoded_bytes > limits.decoded_bytes {
            return Err(Refusal::too_deep());
        }
        Ok(())
    }
}
