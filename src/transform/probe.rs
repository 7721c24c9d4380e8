//! The header of a picture, judged against the limits before any pixel is decoded.

use super::raster::upright;
use super::{Format, Limits, Picture, Refusal, blocks, chunks, decode, riff, segments, sniff};

/// What a container says of its picture, as stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub width: u32,
    pub height: u32,
    pub orientation: u8,
    pub frames: u32,
    pub alpha: bool,
    /// Bytes of the largest buffer that decoding needs.
    pub decoded_bytes: u64,
    /// Four inks or sixteen bits: stored as it is, but the web is shown a copy.
    pub for_print_or_wide: bool,
}

/// Reads the header only, of the whole file: size, orientation, frames and alpha, and checks the limits.
///
/// Sizes are upright. An animated PNG tells its frames here, though [`ingest`](super::ingest)
/// keeps only its still picture. Videos are refused: this room knows pictures.
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<Picture, Refusal> {
    decode::guarded(|| {
        let (format, header) = read(bytes, limits)?;
        Ok(header.picture(format))
    })
}

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<(Format, Header), Refusal> {
    let format = sniff::sniff(bytes)?;
    let header = match format {
        Format::Jpeg => segments::read(bytes)?,
        Format::Png => chunks::read(bytes)?,
        Format::Webp => riff::read(bytes)?,
        Format::Gif => blocks::read(bytes)?,
        Format::Heic | Format::Avif => return Err(sniff::foreign(format)),
        Format::Mp4 | Format::Webm => {
            return Err(Refusal::unsupported(
                "This is a video, and a picture is wanted here.",
                "Choose a photo.",
            ));
        }
    };
    header.check(format, limits)?;
    Ok((format, header))
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

    /// An animated PNG is not: only its still picture is kept.
    pub fn is_animated(&self, format: Format) -> bool {
        self.frames > 1 && format != Format::Png
    }

    fn check(&self, format: Format, limits: &Limits) -> Result<(), Refusal> {
        let (width, height) = (u64::from(self.width), u64::from(self.height));
        if width == 0 || height == 0 {
            return Err(Refusal::damaged("no width or no height"));
        }
        let pixels = width * height;
        if pixels > limits.pixels {
            return Err(Refusal::too_many_pixels(width, height, limits));
        }
        let frames = u64::from(self.frames);
        if self.is_animated(format)
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
