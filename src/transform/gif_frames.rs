//! The frames of a GIF: one drawn, or all of them unpacked to see that they are whole.

use gif::{ColorOutput, DecodeOptions, Decoder, MemoryLimit};

use super::raster::{Layout, Raster};
use super::{Limits, Refusal};

/// Unpacks every frame of a stripped animation and throws it away.
pub(super) fn check(bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    let mut decoder = open(bytes, limits)?;
    let mut pixels: u64 = 0;
    let mut buffer = Vec::new();
    while let Some(frame) = decoder.next_frame_info().map_err(Refusal::damaged)? {
        let area = u64::from(frame.width) * u64::from(frame.height);
        pixels += area;
        // A frame may be larger than the screen that the header was judged by.
        if pixels > limits.animation_pixels {
            return Err(Refusal::too_long(u64::from(limits.frames), limits));
        }
        buffer.resize(area as usize, 0);
        decoder
            .read_into_buffer(&mut buffer)
            .map_err(Refusal::damaged)?;
    }
    Ok(())
}

/// Draws the first frame on a transparent screen of the given size.
pub(super) fn draw(
    bytes: &[u8],
    width: u32,
    height: u32,
    limits: &Limits,
) -> Result<Raster, Refusal> {
    let mut decoder = open(bytes, limits)?;
    let palette = decoder.global_palette().map(<[u8]>::to_vec);
    let frame = decoder.read_next_frame().map_err(Refusal::damaged)?;
    let frame = frame.ok_or_else(|| Refusal::damaged("no frame"))?;
    let palette = frame.palette.as_ref().or(palette.as_ref());
    let colour = |index: u8| -> [u8; 4] {
        if frame.transparent == Some(index) {
            return [0; 4];
        }
        let at = usize::from(index) * 3;
        match palette.and_then(|palette| palette.get(at..at + 3)) {
            Some(rgb) => [rgb[0], rgb[1], rgb[2], 255],
            None => [0, 0, 0, 255],
        }
    };
    let mut pixels = vec![0; width as usize * height as usize * 4];
    let rows = frame.buffer.chunks_exact(usize::from(frame.width).max(1));
    for (y, row) in rows.enumerate() {
        let y = y + usize::from(frame.top);
        for (x, index) in row.iter().enumerate() {
            let x = x + usize::from(frame.left);
            if x < width as usize && y < height as usize {
                let at = (y * width as usize + x) * 4;
                pixels[at..at + 4].copy_from_slice(&colour(*index));
            }
        }
    }
    Ok(Raster::new(width, height, Layout::Rgba, pixels))
}

fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Decoder<&'a [u8]>, Refusal> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    if let Some(limit) = std::num::NonZeroU64::new(limits.decoded_bytes) {
        options.set_memory_limit(MemoryLimit::Bytes(limit));
    }
    options.read_info(bytes).map_err(Refusal::damaged)
}
