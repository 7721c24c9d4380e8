//! Stripped bytes become pixels, within limits and without a panic.

use crate::codec::aim::Aim;
use crate::guard::{Timed, require_time};

use image_webp::WebPDecoder;
use png::{BitDepth, ColorType, Decoder, Transformations};

use crate::codec::apng::ApngFrames;
use crate::codec::gif_read;
use crate::codec::gif_read::GifFrames;
use crate::codec::jpeg::general;
use crate::codec::jpeg::general::Decoded;
use crate::files::header::Header;
use crate::format::{Format, Limits};
use crate::pixels::profile;
use crate::pixels::profile::Profile;
use crate::pixels::raster::{Layout, Raster};
use crate::refusal::Refusal;

/// Decodes a still picture. Four inks become colours here, by the profile if it is one of inks.
pub(crate) fn decode(
    bytes: &[u8],
    (format, header): (Format, &Header),
    aim: Aim,
    profile: Option<&Profile>,
    limits: &Limits,
) -> Result<Raster, Refusal> {
    match format {
        Format::Jpeg => match general::decode(bytes, aim, limits)? {
            Decoded::Plain(raster) => Ok(raster),
            Decoded::Inks {
                width,
                height,
                pixels,
            } => Ok(profile::from_inks(width, height, &pixels, profile)),
        },
        Format::Png => decode_png(bytes, limits),
        Format::Webp => decode_webp(bytes, limits),
        Format::Gif => {
            let mut frames = GifFrames::open(bytes, (header.width, header.height), limits)?;
            let first = frames.next()?.map(|(screen, _)| screen.copy());
            first.ok_or_else(|| Refusal::damaged("no frame"))
        }
        Format::Mp4 | Format::Webm | Format::Film(_) | Format::Heic | Format::Avif => {
            Err(Refusal::damaged("nothing that is decoded here"))
        }
    }
}

/// Decodes every frame of an animation to see that it is whole.
pub(crate) fn check_animation(
    bytes: &[u8],
    format: Format,
    limits: &Limits,
) -> Result<(), Refusal> {
    match format {
        Format::Gif => return gif_read::check(bytes, limits),
        Format::Png => {
            let mut frames = ApngFrames::open(bytes, limits)?;
            while frames.next()?.is_some() {
                require_time(limits)?;
            }
            return Ok(());
        }
        _ => {}
    }
    let mut decoder = WebPDecoder::new(Timed::new(bytes, limits)).map_err(Refusal::damaged)?;
    let size = decoder.output_buffer_size().ok_or_else(Refusal::too_deep)?;
    let mut canvas = vec![0; size];
    for _ in 0..decoder.num_frames() {
        require_time(limits)?;
        decoder.read_frame(&mut canvas).map_err(Refusal::damaged)?;
    }
    Ok(())
}

/// Palettes and small depths are spread out; sixteen bits stay, for turning without loss.
fn decode_png(bytes: &[u8], limits: &Limits) -> Result<Raster, Refusal> {
    let most = usize::try_from(limits.decoded_bytes).unwrap_or(usize::MAX);
    let mut decoder =
        Decoder::new_with_limits(Timed::new(bytes, limits), png::Limits { bytes: most });
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
    let mut decoder = WebPDecoder::new(Timed::new(bytes, limits)).map_err(Refusal::damaged)?;
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
