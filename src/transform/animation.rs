//! A chain, done on every frame of an animation, one after the other: never more than a few are held.

use super::apply::{Failed, Given};
use super::chain::Chain;
use super::frames::Frames;
use super::gif_file::GifFile;
use super::probe::Header;
use super::raster::Raster;
use super::run::{Run, Start};
use super::webp_file::WebpAnimation;
use super::{Format, Limits, Refusal, encode, ingest};

pub(super) enum Done {
    Moving(Vec<u8>, Format),
    /// One frame, where the format or the chain wants no more.
    Still(Raster),
}

enum File {
    Gif(GifFile),
    Webp(WebpAnimation),
}

const QUALITY: u8 = 80;

/// The animation after all steps in the format `moves`, or one frame of it.
pub(super) fn apply(
    run: &mut Run<'_>,
    given: Given<'_>,
    (format, header): (Format, &Header),
    (chain, moves): (&Chain, Option<Format>),
    limits: &Limits,
) -> Result<Done, Failed> {
    let stripped = ingest::strip(given.bytes, format);
    let mut frames = Frames::open(&stripped, (format, header), limits)?;
    let wanted = chain.frame(given.size)?;
    let start = |raster: Raster| Start {
        raster,
        size: given.size,
        profile: None,
        base: None,
    };
    let still = wanted.or(moves.is_none().then_some(1));
    if let Some(number) = still {
        let mut last = None;
        for _ in 0..number {
            match frames.next()? {
                Some((frame, _)) => last = Some(frame),
                None => break,
            }
        }
        let frame = last.ok_or_else(|| Refusal::damaged("no frame"))?;
        return Ok(Done::Still(run.steps(start(frame), chain.walk())?));
    }
    let format = moves.unwrap_or(format);
    let quality = chain.output.quality.unwrap_or(QUALITY);
    let mut file = None;
    while let Some((frame, milliseconds)) = frames.next()? {
        let raster = run.steps(start(frame), chain.walk())?;
        let size = (raster.width, raster.height);
        let file = match &mut file {
            Some(file) => file,
            None => {
                let pixels = u64::from(size.0) * u64::from(size.1) * u64::from(header.frames);
                if pixels > limits.animation_pixels {
                    return Err(Refusal::too_long(header.frames.into(), limits).into());
                }
                file.insert(match format {
                    Format::Webp if size.0.max(size.1) <= encode::WEBP_SIDE => {
                        let how = (quality, chain.output.lossless);
                        File::Webp(WebpAnimation::new(size, frames.repeats(), how)?)
                    }
                    _ => File::Gif(GifFile::new(size, frames.repeats())?),
                })
            }
        };
        match file {
            File::Gif(file) => file.add(raster.into_rgba(), milliseconds)?,
            File::Webp(file) => file.add(&raster.into_rgba(), milliseconds)?,
        }
        run.done("encode", size)?;
    }
    Ok(match file.ok_or_else(|| Refusal::damaged("no frame"))? {
        File::Gif(file) => Done::Moving(file.finish()?, Format::Gif),
        File::Webp(file) => Done::Moving(file.finish()?, Format::Webp),
    })
}

#[cfg(test)]
mod tests;
