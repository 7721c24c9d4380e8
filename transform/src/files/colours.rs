//! How a file says that its colours are meant.

use crate::files::{jpeg, png, webp};
use crate::format::Format;

/// How the colours of a file are meant, other than sRGB.
pub(crate) enum Colours {
    Icc(Vec<u8>),
    /// Code points of ITU-T H.273.
    Cicp {
        primaries: u8,
        transfer: u8,
    },
    /// Gamma of the encoding (0.45455 as a rule) and white, red, green and blue points as x and y.
    Measured {
        gamma: f64,
        points: Option<[f64; 8]>,
    },
}

impl Colours {
    /// What a stripped file says; `None` for sRGB.
    pub fn find(bytes: &[u8], format: Format) -> Option<Colours> {
        match format {
            Format::Jpeg => jpeg::find_profile(bytes).map(Colours::Icc),
            Format::Webp => webp::find_profile(bytes).map(Colours::Icc),
            Format::Png => png::find_colours(bytes),
            Format::Gif | Format::Mp4 | Format::Webm | Format::Heic | Format::Avif => None,
        }
    }
}

/// Whether `keep_profile` knows how, for files of this format.
pub(crate) fn can_keep(format: Format) -> bool {
    matches!(format, Format::Jpeg | Format::Png)
}

/// The file `made` with the colour profile of the file of the same format that it was made from.
pub(crate) fn keep_profile(from: &[u8], format: Format, made: Vec<u8>) -> Vec<u8> {
    match format {
        Format::Jpeg => jpeg::graft_profile(from, &made),
        Format::Png => png::graft_profile(from, &made),
        _ => made,
    }
}
