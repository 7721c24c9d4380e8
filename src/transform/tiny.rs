//! Pictures of three by two pixels for tests, in every format: bright where the pattern says so.

use super::exif::tests::block;
use super::raster::{Layout, Raster};
use super::{Accepts, Asked, Failed, Format, Given, Limits, Pictures, Rules, apply, parse, probe};
use super::{encode, webp};

/// Stored pixels: only the first one is white.
pub(super) fn raster(side: u32) -> Raster {
    let (width, height) = (3 * side, 2 * side);
    let pixels = (0..height).flat_map(|y| {
        (0..width).flat_map(move |x| {
            if x < side && y < side {
                [255; 3]
            } else {
                [0; 3]
            }
        })
    });
    Raster::new(width, height, Layout::Rgb, pixels.collect())
}

pub(super) fn jpeg() -> Vec<u8> {
    encode::jpeg_turned(&raster(1), 1, 92, (1, 1)).unwrap()
}

pub(super) fn png() -> Vec<u8> {
    encode::png(&raster(1)).unwrap()
}

pub(super) fn webp() -> Vec<u8> {
    webp::still(&raster(1), (92, false), None).unwrap()
}

pub(super) fn gif(frames: usize) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 3, 2, &[0, 0, 0, 255, 255, 255]).unwrap();
    if frames > 1 {
        encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    }
    for _ in 0..frames {
        let frame = gif::Frame::from_indexed_pixels(3, 2, [1, 0, 0, 0, 0, 0], None);
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    file
}

/// The pattern at 48 by 32 pixels with an EXIF block, so that lossy formats keep its corner.
pub(super) fn turned(orientation: u8) -> [Vec<u8>; 3] {
    let raster = raster(16);
    let exif = block(orientation);

    let plain = encode::jpeg_turned(&raster, 1, 92, (2, 2)).unwrap();
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe1, 0, exif.len() as u8 + 8];
    jpeg.extend(b"Exif\0\0");
    jpeg.extend(&exif);
    jpeg.extend_from_slice(&plain[2..]);

    let png = super::chunks::tests::with_chunk(&encode::png(&raster).unwrap(), b"eXIf", &exif);

    let plain = webp::still(&raster, (92, false), None).unwrap();
    let mut webp = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x2f\0\0\x1f\0\0".to_vec();
    webp.extend_from_slice(&plain[12..]);
    webp.extend(b"EXIF");
    webp.extend((exif.len() as u32).to_le_bytes());
    webp.extend(&exif);
    let size = webp.len() as u32 - 8;
    webp[4..8].copy_from_slice(&size.to_le_bytes());

    [jpeg, png, webp]
}

/// The picture at a width, as pages ask for it.
pub(super) fn resize(
    bytes: &[u8],
    width: u32,
    limits: &Limits,
) -> Result<(Vec<u8>, Format), Failed> {
    let size = probe(bytes, limits)?;
    let steps = format!("w-{},c-at_max", width.min(size.width));
    let chain = parse(&steps, &Rules::default()).unwrap();
    let given = Given {
        bytes,
        size: (size.width, size.height),
    };
    let asked = Asked {
        chain: &chain,
        accepts: Accepts {
            webp: true,
            avif: false,
        },
        pictures: &Pictures::new(),
        until: None,
    };
    apply(given, asked, limits).map(|made| (made.bytes, made.format))
}
