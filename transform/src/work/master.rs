//! The smaller copy of a picture that is made when it comes in.

use crate::codec::{encode, webp};
use crate::format::Format;
use crate::orientation::upright;
use crate::pixels::profile;
use crate::pixels::profile::Profile;
use crate::pixels::raster::Raster;
use crate::pixels::size::scale;
use crate::refusal::Refusal;

/// The longer side of a usual copy at most, in pixels.
const SIDE: u32 = 2048;
/// A long one keeps so much across, that what is written in it can be read, and so many pixels at most.
const LONG_ACROSS: u32 = 1024;
const LONG_PIXELS: u32 = 12_000_000;
const QUALITY: u8 = 85;

/// Width and height of the copy of a picture of this size: the same where it is small enough.
pub fn master_size((width, height): (u32, u32)) -> (u32, u32) {
    let (longer, shorter) = (width.max(height), width.min(height));
    if longer <= SIDE {
        return (width, height);
    }
    let part = |most: u32, of: u32| f64::from(most) / f64::from(of);
    let by_area = (part(LONG_PIXELS, width) / f64::from(height)).sqrt();
    let long = part(LONG_ACROSS, shorter).min(by_area);
    scale((width, height), part(SIDE, longer).max(long).min(1.0))
}

/// What a copy is made of.
pub(crate) struct Source<'a> {
    pub raster: Raster,
    pub orientation: u8,
    pub format: Format,
    /// Nothing was lost when it was written.
    pub is_lossless: bool,
    pub profile: Option<&'a Profile>,
}

/// Fits into `target`, converts, turns and encodes, in this order: the later, the fewer pixels. A picture without loss
/// gets a copy without loss where that is smaller, or it is one of text and flat colour.
pub(crate) fn finish(source: Source<'_>, target: (u32, u32)) -> Result<(Vec<u8>, Format), Refusal> {
    let (across, down) = upright(target, source.orientation);
    let raster = source.raster.fit(across, down)?;
    let raster = profile::to_srgb(raster, source.profile).turn(source.orientation);
    if source.format == Format::Jpeg {
        let file = encode::jpeg_turned(&raster, 1, QUALITY, (2, 2))?;
        return Ok((file, Format::Jpeg));
    }
    let raster = raster.narrow().into_rgb();
    let sharp = match source.is_lossless {
        true => Some(encode::png(&raster)?),
        false => None,
    };
    let sharp = match sharp {
        Some(sharp) if raster.is_flat() => return Ok((sharp, Format::Png)),
        other => other,
    };
    let (across, down) = limit_sides((raster.width, raster.height));
    let lossy = webp::still(&raster.fit(across, down)?, webp::How::lossy(QUALITY), None)?;
    Ok(match sharp {
        Some(sharp) if sharp.len() <= lossy.len() => (sharp, Format::Png),
        _ => (lossy, Format::Webp),
    })
}

fn limit_sides(target: (u32, u32)) -> (u32, u32) {
    let longer = target.0.max(target.1);
    if longer <= webp::SIDE {
        return target;
    }
    scale(target, f64::from(webp::SIDE) / f64::from(longer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_limited_by_its_longer_side_unless_it_is_long() {
        for (size, expected) in [
            ((2048, 2048), (2048, 2048)),
            ((4000, 3000), (2048, 1536)),
            ((3000, 4000), (1536, 2048)),
            ((4000, 2250), (2048, 1152)),
            ((990, 11_490), (990, 11_490)),
            ((12_000, 500), (12_000, 500)),
            ((1440, 20_000), (930, 12_910)),
            ((16_000, 4_000), (4_096, 1_024)),
            ((2, 60_000), (2, 60_000)),
        ] {
            let found = master_size(size);
            let near = found.0.abs_diff(expected.0) <= 1 && found.1.abs_diff(expected.1) <= 1;
            assert!(near, "{size:?} becomes {found:?} and not {expected:?}");
        }
    }
}
