//! The coefficients of a scan, drawn as planes.

use multiversion::multiversion;

use crate::codec::jpeg::bits::Bits;
use crate::codec::jpeg::cosine::Side;
use crate::codec::jpeg::huffman::Decoder;
use crate::pixels::raster::{Layout, Raster};

/// A scan of units: four blocks of luma, one of each chroma.
pub(crate) struct Scan<'a> {
    pub bytes: &'a [u8],
    /// Across and down.
    pub units: (usize, usize),
    /// After so many units the coefficients begin anew; 0 for never.
    pub restart: usize,
    pub components: [Component; 3],
}

pub(crate) struct Component {
    /// The codes of first coefficients and of the others.
    pub first: Decoder,
    pub others: Decoder,
    pub factors: [f32; 64],
}

/// Of each block its component, and its place in the unit.
const UNIT: [(usize, usize, usize); 6] = [
    (0, 0, 0),
    (0, 1, 0),
    (0, 0, 1),
    (0, 1, 1),
    (1, 0, 0),
    (2, 0, 0),
];

/// Luma and both chromas; `None` for a scan with a mistake.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt"))]
pub(crate) fn draw(scan: &Scan<'_>, side: Side) -> Option<[Canvas; 3]> {
    // Each side is compiled for itself.
    match side {
        Side::Eight => draw_side(scan, Side::Eight),
        Side::Four => draw_side(scan, Side::Four),
        Side::Three => draw_side(scan, Side::Three),
        Side::Two => draw_side(scan, Side::Two),
        Side::One => draw_side(scan, Side::One),
    }
}

#[inline(always)]
fn draw_side(scan: &Scan<'_>, side: Side) -> Option<[Canvas; 3]> {
    let (across, down) = scan.units;
    let n = side.length();
    let mut canvases = [
        Canvas::new(across * 2 * n, down * 2 * n),
        Canvas::new(across * n, down * n),
        Canvas::new(across * n, down * n),
    ];
    let mut bits = Bits::new(scan.bytes);
    let mut before = [0; 3];
    let mut until_restart = scan.restart;
    for y in 0..down {
        for x in 0..across {
            if scan.restart > 0 && until_restart == 0 {
                bits.restart()?;
                (before, until_restart) = ([0; 3], scan.restart);
            }
            until_restart = until_restart.wrapping_sub(1);
            bits.ready()?;
            for (component, dx, dy) in UNIT {
                let blocks = if component == 0 { 2 } else { 1 };
                let (x, y) = ((x * blocks + dx) * n, (y * blocks + dy) * n);
                let before = &mut before[component];
                let (component, canvas) = (&scan.components[component], &mut canvases[component]);
                let codes = (&component.first, &component.others);
                let mut block = [0; 64];
                let last = bits.block(codes, before, &mut block)?;
                let pixels = &mut canvas.pixels[y * canvas.width + x..];
                side.draw((&block, last), &component.factors, pixels, canvas.width);
            }
        }
    }
    bits.is_sound().then_some(canvases)
}

/// A plane of whole blocks.
pub(crate) struct Canvas {
    width: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Canvas {
        let pixels = vec![0; width * height];
        Canvas { width, pixels }
    }

    pub fn cut(self, width: u32, height: u32) -> Raster {
        let rows = (self.pixels.len() / self.width) as u32;
        let raster = Raster::new(self.width as u32, rows, Layout::Gray, self.pixels);
        raster.cut(0, 0, width, height)
    }
}
