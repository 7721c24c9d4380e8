//! The frames of a GIF: drawn one after the other, or all unpacked to see that they are whole.

use gif::{ColorOutput, DecodeOptions, Decoder, DisposalMethod, Frame, MemoryLimit, Repeat};

use crate::chain::Rect;
use crate::format::Limits;
use crate::guard::require_time;
use crate::pixels::raster::Raster;
use crate::refusal::Refusal;

/// Unpacks every frame of a stripped animation and throws it away. Of a later frame that holds less than it claims
/// browsers show what there is.
pub(crate) fn check(bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    let mut decoder = open(bytes, limits)?;
    let mut pixels: u64 = 0;
    let mut buffer = Vec::new();
    let mut is_first = true;
    while let Some(frame) = next_frame(&mut decoder, is_first)? {
        let area = u64::from(frame.width) * u64::from(frame.height);
        pixels += area;
        require_time(limits)?;
        // A frame may be larger than the screen that the header was judged by.
        if pixels > limits.animation_pixels {
            return Err(Refusal::too_long(u64::from(limits.frames), limits));
        }
        buffer.resize(area as usize, 0);
        let whole = decoder.read_into_buffer(&mut buffer);
        if is_first {
            whole.map_err(Refusal::damaged)?;
        }
        is_first = false;
    }
    Ok(())
}

/// What stands before the next frame. After the first one whatever is wrong ends the animation.
fn next_frame(
    decoder: &mut Decoder<&[u8]>,
    is_first: bool,
) -> Result<Option<Frame<'static>>, Refusal> {
    match decoder.next_frame_info() {
        Ok(frame) => Ok(frame.cloned()),
        Err(error) if is_first => Err(Refusal::damaged(error)),
        Err(_) => Ok(None),
    }
}

/// The frames of a GIF, each as it is seen: drawn over what those before it have left.
pub(crate) struct GifFrames<'a> {
    decoder: Decoder<&'a [u8]>,
    screen: Raster,
    palette: Option<Vec<u8>>,
    is_first: bool,
    most_pixels: u64,
    /// What is done to the screen before the next frame is drawn.
    before_next: Leaving,
}

enum Leaving {
    Nothing,
    Clear(Rect),
    Restore(Vec<u8>),
}

impl<'a> GifFrames<'a> {
    /// On a transparent screen of the given size.
    pub fn open(
        bytes: &'a [u8],
        (width, height): (u32, u32),
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        let decoder = open(bytes, limits)?;
        let palette = decoder.global_palette().map(<[u8]>::to_vec);
        Ok(GifFrames {
            decoder,
            screen: Raster::filled(width, height, [0; 4]),
            palette,
            is_first: true,
            most_pixels: limits.decoded_bytes,
            before_next: Leaving::Nothing,
        })
    }

    /// How often it runs; 0 is for ever.
    pub fn repeats(&self) -> u16 {
        match self.decoder.repeat() {
            Repeat::Infinite => 0,
            Repeat::Finite(again) => again.saturating_add(1),
        }
    }

    /// The screen with the next frame on it, and for how many milliseconds it is shown.
    pub fn next(&mut self) -> Result<Option<(&Raster, u32)>, Refusal> {
        let Some(mut frame) = next_frame(&mut self.decoder, self.is_first)? else {
            return Ok(None);
        };
        let area = u64::from(frame.width) * u64::from(frame.height);
        if area > self.most_pixels {
            return Err(Refusal::too_deep());
        }
        // What a frame does not hold stays as it was.
        let mut pixels = vec![frame.transparent.unwrap_or(0); area as usize];
        let whole = self.decoder.read_into_buffer(&mut pixels);
        if self.is_first {
            whole.map_err(Refusal::damaged)?;
        }
        self.is_first = false;
        frame.buffer = pixels.into();
        match std::mem::replace(&mut self.before_next, Leaving::Nothing) {
            Leaving::Nothing => {}
            Leaving::Clear(rect) => clear(&mut self.screen, rect),
            Leaving::Restore(pixels) => self.screen.pixels = pixels,
        }
        self.before_next = match frame.dispose {
            DisposalMethod::Background => Leaving::Clear(Rect {
                left: frame.left.into(),
                top: frame.top.into(),
                width: frame.width.into(),
                height: frame.height.into(),
            }),
            DisposalMethod::Previous => Leaving::Restore(self.screen.pixels.clone()),
            DisposalMethod::Any | DisposalMethod::Keep => Leaving::Nothing,
        };
        let palette = frame.palette.as_ref().or(self.palette.as_ref());
        draw(&mut self.screen, &frame, palette.map_or(&[], Vec::as_slice));
        Ok(Some((&self.screen, shown_for(frame.delay))))
    }
}

/// Browsers show what claims to last for no time for a tenth of a second.
fn shown_for(hundredths: u16) -> u32 {
    match hundredths {
        0 | 1 => 100,
        n => u32::from(n) * 10,
    }
}

fn clear(screen: &mut Raster, rect: Rect) {
    let (left, right) = (
        rect.left.min(screen.width),
        (rect.left + rect.width).min(screen.width),
    );
    let line = screen.width as usize * 4;
    let rows = screen.pixels.chunks_exact_mut(line);
    for row in rows.skip(rect.top as usize).take(rect.height as usize) {
        row[left as usize * 4..right as usize * 4].fill(0);
    }
}

fn draw(screen: &mut Raster, frame: &Frame<'_>, palette: &[u8]) {
    let mut colours = [[0, 0, 0, 255]; 256];
    for (colour, rgb) in colours.iter_mut().zip(palette.chunks_exact(3)) {
        colour[..3].copy_from_slice(rgb);
    }
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let line = screen.width as usize * 4;
    let rows = screen.pixels.chunks_exact_mut(line).skip(top);
    let indices = frame.buffer.chunks_exact(usize::from(frame.width).max(1));
    for (row, indices) in rows.zip(indices) {
        let pixels = row.chunks_exact_mut(4).skip(left);
        for (pixel, index) in pixels.zip(indices) {
            if frame.transparent != Some(*index) {
                pixel.copy_from_slice(&colours[usize::from(*index)]);
            }
        }
    }
}

fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Decoder<&'a [u8]>, Refusal> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    if let Some(limit) = std::num::NonZeroU64::new(limits.decoded_bytes) {
        options.set_memory_limit(MemoryLimit::Bytes(limit));
    }
    options.read_info(bytes).map_err(Refusal::damaged)
}
