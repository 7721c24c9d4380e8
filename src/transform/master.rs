//! The smaller copy of a picture that is made when it comes in.

use super::colour::{self, Profile};
use super::raster::{Raster, upright};
use super::{Format, Refusal, encode, webp};

/// Fits, converts, turns and encodes, in this order: the later, the fewer pixels.
pub(super) fn finish(
    raster: Raster,
    orientation: u8,
    format: Format,
    profile: Option<&Profile>,
    target: (u32, u32),
    quality: u8,
) -> Result<(Vec<u8>, Format), Refusal> {
    let target = if format == Format::Jpeg {
        target
    } else {
        limit_sides(target)
    };
    let (across, down) = upright(target, orientation);
    let raster = colour::to_srgb(raster.fit(across, down)?, profile).turn(orientation);
    if format == Format::Jpeg {
        return Ok((
            encode::jpeg_turned(&raster, 1, quality, (2, 2))?,
            Format::Jpeg,
        ));
    }
    Ok((
        webp::still(&raster.narrow().into_rgb(), (quality, false), None)?,
        Format::Webp,
    ))
}

/// At least one pixel either way.
pub(super) fn scale((width, height): (u32, u32), factor: f64) -> (u32, u32) {
    let side = |length: u32| ((f64::from(length) * factor).round() as u32).clamp(1, length);
    (side(width), side(height))
}

fn limit_sides(target: (u32, u32)) -> (u32, u32) {
    let longer = target.0.max(target.1);
    if longer <= webp::SIDE {
        return target;
    }
    scale(target, f64::from(webp::SIDE) / f64::from(longer))
}
