//! Colours laid over or under a picture: tints, gradients, shadows. On RGB or RGBA of eight bits.

use crate::chain::{Blend, Colorize, Gradient, Shadow};
use crate::pixels::paint::{luma, mix};
use crate::pixels::raster::Raster;

impl Raster {
    /// Towards shades of one colour.
    pub fn colorize(&mut self, tint: &Colorize) {
        let strength = (tint.strength * 255.0).round() as u8;
        self.each_pixel(|pixel| {
            let shade = u32::from(luma(pixel));
            for (channel, colour) in pixel.iter_mut().zip(&tint.colour[..3]) {
                let tinted = (u32::from(*colour) * shade / 255) as u8;
                *channel = mix(*channel, tinted, strength);
            }
        });
    }

    /// A linear gradient over the picture, as CSS Images 3 draws it: the line from the first colour to the
    /// last is as long as the picture is in its direction. `stop` is the part of it where the last colour
    /// is reached, or pixels if it is above 1.
    pub fn gradient(self, gradient: &Gradient, stop: f64) -> Raster {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let (sin, cos) = gradient.angle.to_radians().sin_cos();
        let long = (width * sin.abs() + height * cos.abs()).max(1.0);
        let reach = if stop > 1.0 {
            stop / long
        } else {
            stop.max(1e-3)
        };
        let shades: Vec<[u8; 4]> = (0..=255).map(|n| between(gradient, n)).collect();
        let mut top = Raster::filled(self.width, self.height, [0; 4]);
        let line = self.width as usize * 4;
        for (y, row) in top.pixels.chunks_exact_mut(line).enumerate() {
            let down = (y as f64 + 0.5 - height / 2.0) * -cos;
            for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
                let along = ((x as f64 + 0.5 - width / 2.0) * sin + down) / long + 0.5;
                let shade = (along / reach).clamp(0.0, 1.0) * 255.0;
                pixel.copy_from_slice(&shades[shade.round() as usize]);
            }
        }
        let mut base = self.into_rgba();
        base.draw(&top, (0, 0));
        base
    }

    /// A soft shadow under what is not transparent.
    /// `scale` says how long a pixel of the chain is in this picture.
    pub fn shadow(self, shadow: &Shadow, scale: f64) -> Raster {
        let picture = self.into_rgba();
        let mut dark = picture.copy();
        dark.each_pixel(|pixel| {
            let alpha = (f64::from(pixel[3]) * shadow.strength).round() as u8;
            pixel.copy_from_slice(&[0, 0, 0, alpha]);
        });
        let part = |length: u32, part: f64| (f64::from(length) * part).round() as i64;
        let (x, y) = shadow.offset;
        let mut canvas = Raster::filled(picture.width, picture.height, [0; 4]);
        canvas.draw(&dark, (part(picture.width, x), part(picture.height, y)));
        canvas.blur(shadow.blur * scale);
        canvas.draw(&picture, (0, 0));
        canvas
    }

    /// Lays `top` over this picture in one of the ways; both have alpha.
    pub fn blend(&mut self, top: &Raster, at: (i64, i64), blend: Blend) {
        if blend == Blend::Over {
            return self.draw(top, at);
        }
        let mut layer = Raster::filled(self.width, self.height, [0; 4]);
        layer.draw(top, at);
        let over = layer.pixels.chunks_exact(4);
        for (below, above) in self.pixels.chunks_exact_mut(4).zip(over) {
            match blend {
                Blend::Multiply => {
                    for c in 0..3 {
                        let product = (u32::from(below[c]) * u32::from(above[c]) / 255) as u8;
                        below[c] = mix(below[c], product, above[3]);
                    }
                }
                Blend::Keep => below[3] = mix(0, below[3], above[3]),
                Blend::CutOut => below[3] = mix(below[3], 0, above[3]),
                Blend::Over => {}
            }
        }
    }
}

/// The colour at `n` of 255 parts of the way, mixed with alpha premultiplied.
fn between(gradient: &Gradient, n: u32) -> [u8; 4] {
    let t = f64::from(n) / 255.0;
    let (a, b) = (
        f64::from(gradient.from[3]) * (1.0 - t),
        f64::from(gradient.to[3]) * t,
    );
    let alpha = a + b;
    if alpha < 0.5 {
        return [0; 4];
    }
    let mixed = [0, 1, 2].map(|c| {
        let sum = f64::from(gradient.from[c]) * a + f64::from(gradient.to[c]) * b;
        (sum / alpha).round() as u8
    });
    [mixed[0], mixed[1], mixed[2], alpha.round() as u8]
}
