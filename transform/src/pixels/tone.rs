//! Pictures of high dynamic range, coded with PQ or HLG, become sRGB.
//!
//! Light is counted in that of diffuse white, 203 cd/m² (ITU-R BT.2408). A picture with no more light than that
//! keeps its tones; brighter ones are rolled off above the knee, so that white stays white and what shines more
//! is still told apart. The curve acts on the brightest of three colours and scales all of them: hues stay.

use moxcms::{CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients};
use moxcms::{Matrix3f, TransferCharacteristics, Vector3f};

use crate::files::header::CodePoints;
use crate::pixels::raster::{Layout, Raster};

/// How light is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    /// SMPTE ST 2084: light itself, up to 10,000 cd/m².
    Pq,
    /// ITU-R BT.2100: what the camera saw, shown by a display of 1,000 cd/m².
    Hlg,
}

/// How the colours of such a picture are meant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HighRange {
    pub curve: Curve,
    pub primaries: CicpColorPrimaries,
}

/// Diffuse white, in cd/m².
const WHITE: f32 = 203.0;
const PQ_PEAK: f32 = 10_000.0;
const HLG_PEAK: f32 = 1_000.0;
/// What an HLG display adds, as an exponent of luminance: gamma less one (BT.2100, table 5).
const HLG_GAMMA: f32 = 0.2;
/// Up to here light stays as it is. White becomes 0.925 or more: at least 246 of 255.
const KNEE: f32 = 0.85;

impl HighRange {
    /// `None` where code points mean a usual range.
    pub fn of(codes: CodePoints) -> Option<HighRange> {
        let curve = match TransferCharacteristics::try_from(codes.transfer).ok()? {
            TransferCharacteristics::Smpte2084 => Curve::Pq,
            TransferCharacteristics::Hlg => Curve::Hlg,
            _ => return None,
        };
        let primaries = match CicpColorPrimaries::try_from(codes.primaries) {
            Ok(CicpColorPrimaries::Unspecified | CicpColorPrimaries::Reserved) | Err(_) => {
                CicpColorPrimaries::Bt2020
            }
            Ok(known) => known,
        };
        Some(HighRange { curve, primaries })
    }

    /// The picture in sRGB, eight bits a channel.
    pub fn develop(self, raster: &Raster) -> Raster {
        let colours = self.colours();
        let luminance = colours.rgb_to_xyz_matrix().v[1].map(|weight| weight as f32);
        let to_srgb = colours.transform_matrix(&ColorProfile::new_srgb()).to_f32();
        let light = Light {
            curve: self.curve,
            of_code: self.curve.table(raster.wide),
            luminance,
        };
        let peak = (0..raster.pixel_count())
            .map(|at| brightest(light.of(raster, at)))
            .fold(1.0, f32::max);
        let roll = Roll::below(peak);
        let codes = srgb_codes();
        let alpha = matches!(raster.layout, Layout::GrayAlpha | Layout::Rgba);
        let layout = if alpha { Layout::Rgba } else { Layout::Rgb };
        let mut pixels = Vec::with_capacity(raster.pixel_count() * layout.channels());
        for at in 0..raster.pixel_count() {
            let light = light.of(raster, at);
            let scale = roll.scale(brightest(light));
            let linear = by(&to_srgb, light.map(|channel| channel * scale));
            pixels.extend(linear.map(|channel| codes[index(channel)]));
            if alpha {
                let last = raster.layout.channels() - 1;
                pixels.push((raster.code(at, last) >> if raster.wide { 8 } else { 0 }) as u8);
            }
        }
        Raster::new(raster.width, raster.height, layout, pixels)
    }

    fn colours(self) -> ColorProfile {
        ColorProfile::new_from_cicp(CicpProfile {
            color_primaries: self.primaries,
            transfer_characteristics: TransferCharacteristics::Linear,
            matrix_coefficients: MatrixCoefficients::Identity,
            full_range: true,
        })
    }
}

impl Curve {
    /// What each code stands for: light for PQ, and what the camera saw for HLG.
    fn table(self, wide: bool) -> Vec<f32> {
        let last = if wide { 65_535 } else { 255 };
        let value = |code: u32| {
            let value = code as f32 / last as f32;
            match self {
                Curve::Pq => pq(value) * PQ_PEAK / WHITE,
                Curve::Hlg => hlg(value),
            }
        };
        (0..=last).map(value).collect()
    }
}

/// SMPTE ST 2084, 5.2: from a code between 0 and 1 to a part of 10,000 cd/m².
fn pq(code: f32) -> f32 {
    const M1: f32 = 2_610.0 / 16_384.0;
    const M2: f32 = 2_523.0 / 32.0;
    const C1: f32 = 3_424.0 / 4_096.0;
    const C2: f32 = 2_413.0 / 128.0;
    const C3: f32 = 2_392.0 / 128.0;
    let power = code.powf(1.0 / M2);
    ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1)
}

/// ITU-R BT.2100, table 5: from a code between 0 and 1 to what the camera saw.
fn hlg(code: f32) -> f32 {
    const A: f32 = 0.178_832_77;
    const B: f32 = 1.0 - 4.0 * A;
    const C: f32 = 0.559_910_7;
    if code <= 0.5 {
        code * code / 3.0
    } else {
        (((code - C) / A).exp() + B) / 12.0
    }
}

struct Light {
    curve: Curve,
    of_code: Vec<f32>,
    /// How much each colour adds to luminance.
    luminance: [f32; 3],
}

impl Light {
    /// Of a pixel, for each colour, where 1 is white.
    fn of(&self, raster: &Raster, at: usize) -> [f32; 3] {
        let gray = matches!(raster.layout, Layout::Gray | Layout::GrayAlpha);
        let channels = if gray { [0, 0, 0] } else { [0, 1, 2] };
        let light = channels.map(|channel| self.of_code[usize::from(raster.code(at, channel))]);
        match self.curve {
            Curve::Pq => light,
            Curve::Hlg => {
                let seen: f32 = light.iter().zip(self.luminance).map(|(a, b)| a * b).sum();
                let shown = seen.max(1e-6).powf(HLG_GAMMA) * HLG_PEAK / WHITE;
                light.map(|channel| channel * shown)
            }
        }
    }
}

fn brightest([red, green, blue]: [f32; 3]) -> f32 {
    red.max(green).max(blue)
}

/// Light between the knee and the peak is brought below 1: Reinhard's curve, which begins at the knee with a slope
/// of 1 and ends at the peak.
struct Roll {
    peak: f32,
}

impl Roll {
    fn below(peak: f32) -> Roll {
        Roll { peak }
    }

    /// By what light is multiplied.
    fn scale(&self, light: f32) -> f32 {
        if self.peak <= 1.0 || light <= KNEE {
            return 1.0;
        }
        let over = (light - KNEE) / (1.0 - KNEE);
        let most = (self.peak - KNEE) / (1.0 - KNEE);
        let rolled = over * (1.0 + over / (most * most)) / (1.0 + over);
        (KNEE + (1.0 - KNEE) * rolled) / light
    }
}

fn by(matrix: &Matrix3f, v: [f32; 3]) -> [f32; 3] {
    matrix.mul_vector(Vector3f { v }).v
}

/// Of linear light in 4,095 steps, finer below.
fn index(linear: f32) -> usize {
    (linear.clamp(0.0, 1.0).sqrt() * LAST as f32 + 0.5) as usize
}

const LAST: usize = 4_095;

/// IEC 61966-2-1, by `index`.
fn srgb_codes() -> Vec<u8> {
    let code = |n: usize| {
        let root = n as f32 / LAST as f32;
        let linear = root * root;
        let code = match linear <= 0.003_130_8 {
            true => 12.92 * linear,
            false => 1.055 * linear.powf(1.0 / 2.4) - 0.055,
        };
        (code * 255.0 + 0.5) as u8
    };
    (0..=LAST).map(code).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(transfer: u8) -> HighRange {
        let primaries = 9;
        HighRange::of(CodePoints {
            primaries,
            transfer,
        })
        .unwrap()
    }

    /// A row of wide grays, developed; the first channel of each.
    fn grays(transfer: u8, codes: &[u16]) -> Vec<u8> {
        let pixels = codes.iter().flat_map(|code| code.to_be_bytes()).collect();
        let raster = Raster {
            width: codes.len() as u32,
            height: 1,
            layout: Layout::Gray,
            wide: true,
            pixels,
        };

        let made = range(transfer).develop(&raster);
        let each = made.pixels.chunks_exact(3);
        each.map(|pixel| {
            assert!(pixel[0].abs_diff(pixel[1]) <= 1 && pixel[1].abs_diff(pixel[2]) <= 1);
            pixel[0]
        })
        .collect()
    }

    fn near(found: &[u8], expected: &[u8]) {
        let close = found.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= 1);
        assert!(
            found.len() == expected.len() && close,
            "{found:?} {expected:?}"
        );
    }

    /// Codes and results by the formulas of the standards, in Python: 1, 20, 50, 100 and 203 cd/m².
    #[test]
    fn what_is_no_brighter_than_white_keeps_its_tones() {
        let pq = [9_827, 23_397, 28_854, 33_297, 38_055];
        near(&grays(16, &pq), &[15, 88, 136, 186, 255]);
        let hlg = [0, 16_384, 32_768, 49_151];
        near(&grays(18, &hlg), &[0, 61, 137, 255]);
    }

    #[test]
    fn white_stays_white_beside_what_shines() {
        // 203, 400, 1,000 and 10,000 cd/m².
        let found = grays(16, &[38_055, 42_767, 49_271, 65_535]);
        assert!(found[0] >= 246, "{found:?}");
        assert!(
            found.is_sorted() && found[1] > found[0] && found[2] > found[1],
            "{found:?}"
        );
        assert_eq!(found[3], 255);
    }

    #[test]
    fn colours_beyond_srgb_end_at_its_edge() {
        let wide = |[red, green, blue]: [u16; 3]| Raster {
            width: 1,
            height: 1,
            layout: Layout::Rgba,
            wide: true,
            pixels: [red, green, blue, 0x80ff]
                .iter()
                .flat_map(|code| code.to_be_bytes())
                .collect(),
        };

        let white = 38_055;
        assert_eq!(
            range(16).develop(&wide([white, 0, 0])).pixels,
            [255, 0, 0, 128]
        );
        // Green of sRGB at 100 cd/m² in the primaries of BT.2020.
        let green = [26_302, 32_747, 18_986];
        let made = range(16).develop(&wide(green)).pixels;
        assert!(
            made[0] <= 12 && made[1].abs_diff(186) <= 2 && made[2] <= 12,
            "{made:?}"
        );
    }
}
