//! Decoded pixels: turned upright and made smaller.

use crate::orientation::upright;
use std::error::Error;

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4};
use fast_image_resize::{FilterType, MulDiv, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use crate::refusal::Refusal;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    Gray,
    GrayAlpha,
    Rgb,
    Rgba,
    /// Luma and chroma as JPEG stores them, in full range, one of each for every pixel.
    Ycc,
}

impl Layout {
    pub fn channels(self) -> usize {
        match self {
            Layout::Gray => 1,
            Layout::GrayAlpha => 2,
            Layout::Rgb | Layout::Ycc => 3,
            Layout::Rgba => 4,
        }
    }
}

/// Of all pixels. Photos have a tenth of it, by noise; screenshots that were made smaller two thirds and more.
const FLAT: f64 = 0.4;

/// So many pixels on the way from one size to another are no trouble.
const LARGE: u64 = 16_000_000;

/// A piece of a picture, in pixels and parts of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Piece {
    pub fn all((width, height): (u32, u32)) -> Piece {
        Piece {
            left: 0.0,
            top: 0.0,
            width: f64::from(width),
            height: f64::from(height),
        }
    }

    pub fn is_all(self, (width, height): (u32, u32)) -> bool {
        let near = |a: f64, b: u32| (a - f64::from(b)).abs() < 1e-3;
        self.left < 1e-3 && self.top < 1e-3 && near(self.width, width) && near(self.height, height)
    }

    /// The same piece of a picture of this size after that is turned upright (Exif's orientations).
    pub fn turned(self, (width, height): (u32, u32), orientation: u8) -> Piece {
        let (left, top) = (self.left, self.top);
        let right = f64::from(width) - left - self.width;
        let bottom = f64::from(height) - top - self.height;
        let (left, top) = match orientation {
            2 => (right, top),
            3 => (right, bottom),
            4 => (left, bottom),
            5 => (top, left),
            6 => (bottom, left),
            7 => (bottom, right),
            8 => (top, right),
            _ => (left, top),
        };
        let (width, height) = match orientation {
            5..=8 => (self.height, self.width),
            _ => (self.width, self.height),
        };
        Piece {
            left,
            top,
            width,
            height,
        }
    }

    /// Moved and cut so that it lies inside.
    fn within(self, (width, height): (u32, u32)) -> Piece {
        let (all_x, all_y) = (f64::from(width), f64::from(height));
        let (left, top) = (
            self.left.clamp(0.0, all_x - 1e-3),
            self.top.clamp(0.0, all_y - 1e-3),
        );
        Piece {
            left,
            top,
            width: self.width.clamp(1e-3, all_x - left),
            height: self.height.clamp(1e-3, all_y - top),
        }
    }
}

pub(crate) struct Raster {
    pub width: u32,
    pub height: u32,
    pub layout: Layout,
    /// Two bytes a channel, big end first, as PNG has them. Only turning, PNG and high range know how.
    pub wide: bool,
    /// Rows from the top, without padding.
    pub pixels: Vec<u8>,
}

impl Raster {
    pub fn new(width: u32, height: u32, layout: Layout, pixels: Vec<u8>) -> Raster {
        debug_assert_eq!(
            pixels.len(),
            width as usize * height as usize * layout.channels()
        );
        Raster {
            width,
            height,
            layout,
            wide: false,
            pixels,
        }
    }

    pub fn pixel_count(&self) -> usize {
        self.width as usize * self.height as usize
    }

    /// One channel of a pixel, as it is coded: 0 to 255, or to 65,535 in a wide one.
    pub fn code(&self, pixel: usize, channel: usize) -> u16 {
        let at = pixel * self.layout.channels() + channel;
        match self.wide {
            true => u16::from_be_bytes([self.pixels[2 * at], self.pixels[2 * at + 1]]),
            false => u16::from(self.pixels[at]),
        }
    }

    fn pixel_bytes(&self) -> usize {
        self.layout.channels() * if self.wide { 2 } else { 1 }
    }

    /// Whether it is of text and flat colour, as screenshots and drawings are: many pixels are as the one before.
    pub fn is_flat(&self) -> bool {
        let size = self.pixel_bytes();
        let line = self.width as usize * size;
        let rows = self.pixels.chunks_exact(line.max(1));
        let same = rows.map(|row| {
            let next = row.chunks_exact(size).skip(1);
            row.chunks_exact(size)
                .zip(next)
                .filter(|(a, b)| a == b)
                .count()
        });
        same.sum::<usize>() as f64 >= FLAT * self.pixel_count() as f64
    }

    /// The same picture in these dimensions, by Lanczos; alpha is premultiplied meanwhile.
    pub fn fit(self, width: u32, height: u32) -> Result<Raster, Refusal> {
        if (width, height) == (self.width, self.height) {
            return Ok(self);
        }
        let all = Piece::all((self.width, self.height));
        self.narrow().fit_piece(all, width, height)
    }

    /// A piece of the picture in these dimensions, in the same way. Eight bits a channel.
    pub fn fit_piece(mut self, piece: Piece, width: u32, height: u32) -> Result<Raster, Refusal> {
        self.resample((piece, FilterType::Lanczos3), (width, height))
    }

    /// A piece blown up, without the overshoot of a sharper filter.
    pub fn spread(&mut self, piece: Piece, width: u32, height: u32) -> Result<Raster, Refusal> {
        self.resample((piece, FilterType::Bilinear), (width, height))
    }

    fn resample(
        &mut self,
        (piece, filter): (Piece, FilterType),
        (width, height): (u32, u32),
    ) -> Result<Raster, Refusal> {
        // Rows are made first, as wide as this picture: a long one would become huge on the way.
        let on_the_way = u64::from(self.width) * u64::from(height);
        let other_way = u64::from(width) * u64::from(self.height);
        if on_the_way > LARGE.max(2 * other_way) {
            let across = Piece {
                top: 0.0,
                height: f64::from(self.height),
                ..piece
            };
            let down = Piece {
                left: 0.0,
                width: f64::from(width),
                ..piece
            };
            let mut narrow = self.resample((across, filter), (width, self.height))?;
            return narrow.resample((down, filter), (width, height));
        }
        let (how, size) = ((piece, filter), (width, height));
        let pixels = match self.layout {
            Layout::Gray => self.resample_as::<U8>(how, size, false),
            Layout::GrayAlpha => self.resample_as::<U8x2>(how, size, true),
            Layout::Rgb | Layout::Ycc => self.resample_as::<U8x3>(how, size, false),
            Layout::Rgba => self.resample_as::<U8x4>(how, size, true),
        };
        let pixels = pixels.map_err(Refusal::damaged)?;
        Ok(Raster::new(width, height, self.layout, pixels))
    }

    /// Typed, because the untyped door of the crate compiles thirteen kinds of pixels for our four.
    /// Alpha is multiplied in place, because the crate would copy the whole picture for it.
    fn resample_as<P: PixelTrait>(
        &mut self,
        (piece, filter): (Piece, FilterType),
        (width, height): (u32, u32),
        alpha: bool,
    ) -> Result<Vec<u8>, Box<dyn Error>> {
        let piece = piece.within((self.width, self.height));
        let mut from = TypedImage::<P>::from_buffer(self.width, self.height, &mut self.pixels)?;
        let mut pixels = vec![0; width as usize * height as usize * P::size()];
        let mut into = TypedImage::<P>::from_buffer(width, height, &mut pixels)?;
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(filter))
            .crop(piece.left, piece.top, piece.width, piece.height)
            .use_alpha(false);
        let premultiply = MulDiv::new();
        if alpha {
            premultiply.multiply_alpha_inplace_typed(&mut from)?;
        }
        Resizer::new().resize_typed(&from, &mut into, &options)?;
        if alpha {
            premultiply.divide_alpha_inplace_typed(&mut into)?;
        }
        Ok(pixels)
    }

    /// Eight bits a channel.
    pub fn narrow(mut self) -> Raster {
        if self.wide {
            self.pixels = self.pixels.chunks_exact(2).map(|pair| pair[0]).collect();
            self.wide = false;
        }
        self
    }

    /// Without luma and chroma, and with alpha only beside three colours.
    pub fn into_rgb(self) -> Raster {
        let each = |pixels: &[u8], step: usize, colours: fn(&[u8]) -> [u8; 3]| {
            pixels.chunks_exact(step).flat_map(colours).collect()
        };
        let (layout, pixels) = match self.layout {
            Layout::Gray => (Layout::Rgb, each(&self.pixels, 1, |gray| [gray[0]; 3])),
            Layout::Ycc => (Layout::Rgb, each(&self.pixels, 3, ycc_to_rgb)),
            Layout::GrayAlpha => {
                let pixels = self.pixels.chunks_exact(2);
                let spread = pixels.flat_map(|pair| [pair[0], pair[0], pair[0], pair[1]]);
                (Layout::Rgba, spread.collect())
            }
            Layout::Rgb | Layout::Rgba => return self,
        };
        Raster::new(self.width, self.height, layout, pixels)
    }

    /// The picture as it is to be seen.
    pub fn turn(self, orientation: u8) -> Raster {
        if orientation == 1 {
            return self;
        }
        let (width, height) = upright((self.width, self.height), orientation);
        let mut pixels = vec![0; self.pixels.len()];
        let band = width as usize * self.pixel_bytes() * BAND as usize;
        for (number, rows) in pixels.chunks_mut(band).enumerate() {
            self.copy_turned(orientation, number as u32 * BAND, rows);
        }
        Raster {
            width,
            height,
            pixels,
            ..self
        }
    }

    /// Fills `rows` with the upright picture from row `top` on.
    ///
    /// Sixteen rows at a time: a quarter turn then reads runs of pixels and not single ones.
    pub fn copy_turned(&self, orientation: u8, top: u32, rows: &mut [u8]) {
        let size = self.pixel_bytes();
        if orientation == 1 {
            let start = top as usize * self.width as usize * size;
            rows.copy_from_slice(&self.pixels[start..start + rows.len()]);
            return;
        }
        let (stored, last_x, last_y) = (
            self.width as usize,
            self.width as usize - 1,
            self.height as usize - 1,
        );
        let width = upright((self.width, self.height), orientation).0 as usize;
        let top = top as usize;
        let count = rows.len() / (width * size);
        for x in 0..width {
            for row in 0..count {
                let y = top + row;
                let (from_x, from_y) = match orientation {
                    2 => (last_x - x, y),
                    3 => (last_x - x, last_y - y),
                    4 => (x, last_y - y),
                    5 => (y, x),
                    6 => (y, last_y - x),
                    7 => (last_x - y, last_y - x),
                    8 => (last_x - y, x),
                    _ => (x, y),
                };
                let from = (from_y * stored + from_x) * size;
                let to = (row * width + x) * size;
                rows[to..to + size].copy_from_slice(&self.pixels[from..from + size]);
            }
        }
    }
}

/// Rows that are turned and encoded together.
pub(crate) const BAND: u32 = 16;

/// ITU-T T.871, in fixed point.
fn ycc_to_rgb(ycc: &[u8]) -> [u8; 3] {
    let luma = (i32::from(ycc[0]) << 16) + (1 << 15);
    let (blue, red) = (i32::from(ycc[1]) - 128, i32::from(ycc[2]) - 128);
    let clip = |value: i32| (value >> 16).clamp(0, 255) as u8;
    [
        clip(luma + 91_881 * red),
        clip(luma - 22_554 * blue - 46_802 * red),
        clip(luma + 116_130 * blue),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three wide, two high: `123` over `456`.
    fn pattern() -> Raster {
        Raster::new(3, 2, Layout::Gray, b"123456".to_vec())
    }

    #[test]
    fn every_orientation_turns_as_exif_says() {
        let upright = [
            (1, 3, "123456"),
            (2, 3, "321654"),
            (3, 3, "654321"),
            (4, 3, "456123"),
            (5, 2, "142536"),
            (6, 2, "415263"),
            (7, 2, "635241"),
            (8, 2, "362514"),
        ];
        for (orientation, width, pixels) in upright {
            let turned = pattern().turn(orientation);
            assert_eq!(turned.width, width, "orientation {orientation}");
            assert_eq!(
                turned.pixels,
                pixels.as_bytes(),
                "orientation {orientation}"
            );
        }
    }

    #[test]
    fn a_transparent_colour_does_not_bleed() {
        let mut pixels = Vec::new();
        for _ in 0..64 {
            pixels.extend([255, 0, 0, 0]);
            pixels.extend([0, 0, 255, 255]);
        }
        let small = Raster::new(16, 8, Layout::Rgba, pixels).fit(4, 2).unwrap();
        assert!(
            small
                .pixels
                .chunks_exact(4)
                .all(|pixel| pixel[0] < 8 && pixel[2] > 247)
        );
    }

    #[test]
    fn luma_and_chroma_become_colours() {
        assert_eq!(ycc_to_rgb(&[255, 128, 128]), [255; 3]);
        assert_eq!(ycc_to_rgb(&[76, 85, 255]), [254, 0, 0]);
    }
}
