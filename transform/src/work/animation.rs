//! A chain, done on every frame of an animation, one after the other: never more than a few are held.

use crate::chain::Chain;
use crate::codec::frames::Frames;
use crate::codec::gif_write::GifFile;
use crate::codec::webp;
use crate::codec::webp::WebpAnimation;
use crate::files::header::Header;
use crate::files::strip;
use crate::format::Format;
use crate::pixels::planes::Pixels;
use crate::pixels::profile;
use crate::pixels::profile::Profile;
use crate::pixels::raster::Raster;
use crate::refusal::Refusal;
use crate::work::asked::{Failed, Given};
use crate::work::run::{Run, Start};

pub(crate) enum Done {
    Moving(Vec<u8>, Format),
    /// One frame, where the format or the chain wants no more.
    Still(Pixels),
}

enum File {
    Gif(GifFile),
    Webp(WebpAnimation),
}

/// The animation after all steps in the format `moves`, or one frame of it.
pub(crate) fn apply(
    run: &mut Run<'_>,
    given: Given<'_>,
    (format, header): (Format, &Header),
    (chain, moves): (&Chain, Option<Format>),
) -> Result<Done, Failed> {
    let stripped = strip(given.bytes, format);
    let profile = Profile::find(&stripped, format);
    let mut frames = Frames::open(&stripped, (format, header), run.limits)?;
    let start = |frame: Raster| Start {
        pixels: Pixels::Raster(profile::develop(frame, profile.as_ref())),
        size: given.size,
        profile: profile.as_ref(),
        base: None,
    };
    let (wanted, moves) = match (chain.frame(given.size)?, moves) {
        (None, Some(moves)) => (None, moves),
        (wanted, _) => (Some(wanted.unwrap_or(1)), format),
    };
    if let Some(number) = wanted {
        let mut last = None;
        for _ in 0..number {
            match frames.next()? {
                Some((frame, _)) => last = Some(frame),
                None => break,
            }
            run.go_on()?;
        }
        let frame = last.ok_or_else(|| Refusal::damaged("no frame"))?;
        return Ok(Done::Still(run.steps(start(frame), chain.walk())?));
    }
    let mut file = None;
    while let Some((frame, milliseconds)) = frames.next()? {
        let raster = run.steps(start(frame), chain.walk())?.into_raster()?;
        let size = (raster.width, raster.height);
        let file = match &mut file {
            Some(file) => file,
            None => {
                let pixels = u64::from(size.0) * u64::from(size.1) * u64::from(header.frames);
                if pixels > run.limits.animation_pixels {
                    return Err(Refusal::too_long(header.frames.into(), run.limits).into());
                }
                file.insert(match moves {
                    Format::Webp if size.0.max(size.1) <= webp::SIDE => {
                        let how = webp::How {
                            quality: run.output.quality_or_usual(),
                            lossless: run.output.lossless,
                        };
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
