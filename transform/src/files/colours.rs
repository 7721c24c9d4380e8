//! How a file says that its colours are meant.

use crate::files::header::Colours;
use crate::files::{jpeg, png, webp};
use crate::format::Format;

impl Colours {
    /// What a stripped file says; `None` for sRGB.
    pub fn find(bytes: &[u8], format: Format) -> Option<Colours> {
        match format {
            Format::Jpeg => jpeg::find_profile(bytes).map(Colours::Icc),
            Format::Webp => webp::find_profile(bytes).map(Colours::Icc),
            Format::Png => png::find_colours(bytes),
            Format::Gif
            | Format::Mp4
            | Format::Webm
            | Format::Film(_)
            | Format::Heic
            | Format::Avif => None,
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
