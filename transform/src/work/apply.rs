//! A chain, done: bytes in, bytes out.

use crate::codec::jpeg::block::SIDE;
use crate::files::colours;
use crate::pixels::profile;
use crate::work::asked::{Accepts, Asked, Failed, Given, Made};
use std::time::Instant;

use crate::chain::{Mistake, Output, Wish};
use crate::codec::{encode, webp};
use crate::files::header::Header;
use crate::files::probe;
use crate::format::{Format, Limits};
use crate::pixels::planes::Pixels;
use crate::pixels::raster::{Layout, Raster};
use crate::refusal::Refusal;
use crate::work::animation;
use crate::work::attempt::attempted;
use crate::work::run::Run;

/// The picture after all steps, upright, in sRGB unless its own colours were asked for, without metadata.
/// An animation stays one, in the formats that can hold it.
pub fn apply(given: Given<'_>, asked: Asked<'_>, limits: &Limits) -> Result<Made, Failed> {
    attempted(limits, || {
        let (format, header) = probe::read(given.bytes, limits)?;
        let mut run = Run::new((asked.pictures, asked.chain.output), limits);
        let (bytes, format) = work(&mut run, given, (format, &header), asked)?;
        Ok(Made {
            bytes,
            format,
            stages: run.stages,
        })
    })
}

fn work(
    run: &mut Run<'_>,
    given: Given<'_>,
    (format, header): (Format, &Header),
    asked: Asked<'_>,
) -> Result<(Vec<u8>, Format), Failed> {
    let chain = asked.chain;
    if let Wish::Mp4 | Wish::Webm = chain.output.format {
        let given = format!("f-{:?}", chain.output.format).to_lowercase();
        let accepted = "a format of pictures, where the picture does not move";
        return Err(Mistake::new(&given, 1, accepted).into());
    }
    let about = About {
        stored: format,
        is_lossless: header.is_lossless,
        accepts: asked.accepts,
    };
    if header.is_animated() {
        let moves = match chain.output.format {
            Wish::Webp => Some(Format::Webp),
            Wish::Auto | Wish::Unsaid if asked.accepts.webp => Some(Format::Webp),
            Wish::Stored if format != Format::Png => Some(format),
            Wish::Stored if asked.accepts.webp => Some(Format::Webp),
            Wish::Gif | Wish::Auto | Wish::Unsaid | Wish::Stored => Some(Format::Gif),
            Wish::Jpeg | Wish::Png | Wish::Avif | Wish::Mp4 | Wish::Webm => None,
        };
        run.moves = true;
        return match animation::apply(run, given, (format, header), (chain, moves))? {
            animation::Done::Moving(bytes, format) => Ok((bytes, format)),
            animation::Done::Still(pixels) => finish(run, pixels, about),
        };
    }
    let (mut pixels, profile) = run.still(given.bytes, (format, header), (chain, given.size))?;
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

/// What the file is, and who asks.
#[derive(Clone, Copy)]
struct About {
    stored: Format,
    is_lossless: bool,
    accepts: Accepts,
}

/// The format that was asked for, or that suits the picture and whoever asks.
fn choose(pixels: &Pixels, output: &Output, about: About) -> Format {
    let About {
        stored, accepts, ..
    } = about;
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

fn finish(run: &mut Run<'_>, pixels: Pixels, about: About) -> Result<(Vec<u8>, Format), Failed> {
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
    let in_time = |refusal| match run.go_on() {
        Ok(()) => Failed::from(refusal),
        Err(late) => late,
    };
    let left_open = matches!(output.format, Wish::Auto | Wish::Unsaid) && output.quality.is_none();
    let bytes = match pixels {
        Pixels::Raster(raster) if format == Format::Webp && left_open && about.is_lossless => {
            sharp_if_flat(raster, &output, run.limits.until).map_err(in_time)?
        }
        pixels => write(pixels, format, (quality, &output), run.limits.until).map_err(in_time)?,
    };
    run.done("encode", size)?;
    Ok((bytes, format))
}

/// A WebP of what nothing was lost of so far: it stays so where it is one of text and flat colour, and not much
/// longer for that.
fn sharp_if_flat(
    raster: Raster,
    output: &Output,
    until: Option<Instant>,
) -> Result<Vec<u8>, Refusal> {
    let raster = raster.narrow().into_rgb();
    let how = |lossless: bool| webp::How {
        quality: output.quality_or_usual(),
        lossless: output.lossless || lossless,
    };
    let usual = webp::still(&raster, how(false), until)?;
    let pixels = raster.pixel_count() as u64;
    if output.lossless || pixels > SHARP_PIXELS || !raster.is_flat() {
        return Ok(usual);
    }
    let sharp = webp::still(&raster, how(true), until)?;
    let near = sharp.len() <= usual.len() * SHARP_COSTS || sharp.len() <= SHORT;
    Ok(if near { sharp } else { usual })
}

/// Beyond this many pixels writing without loss takes too long.
const SHARP_PIXELS: u64 = 2_500_000;
/// How many times longer a file may be for being sharp, unless it is short.
const SHARP_COSTS: usize = 2;
const SHORT: usize = 60 << 10;

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
