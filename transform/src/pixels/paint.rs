//! What a step does to pixels beyond their number: colours, blur, corners, canvases. All of it on eight
//! bits a channel, RGB or RGBA.

use crate::chain::{Background, Colour, Radius, Rect};
use crate::orientation::{Flip, mirrored};
use crate::pixels::raster::{Layout, Raster};
use crate::refusal::Refusal;

impl Raster {
    /// With alpha.
    pub fn into_rgba(self) -> Raster {
        let raster = self.narrow().into_rgb();
        if raster.layout == Layout::Rgba {
            return raster;
        }
        let pixels = raster.pixels.chunks_exact(3);
        let pixels = pixels.flat_map(|p| [p[0], p[1], p[2], 255]).collect();
        Raster::new(raster.width, raster.height, Layout::Rgba, pixels)
    }

    /// Without alpha where no pixel has any.
    pub fn without_idle_alpha(self) -> Raster {
        let opaque = || self.pixels.chunks_exact(4).all(|pixel| pixel[3] == 255);
        if self.layout != Layout::Rgba || !opaque() {
            return self;
        }
        let pixels = self.pixels.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]);
        Raster::new(self.width, self.height, Layout::Rgb, pixels.collect())
    }

    /// On one colour, without alpha.
    pub fn flatten(self, ground: Colour) -> Raster {
        if self.layout != Layout::Rgba {
            return self;
        }
        let over = |pixel: &[u8]| [0, 1, 2].map(|c| mix(ground[c], pixel[c], pixel[3]));
        let pixels = self.pixels.chunks_exact(4).flat_map(over).collect();
        Raster::new(self.width, self.height, Layout::Rgb, pixels)
    }

    /// Over a colour that may itself be transparent.
    pub fn over(self, ground: Colour) -> Raster {
        let (width, height) = (self.width, self.height);
        let mut canvas = Raster::filled(width, height, ground);
        canvas.draw(&self.into_rgba(), (0, 0));
        canvas
    }

    pub fn filled(width: u32, height: u32, colour: Colour) -> Raster {
        let pixels = colour.repeat(width as usize * height as usize);
        Raster::new(width, height, Layout::Rgba, pixels)
    }

    /// Mirrored across, down, or both.
    pub fn flip(self, flip: Flip) -> Raster {
        self.turn(mirrored(flip))
    }

    /// Draws `top` over this picture with its upper left corner at `(x, y)`; both have alpha. What lies
    /// outside is left out.
    pub fn draw(&mut self, top: &Raster, (x, y): (i64, i64)) {
        let visible = |at: i64, length: u32, all: u32| {
            let from = (-at).clamp(0, i64::from(length));
            let to = (i64::from(all) - at).clamp(from, i64::from(length));
            (from as usize, to as usize)
        };
        let (left, right) = visible(x, top.width, self.width);
        let (first, last) = visible(y, top.height, self.height);
        if left == right || first == last {
            return;
        }
        let (width, own) = (top.width as usize * 4, self.width as usize * 4);
        for row in first..last {
            let line = &top.pixels[row * width + left * 4..row * width + right * 4];
            let start = (y + row as i64) as usize * own + (x + left as i64) as usize * 4;
            let below = self.pixels[start..start + line.len()].chunks_exact_mut(4);
            for (below, above) in below.zip(line.chunks_exact(4)) {
                let (a, b) = (u32::from(above[3]), u32::from(below[3]));
                if a == 0 {
                    continue;
                }
                if a == 255 {
                    below.copy_from_slice(above);
                    continue;
                }
                let alpha = a * 255 + b * (255 - a);
                for c in 0..3 {
                    let sum = u32::from(above[c]) * a * 255 + u32::from(below[c]) * b * (255 - a);
                    below[c] = ((sum + alpha / 2) / alpha) as u8;
                }
                below[3] = ((alpha + 127) / 255) as u8;
            }
        }
    }

    pub fn grayscale(&mut self) {
        self.each_pixel(|pixel| {
            let luma = luma(pixel);
            pixel[..3].fill(luma);
        });
    }

    /// Stretches brightness so that all but the half percent at either end fills the range.
    pub fn stretch_contrast(&mut self) {
        let mut counts = [0_u64; 256];
        self.each_pixel(|pixel| counts[usize::from(luma(pixel))] += 1);
        let edge = counts.iter().sum::<u64>() / 200;
        let past_edge = |seen: &mut u64, level: usize| {
            *seen += counts[level];
            *seen > edge
        };
        let mut seen = (0, 0);
        let low = (0..256).find(|level| past_edge(&mut seen.0, *level));
        let high = (0..256).rev().find(|level| past_edge(&mut seen.1, *level));
        let (low, high) = (low.unwrap_or(0) as i32, high.unwrap_or(255) as i32);
        if high - low < 2 {
            return;
        }
        let table: Vec<u8> = (0..256)
            .map(|value| ((value - low) * 255 / (high - low)).clamp(0, 255) as u8)
            .collect();
        self.each_pixel(|pixel| {
            pixel[..3]
                .iter_mut()
                .for_each(|c| *c = table[usize::from(*c)]);
        });
    }

    pub fn each_pixel(&mut self, act: impl FnMut(&mut [u8])) {
        self.pixels
            .chunks_exact_mut(self.layout.channels())
            .for_each(act);
    }

    /// A border of this width around the picture.
    pub fn border(self, width: u32, colour: Colour) -> Raster {
        let size = (self.width + 2 * width, self.height + 2 * width);
        let mut canvas = Raster::filled(size.0, size.1, colour);
        canvas.draw(&self.into_rgba(), (i64::from(width), i64::from(width)));
        canvas
    }

    /// Rounds the corners; what they lose is transparent.
    pub fn round(self, radius: Radius) -> Raster {
        let mut raster = self.into_rgba();
        let (width, height) = (f64::from(raster.width), f64::from(raster.height));
        let most = width.min(height) / 2.0;
        let corners = match radius {
            Radius::Max => [most; 4],
            Radius::Corners(corners) => corners.map(|r| r.min(most)),
        };
        let line = raster.width as usize;
        for (n, pixel) in raster.pixels.chunks_exact_mut(4).enumerate() {
            let (x, y) = ((n % line) as f64 + 0.5, (n / line) as f64 + 0.5);
            let (right, bottom) = (x > width / 2.0, y > height / 2.0);
            let r = match (right, bottom) {
                (false, false) => corners[0],
                (true, false) => corners[1],
                (true, true) => corners[2],
                (false, true) => corners[3],
            };
            let dx = r - if right { width - x } else { x };
            let dy = r - if bottom { height - y } else { y };
            if dx > 0.0 && dy > 0.0 {
                let kept = (r - dx.hypot(dy) + 0.5).clamp(0.0, 1.0);
                pixel[3] = (f64::from(pixel[3]) * kept + 0.5) as u8;
            }
        }
        raster
    }

    pub fn fade(self, opacity: f64) -> Raster {
        let mut raster = self.into_rgba();
        raster.each_pixel(|pixel| pixel[3] = (f64::from(pixel[3]) * opacity + 0.5) as u8);
        raster
    }

    /// What is left without edges that differ from the upper left pixel by at most `tolerance` percent.
    pub fn inside(&self, tolerance: u8) -> Rect {
        let channels = self.layout.channels();
        let line = self.width as usize * channels;
        let most = u32::from(tolerance) * 255 / 100;
        let ground: Vec<u8> = self.pixels[..channels].to_vec();
        let differs = |pixel: &[u8]| {
            let mut pairs = pixel.iter().zip(&ground);
            pairs.any(|(a, b)| u32::from(a.abs_diff(*b)) > most)
        };
        let (mut left, mut right, mut top, mut bottom) = (u32::MAX, 0, u32::MAX, 0);
        for (y, row) in (0..).zip(self.pixels.chunks_exact(line)) {
            for (x, pixel) in (0..).zip(row.chunks_exact(channels)) {
                if differs(pixel) {
                    (left, right) = (left.min(x), right.max(x));
                    (top, bottom) = (top.min(y), y);
                }
            }
        }
        if left == u32::MAX {
            (left, top, right, bottom) = (0, 0, self.width - 1, self.height - 1);
        }
        Rect {
            left,
            top,
            width: right - left + 1,
            height: bottom - top + 1,
        }
    }

    /// A piece of this picture.
    pub fn cut(self, left: u32, top: u32, width: u32, height: u32) -> Raster {
        if (width, height) == (self.width, self.height) {
            return self;
        }
        let size = self.pixels.len() / (self.width as usize * self.height as usize);
        let line = self.width as usize * size;
        let (from, length) = (left as usize * size, width as usize * size);
        let rows = self
            .pixels
            .chunks_exact(line)
            .skip(top as usize)
            .take(height as usize);
        let mut pixels = Vec::with_capacity(length * height as usize);
        rows.for_each(|row| pixels.extend_from_slice(&row[from..from + length]));
        Raster {
            width,
            height,
            pixels,
            ..self
        }
    }

    /// On a canvas of this size, at this place.
    pub fn on_canvas(
        self,
        (width, height): (u32, u32),
        at: (u32, u32),
        background: Option<Background>,
    ) -> Result<Raster, Refusal> {
        let mut canvas = match background {
            None => Raster::filled(width, height, [0, 0, 0, 255]),
            Some(Background::Colour(colour)) => Raster::filled(width, height, colour),
            Some(Background::Dominant) => Raster::filled(width, height, self.dominant()?),
            Some(Background::Blurred(strength, light)) => {
                self.veil((width, height), strength, light)?
            }
        };
        canvas.draw(&self.into_rgba(), (i64::from(at.0), i64::from(at.1)));
        Ok(canvas)
    }

    pub fn copy(&self) -> Raster {
        Raster {
            pixels: self.pixels.clone(),
            ..*self
        }
    }

    /// The most frequent colour, of a small copy.
    pub fn dominant(&self) -> Result<Colour, Refusal> {
        let small = self
            .copy()
            .fit(self.width.min(64), self.height.min(64))?
            .into_rgba();
        let mut sums = std::collections::HashMap::<[u8; 3], [u64; 4]>::new();
        for pixel in small.pixels.chunks_exact(4).filter(|pixel| pixel[3] > 127) {
            let sum = sums
                .entry([pixel[0] >> 4, pixel[1] >> 4, pixel[2] >> 4])
                .or_default();
            (0..3).for_each(|c| sum[c] += u64::from(pixel[c]));
            sum[3] += 1;
        }
        let most = sums
            .into_iter()
            .max_by_key(|(bucket, sum)| (sum[3], *bucket));
        Ok(most.map_or([0, 0, 0, 255], |(_, [r, g, b, n])| {
            [(r / n) as u8, (g / n) as u8, (b / n) as u8, 255]
        }))
    }

    /// The picture itself, filling the canvas, blurred: made small first, because nobody can tell.
    fn veil(
        &self,
        canvas: (u32, u32),
        strength: Option<f64>,
        light: i32,
    ) -> Result<Raster, Refusal> {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let fill = (f64::from(canvas.0) / width).max(f64::from(canvas.1) / height);
        let piece = (f64::from(canvas.0) / fill, f64::from(canvas.1) / fill);
        let piece = (
            (piece.0.round() as u32).clamp(1, self.width),
            (piece.1.round() as u32).clamp(1, self.height),
        );
        let (left, top) = ((self.width - piece.0) / 2, (self.height - piece.1) / 2);
        let small = (64.0 / f64::from(canvas.0.max(canvas.1))).min(1.0);
        let side = |length: u32| ((f64::from(length) * small).round() as u32).max(1);
        let raster = self.copy().cut(left, top, piece.0, piece.1);
        let mut raster = raster.fit(side(canvas.0), side(canvas.1))?.into_rgb();
        raster.blur(strength.unwrap_or(30.0).max(1.0) / 12.0);
        let mut raster = raster.fit(canvas.0, canvas.1)?.into_rgba();
        raster.each_pixel(|pixel| {
            for channel in &mut pixel[..3] {
                *channel = (i32::from(*channel) + light).clamp(0, 255) as u8;
            }
        });
        Ok(raster)
    }
}

/// `a` with `b` over it.
pub(crate) fn mix(a: u8, b: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(a) * (255 - alpha) + u32::from(b) * alpha + 127) / 255) as u8
}

/// ITU-R BT.601.
pub(crate) fn luma(pixel: &[u8]) -> u8 {
    let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((r * 299 + g * 587 + b * 114 + 500) / 1_000) as u8
}
