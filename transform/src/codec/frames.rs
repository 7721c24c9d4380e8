//! The frames of an animation, each as it is seen.

use image_webp::{LoopCount, WebPDecoder};

use crate::codec::apng::ApngFrames;
use crate::codec::gif_read::GifFrames;
use crate::files::header::Header;
use crate::format::{Format, Limits};
use crate::guard::Timed;
use crate::pixels::raster::{Layout, Raster};
use crate::refusal::Refusal;

pub(crate) enum Frames<'a> {
    Gif(Box<GifFrames<'a>>),
    Png(Box<ApngFrames<'a>>),
    Webp {
        decoder: Box<WebPDecoder<Timed<'a>>>,
        left: u32,
    },
}

impl<'a> Frames<'a> {
    pub fn open(
        bytes: &'a [u8],
        (format, header): (Format, &Header),
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        if format == Format::Gif {
            let size = (header.width, header.height);
            return Ok(Frames::Gif(Box::new(GifFrames::open(bytes, size, limits)?)));
        }
        if format == Format::Png {
            return Ok(Frames::Png(Box::new(ApngFrames::open(bytes, limits)?)));
        }
        let mut decoder = WebPDecoder::new(Timed::new(bytes, limits)).map_err(Refusal::damaged)?;
        decoder.set_memory_limit(usize::try_from(limits.decoded_bytes).unwrap_or(usize::MAX));
        // What the file says of its background is for nobody to see: browsers take none.
        if decoder.is_animated() && decoder.has_alpha() {
            decoder
                .set_background_color([0; 4])
                .map_err(Refusal::damaged)?;
        }
        let left = decoder.num_frames();
        let decoder = Box::new(decoder);
        Ok(Frames::Webp { decoder, left })
    }

    /// How often it runs; 0 is for ever.
    pub fn repeats(&self) -> u16 {
        match self {
            Frames::Gif(frames) => frames.repeats(),
            Frames::Png(frames) => frames.repeats(),
            Frames::Webp { decoder, .. } => match decoder.loop_count() {
                LoopCount::Forever => 0,
                LoopCount::Times(times) => times.get(),
            },
        }
    }

    /// The next frame, and for how many milliseconds it is shown.
    pub fn next(&mut self) -> Result<Option<(Raster, u32)>, Refusal> {
        match self {
            Frames::Gif(frames) => {
                let frame = frames.next()?;
                Ok(frame.map(|(screen, milliseconds)| (screen.copy(), milliseconds)))
            }
            Frames::Png(frames) => frames.next(),
            Frames::Webp { left: 0, .. } => Ok(None),
            Frames::Webp { decoder, left } => {
                *left -= 1;
                let size = decoder.output_buffer_size().ok_or_else(Refusal::too_deep)?;
                let (width, height) = decoder.dimensions();
                let layout = match decoder.has_alpha() {
                    true => Layout::Rgba,
                    false => Layout::Rgb,
                };
                let mut pixels = vec![0; size];
                let milliseconds = decoder.read_frame(&mut pixels).map_err(Refusal::damaged)?;
                Ok(Some((
                    Raster::new(width, height, layout, pixels),
                    milliseconds,
                )))
            }
        }
    }
}
