//! What a program of this machine made of a file that it could read, with the colours that the file meant.

use crate::codec::aim::Aim;
use crate::codec::{decode, encode};
use crate::files::{CodePoints, jpeg, png, probe, strip};
use crate::format::{Format, Limits};
use crate::guard::guarded;
use crate::pixels::profile::{self, Profile};
use crate::pixels::raster::Layout;
use crate::refusal::Refusal;

/// Of a picture that could not be kept as it was.
const QUALITY: u8 = 95;

/// A JPEG or PNG without metadata, whose colours are meant as `colours` says: one of high range becomes sRGB, another
/// gets a profile. Programs give pixels as they are coded.
pub fn opened(
    made: &[u8],
    colours: Option<CodePoints>,
    limits: &Limits,
) -> Result<Vec<u8>, Refusal> {
    guarded(limits, || {
        let (format, header) = probe::read(made, limits)?;
        let made = strip(made, format);
        let Some(codes) = colours else {
            return Ok(made);
        };
        if format == Format::Jpeg {
            let profile = profile::icc_of(codes);
            return Ok(match profile {
                Some(profile) => jpeg::with_profile(&profile, &made),
                None => made,
            });
        }
        let made = png::with_code_points(&made, codes);
        let profile = Profile::find(&made, format);
        let profile = profile.as_ref().filter(|profile| profile.is_high());
        let Some(profile) = profile else {
            return Ok(made);
        };
        let raster = decode::decode(&made, (format, &header), Aim::Whole, None, limits)?;
        let raster = profile::develop(raster, Some(profile)).without_idle_alpha();
        match raster.layout {
            Layout::Rgba => encode::png(&raster),
            _ => encode::jpeg_turned(&raster, 1, QUALITY, (1, 1)),
        }
    })
}
