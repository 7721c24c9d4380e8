//! A picture as JPEG and WebP store it: luma, and chroma halved both ways. Resizing three planes costs half
//! of what resizing three channels does, and nothing is converted on the way from one file to the other.

use crate::chain::Plan;
use crate::orientation::{Flip, mirrored};
use crate::pixels::raster::{Layout, Piece, Raster};
use crate::pixels::size::scale;
use crate::refusal::Refusal;

pub(crate) struct Planes {
    pub luma: Raster,
    pub blue: Raster,
    pub red: Raster,
    /// Where the picture is in luma: one that was decoded smaller may end within a pixel.
    pub covered: Piece,
}

/// What steps work on: planes as long as nothing but size changes.
pub(crate) enum Pixels {
    Planes(Planes),
    Raster(Raster),
}

impl Planes {
    /// Planes that the picture fills.
    pub fn new(luma: Raster, blue: Raster, red: Raster) -> Planes {
        let covered = Piece::all((luma.width, luma.height));
        Planes {
            luma,
            blue,
            red,
            covered,
        }
    }

    /// Turned upright. Not for an odd side that comes to stand the other way round: the last sample of
    /// chroma, which is half empty, would become the first.
    fn turn(self, orientation: u8) -> Planes {
        let size = (self.luma.width, self.luma.height);
        Planes {
            luma: self.luma.turn(orientation),
            blue: self.blue.turn(orientation),
            red: self.red.turn(orientation),
            covered: self.covered.turned(size, orientation),
        }
    }

    fn can_turn(&self, orientation: u8) -> bool {
        let across = matches!(orientation, 2 | 3 | 7 | 8);
        let down = matches!(orientation, 3 | 4 | 6 | 7);
        !(across && self.luma.width % 2 == 1 || down && self.luma.height % 2 == 1)
    }

    /// A piece of the picture in these dimensions.
    fn fit(self, piece: Piece, width: u32, height: u32) -> Result<Planes, Refusal> {
        let (across, down) = (width.div_ceil(2), height.div_ceil(2));
        // The last sample of an odd side lies half outside.
        let (over_x, over_y) = (
            f64::from(2 * across) / f64::from(width),
            f64::from(2 * down) / f64::from(height),
        );
        let half = Piece {
            left: piece.left / 2.0,
            top: piece.top / 2.0,
            width: piece.width / 2.0 * over_x,
            height: piece.height / 2.0 * over_y,
        };
        Ok(Planes::new(
            self.luma.fit_piece(piece, width, height)?,
            self.blue.fit_piece(half, across, down)?,
            self.red.fit_piece(half, across, down)?,
        ))
    }

    /// A piece of the picture in these dimensions, with chroma for every pixel: better than halving it first
    /// where it is not to be stored by halves.
    fn fit_colours(self, piece: Piece, width: u32, height: u32) -> Result<Raster, Refusal> {
        let half = Piece {
            left: piece.left / 2.0,
            top: piece.top / 2.0,
            width: piece.width / 2.0,
            height: piece.height / 2.0,
        };
        let own = (self.luma.width, self.luma.height);
        let luma = match piece.is_all(own) && own == (width, height) {
            true => self.luma,
            false => self.luma.fit_piece(piece, width, height)?,
        };
        // Blown up, chroma must not ring.
        let chroma = |mut plane: Raster| match half.width < f64::from(width) {
            true => plane.spread(half, width, height),
            false => plane.fit_piece(half, width, height),
        };
        let (blue, red) = (chroma(self.blue)?, chroma(self.red)?);
        let mut pixels = Vec::with_capacity(luma.pixels.len() * 3);
        let chroma = blue.pixels.iter().zip(&red.pixels);
        for (luma, (blue, red)) in luma.pixels.iter().zip(chroma) {
            pixels.extend([*luma, *blue, *red]);
        }
        Ok(Raster::new(width, height, Layout::Ycc, pixels))
    }

    fn into_raster(self) -> Result<Raster, Refusal> {
        let (width, height) = (self.luma.width, self.luma.height);
        self.fit_colours(Piece::all((width, height)), width, height)
    }

    fn copy(&self) -> Planes {
        Planes {
            luma: self.luma.copy(),
            blue: self.blue.copy(),
            red: self.red.copy(),
            covered: self.covered,
        }
    }
}

impl Pixels {
    pub fn size(&self) -> (u32, u32) {
        let luma = match self {
            Pixels::Planes(planes) => &planes.luma,
            Pixels::Raster(raster) => raster,
        };
        (luma.width, luma.height)
    }

    /// Where the picture is in them.
    fn covered(&self) -> Piece {
        match self {
            Pixels::Planes(planes) => planes.covered,
            Pixels::Raster(_) => Piece::all(self.size()),
        }
    }

    pub fn into_raster(self) -> Result<Raster, Refusal> {
        match self {
            Pixels::Planes(planes) => planes.into_raster(),
            Pixels::Raster(raster) => Ok(raster),
        }
    }

    pub fn turn(self, orientation: u8) -> Result<Pixels, Refusal> {
        Ok(match self {
            Pixels::Planes(planes) if planes.can_turn(orientation) => {
                Pixels::Planes(planes.turn(orientation))
            }
            pixels => Pixels::Raster(pixels.into_raster()?.turn(orientation)),
        })
    }

    pub fn flip(self, flip: Flip) -> Result<Pixels, Refusal> {
        self.turn(mirrored(flip))
    }

    /// The plan's piece, scaled; the plan counts in a picture of the given size. Planes stay planes where
    /// they are going to be written as such.
    pub fn fit(
        self,
        plan: &Plan,
        (width, height): (u32, u32),
        stays: bool,
    ) -> Result<Pixels, Refusal> {
        let (own, whole) = (self.size(), self.covered());
        let (x, y) = (
            whole.width / f64::from(width),
            whole.height / f64::from(height),
        );
        let piece = Piece {
            left: whole.left + f64::from(plan.piece.left) * x,
            top: whole.top + f64::from(plan.piece.top) * y,
            width: f64::from(plan.piece.width) * x,
            height: f64::from(plan.piece.height) * y,
        };
        let (width, height) = plan.scaled;
        if piece.is_all(own) && own == (width, height) {
            return Ok(self);
        }
        Ok(match self {
            Pixels::Planes(planes) if stays => Pixels::Planes(planes.fit(piece, width, height)?),
            Pixels::Planes(planes) => Pixels::Raster(planes.fit_colours(piece, width, height)?),
            Pixels::Raster(raster) => {
                Pixels::Raster(raster.narrow().fit_piece(piece, width, height)?)
            }
        })
    }

    /// No longer than this on its longer side.
    pub fn at_most(self, (width, height): (u32, u32)) -> Result<Pixels, Refusal> {
        let own = self.size();
        if own.0 <= width && own.1 <= height {
            return Ok(self);
        }
        let whole = self.covered();
        Ok(match self {
            Pixels::Planes(planes) => Pixels::Planes(planes.fit(whole, width, height)?),
            Pixels::Raster(raster) => Pixels::Raster(raster.fit(width, height)?),
        })
    }

    /// A small copy whose longer side is at most so long.
    pub fn small(&self, longest: u32) -> Result<Raster, Refusal> {
        let covered = self.covered();
        let size = (covered.width.round() as u32, covered.height.round() as u32);
        let (width, height) = (size.0.max(1), size.1.max(1));
        let factor = (f64::from(longest) / f64::from(width.max(height))).min(1.0);
        let (across, down) = scale((width, height), factor);
        match self {
            Pixels::Planes(planes) => planes.copy().fit_colours(covered, across, down),
            Pixels::Raster(raster) => raster.copy().fit(across, down),
        }
    }
}

#[cfg(test)]
mod tests;
