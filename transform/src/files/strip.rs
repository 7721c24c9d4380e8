//! Metadata taken away, whatever the container.

use crate::files::{gif, jpeg, png, webp};
use crate::format::Format;

/// The file without metadata, its pixels untouched.
pub(crate) fn strip(bytes: &[u8], format: Format) -> Vec<u8> {
    match format {
        Format::Jpeg => jpeg::strip(bytes),
        Format::Png => png::strip(bytes),
        Format::Webp => webp::strip(bytes),
        Format::Gif => gif::strip(bytes),
        Format::Mp4 | Format::Webm | Format::Film(_) | Format::Heic | Format::Avif => {
            bytes.to_vec()
        }
    }
}
