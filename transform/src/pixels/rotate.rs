//! Turning by any angle.

use crate::chain::Colour;
use crate::pixels::raster::{Layout, Raster};

/// The size of what holds a picture that is turned.
pub(crate) fn turned((width, height): (u32, u32), degrees: f64) -> (u32, u32) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (w, h) = (f64::from(width), f64::from(height));
    let side = |length: f64| (length - 1e-6).ceil().max(1.0) as u32;
    (
        side(w * cos.abs() + h * sin.abs()),
        side(w * sin.abs() + h * cos.abs()),
    )
}

/// The orientation, as in EXIF, that turns by so many quarters; whole ones, from 0 to 270 degrees.
pub(crate) fn quarter(degrees: f64) -> u8 {
    [1, 6, 3, 8][(degrees / 90.0) as usize % 4]
}

impl Raster {
    /// Turned clockwise by any angle on a canvas that holds all of it; the corners are transparent.
    pub fn rotate(self, degrees: f64) -> Raster {
        if degrees % 90.0 == 0.0 {
            return self.turn(quarter(degrees));
        }
        let raster = self.into_rgba();
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (w, h) = (f64::from(raster.width), f64::from(raster.height));
        let (width, height) = turned((raster.width, raster.height), degrees);
        let mut pixels = Vec::with_capacity(width as usize * height as usize * 4);
        let (half_x, half_y) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
        for y in 0..height {
            let dy = f64::from(y) + 0.5 - half_y;
            for x in 0..width {
                let dx = f64::from(x) + 0.5 - half_x;
                let from_x = dx * cos + dy * sin + w / 2.0 - 0.5;
                let from_y = dy * cos - dx * sin + h / 2.0 - 0.5;
                pixels.extend(raster.between(from_x, from_y));
            }
        }
        Raster::new(width, height, Layout::Rgba, pixels)
    }

    /// The colour at a place between pixels, by its four neighbours; nothing outside of the picture.
    fn between(&self, x: f64, y: f64) -> Colour {
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = (x - left, y - top);
        let (mut sum, mut alpha) = ([0.0; 3], 0.0);
        for (dx, dy, weight) in [
            (0.0, 0.0, (1.0 - fx) * (1.0 - fy)),
            (1.0, 0.0, fx * (1.0 - fy)),
            (0.0, 1.0, (1.0 - fx) * fy),
            (1.0, 1.0, fx * fy),
        ] {
            let (px, py) = (left + dx, top + dy);
            let inside =
                px >= 0.0 && py >= 0.0 && px < f64::from(self.width) && py < f64::from(self.height);
            if inside {
                let at = (py as usize * self.width as usize + px as usize) * 4;
                let a = f64::from(self.pixels[at + 3]) * weight;
                (0..3).for_each(|c| sum[c] += f64::from(self.pixels[at + c]) * a);
                alpha += a;
            }
        }
        if alpha < 0.5 {
            return [0; 4];
        }
        let channel = |c: usize| (sum[c] / alpha + 0.5) as u8;
        [channel(0), channel(1), channel(2), (alpha + 0.5) as u8]
    }
}
