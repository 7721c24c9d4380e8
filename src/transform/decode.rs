//! Stripped bytes become pixels, within limits and without a panic.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image_webp::WebPDecoder;
use png::{BitDepth, ColorType, Decoder, Transformations};

use super::colour::{self, Profile};
use super::gif_frames::{self, GifFrames};
use super::jpeg_pixels::{self, Pixels};
use super::probe::Header;
use super::raster::{Layout, Raster};
use super::{Format, Limits, Refusal};

/// How large the pixels are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Aim {
    Whole,
    /// Stored width and height that the result is going to be fitted to.
    AtLeast(u32, u32),
}

/// Decodes a still picture. Four inks become colours here, by the profile if it is one of inks.
pub(super) fn decode(
    bytes: &[u8],
    (format, header): (Format, &Header),
    aim: Aim,
    profile: Option<&Profile>,
    limits: &Limits,
) -> Result<Raster, Refusal> {
    match format {
        Format::Jpeg => match jpeg_pixels::decode(bytes, aim)? {
            Pixels::Plain(raster) => Ok(raster),
            Pixels::Inks {
                width,
                height,
                pixels,
            } => Ok(colour::from_inks(width, height, &pixels, profile)),
        },
        Format::Png => decode_png(bytes, limits),
        Format::Webp => decode_webp(bytes, limits),
        Format::Gif => {
            let mut frames = GifFrames::open(bytes, (header.width, header.height), limits)?;
            let first = frames.next()?.map(|(screen, _)| screen.copy());
            first.ok_or_else(|| Refusal::damaged("no frame"))
        }
        Format::Mp4 | Format::Webm | Format::Heic | Format::Avif => {
            Err(Refusal::damaged("nothing that is decoded here"))
        }
    }
}

/// Decodes every frame of an animation to see that it is whole.
pub(super) fn check_animation(
    bytes: &[u8],
    format: Format,
    limits: &Limits,
) -> Result<(), Refusal> {
    if format == Format::Gif {
        return gif_frames::check(bytes, limits);
    }
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(Refusal::damaged)?;
    let size = decoder.output_buffer_size().ok_or_else(Refusal::too_deep)?;
    let mut canvas = vec![0; size];
    for _ in 0..decoder.num_frames() {
        decoder.read_frame(&mut canvas).map_err(Refusal::damaged)?;
    }
    Ok(())
}

/// Runs work on somebody's bytes. mozjpeg reports errors by unwinding, and a bug of a decoder must
/// be a refused picture and not a lost thread.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Refusal::damaged(said.unwrap_or("the decoder gave up")))
    })
}

/// Palettes and small depths are spread out; sixteen bits stay, for turning without loss.
fn decode_png(bytes: &[u8], limits: &Limits) -> Result<Raster, Refusal> {
    let most = usize::try_from(limits.decoded_bytes).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: most });
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(Refusal::damaged)?;
    let size = reader.output_buffer_size().ok_or_else(Refusal::too_deep)?;
    if size > most {
        return Err(Refusal::too_deep());
    }
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).map_err(Refusal::damaged)?;
    let layout = match info.color_type {
        ColorType::Grayscale => Layout::Gray,
        ColorType::GrayscaleAlpha => Layout::GrayAlpha,
        ColorType::Rgb => Layout::Rgb,
        ColorType::Rgba => Layout::Rgba,
        ColorType::Indexed => return Err(Refusal::damaged("a palette was left")),
    };
    Ok(Raster {
        width: info.width,
        height: info.height,
        layout,
        wide: info.bit_depth == BitDepth::Sixteen,
        pixels,
    })
}

fn decode_webp(bytes: &[u8], limits: &Limits) -> Result<Raster, Refusal> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(Refusal::damaged)?;
    decoder.set_memory_limit(usize::try_from(limits.decoded_bytes).unwrap_or(usize::MAX));
    let size = decoder.output_buffer_size().ok_or_else(Refusal::too_deep)?;
    let (width, height) = decoder.dimensions();
    let mut pixels = vec![0; size];
    decoder.read_image(&mut pixels).map_err(Refusal::damaged)?;
    let layout = if decoder.has_alpha() {
        Layout::Rgba
    } else {
        Layout::Rgb
    };
    Ok(Raster::new(width, height, layout, pixels))
}
