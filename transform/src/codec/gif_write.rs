//! An animation as GIF, frame by frame: of each frame only what differs from what is seen already.

use std::borrow::Cow;

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use crate::chain::Rect;
use crate::pixels::quantize::Palette;
use crate::pixels::raster::Raster;
use crate::refusal::Refusal;

pub(crate) struct GifFile {
    /// There is one from the first frame on, whose colours are those of the file.
    encoder: Option<Encoder<Vec<u8>>>,
    size: (u16, u16),
    repeats: u16,
    palette: Option<Palette>,
    /// What is seen when the next frame is drawn; nothing on an empty screen.
    shown: Option<Raster>,
    /// Written when it is known whether the next one needs an empty screen.
    waiting: Option<(Raster, u32)>,
    /// Of the times, what hundredths of a second could not say, in milliseconds.
    owed: u32,
}

/// No colour at this place of the palette.
const TRANSPARENT: u8 = 255;

impl GifFile {
    /// Runs `repeats` times, 0 being for ever.
    pub fn new((width, height): (u32, u32), repeats: u16) -> Result<Self, Refusal> {
        let side =
            |length: u32| u16::try_from(length).map_err(|_| Refusal::damaged("too large for GIF"));
        Ok(GifFile {
            encoder: None,
            size: (side(width)?, side(height)?),
            repeats,
            palette: None,
            shown: None,
            waiting: None,
            owed: 0,
        })
    }

    /// Adds a frame with alpha, of the size of all of them.
    pub fn add(&mut self, frame: Raster, milliseconds: u32) -> Result<(), Refusal> {
        if let Some((before, shown_for)) = self.waiting.take() {
            let clears = vanishes(&before, &frame);
            self.write(before, shown_for, clears)?;
        }
        self.waiting = Some((frame, milliseconds));
        Ok(())
    }

    /// The file.
    pub fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        if let Some((last, shown_for)) = self.waiting.take() {
            self.write(last, shown_for, false)?;
        }
        let encoder = self.encoder.ok_or_else(|| Refusal::damaged("no frame"))?;
        encoder.into_inner().map_err(Refusal::damaged)
    }

    fn write(&mut self, frame: Raster, milliseconds: u32, clears: bool) -> Result<(), Refusal> {
        let (width, height) = (frame.width, frame.height);
        let same = |at: usize| match &self.shown {
            Some(shown) => shown.pixels[at..at + 4] == frame.pixels[at..at + 4],
            None => false,
        };
        let rect = match (&self.shown, clears) {
            (Some(_), false) => changed((width, height), &same),
            _ => Rect {
                left: 0,
                top: 0,
                width,
                height,
            },
        };
        // Of an unchanged pixel and of one that cannot be seen nothing is written.
        let idle = |at: usize| frame.pixels[at + 3] < 128 || same(at);
        let starts = starts(rect, width);
        let new: Vec<Option<[u8; 3]>> = starts
            .map(|at| {
                let [r, g, b] = [0, 1, 2].map(|c| frame.pixels[at + c]);
                (!idle(at)).then_some([r, g, b])
            })
            .collect();
        let mut palette = match self.palette.take() {
            Some(palette) if palette.suits(&new) => palette,
            _ => Palette::of(&new),
        };
        let buffer: Vec<u8> = {
            let mut finder = palette.finder();
            let index = |colour: &Option<[u8; 3]>| colour.map_or(TRANSPARENT, |c| finder.find(c));
            new.iter().map(index).collect()
        };
        let total = milliseconds + self.owed;
        let delay = total / 10;
        self.owed = total % 10;
        let mut written = Frame {
            delay: u16::try_from(delay).unwrap_or(u16::MAX),
            dispose: match clears {
                true => DisposalMethod::Background,
                false => DisposalMethod::Keep,
            },
            transparent: Some(TRANSPARENT),
            left: rect.left as u16,
            top: rect.top as u16,
            width: rect.width as u16,
            height: rect.height as u16,
            buffer: Cow::Owned(buffer),
            ..Frame::default()
        };
        let encoder = match &mut self.encoder {
            Some(encoder) => {
                if !palette.is_global {
                    written.palette = Some(palette.bytes());
                }
                encoder
            }
            None => {
                palette.is_global = true;
                let (width, height) = self.size;
                let mut encoder = Encoder::new(Vec::new(), width, height, &palette.bytes())
                    .map_err(Refusal::damaged)?;
                let repeat = match self.repeats {
                    0 => Some(Repeat::Infinite),
                    1 => None,
                    n => Some(Repeat::Finite(n - 1)),
                };
                if let Some(repeat) = repeat {
                    encoder.set_repeat(repeat).map_err(Refusal::damaged)?;
                }
                self.encoder.insert(encoder)
            }
        };
        encoder.write_frame(&written).map_err(Refusal::damaged)?;
        self.palette = Some(palette);
        self.shown = (!clears).then_some(frame);
        Ok(())
    }
}

/// Whether something that is seen in one frame is gone in the next.
fn vanishes(before: &Raster, after: &Raster) -> bool {
    let pairs = before
        .pixels
        .chunks_exact(4)
        .zip(after.pixels.chunks_exact(4));
    pairs
        .into_iter()
        .any(|(before, after)| before[3] >= 128 && after[3] < 128)
}

/// Where the pixels of a rectangle begin, row by row.
fn starts(rect: Rect, width: u32) -> impl Iterator<Item = usize> {
    let rows = rect.top..rect.top + rect.height;
    rows.flat_map(move |y| {
        let columns = rect.left..rect.left + rect.width;
        columns.map(move |x| (y as usize * width as usize + x as usize) * 4)
    })
}

/// The smallest rectangle that holds every pixel that is not the `same`; one pixel where all are.
fn changed((width, height): (u32, u32), same: &impl Fn(usize) -> bool) -> Rect {
    let row_changed = |y: &u32| {
        let row = Rect {
            left: 0,
            top: *y,
            width,
            height: 1,
        };
        !starts(row, width).all(same)
    };
    let top = (0..height).find(row_changed).unwrap_or(0);
    let bottom = (top..height).rev().find(row_changed).unwrap_or(0);
    let column_changed = |x: &u32| {
        let column = Rect {
            left: *x,
            top,
            width: 1,
            height: bottom - top + 1,
        };
        !starts(column, width).all(same)
    };
    let left = (0..width).find(column_changed).unwrap_or(0);
    let right = (left..width).rev().find(column_changed).unwrap_or(0);
    Rect {
        left,
        top,
        width: right - left + 1,
        height: bottom - top + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::gif_read::GifFrames;
    use crate::fixtures::tiny;
    use crate::format::Limits;

    /// A square of one colour on another, or on nothing.
    fn frame(at: u32, ground: [u8; 4]) -> Raster {
        let mut frame = Raster::filled(20, 10, ground);
        frame.draw(&Raster::filled(4, 4, [200, 30, 60, 255]), (at.into(), 3));
        frame
    }

    #[test]
    fn what_was_written_is_read_again() {
        for ground in [[0, 0, 0, 0], [10, 120, 200, 255]] {
            let mut file = GifFile::new((20, 10), 3).unwrap();
            for at in [0, 5, 5, 16] {
                file.add(frame(at, ground), 45).unwrap();
            }
            let bytes = file.finish().unwrap();
            let limits = Limits::default();
            let mut frames = GifFrames::open(&bytes, (20, 10), &limits).unwrap();
            assert_eq!(frames.repeats(), 3);
            let mut times = Vec::new();
            for at in [0, 5, 5, 16] {
                let (screen, milliseconds) = frames.next().unwrap().unwrap();
                assert!(screen.pixels == frame(at, ground).pixels, "{at} {ground:?}");
                times.push(milliseconds);
            }
            assert_eq!(times, [40, 50, 40, 50], "nothing is lost in rounding");
            assert!(frames.next().unwrap().is_none());
        }
    }

    #[test]
    fn a_photo_keeps_its_colours() {
        let photo = tiny::raster(30).into_rgba();
        let mut file = GifFile::new((photo.width, photo.height), 0).unwrap();
        file.add(photo.copy(), 100).unwrap();
        let bytes = file.finish().unwrap();
        let limits = Limits::default();
        let mut frames = GifFrames::open(&bytes, (photo.width, photo.height), &limits).unwrap();
        let (screen, _) = frames.next().unwrap().unwrap();
        let pairs = screen.pixels.iter().zip(&photo.pixels);
        let worst = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        assert!(worst <= 24, "{worst}");
    }
}
