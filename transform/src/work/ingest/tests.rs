//! Uploads of every format and orientation, whole, cut, forgiven and refused.

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
fn what_decoders_forgive_is_taken_and_what_none_takes_is_not() {
    let limits = Limits::default();
    // A colour beyond its table, a second frame of another size than its data, and one that lies outside.
    let gif = |second: (u16, u16, u16, u16)| {
        let mut file = Vec::new();
        let mut encoder = gif::Encoder::new(&mut file, 8, 8, &[0, 0, 0, 255, 255, 255]).unwrap();
        let first = gif::Frame::from_indexed_pixels(8, 8, vec![3; 64], None);
        encoder.write_frame(&first).unwrap();
        let mut frame = gif::Frame::from_indexed_pixels(4, 4, vec![1; 16], None);
        (frame.left, frame.top) = (second.0, second.1);
        encoder.write_frame(&frame).unwrap();
        drop(encoder);
        let at = file
            .windows(10)
            .rposition(|head| head[0] == 0x2c && head[5..7] == [4, 0]);
        let at = at.unwrap();
        file[at + 5..at + 7].copy_from_slice(&second.2.to_le_bytes());
        file[at + 7..at + 9].copy_from_slice(&second.3.to_le_bytes());
        file
    };
    for second in [
        (0, 0, 4, 4),
        (0, 0, 8, 8),
        (0, 0, 2, 2),
        (0, 0, 90, 70),
        (6, 6, 4, 4),
        (20, 20, 4, 4),
    ] {
        let taken = ingest(gif(second), &limits);
        assert!(taken.is_ok(), "{second:?}: {:?}", taken.err());
        assert!(resize(&gif(second), 4, &limits).is_ok(), "{second:?}");
    }
    // Sixteen bits with alpha, animated.
    let mut wide = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut wide, 2, 2);
    encoder.set_color(::png::ColorType::Rgba);
    encoder.set_depth(::png::BitDepth::Sixteen);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for value in [0x00, 0x80] {
        writer.write_image_data(&[value; 32]).unwrap();
    }
    writer.finish().unwrap();
    let taken = ingest(wide, &limits).unwrap();
    assert_eq!(taken.picture.frames, 2);
    // A reserved marker among the data of a scan.
    let mut file = encode::jpeg_turned(&tiny::raster(8), 1, 92, (2, 2)).unwrap();
    let middle = file
        .windows(2)
        .position(|pair| pair == [0xff, 0xda])
        .unwrap()
        + 16;
    file[middle..middle + 2].copy_from_slice(&[0xff, 0x03]);
    assert!(ingest(file, &limits).is_err());
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
