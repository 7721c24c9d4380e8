//! The pixels of a JPEG, by mozjpeg: scaled while decoding, and seen to be whole.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

use mozjpeg::{ColorSpace, Decompress};

use crate::codec::aim::Aim;
use crate::codec::jpeg::reader;
use crate::files::jpeg;
use crate::files::jpeg::Frame;
use crate::format::Limits;
use crate::guard::{Timed, require_time};
use crate::pixels::planes::Planes;
use crate::pixels::raster::{Layout, Raster};
use crate::refusal::Refusal;

/// Real encoders write about ten; thousands of empty ones in a small file would keep us for hours.
const MOST_SCANS: usize = 100;
/// But in a tiny picture they are soon done: so many blocks of all scans together are no trouble.
const EASY_BLOCKS: usize = 250_000;

/// How much larger than the aim the decoder's own shrinking may leave a picture at least: less, and
/// its coarser filter shows in the result. (libvips goes down to 1.)
const MARGIN: f64 = 1.4;
/// The same for two eighths and one, which are softer still.
const MARGIN_OF_FEW: f64 = 1.5;

pub(crate) enum Decoded {
    Plain(Raster),
    /// Cyan, magenta, yellow and black, four bytes a pixel, 255 meaning no ink (as Adobe writes it).
    Inks {
        width: u32,
        height: u32,
        pixels: Vec<u8>,
    },
}

/// The planes of a stripped JPEG, larger than the aim by its margin or in full; `None` where it is
/// not of the kind that [`reader`] knows.
pub(crate) fn planes(bytes: &[u8], aim: Aim) -> Option<Planes> {
    let frame = jpeg::find_frame(bytes)?;
    reader::planes(bytes, shrink(&frame, aim, &[1, 2, 3, 4]))
}

/// Decodes a stripped JPEG, larger than the aim by its margin or in full.
///
/// mozjpeg unwinds on errors, which [`guarded`](crate::guard::guarded) catches. It makes up
/// for missing data with gray; that the file ran dry is noticed by how early it asked for the end.
pub(crate) fn decode(bytes: &[u8], aim: Aim, limits: &Limits) -> Result<Decoded, Refusal> {
    let frame = jpeg::find_frame(bytes).ok_or_else(|| Refusal::damaged("no frame header"))?;
    let (ended, scans) = count_scans(bytes, &frame)?;

    let ran_dry = Cell::new(false);
    let body = bytes.len() - if ended { 2 } else { 0 };
    let source = Source {
        body: Timed::new(&bytes[..body], limits),
        end: &bytes[body..],
        ran_dry: &ran_dry,
    };
    let mut decoder = Decompress::builder()
        .from_reader(source)
        .map_err(Refusal::damaged)?;
    if decoder.size() != (frame.width as usize, frame.height as usize) {
        return Err(Refusal::damaged("two sizes in one file"));
    }
    // The others save little and have no fast code.
    let eighths = shrink(&frame, aim, &[1, 2, 4]);
    decoder.scale(eighths);
    let space = match decoder.color_space() {
        ColorSpace::JCS_GRAYSCALE => ColorSpace::JCS_GRAYSCALE,
        ColorSpace::JCS_YCbCr => ColorSpace::JCS_YCbCr,
        ColorSpace::JCS_CMYK | ColorSpace::JCS_YCCK => ColorSpace::JCS_CMYK,
        _ => ColorSpace::JCS_RGB,
    };
    let mut decoder = decoder.to_colorspace(space).map_err(Refusal::damaged)?;
    let (width, height) = (decoder.width(), decoder.height());
    let channels = match space {
        ColorSpace::JCS_GRAYSCALE => 1,
        ColorSpace::JCS_CMYK => 4,
        _ => 3,
    };
    let one_scan = scans == 1 && frame.marker != 0xc2;
    let slack = slack(&frame) * usize::from(eighths) / 8;
    let mut pixels = vec![0; width * height * channels];
    for (row, line) in pixels.chunks_exact_mut(width * channels).enumerate() {
        if row % 64 == 0 {
            require_time(limits)?;
        }
        decoder
            .read_scanlines_into(line)
            .map_err(Refusal::damaged)?;
        if one_scan && ran_dry.get() && row + slack < height {
            return Err(Refusal::damaged("the data of the picture end early"));
        }
    }
    decoder.finish().map_err(Refusal::damaged)?;

    let (width, height) = (width as u32, height as u32);
    let layout = match space {
        ColorSpace::JCS_GRAYSCALE => Layout::Gray,
        ColorSpace::JCS_YCbCr => Layout::Ycc,
        ColorSpace::JCS_CMYK => {
            return Ok(Decoded::Inks {
                width,
                height,
                pixels,
            });
        }
        _ => Layout::Rgb,
    };
    Ok(Decoded::Plain(Raster::new(width, height, layout, pixels)))
}

/// Whether the end is there, and how many scans come before it.
fn count_scans(bytes: &[u8], frame: &Frame) -> Result<(bool, usize), Refusal> {
    let mut walk = jpeg::segments(bytes);
    let scans = walk
        .by_ref()
        .filter(|segment| segment.marker == 0xda)
        .count();
    let blocks = frame.width.div_ceil(8) as usize * frame.height.div_ceil(8) as usize;
    if scans > MOST_SCANS && scans.saturating_mul(blocks) > EASY_BLOCKS {
        return Err(Refusal::damaged("too many scans"));
    }
    if scans != 1 && !walk.ended {
        return Err(Refusal::damaged("no end of image"));
    }
    Ok((walk.ended, scans))
}

/// Eighths to decode at: the fewest of `known` that suffice.
fn shrink(frame: &Frame, aim: Aim, known: &[u8]) -> u8 {
    let Aim::AtLeast(width, height) = aim else {
        return 8;
    };
    let enough = |stored: u32, aim: u32, eighths: u8| {
        let margin = if eighths > 2 { MARGIN } else { MARGIN_OF_FEW };
        f64::from(stored) * f64::from(eighths) / 8.0 >= f64::from(aim) * margin
    };
    let suffice = |n: &&u8| enough(frame.width, width, **n) && enough(frame.height, height, **n);
    known.iter().find(suffice).copied().unwrap_or(8)
}

/// Rows by which a sound decoder may be ahead: two rows of blocks, and the pixels that a few bytes
/// of read-ahead can hold.
fn slack(frame: &Frame) -> usize {
    let blocks = frame
        .sampling
        .iter()
        .map(|(_, v)| usize::from(*v))
        .max()
        .unwrap_or(1);
    16 * blocks + 4096_usize.div_ceil(frame.width.max(1) as usize)
}

/// Gives the end of image apart from what stands before it, and tells when it is asked for.
struct Source<'a> {
    body: Timed<'a>,
    end: &'a [u8],
    ran_dry: &'a Cell<bool>,
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.body.fill_buf()?.is_empty() {
            self.ran_dry.set(true);
            return Ok(self.end);
        }
        self.body.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        match self.ran_dry.get() {
            false => self.body.consume(amount),
            true => self.end = &self.end[amount..],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::encode;
    use crate::fixtures::tiny;

    fn size(bytes: &[u8], aim: Aim) -> (u32, u32) {
        match decode(bytes, aim, &Limits::default()).unwrap() {
            Decoded::Plain(raster) => (raster.width, raster.height),
            Decoded::Inks { width, height, .. } => (width, height),
        }
    }

    #[test]
    fn a_small_aim_is_met_with_a_margin() {
        let file = encode::jpeg_turned(&tiny::raster(100), 1, 80, (2, 2)).unwrap();
        assert_eq!(size(&file, Aim::Whole), (300, 200));
        assert_eq!(size(&file, Aim::AtLeast(108, 72)), (300, 200));
        assert_eq!(size(&file, Aim::AtLeast(107, 71)), (150, 100));
        assert_eq!(size(&file, Aim::AtLeast(20, 13)), (38, 25));
    }

    #[test]
    fn a_file_of_endless_scans_is_refused() {
        let file = encode::jpeg_turned(&tiny::raster(200), 1, 80, (2, 2)).unwrap();
        let start = file
            .windows(2)
            .position(|pair| pair == [0xff, 0xda])
            .unwrap();
        let scan = &file[start..file.len() - 2];
        let file = [&file[..start], &scan.repeat(MOST_SCANS + 1), &[0xff, 0xd9]].concat();
        assert!(decode(&file, Aim::Whole, &Limits::default()).is_err());
    }

    #[test]
    fn a_block_in_many_scans_is_a_picture() {
        let raster = Raster::new(8, 8, Layout::Gray, (0..64).map(|n| n * 4).collect());
        let mut settings = mozjpeg::Compress::new(ColorSpace::JCS_GRAYSCALE);
        settings.set_size(8, 8);
        settings.set_progressive_mode();
        let mut file = settings.start_compress(Vec::new()).unwrap();
        file.write_scanlines(&raster.pixels).unwrap();
        let file = file.finish().unwrap();
        let last = file
            .windows(2)
            .rposition(|pair| pair == [0xff, 0xda])
            .unwrap();
        let scan = &file[last..file.len() - 2];
        let many = [&file[..last], &scan.repeat(300), &[0xff, 0xd9]].concat();
        assert_eq!(size(&many, Aim::Whole), (8, 8));
    }
}
