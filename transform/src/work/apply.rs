//! A chain, done: bytes in, bytes out.

use crate::codec::jpeg::block::SIDE;
use crate::files::colours;
use crate::guard::guarded;
use crate::pixels::profile;
use crate::work::asked::{Accepts, Asked, Failed, Given, Made};
use std::time::Instant;

use crate::chain::{Mistake, Output, Wish};
use crate::codec::{encode, webp};
use crate::files::header::Header;
use crate::files::probe;
use crate::format::{Format, Limits};
use crate::pixels::planes::Pixels;
use crate::pixels::raster::Layout;
use crate::refusal::Refusal;
use crate::work::animation;
use crate::work::run::Run;

/// The picture after all steps, upright, in sRGB unless its own colours were asked for, without metadata.
/// An animation stays one, in the formats that can hold it.
pub fn apply(given: Given<'_>, asked: Asked<'_>, limits: &Limits) -> Result<Made, Failed> {
    let mut mistake = None;
    let done = guarded(limits, || {
        let (format, header) = probe::read(given.bytes, limits)?;
        let mut run = Run::new((asked.pictures, asked.chain.output), limits);
        match work(&mut run, given, (format, &header), asked) {
            Ok((bytes, format)) => Ok(Some(Made {
                bytes,
                format,
                stages: run.stages,
            })),
            Err(Failed::Picture(refusal)) => Err(refusal),
            Err(other) => {
                mistake = Some(other);
                Ok(None)
            }
        }
    });
    let done = match done {
        Err(refusal) if refusal == Refusal::late() => return Err(Failed::Late),
        done => done?,
    };
    match (done, mistake) {
        (Some(made), _) => Ok(made),
        (None, Some(mistake)) => Err(mistake),
        (None, None) => unreachable!("nothing is only made where there is a mistake"),
    }
}

fn work(
    run: &mut Run<'_>,
    given: Given<'_>,
    (format, header): (Format, &Header),
    asked: Asked<'_>,
) -> Result<(Vec<u8>, Format), Failed> {
    let chain = asked.chain;
    if header.is_animated(format) {
        let moves = match chain.output.format {
            Wish::Webp => Some(Format::Webp),
            Wish::Auto | Wish::Unsaid if asked.accepts.webp => Some(Format::Webp),
            Wish::Gif | Wish::Auto | Wish::Unsaid => Some(Format::Gif),
            Wish::Stored => Some(format),
            Wish::Jpeg | Wish::Png | Wish::Avif => None,
        };
        run.moves = true;
        return match animation::apply(run, given, (format, header), (chain, moves))? {
            animation::Done::Moving(bytes, format) => Ok((bytes, format)),
            animation::Done::Still(pixels) => finish(run, pixels, (format, asked.accepts)),
        };
    }
    let (mut pixels, profile) = run.still(given.bytes, (format, header), (chain, given.size))?;
    let about = (format, asked.accepts);
    // Only in its own format can a profile be kept.
    let keeps = profile.is_some() && choose(&pixels, &run.output, about) == format;
    if let Some(profile) = profile.filter(|_| !keeps) {
        pixels = profile::convert(pixels, &profile)?;
    }
    let (made, written) = finish(run, pixels, about)?;
    match keeps {
        true => Ok((colours::keep_profile(given.bytes, format, made), written)),
        false => Ok((made, written)),
    }
}

/// The format that was asked for, or that suits the picture and whoever asks.
fn choose(pixels: &Pixels, output: &Output, (stored, accepts): (Format, Accepts)) -> Format {
    let alpha = matches!(pixels, Pixels::Raster(raster) if raster.layout == Layout::Rgba);
    let (width, height) = pixels.size();
    let webp_fits = width.max(height) <= webp::SIDE;
    match output.format {
        Wish::Jpeg => Format::Jpeg,
        Wish::Png => Format::Png,
        Wish::Webp if webp_fits => Format::Webp,
        Wish::Stored if stored == Format::Png || (stored != Format::Gif && !alpha) => stored,
        _ if accepts.webp && webp_fits => Format::Webp,
        _ if alpha || stored == Format::Png || stored == Format::Gif => Format::Png,
        _ if width.max(height) > SIDE => Format::Png,
        _ => Format::Jpeg,
    }
}

/// Refuses what a format cannot hold, and what would take too long and too much memory.
fn require_writable(
    format: Format,
    (width, height): (u32, u32),
    output: &Output,
) -> Result<(), Failed> {
    let given = format!("{width} by {height} pixels");
    let wrong = |accepted: &str| Err(Mistake::new(&given, 1, accepted).into());
    let pixels = u64::from(width) * u64::from(height);
    match format {
        Format::Jpeg if width.max(height) > SIDE => {
            wrong("at most 65500 pixels either way for a JPEG")
        }
        Format::Webp if output.lossless && pixels > LOSSLESS_PIXELS => {
            wrong("at most 8 megapixels for a WebP without loss")
        }
        _ => Ok(()),
    }
}

/// libwebp takes a gigabyte and a minute for forty megapixels.
const LOSSLESS_PIXELS: u64 = 8_000_000;

fn finish(
    run: &mut Run<'_>,
    pixels: Pixels,
    about: (Format, Accepts),
) -> Result<(Vec<u8>, Format), Failed> {
    let output = run.output;
    let pixels = match pixels {
        Pixels::Raster(raster) => Pixels::Raster(match raster.layout {
            Layout::Rgba => raster.without_idle_alpha(),
            Layout::GrayAlpha => raster.into_rgba().without_idle_alpha(),
            _ => raster,
        }),
        planes => planes,
    };
    let size = pixels.size();
    let format = choose(&pixels, &output, about);
    let quality = output.quality_or_usual();
    require_writable(format, size, &output)?;
    let bytes = write(pixels, format, (quality, &output), run.limits.until).or_else(|refusal| {
        run.go_on()?;
        Err(Failed::from(refusal))
    })?;
    run.done("encode", size)?;
    Ok((bytes, format))
}

fn write(
    pixels: Pixels,
    format: Format,
    (quality, output): (u8, &Output),
    until: Option<Instant>,
) -> Result<Vec<u8>, Refusal> {
    let how = encode::How {
        quality,
        progressive: output.progressive,
    };
    match (format, pixels) {
        (Format::Jpeg, Pixels::Planes(planes)) => encode::jpeg_of_planes(&planes, how),
        (Format::Webp, Pixels::Planes(planes)) if !output.lossless => {
            webp::of_planes(&planes, quality, until)
        }
        (format, pixels) => {
            let raster = pixels.into_raster()?.narrow();
            match format {
                Format::Jpeg => {
                    let raster = raster.flatten([0, 0, 0, 255]);
                    encode::jpeg(&raster, how)
                }
                Format::Png if raster.layout == Layout::Ycc => encode::png(&raster.into_rgb()),
                Format::Png => encode::png(&raster),
                _ => webp::still(
                    &raster.into_rgb(),
                    webp::How {
                        quality,
                        lossless: output.lossless,
                    },
                    until,
                ),
            }
        }
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod more_tests;
#[cfg(test)]
mod tests;
