//! A chain, done: bytes in, bytes out.

use std::collections::HashMap;
use std::time::Instant;

use super::chain::{Chain, Mistake, Output, Wish};
use super::decode;
use super::probe::{self, Header};
use super::raster::{Layout, Raster};
use super::run::Run;
use super::{Format, Limits, Refusal, animation, colour, encode};

/// Why a chain gives no picture.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Chain(#[from] Mistake),
    #[error(transparent)]
    Picture(#[from] Refusal),
    #[error("the time for it was over")]
    Late,
}

/// What whoever asks can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepts {
    pub webp: bool,
}

/// The bytes of pictures that layers show, by their keys.
pub type Pictures = HashMap<String, Vec<u8>>;

/// A picture to begin with.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub bytes: &'a [u8],
    /// The size that the chain counts in: that of the original where `bytes` are a smaller copy of it.
    pub size: (u32, u32),
}

/// What is to be made of it.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub chain: &'a Chain,
    pub accepts: Accepts,
    pub pictures: &'a Pictures,
    /// When nobody waits for it any more.
    pub until: Option<Instant>,
}

/// The result.
#[derive(Debug)]
pub struct Made {
    pub bytes: Vec<u8>,
    pub format: Format,
    pub stages: Vec<Stage>,
}

/// A part of the work: how large the picture was after it, and how long it took.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    pub what: &'static str,
    pub size: (u32, u32),
    pub milliseconds: f64,
}

const QUALITY: u8 = 80;

/// The picture after all steps, upright, in sRGB unless its own colours were asked for, without metadata.
/// An animation stays one, in the formats that can hold it.
pub fn apply(given: Given<'_>, asked: Asked<'_>, limits: &Limits) -> Result<Made, Failed> {
    let mut mistake = None;
    let done = decode::guarded(|| {
        let (format, header) = probe::read(given.bytes, limits)?;
        let mut run = Run::new(asked.pictures, limits, asked.until);
        match work(&mut run, given, (format, &header), asked, limits) {
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
    match (done?, mistake) {
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
    limits: &Limits,
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
        return animation::apply(run, given, (format, header), (chain, moves), limits).and_then(
            |made| match made {
                animation::Done::Moving(bytes, format) => Ok((bytes, format)),
                animation::Done::Still(raster) => {
                    finish(run, raster, chain, (format, asked.accepts))
                }
            },
        );
    }
    let (mut raster, profile) = run.still(given.bytes, (format, header), (chain, given.size))?;
    let keeps = chain.output.keeps_profile;
    let same = choose(&raster, &chain.output, (format, asked.accepts)) == format;
    // Only in its own format can a profile be kept.
    if !(keeps && same) {
        raster = colour::to_srgb(raster, profile.as_ref());
    }
    let (made, written) = finish(run, raster, chain, (format, asked.accepts))?;
    match keeps && same {
        true => Ok((colour::keep_profile(given.bytes, format, made), written)),
        false => Ok((made, written)),
    }
}

/// The format that was asked for, or that suits the picture and whoever asks.
fn choose(raster: &Raster, output: &Output, (stored, accepts): (Format, Accepts)) -> Format {
    let alpha = raster.layout == Layout::Rgba;
    let webp_fits = raster.width.max(raster.height) <= encode::WEBP_SIDE;
    match output.format {
        Wish::Jpeg => Format::Jpeg,
        Wish::Png => Format::Png,
        Wish::Webp if webp_fits => Format::Webp,
        Wish::Stored if stored == Format::Png || (stored != Format::Gif && !alpha) => stored,
        _ if accepts.webp && webp_fits => Format::Webp,
        _ if alpha || stored == Format::Png || stored == Format::Gif => Format::Png,
        _ => Format::Jpeg,
    }
}

fn finish(
    run: &mut Run<'_>,
    raster: Raster,
    chain: &Chain,
    about: (Format, Accepts),
) -> Result<(Vec<u8>, Format), Failed> {
    let output = &chain.output;
    let raster = match raster.layout {
        Layout::Rgba => raster.without_idle_alpha(),
        Layout::GrayAlpha => raster.into_rgba().without_idle_alpha(),
        _ => raster,
    };
    let size = (raster.width, raster.height);
    let format = choose(&raster, output, about);
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
    run.done("encode", size)?;
    Ok((bytes, format))
}

#[cfg(test)]
mod tests;
