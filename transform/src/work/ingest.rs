//! What an upload becomes: the picture freed of metadata and upright, and a copy for the web.

use crate::codec::aim::Aim;
use crate::codec::decode;
use crate::codec::{encode, webp};
use crate::files::header::Header;
use crate::files::probe;
use crate::files::strip;
use crate::files::{jpeg, png, webp as riff};
use crate::format::{Format, Limits, Picture};
use crate::guard::{guarded, require_time};
use crate::orientation::upright;
use crate::pixels::profile;
use crate::pixels::profile::Profile;
use crate::pixels::raster::Raster;
use crate::refusal::Refusal;
use crate::work::master::{Source, finish, master_size};

/// Of an original that had to be turned: once, so it can be generous.
const ORIGINAL_QUALITY: u8 = 92;

/// What an upload becomes.
pub struct Ingested {
    /// Of the original as it is stored: upright.
    pub picture: Picture,
    /// Without metadata, but with its colour profile.
    pub original: Vec<u8>,
    /// A copy for the web: sRGB, eight bits, of [`master_size`]. `None` when the original serves as it is.
    pub master: Option<(Vec<u8>, Format)>,
}

/// Takes an upload in, or says why not.
///
/// The original keeps its pixels byte for byte when it is upright; otherwise it is turned and encoded
/// once more, in the same format (PNG without loss, JPEG and WebP at quality 92). Four inks that
/// had to be turned become sRGB. Everything is decoded once: what is damaged is refused.
/// Animations stay as they are, but for their metadata.
pub fn ingest(bytes: Vec<u8>, limits: &Limits) -> Result<Ingested, Refusal> {
    guarded(limits, || {
        let (format, header) = probe::read(&bytes, limits)?;
        if format == Format::Jpeg {
            jpeg::require_known_markers(&bytes)?;
        }
        let stripped = strip(&bytes, format);
        drop(bytes);
        if header.is_animated() {
            match decode::check_animation(&stripped, format, limits) {
                Ok(()) => {}
                // Programs that know no animation show its first picture.
                Err(_) if format == Format::Png => {
                    require_time(limits)?;
                    return take_still(png::strip_to_still(&stripped), format, &header, limits);
                }
                Err(refusal) => return Err(refusal),
            }
            return Ok(Ingested {
                picture: header.picture(format),
                original: stripped,
                master: None,
            });
        }
        take_still(stripped, format, &header, limits)
    })
}

fn take_still(
    stripped: Vec<u8>,
    format: Format,
    header: &Header,
    limits: &Limits,
) -> Result<Ingested, Refusal> {
    let picture = Picture {
        orientation: 1,
        frames: 1,
        ..header.picture(format)
    };
    let profile = Profile::find(&stripped, format);
    let own = (picture.width, picture.height);
    let target = master_size(own);
    let wants_master = target != own || profile.is_some() || header.for_print_or_wide;
    let turned = header.orientation != 1;

    let (across, down) = upright(target, header.orientation);
    let aim = if turned {
        Aim::Whole
    } else {
        Aim::AtLeast(across, down)
    };
    let raster = decode::decode(&stripped, (format, header), aim, profile.as_ref(), limits)?;
    let mut original = stripped;
    let mut orientation = header.orientation;
    let raster = if turned {
        let raster = if format == Format::Jpeg {
            raster
        } else {
            raster.turn(std::mem::replace(&mut orientation, 1))
        };
        original = encode_original(&original, &raster, format, orientation)?;
        raster
    } else {
        raster
    };
    if format == Format::Jpeg {
        jpeg::close(&mut original);
    }
    let raster = profile::develop(raster, profile.as_ref());
    let master = wants_master
        .then(|| {
            let source = Source {
                raster,
                orientation,
                format,
                is_lossless: header.is_lossless,
                profile: profile.as_ref(),
            };
            finish(source, target)
        })
        .transpose()?;
    Ok(Ingested {
        picture,
        original,
        master,
    })
}

/// The turned picture in its own format, with the colour profile of the file it came from.
///
/// A JPEG is turned while it is written, by `orientation`; the others stand upright already.
fn encode_original(
    source: &[u8],
    raster: &Raster,
    format: Format,
    orientation: u8,
) -> Result<Vec<u8>, Refusal> {
    match format {
        Format::Jpeg => {
            let frame =
                jpeg::find_frame(source).ok_or_else(|| Refusal::damaged("no frame header"))?;
            let chroma = upright(frame.chroma(), orientation);
            let file = encode::jpeg_turned(raster, orientation, ORIGINAL_QUALITY, chroma)?;
            if frame.sampling.len() == 4 {
                return Ok(file);
            }
            Ok(jpeg::graft_profile(source, &file))
        }
        Format::Png => Ok(png::graft_profile(source, &encode::png(raster)?)),
        Format::Webp => {
            let file = webp::still(raster, webp::How::lossy(ORIGINAL_QUALITY), None)?;
            Ok(riff::graft_profile(
                source,
                &file,
                raster.width,
                raster.height,
            ))
        }
        Format::Gif
        | Format::Mp4
        | Format::Webm
        | Format::Film(_)
        | Format::Heic
        | Format::Avif => Err(Refusal::damaged("a format without orientation")),
    }
}

#[cfg(test)]
mod tests;
