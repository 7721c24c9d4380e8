//! Renditions: the same picture in fewer pixels, for the width at which it is shown.

use super::colour::{self, Profile};
use super::decode::{self, Aim};
use super::probe;
use super::raster::{Raster, upright};
use super::{Format, Limits, Refusal, encode, ingest};

const QUALITY: u8 = 80;

/// A rendition `width` pixels wide, upright, in sRGB, without profile and metadata.
///
/// Never enlarged. A JPEG gives a JPEG, any other picture a WebP, with alpha when it has some; an
/// animation comes back as it is. The format of the result is told beside it.
pub fn resize(bytes: &[u8], width: u32, limits: &Limits) -> Result<(Vec<u8>, Format), Refusal> {
    decode::guarded(|| {
        let (format, header) = probe::read(bytes, limits)?;
        if header.is_animated(format) {
            return Ok((bytes.to_vec(), format));
        }
        let picture = header.picture(format);
        let wide = width.clamp(1, picture.width);
        let target = scale(
            (picture.width, picture.height),
            f64::from(wide) / f64::from(picture.width),
        );
        let stripped = ingest::strip(bytes, format);
        let profile = colour::find_profile(&stripped, format);
        let (across, down) = upright(target, header.orientation);
        let aim = Aim::AtLeast(across, down);
        let raster = decode::decode(&stripped, (format, &header), aim, profile.as_ref(), limits)?;
        finish(
            raster,
            header.orientation,
            format,
            profile.as_ref(),
            target,
            QUALITY,
        )
    })
}

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
        return Ok((encode::jpeg(&raster, 1, quality, (2, 2))?, Format::Jpeg));
    }
    Ok((
        encode::webp(&raster.narrow().into_rgb(), quality)?,
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
    if longer <= encode::WEBP_SIDE {
        return target;
    }
    scale(target, f64::from(encode::WEBP_SIDE) / f64::from(longer))
}
