//! Pixels become JPEG, PNG or WebP.

use std::mem::MaybeUninit;

use libwebp_sys as webp_sys;
use mozjpeg::{ColorSpace, Compress};

use super::Refusal;
use super::raster::{BAND, Layout, Raster, upright};

/// libwebp takes no more in either direction.
pub(super) const WEBP_SIDE: u32 = 16_383;

/// Beyond this many pixels the better tables of a second pass would cost too much memory.
const TWO_PASSES: u64 = 8_000_000;

/// Writes a JPEG of an upright picture, progressive when that is wanted.
pub(super) fn jpeg_with(raster: &Raster, how: (u8, bool)) -> Result<Vec<u8>, Refusal> {
    write_jpeg(raster, 1, how, (2, 2))
}

/// Writes a baseline JPEG of the picture turned upright, row by row: a large one is never held twice.
///
/// `chroma` is how many pixels share a chroma sample, across and down.
pub(super) fn jpeg(
    raster: &Raster,
    orientation: u8,
    quality: u8,
    chroma: (u8, u8),
) -> Result<Vec<u8>, Refusal> {
    write_jpeg(raster, orientation, (quality, false), chroma)
}

fn write_jpeg(
    raster: &Raster,
    orientation: u8,
    (quality, progressive): (u8, bool),
    chroma: (u8, u8),
) -> Result<Vec<u8>, Refusal> {
    let space = match raster.layout {
        Layout::Gray => ColorSpace::JCS_GRAYSCALE,
        Layout::Rgb => ColorSpace::JCS_RGB,
        Layout::Ycc => ColorSpace::JCS_YCbCr,
        Layout::GrayAlpha | Layout::Rgba => return Err(Refusal::damaged("alpha in a JPEG")),
    };
    let (width, height) = upright((raster.width, raster.height), orientation);
    let mut settings = Compress::new(space);
    settings.set_fastest_defaults();
    settings.set_size(width as usize, height as usize);
    settings.set_quality(f32::from(quality));
    settings.set_optimize_coding(u64::from(width) * u64::from(height) <= TWO_PASSES);
    if progressive {
        settings.set_progressive_mode();
    }
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
pub(super) fn png(raster: &Raster) -> Result<Vec<u8>, Refusal> {
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

/// Writes a lossy WebP, with alpha when the picture has some.
pub(super) fn webp(raster: &Raster, quality: u8) -> Result<Vec<u8>, Refusal> {
    webp_with(raster, (quality, false))
}

/// Writes a WebP, lossy or without loss.
pub(super) fn webp_with(
    raster: &Raster,
    (quality, lossless): (u8, bool),
) -> Result<Vec<u8>, Refusal> {
    let alpha = raster.layout == Layout::Rgba;
    if raster.wide || !(alpha || raster.layout == Layout::Rgb) {
        return Err(Refusal::damaged("pixels that WebP does not know"));
    }
    if raster.width > WEBP_SIDE || raster.height > WEBP_SIDE {
        return Err(Refusal::damaged("too long for WebP"));
    }
    let stride = raster.width as usize * raster.layout.channels();
    assert_eq!(
        raster.pixels.len(),
        stride * raster.height as usize,
        "rows are whole"
    );
    let mut config = webp_sys::WebPConfig::new().map_err(|()| encoder_failed())?;
    config.quality = f32::from(quality);
    config.method = 4;
    config.lossless = i32::from(lossless);
    config.exact = i32::from(lossless);

    let mut picture = MaybeUninit::<webp_sys::WebPPicture>::uninit();
    // SAFETY: the call fills the struct it is given, or returns false when versions differ.
    if !unsafe { webp_sys::WebPPictureInit(picture.as_mut_ptr()) } {
        return Err(encoder_failed());
    }
    // SAFETY: initialised by the call above, which succeeded.
    let mut picture = unsafe { picture.assume_init() };
    let mut writer = MaybeUninit::<webp_sys::WebPMemoryWriter>::uninit();
    // SAFETY: the call fills the struct it is given.
    let mut writer = unsafe {
        webp_sys::WebPMemoryWriterInit(writer.as_mut_ptr());
        writer.assume_init()
    };
    // Otherwise the colours would be halved on their way in.
    picture.use_argb = i32::from(lossless);
    picture.width = raster.width as i32;
    picture.height = raster.height as i32;
    picture.writer = Some(webp_sys::WebPMemoryWrite);
    picture.custom_ptr = (&raw mut writer).cast();
    let pixels = raster.pixels.as_ptr();
    let stride = stride as i32;
    // SAFETY: `pixels` holds `height` rows of `stride` bytes (asserted above), each of `width`
    // pixels of three or four bytes; `picture` and `config` are initialised, and `writer`, to which
    // `custom_ptr` points, outlives the call. Nothing here unwinds before both are freed below.
    let done = unsafe {
        let imported = if alpha {
            webp_sys::WebPPictureImportRGBA(&mut picture, pixels, stride)
        } else {
            webp_sys::WebPPictureImportRGB(&mut picture, pixels, stride)
        };
        imported != 0 && webp_sys::WebPEncode(&config, &mut picture) != 0
    };
    // SAFETY: after a success `mem` points to `size` bytes that libwebp wrote.
    let file = (done && !writer.mem.is_null())
        .then(|| unsafe { std::slice::from_raw_parts(writer.mem, writer.size) }.to_vec());
    // SAFETY: both were initialised above, and neither is used again.
    unsafe {
        webp_sys::WebPPictureFree(&mut picture);
        webp_sys::WebPMemoryWriterClear(&mut writer);
    }
    file.ok_or_else(encoder_failed)
}

fn encoder_failed() -> Refusal {
    Refusal::damaged("libwebp refused")
}
