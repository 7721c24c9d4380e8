//! Colours as their profile means them become sRGB. A profile that cannot be used is ignored.

use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile, DataColorSpace,
    Layout as Order, MatrixCoefficients, ToneReprCurve, TransferCharacteristics, TransformOptions,
};

use crate::files::header::{CodePoints, Colours};
use crate::format::Format;
use crate::pixels::planes::Pixels;
use crate::pixels::raster::{Layout, Raster};
use crate::pixels::tone::HighRange;
use crate::refusal::Refusal;

/// How far a channel may be off after conversion for a profile to count as sRGB.
const UNSEEN: u8 = 3;

/// A usable profile that differs from sRGB.
pub(crate) enum Profile {
    Usual(Box<ColorProfile>),
    /// Becomes sRGB as soon as it is decoded, while all of its range is there.
    High(HighRange),
}

impl Profile {
    /// The profile of a stripped file, if it has one and it makes a difference that can be seen.
    pub fn find(bytes: &[u8], format: Format) -> Option<Profile> {
        let profile = match Colours::find(bytes, format)? {
            Colours::Icc(bytes) => {
                let profile = ColorProfile::new_from_slice(&bytes).ok()?;
                let codes = profile.cicp.map(|codes| CodePoints {
                    primaries: codes.color_primaries as u8,
                    transfer: codes.transfer_characteristics as u8,
                });
                if let Some(range) = codes.and_then(HighRange::of) {
                    return Some(Profile::High(range));
                }
                profile
            }
            Colours::Cicp(codes) => match HighRange::of(codes) {
                Some(range) => return Some(Profile::High(range)),
                None => from_code_points(codes)?,
            },
            Colours::Measured { gamma, points } => from_measures(gamma, points),
        };
        let profile = Profile::Usual(Box::new(profile));
        Some(profile).filter(|profile| !profile.is_srgb())
    }

    /// Whether `develop` is for pixels that are meant so.
    pub fn is_high(&self) -> bool {
        matches!(self, Profile::High(_))
    }

    fn usual(&self) -> Option<&ColorProfile> {
        match self {
            Profile::Usual(profile) => Some(profile),
            Profile::High(_) => None,
        }
    }

    /// Whether it is one of pixels such as these.
    pub fn fits(&self, pixels: &Pixels) -> bool {
        let gray = matches!(
            pixels,
            Pixels::Raster(raster) if matches!(raster.layout, Layout::Gray | Layout::GrayAlpha)
        );
        match self.usual().map(|profile| profile.color_space) {
            Some(DataColorSpace::Gray) => gray,
            Some(DataColorSpace::Rgb) => !gray,
            _ => false,
        }
    }

    /// Tried on a few colours: names and tables differ among profiles that mean the same.
    fn is_srgb(&self) -> bool {
        let Some(profile) = self.usual() else {
            return false;
        };
        let (layout, colours): (Layout, Vec<u8>) = match profile.color_space {
            DataColorSpace::Rgb => {
                let step = |number: u8| number % 6 * 51;
                let colours = (0..216).flat_map(|n| [step(n / 36), step(n / 6), step(n)]);
                (Layout::Rgb, colours.collect())
            }
            DataColorSpace::Gray => (Layout::Gray, (0..=255).collect()),
            DataColorSpace::Cmyk => return false,
            _ => return true,
        };
        match self.convert(layout, &colours) {
            Some(converted) => converted
                .iter()
                .zip(&colours)
                .all(|(new, old)| new.abs_diff(*old) <= UNSEEN),
            None => true,
        }
    }

    /// The pixels in sRGB, or `None` when the profile is one of other pixels or cannot be used.
    fn convert(&self, layout: Layout, pixels: &[u8]) -> Option<Vec<u8>> {
        let order = match layout {
            Layout::Gray => Order::Gray,
            Layout::GrayAlpha => Order::GrayAlpha,
            Layout::Rgb => Order::Rgb,
            Layout::Rgba => Order::Rgba,
            Layout::Ycc => return None,
        };
        let gray = matches!(order, Order::Gray | Order::GrayAlpha);
        let wanted = if gray {
            DataColorSpace::Gray
        } else {
            DataColorSpace::Rgb
        };
        let profile = self.usual()?;
        if profile.color_space != wanted {
            return None;
        }
        let target = if gray {
            srgb_gray()
        } else {
            ColorProfile::new_srgb()
        };
        let transform = profile
            .create_transform_8bit(order, &target, order, TransformOptions::default())
            .ok()?;
        let mut converted = vec![0; pixels.len()];
        transform.transform(pixels, &mut converted).ok()?;
        Some(converted)
    }
}

/// A picture as it was decoded, in sRGB if it is one of high range.
pub(crate) fn develop(raster: Raster, profile: Option<&Profile>) -> Raster {
    match profile {
        Some(Profile::High(range)) => match raster.layout {
            Layout::Ycc => range.develop(&raster.into_rgb()),
            _ => range.develop(&raster),
        },
        _ => raster,
    }
}

/// A picture in sRGB, by its profile.
pub(crate) fn convert(pixels: Pixels, profile: &Profile) -> Result<Pixels, Refusal> {
    let raster = pixels.into_raster()?;
    Ok(Pixels::Raster(to_srgb(raster, Some(profile))))
}

/// The picture in sRGB: best done when it is small already.
pub(crate) fn to_srgb(raster: Raster, profile: Option<&Profile>) -> Raster {
    let Some(profile) = profile else {
        return raster;
    };
    let mut raster = raster.narrow();
    if raster.layout == Layout::Ycc {
        raster = raster.into_rgb();
    }
    if let Some(pixels) = profile.convert(raster.layout, &raster.pixels) {
        raster.pixels = pixels;
    }
    raster
}

/// Colours of four inks, 255 meaning no ink: through the profile when it knows inks, and plainly
/// when there is none, as browsers do.
pub(crate) fn from_inks(width: u32, height: u32, inks: &[u8], profile: Option<&Profile>) -> Raster {
    let pixels = profile
        .and_then(|profile| print(profile, inks))
        .unwrap_or_else(|| {
            let shade =
                |ink: u8, black: u8| ((u32::from(ink) * u32::from(black) + 127) / 255) as u8;
            inks.chunks_exact(4)
                .flat_map(|ink| [0, 1, 2].map(|channel| shade(ink[channel], ink[3])))
                .collect()
        });
    Raster::new(width, height, Layout::Rgb, pixels)
}

fn print(profile: &Profile, inks: &[u8]) -> Option<Vec<u8>> {
    let profile = profile.usual()?;
    if profile.color_space != DataColorSpace::Cmyk {
        return None;
    }
    let transform = profile
        .create_transform_8bit(
            Order::Rgba,
            &ColorProfile::new_srgb(),
            Order::Rgb,
            TransformOptions::default(),
        )
        .ok()?;
    let covered: Vec<u8> = inks.iter().map(|ink| 255 - ink).collect();
    let mut colours = vec![0; inks.len() / 4 * 3];
    transform.transform(&covered, &mut colours).ok()?;
    Some(colours)
}

fn srgb_gray() -> ColorProfile {
    let mut profile = ColorProfile::new_gray_with_gamma(2.2);
    profile.gray_trc = ColorProfile::new_srgb().red_trc;
    profile
}

/// The profile that code points of ITU-T H.273 stand for, as a file holds it; `None` where there is none.
pub(crate) fn icc_of(codes: CodePoints) -> Option<Vec<u8>> {
    from_code_points(codes)?.encode().ok()
}

fn from_code_points(codes: CodePoints) -> Option<ColorProfile> {
    Some(ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(codes.primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::try_from(codes.transfer).ok()?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    }))
}

fn from_measures(gamma: f64, points: Option<[f64; 8]>) -> ColorProfile {
    let mut profile = ColorProfile::new_srgb();
    profile.cicp = None;
    if let Some([wx, wy, rx, ry, gx, gy, bx, by]) = points {
        let point = |x: f64, y: f64| Chromaticity::new(x as f32, y as f32);
        let primaries = ColorPrimaries {
            red: point(rx, ry),
            green: point(gx, gy),
            blue: point(bx, by),
        };
        profile.update_rgb_colorimetry(point(wx, wy).to_xyyb(), primaries);
    }
    // The usual gamma is written for sRGB, whose curve only resembles it.
    if (gamma - 0.45455).abs() > 0.005 {
        let curve = ToneReprCurve::Parametric(vec![(1.0 / gamma) as f32]);
        profile.red_trc = Some(curve.clone());
        profile.green_trc = Some(curve.clone());
        profile.blue_trc = Some(curve);
    }
    profile
}
