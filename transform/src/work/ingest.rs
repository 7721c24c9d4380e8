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
        Format::Gif | Format::Mp4 | Format::Webm | Format::Heic | Format::Avif => {
            Err(Refusal::damaged("a format without orientation"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::probe;
    use crate::fixtures::tiny;
    use crate::fixtures::tiny::resize;

    fn pixels(file: &[u8]) -> Raster {
        let limits = Limits::default();
        let (format, header) = probe::read(file, &limits).unwrap();
        decode::decode(file, (format, &header), Aim::Whole, None, &limits)
            .unwrap()
            .into_rgb()
    }

    /// Which corner is white: left or right, top or bottom.
    fn corner(raster: &Raster) -> (bool, bool) {
        let bright = |x: u32, y: u32| raster.pixels[(y * raster.width + x) as usize * 3] > 128;
        let (right, bottom) = (raster.width - 3, raster.height - 3);
        let corners = [(2, 2), (right, 2), (2, bottom), (right, bottom)];
        let lit: Vec<_> = corners.iter().filter(|(x, y)| bright(*x, *y)).collect();
        assert_eq!(lit.len(), 1);
        (lit[0].0 == 2, lit[0].1 == 2)
    }

    #[test]
    fn every_orientation_ends_upright_in_every_format() {
        let upright = [
            (1, (true, true)),
            (2, (false, true)),
            (3, (false, false)),
            (4, (true, false)),
            (5, (true, true)),
            (6, (false, true)),
            (7, (false, false)),
            (8, (true, false)),
        ];
        let limits = Limits::default();
        for (orientation, expected) in upright {
            for file in tiny::turned(orientation) {
                let probed = probe(&file, &limits).unwrap();
                assert_eq!(probed.orientation, orientation);
                let (small, _) = resize(&file, 24, &limits).unwrap();
                assert_eq!(
                    corner(&pixels(&small)),
                    expected,
                    "{:?} {orientation}",
                    probed.format
                );

                let ingested = ingest(file, &limits).unwrap();
                assert_eq!(
                    ingested.picture,
                    Picture {
                        orientation: 1,
                        ..probed
                    }
                );
                let raster = pixels(&ingested.original);
                assert_eq!((raster.width, raster.height), (probed.width, probed.height));
                assert_eq!(
                    corner(&raster),
                    expected,
                    "{:?} {orientation}",
                    probed.format
                );
                let stored = probe(&ingested.original, &limits).unwrap();
                assert_eq!(stored, ingested.picture);
                for private in [&b"Exif"[..], b"eXIf", b"EXIF", b"II*\0"] {
                    let found = ingested.original.windows(4).any(|window| window == private);
                    assert!(!found, "{:?} keeps EXIF", probed.format);
                }
            }
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_answered() {
        let limits = Limits::default();
        let [jpeg, png, webp] = tiny::turned(6);
        let tiny = [
            tiny::jpeg(),
            tiny::png(),
            tiny::webp(),
            tiny::gif(1),
            tiny::gif(3),
        ];
        for file in tiny.into_iter().chain([jpeg, png, webp]) {
            assert!(ingest(file.clone(), &limits).is_ok());
            for length in 0..file.len() {
                let cut = &file[..length];
                let _ = probe(cut, &limits);
                let _ = resize(cut, 2, &limits);
                if length < file.len() / 2 {
                    assert!(
                        ingest(cut.to_vec(), &limits).is_err(),
                        "{length} of {}",
                        file.len()
                    );
                }
                let _ = ingest(cut.to_vec(), &limits);
            }
        }
    }

    #[test]
    fn a_file_with_any_byte_changed_is_answered() {
        let limits = Limits::default();
        let [jpeg, png, webp] = tiny::turned(6);
        for file in [jpeg, png, webp, tiny::gif(1), tiny::gif(3)] {
            for at in 0..file.len() {
                for value in [0, 1, 0x7f, 0xff] {
                    let mut broken = file.clone();
                    broken[at] = value;
                    let _ = ingest(broken, &limits);
                }
            }
        }
    }

    #[test]
    fn half_a_photo_is_refused() {
        let raster = tiny::raster(200);
        let file = encode::jpeg_turned(&raster, 1, 92, (2, 2)).unwrap();
        let half = file[..file.len() / 2].to_vec();
        let refusal = ingest(half, &Limits::default()).err().unwrap();
        assert!(matches!(refusal, Refusal::Damaged { .. }));
        let without_end = file[..file.len() - 2].to_vec();
        assert_eq!(
            ingest(without_end, &Limits::default())
                .ok()
                .unwrap()
                .original,
            file
        );
    }

    #[test]
    fn an_upload_is_given_up_when_its_time_is_over() {
        let limits = Limits {
            until: Some(std::time::Instant::now()),
            ..Limits::default()
        };
        let large = tiny::raster(100);
        let jpeg = encode::jpeg_turned(&large, 1, 92, (2, 2)).unwrap();
        let webp = webp::still(&large, webp::How::lossy(92), None).unwrap();
        let png = encode::png(&large).unwrap();
        for file in [jpeg, png, webp, tiny::gif(3)] {
            assert!(matches!(ingest(file, &limits), Err(refusal) if refusal == Refusal::late()));
        }
    }

    #[test]
    fn limits_are_checked_before_pixels() {
        let limits = Limits {
            pixels: 5,
            ..Limits::default()
        };
        for file in [tiny::jpeg(), tiny::png(), tiny::webp(), tiny::gif(1)] {
            assert!(matches!(
                ingest(file, &limits),
                Err(Refusal::TooLarge { .. })
            ));
        }
        let limits = Limits {
            frames: 2,
            ..Limits::default()
        };
        assert!(matches!(
            ingest(tiny::gif(3), &limits),
            Err(Refusal::TooLarge { .. })
        ));
    }

    #[test]
    fn a_large_picture_gets_a_master_and_an_animation_none() {
        let limits = Limits::default();
        let file = encode::png(&tiny::raster(1000)).unwrap();
        let ingested = ingest(file.clone(), &limits).unwrap();
        assert_eq!(ingested.original, file);
        let (master, format) = ingested.master.unwrap();
        let master = probe(&master, &limits).unwrap();
        assert_eq!(
            (format, master.width, master.height),
            (Format::Png, 2048, 1365),
            "flat, so without loss"
        );
        let mut noise = tiny::raster(1000);
        let mut seed = 1_u32;
        for channel in &mut noise.pixels {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *channel = (seed >> 24) as u8;
        }
        let ingested = ingest(encode::png(&noise).unwrap(), &limits).unwrap();
        assert_eq!(ingested.master.unwrap().1, Format::Webp);
        assert!(ingest(tiny::gif(3), &limits).unwrap().master.is_none());
    }
}
