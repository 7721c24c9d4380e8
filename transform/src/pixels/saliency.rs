//! What matters in a picture: where edges, strong colours and skin are, found on a small copy.

use crate::pixels::planes::Pixels;
use crate::pixels::raster::Raster;
use crate::refusal::Refusal;

const SIDE: u32 = 96;

/// Where a window of this size (parts of the whole, from 0 to 1) holds most of what matters: from 0 to 1
/// of the room that it has, across and down.
pub(crate) fn find(pixels: &Pixels, (width, height): (f64, f64)) -> Result<(f64, f64), Refusal> {
    let small = pixels.small(SIDE)?.narrow().into_rgb();
    let (w, h) = (small.width as usize, small.height as usize);
    let scores = scores(&small);
    let window = |part: f64, all: usize| ((part * all as f64).round() as usize).clamp(1, all);
    let (ww, wh) = (window(width, w), window(height, h));
    // Sums of everything above and to the left make every window four look-ups.
    let mut sums = vec![0.0; (w + 1) * (h + 1)];
    for y in 0..h {
        let mut row = 0.0;
        for x in 0..w {
            row += scores[y * w + x];
            sums[(y + 1) * (w + 1) + x + 1] = sums[y * (w + 1) + x + 1] + row;
        }
    }
    let at = |x: usize, y: usize| sums[y * (w + 1) + x];
    let (mut best, mut place) = (f64::MIN, (0.5, 0.5));
    for y in 0..=h - wh {
        for x in 0..=w - ww {
            let sum = at(x + ww, y + wh) - at(x, y + wh) - at(x + ww, y) + at(x, y);
            let part = |at: usize, room: usize| {
                if room == 0 {
                    0.5
                } else {
                    at as f64 / room as f64
                }
            };
            let (px, py) = (part(x, w - ww), part(y, h - wh));
            // Of windows that are nearly as good the one nearer to the middle.
            let off = (px - 0.5).abs() + (py - 0.5).abs();
            let score = sum * (1.0 - 0.05 * off) - 1e-9 * off;
            if score > best {
                (best, place) = (score, (px, py));
            }
        }
    }
    Ok(place)
}

/// Of each pixel: how sharply it differs from its neighbours, how strong its colour is, and whether it
/// may be skin.
fn scores(raster: &Raster) -> Vec<f64> {
    let channels = raster.layout.channels();
    let (w, h) = (raster.width as usize, raster.height as usize);
    let pixel = |x: usize, y: usize| {
        let at = (y * w + x) * channels;
        [0, 1, 2].map(|c| f64::from(raster.pixels[at + c]) / 255.0)
    };
    let luma = |[r, g, b]: [f64; 3]| 0.299 * r + 0.587 * g + 0.114 * b;
    let mut scores = Vec::with_capacity(w * h);
    for y in 0..h {
        for x in 0..w {
            let here = pixel(x, y);
            let centre = luma(here);
            let neighbours = [
                (x.saturating_sub(1), y),
                ((x + 1).min(w - 1), y),
                (x, y.saturating_sub(1)),
                (x, (y + 1).min(h - 1)),
            ];
            let around: f64 = neighbours.iter().map(|(x, y)| luma(pixel(*x, *y))).sum();
            let edge = (4.0 * centre - around).abs();
            let [r, g, b] = here;
            let (high, low) = (r.max(g).max(b), r.min(g).min(b));
            let saturation = if high > 0.1 { (high - low) / high } else { 0.0 };
            scores.push(edge + 0.15 * saturation * centre + 0.35 * skin(here));
        }
    }
    scores
}

/// How close a colour is to skin of any shade: its direction in RGB, whatever its brightness.
fn skin([r, g, b]: [f64; 3]) -> f64 {
    const DIRECTION: [f64; 3] = [0.78, 0.57, 0.44];
    let length = (r * r + g * g + b * b).sqrt();
    if length < 0.25 {
        return 0.0;
    }
    let colour = [r, g, b];
    let off = colour.iter().zip(DIRECTION);
    let distance = off
        .map(|(c, d)| (c / length - d).powi(2))
        .sum::<f64>()
        .sqrt();
    (1.0 - distance / 0.2).max(0.0)
}
