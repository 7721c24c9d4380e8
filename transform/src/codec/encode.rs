//! Pixels become JPEG or PNG.

use mozjpeg::{ColorSpace, Compress};

use crate::codec::jpeg::writer;
use crate::orientation::upright;
use crate::pixels::planes::Planes;
use crate::pixels::raster::{BAND, Layout, Raster};
use crate::refusal::Refusal;

/// Beyond this many pixels the better tables of a second pass would cost too much memory.
const TWO_PASSES: u64 = 8_000_000;

/// How a JPEG is written.
#[derive(Clone, Copy)]
pub(crate) struct How {
    /// 1 to 100.
    pub quality: u8,
    pub progressive: bool,
}

impl How {
    pub fn baseline(quality: u8) -> How {
        How {
            quality,
            progressive: false,
        }
    }
}

/// Writes a JPEG of an upright picture, with chroma halved both ways.
pub(crate) fn jpeg(raster: &Raster, how: How) -> Result<Vec<u8>, Refusal> {
    write_jpeg(raster, 1, how, (2, 2))
}

/// Writes a baseline JPEG of the picture turned upright, row by row: a large one is never held twice.
///
/// `chroma` is how many pixels share a chroma sample, across and down.
pub(crate) fn jpeg_turned(
    raster: &Raster,
    orientation: u8,
    quality: u8,
    chroma: (u8, u8),
) -> Result<Vec<u8>, Refusal> {
    write_jpeg(raster, orientation, How::baseline(quality), chroma)
}

/// Writes a JPEG of planes as they are.
pub(crate) fn jpeg_of_planes(planes: &Planes, how: How) -> Result<Vec<u8>, Refusal> {
    match how.progressive {
        true => by_mozjpeg(planes, how),
        false => writer::write(planes, how.quality),
    }
}

pub(crate) fn by_mozjpeg(planes: &Planes, how: How) -> Result<Vec<u8>, Refusal> {
    let size = (planes.luma.width, planes.luma.height);
    let mut settings = settings(ColorSpace::JCS_YCbCr, size, how);
    settings.set_chroma_sampling_pixel_sizes((2, 2), (2, 2));
    settings.set_raw_data_in(true);
    let mut file = settings
        .start_compress(Vec::new())
        .map_err(Refusal::damaged)?;
    // Whole blocks across, and whole pairs of luma's rows of blocks down.
    let (across, down) = (size.0 as usize, size.1.div_ceil(16) as usize);
    let luma = padded(&planes.luma, across.div_ceil(8) * 8, down * 16);
    let [blue, red] =
        [&planes.blue, &planes.red].map(|plane| padded(plane, across.div_ceil(16) * 8, down * 8));
    if !file.write_raw_data(&[&luma, &blue, &red]) {
        return Err(Refusal::damaged("mozjpeg refused"));
    }
    file.finish().map_err(Refusal::damaged)
}

/// A plane of so many rows of so many bytes, its last row and column repeated.
fn padded(plane: &Raster, stride: usize, rows: usize) -> Vec<u8> {
    let width = plane.width as usize;
    let mut pixels = Vec::with_capacity(stride * rows);
    let last = plane.height as usize - 1;
    for y in 0..rows {
        let row = &plane.pixels[y.min(last) * width..][..width];
        pixels.extend_from_slice(row);
        pixels.resize((y + 1) * stride, row[width - 1]);
    }
    pixels
}

fn settings(space: ColorSpace, (width, height): (u32, u32), how: How) -> Compress {
    let mut settings = Compress::new(space);
    settings.set_fastest_defaults();
    settings.set_size(width as usize, height as usize);
    settings.set_quality(f32::from(how.quality));
    settings.set_optimize_coding(u64::from(width) * u64::from(height) <= TWO_PASSES);
    if how.progressive {
        settings.set_progressive_mode();
    }
    settings
}

fn write_jpeg(
    raster: &Raster,
    orientation: u8,
    how: How,
    chroma: (u8, u8),
) -> Result<Vec<u8>, Refusal> {
    let space = match raster.layout {
        Layout::Gray => ColorSpace::JCS_GRAYSCALE,
        Layout::Rgb => ColorSpace::JCS_RGB,
        Layout::Ycc => ColorSpace::JCS_YCbCr,
        Layout::GrayAlpha | Layout::Rgba => return Err(Refusal::damaged("alpha in a JPEG")),
    };
    let (width, height) = upright((raster.width, raster.height), orientation);
    let mut settings = settings(space, (width, height), how);
    if raster.layout != Layout::Gray {
        settings.set_chroma_sampling_pixel_sizes(chroma, chroma);
    }
    let mut file = settings
        .start_compress(Vec::new())
        .map_err(Refusal::damaged)?;
    let line = width as usize * raster.layout.channels();
    let mut band = vec![0; line * BAND as usize];
    for top in (0..height).step_by(BAND as usize) {
        let rows = &mut band[..line * BAND.min(height - top) as usize];
        raster.copy_turned(orientation, top, rows);
        file.write_scanlines(rows).map_err(Refusal::damaged)?;
    }
    file.finish().map_err(Refusal::damaged)
}

/// Writes a PNG without loss.
pub(crate) fn png(raster: &Raster) -> Result<Vec<u8>, Refusal> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, raster.width, raster.height);
    encoder.set_color(match raster.layout {
        Layout::Gray => png::ColorType::Grayscale,
        Layout::GrayAlpha => png::ColorType::GrayscaleAlpha,
        Layout::Rgba => png::ColorType::Rgba,
        Layout::Rgb | Layout::Ycc => png::ColorType::Rgb,
    });
    encoder.set_depth(if raster.wide {
        png::BitDepth::Sixteen
    } else {
        png::BitDepth::Eight
    });
    let mut writer = encoder.write_header().map_err(Refusal::damaged)?;
    writer
        .write_image_data(&raster.pixels)
        .map_err(Refusal::damaged)?;
    writer.finish().map_err(Refusal::damaged)?;
    Ok(file)
}
