//! A chain, done: bytes in, bytes out.

use super::chain::{Background, Chain, Mistake, Plan, Sizes, Step, Wish};
use super::decode::{self, Aim};
use super::probe::{self, Header};
use super::raster::{Layout, Raster, upright};
use super::{Format, Limits, Refusal, colour, encode, ingest, saliency};

/// Why a chain gives no picture.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Chain(#[from] Mistake),
    #[error(transparent)]
    Picture(#[from] Refusal),
}

/// What whoever asks can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepts {
    pub webp: bool,
}

const QUALITY: u8 = 80;

/// The picture after all steps, upright, in sRGB, without metadata; and its format.
///
/// `declared` is the size that the chain counts in: that of the original where `bytes` are a smaller copy
/// of it. An animation comes back as it is.
pub fn apply(
    bytes: &[u8],
    chain: &Chain,
    (declared, accepts): ((u32, u32), Accepts),
    limits: &Limits,
) -> Result<(Vec<u8>, Format), Failed> {
    let mut mistake = None;
    let done = decode::guarded(|| {
        let (format, header) = probe::read(bytes, limits)?;
        if header.is_animated(format) {
            return Ok(Some((bytes.to_vec(), format)));
        }
        match work(bytes, (format, &header), (chain, declared), limits) {
            Ok(raster) => finish(raster, chain, (format, accepts)).map(Some),
            Err(Failed::Picture(refusal)) => Err(refusal),
            Err(Failed::Chain(wrong)) => {
                mistake = Some(wrong);
                Ok(None)
            }
        }
    });
    match (done?, mistake) {
        (Some(made), _) => Ok(made),
        (None, Some(mistake)) => Err(mistake.into()),
        (None, None) => unreachable!("nothing is only made where there is a mistake"),
    }
}

fn work(
    bytes: &[u8],
    (format, header): (Format, &Header),
    (chain, size): (&Chain, (u32, u32)),
    limits: &Limits,
) -> Result<Raster, Failed> {
    let stored = upright((header.width, header.height), header.orientation);
    let input = (f64::from(size.0), f64::from(size.1));
    let first = Sizes {
        input,
        current: input,
    };
    let aim = match chain.step(0, &first)? {
        Some(step) if step.trim.is_none() => {
            let plan = Plan::new(&step, size, |_| (0.5, 0.5), 1)?;
            let needed = |all: u32, scaled: u32, piece: u32, stored: u32| {
                (u64::from(all) * u64::from(scaled))
                    .div_ceil(u64::from(piece))
                    .min(u64::from(stored)) as u32
            };
            let across = needed(size.0, plan.scaled.0, plan.piece.width, stored.0);
            let down = needed(size.1, plan.scaled.1, plan.piece.height, stored.1);
            let (across, down) = upright((across, down), header.orientation);
            Aim::AtLeast(across, down)
        }
        _ => Aim::Whole,
    };
    let stripped = ingest::strip(bytes, format);
    let profile = colour::find_profile(&stripped, format);
    let raster = decode::decode(&stripped, (format, header), aim, profile.as_ref(), limits)?;
    let mut raster = raster.turn(header.orientation);
    // What was decoded may be smaller than what the steps count in.
    let mut current = size;
    for n in 0.. {
        let sizes = Sizes {
            input,
            current: (f64::from(current.0), f64::from(current.1)),
        };
        let Some(step) = chain.step(n, &sizes)? else {
            break;
        };
        if let Some(tolerance) = step.trim {
            raster = raster.trim(tolerance);
            current = (raster.width, raster.height);
        }
        let mut lost = None;
        let focus = |window| {
            saliency::find(&raster, window).unwrap_or_else(|refusal| {
                lost = Some(refusal);
                (0.5, 0.5)
            })
        };
        let mut plan = Plan::new(&step, current, focus, n + 1)?;
        if step.width.is_none() && step.height.is_none() && plan.canvas.is_none() {
            // Nobody asked for a size: a smaller copy is not blown up to that of the original.
            plan.scaled = (
                plan.scaled.0.min(raster.width),
                plan.scaled.1.min(raster.height),
            );
        }
        if let Some(refusal) = lost {
            return Err(refusal.into());
        }
        raster = fit(raster, &plan, current)?;
        if n == 0 {
            raster = colour::to_srgb(raster, profile.as_ref());
        }
        raster = paint(raster, &step, &plan)?;
        current = (raster.width, raster.height);
    }
    if chain.is_empty() {
        raster = colour::to_srgb(raster, profile.as_ref());
    }
    Ok(raster)
}

/// Cuts the plan's piece out and scales it, in the pixels that there are.
fn fit(raster: Raster, plan: &Plan, (width, height): (u32, u32)) -> Result<Raster, Refusal> {
    let (x, y) = (
        f64::from(raster.width) / f64::from(width),
        f64::from(raster.height) / f64::from(height),
    );
    let piece = plan.piece;
    let place = |start: u32, length: u32, factor: f64, all: u32| {
        let from = ((f64::from(start) * factor).round() as u32).min(all - 1);
        let long = (f64::from(length) * factor).round() as u32;
        (from, long.clamp(1, all - from))
    };
    let (left, across) = place(piece.left, piece.width, x, raster.width);
    let (top, down) = place(piece.top, piece.height, y, raster.height);
    raster
        .cut(left, top, across, down)
        .fit(plan.scaled.0, plan.scaled.1)
}

/// Everything but size, in the order that docs/transformations.md tells.
fn paint(mut raster: Raster, step: &Step, plan: &Plan) -> Result<Raster, Refusal> {
    raster = match step.flip {
        (false, false) => raster,
        (true, false) => raster.turn(2),
        (false, true) => raster.turn(4),
        (true, true) => raster.turn(3),
    };
    if step.paints() || plan.canvas.is_some() {
        raster = raster.narrow().into_rgb();
    }
    if let Some((canvas, at)) = plan.canvas {
        raster = raster.on_canvas(canvas, at, step.background)?;
    }
    if step.turn != 0.0 {
        raster = raster.rotate(step.turn);
    }
    if step.grayscale {
        raster.grayscale();
    }
    if step.contrast {
        raster.stretch_contrast();
    }
    if let Some(strength) = step.sharpen {
        raster.sharpen(1.0, strength / 10.0, 0.0);
    }
    if let Some([_, sigma, amount, threshold]) = step.usm {
        raster.sharpen(sigma, amount, threshold);
    }
    if let Some(radius) = step.blur {
        raster.blur(radius / 2.0);
    }
    if let Some((width, colour)) = step.border {
        // Around a round picture the border is a ring.
        if let Some(radius) = step.radius {
            raster = raster.round(radius.less(width));
        }
        raster = raster.border(width, colour);
    }
    if let Some(radius) = step.radius {
        raster = raster.round(radius);
    }
    if let Some(opacity) = step.opacity {
        raster = raster.fade(opacity);
    }
    if let (Some(Background::Colour(colour)), true) = (step.background, plan.canvas.is_none()) {
        raster = raster.over(colour);
    }
    Ok(raster)
}

/// Writes the picture in the format that was asked for, or that suits it and whoever asks.
fn finish(
    raster: Raster,
    chain: &Chain,
    (stored, accepts): (Format, Accepts),
) -> Result<(Vec<u8>, Format), Refusal> {
    let output = &chain.output;
    let raster = match raster.layout {
        Layout::Rgba => raster.without_idle_alpha(),
        Layout::GrayAlpha => raster.into_rgba().without_idle_alpha(),
        _ => raster,
    };
    let alpha = raster.layout == Layout::Rgba;
    let longer = raster.width.max(raster.height);
    let webp_fits = longer <= encode::WEBP_SIDE;
    let format = match output.format {
        Wish::Jpeg => Format::Jpeg,
        Wish::Png => Format::Png,
        Wish::Webp if webp_fits => Format::Webp,
        Wish::Stored if stored == Format::Png || (stored != Format::Gif && !alpha) => stored,
        _ if accepts.webp && webp_fits => Format::Webp,
        _ if alpha || stored == Format::Png || stored == Format::Gif => Format::Png,
        _ => Format::Jpeg,
    };
    let quality = output.quality.unwrap_or(QUALITY);
    let bytes = match format {
        Format::Jpeg => {
            let raster = raster.narrow().flatten([0, 0, 0, 255]);
            encode::jpeg_with(&raster, (quality, output.progressive))?
        }
        Format::Png => {
            let raster = if raster.layout == Layout::Ycc {
                raster.into_rgb()
            } else {
                raster
            };
            encode::png(&raster.narrow())?
        }
        _ => encode::webp_with(&raster.narrow().into_rgb(), (quality, output.lossless))?,
    };
    Ok((bytes, format))
}

#[cfg(test)]
mod tests;
