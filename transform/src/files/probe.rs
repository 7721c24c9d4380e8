//! The header of a picture, judged against the limits before any pixel is decoded.

use crate::files::header::Header;
use crate::files::sniff;
use crate::files::{gif, jpeg, png, webp};
use crate::format::{Format, Limits, Picture};
use crate::guard::guarded;
use crate::refusal::Refusal;

/// Reads the header only, of the whole file: size, orientation, frames and alpha, and checks the limits.
///
/// Sizes are upright. Videos are refused: this room knows pictures.
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<Picture, Refusal> {
    guarded(limits, || {
        let (format, header) = read(bytes, limits)?;
        Ok(header.picture(format))
    })
}

pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<(Format, Header), Refusal> {
    let format = sniff::sniff(bytes)?;
    let header = match format {
        Format::Jpeg => jpeg::read(bytes)?,
        Format::Png => png::read(bytes)?,
        Format::Webp => webp::read(bytes)?,
        Format::Gif => gif::read(bytes)?,
        Format::Heic | Format::Avif => return Err(sniff::foreign(format)),
        Format::Mp4 | Format::Webm | Format::Film(_) => {
            return Err(Refusal::unsupported(
                "This is a video, and a picture is wanted here.",
                "Choose a photo.",
            ));
        }
    };
    header.check(limits)?;
    Ok((format, header))
}
