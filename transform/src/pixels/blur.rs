//! Blur, and what is made of it.

use crate::pixels::paint::mix;
use crate::pixels::raster::{Layout, Raster};

impl Raster {
    /// Gaussian blur, as three boxes whose widths come close to it (Kovesi, 2010).
    pub fn blur(&mut self, sigma: f64) {
        let alpha = self.layout == Layout::Rgba;
        if alpha {
            self.each_pixel(|p| (0..3).for_each(|c| p[c] = mix(0, p[c], p[3])));
        }
        for radius in boxes(sigma) {
            self.box_blur(radius, true);
            self.box_blur(radius, false);
        }
        if alpha {
            self.each_pixel(|p| {
                let a = u32::from(p[3]).max(1);
                (0..3).for_each(|c| p[c] = (u32::from(p[c]) * 255 / a).min(255) as u8);
            });
        }
    }

    /// One running mean along rows or columns; the edge goes on outside of the picture.
    fn box_blur(&mut self, radius: usize, across: bool) {
        let channels = self.layout.channels();
        let (width, height) = (self.width as usize, self.height as usize);
        let (lines, length, step, jump) = if across {
            (height, width, channels, width * channels)
        } else {
            (width, height, width * channels, channels)
        };
        let radius = radius.min(length.saturating_sub(1));
        if radius == 0 {
            return;
        }
        let size = (2 * radius + 1) as u32;
        let mut line = vec![0_u8; length];
        for number in 0..lines {
            for channel in 0..channels {
                let start = number * jump + channel;
                let at = |n: usize| start + n * step;
                for (n, value) in line.iter_mut().enumerate() {
                    *value = self.pixels[at(n)];
                }
                let (first, last) = (u32::from(line[0]), u32::from(line[length - 1]));
                let mut sum = first * (radius as u32 + 1);
                sum += line[..radius].iter().map(|v| u32::from(*v)).sum::<u32>();
                for n in 0..length {
                    sum += line.get(n + radius).map_or(last, |v| u32::from(*v));
                    sum -= match n.checked_sub(radius + 1) {
                        Some(before) => u32::from(line[before]),
                        None => first,
                    };
                    self.pixels[at(n)] = ((sum + size / 2) / size) as u8;
                }
            }
        }
    }

    /// Unsharp mask: what the blurred picture lacks is added `amount` times, where it is more than
    /// `threshold` (0 to 1).
    pub fn sharpen(&mut self, sigma: f64, amount: f64, threshold: f64) {
        let mut soft = self.copy();
        soft.blur(sigma);
        let (channels, least) = (self.layout.channels(), threshold * 255.0);
        let soft = soft.pixels.chunks_exact(channels);
        for (pixel, soft) in self.pixels.chunks_exact_mut(channels).zip(soft) {
            for c in 0..3 {
                let lacking = f64::from(pixel[c]) - f64::from(soft[c]);
                if lacking.abs() >= least {
                    pixel[c] = (f64::from(pixel[c]) + amount * lacking).clamp(0.0, 255.0) as u8;
                }
            }
        }
    }
}

/// Radii of three boxes.
fn boxes(sigma: f64) -> [usize; 3] {
    let ideal = (4.0 * sigma * sigma + 1.0).sqrt();
    let mut lower = ideal.floor() as i64;
    if lower % 2 == 0 {
        lower -= 1;
    }
    let w = lower as f64;
    let count = ((12.0 * sigma * sigma - 3.0 * w * w - 12.0 * w - 9.0) / (-4.0 * w - 4.0)).round();
    [0, 1, 2].map(|n| {
        let width = if f64::from(n) < count {
            lower
        } else {
            lower + 2
        };
        ((width - 1) / 2).max(0) as usize
    })
}
