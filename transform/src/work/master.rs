//! The smaller copy of a picture that is made when it comes in.

use crate::codec::{encode, webp};
use crate::format::Format;
use crate::orientation::upright;
use crate::pixels::profile;
use crate::pixels::profile::Profile;
use crate::pixels::raster::Raster;
use crate::pixels::size::scale;
use crate::refusal::Refusal;

/// The longer side of a master at most, in pixels.
pub const MASTER_SIDE: u32 = 2048;

/// Fits, converts, turns and encodes, in this order: the later, the fewer pixels.
pub(crate) fn finish(
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
    let raster = profile::to_srgb(raster.fit(across, down)?, profile).turn(orientation);
    if format == Format::Jpeg {
        return Ok((
            encode::jpeg_turned(&raster, 1, quality, (2, 2))?,
            Format::Jpeg,
        ));
    }
    Ok((
        webp::still(&raster.narrow().into_rgb(), webp::How::lossy(quality), None)?,
        Format::Webp,
    ))
}

fn limit_sides(target: (u32, u32)) -> (u32, u32) {
    let longer = target.0.max(target.1);
    if longer <= webp::SIDE {
        return target;
    }
    scale(target, f64::from(webp::SIDE) / f64::from(longer))
}
