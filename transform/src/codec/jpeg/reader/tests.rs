//! Against what was written, against libjpeg, and with files that are broken.

use super::*;
use crate::codec::aim::Aim;
use crate::codec::decode;
use crate::codec::encode;
use crate::codec::jpeg::writer;
use crate::codec::jpeg::writer::tests::planes as picture;
use crate::files::probe;
use crate::fixtures::tiny;
use crate::format::Limits;
use crate::pixels::raster::{Layout, Raster};

/// Mean and largest difference.
fn apart(a: &Raster, b: &Raster) -> (f64, u8) {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let off = a.pixels.iter().zip(&b.pixels).map(|(a, b)| a.abs_diff(*b));
    let sum: f64 = off.clone().map(f64::from).sum();
    (sum / a.pixels.len() as f64, off.max().unwrap_or(0))
}

#[test]
fn planes_are_what_was_written() {
    for (width, height) in [(1, 1), (16, 16), (17, 15), (40, 33), (203, 121), (64, 500)] {
        let picture = picture(width, height);
        for file in [
            writer::write(&picture, 97).unwrap(),
            encode::by_mozjpeg(&picture, encode::How::baseline(97)).unwrap(),
        ] {
            for eighths in [8, 4, 3, 2, 1] {
                let found = planes(&file, eighths).expect("a sound file");
                let scaled = |length: u32| match eighths {
                    8 => length,
                    _ => (length * u32::from(eighths))
                        .div_ceil(8)
                        .next_multiple_of(2),
                };
                for (plane, before) in [
                    (&found.luma, &picture.luma),
                    (&found.blue, &picture.blue),
                    (&found.red, &picture.red),
                ] {
                    let small = before.copy().fit(plane.width, plane.height).unwrap();
                    let (mean, _) = apart(plane, &small);
                    // Grain and the edge of a picture that ends within a block.
                    let most = if eighths == 8 { 1.5 } else { 12.0 };
                    assert!(mean < most, "{width} by {height}, {eighths}: {mean}");
                }
                assert_eq!(
                    (found.luma.width, found.luma.height),
                    (scaled(width), scaled(height))
                );
            }
        }
    }
}

/// Every baseline file of ours is read as libjpeg reads it.
#[test]
fn luma_is_that_of_libjpeg() {
    for (width, height) in [(16, 16), (33, 49), (203, 121)] {
        for quality in [10, 50, 97] {
            let file = encode::by_mozjpeg(&picture(width, height), encode::How::baseline(quality))
                .unwrap();
            let ours = planes(&file, 8).expect("a sound file").luma;
            let limits = Limits::default();
            let (format, header) = probe::read(&file, &limits).unwrap();
            let about = (format, &header);
            let theirs = decode::decode(&file, about, Aim::Whole, None, &limits).unwrap();
            let luma = theirs
                .pixels
                .chunks_exact(3)
                .map(|pixel| pixel[0])
                .collect();
            let theirs = Raster::new(width, height, Layout::Gray, luma);
            let (_, most) = apart(&ours, &theirs);
            assert!(most <= 2, "{width} by {height} at {quality}: {most}");
        }
    }
}

#[test]
fn other_kinds_are_left_to_others() {
    let picture = picture(40, 30);
    let progressive = encode::by_mozjpeg(
        &picture,
        encode::How {
            quality: 80,
            progressive: true,
        },
    )
    .unwrap();
    assert!(planes(&progressive, 8).is_none());
    assert!(planes(&tiny::jpeg(), 8).is_none(), "4:4:4");
    assert!(planes(b"", 8).is_none());
}

/// The same unit three times, each begun anew.
#[test]
fn a_scan_in_parts_is_read() {
    let mut file = writer::write(&picture(16, 16), 90).unwrap();
    let whole = planes(&file, 8).unwrap();
    let find = |file: &[u8], marker| file.windows(2).position(|pair| pair == [0xff, marker]);
    let frame = find(&file, 0xc0).unwrap();
    file[frame + 8] = 48;
    let scan = find(&file, 0xda).unwrap();
    let (head, scan) = file.split_at(scan);
    let (start, unit) = scan.split_at(14);
    let unit = &unit[..unit.len() - 2];
    let parts = |markers: [u8; 2]| {
        let interval = [0xff, 0xdd, 0, 4, 0, 1];
        let between = markers.map(|marker| [0xff, marker]);
        [
            head,
            &interval,
            start,
            unit,
            &between[0],
            unit,
            &between[1],
            unit,
            &[0xff, 0xd9],
        ]
        .concat()
    };
    let found = planes(&parts([0xd0, 0xd1]), 8).expect("a sound file");
    assert_eq!((found.luma.width, found.luma.height), (48, 16));
    for left in [0, 16, 32] {
        assert_eq!(
            found.luma.copy().cut(left, 0, 16, 16).pixels,
            whole.luma.pixels
        );
        assert_eq!(
            found.red.copy().cut(left / 2, 0, 8, 8).pixels,
            whole.red.pixels
        );
    }
    assert!(planes(&parts([0xd0, 0xc4]), 8).is_none(), "no restart");
}

#[test]
fn broken_files_are_noticed_or_read_and_never_harm() {
    let file = writer::write(&picture(60, 40), 80).unwrap();
    assert!(planes(&file, 8).is_some());
    let scan = file
        .windows(2)
        .position(|pair| pair == [0xff, 0xda])
        .unwrap();
    for length in 0..file.len() - 2 {
        let cut = planes(&file[..length], 4);
        assert!(cut.is_none() || length > scan + 20, "{length}");
    }
    let half = [&file[..scan + (file.len() - scan) / 2], &[0xff, 0xd9]].concat();
    assert!(planes(&half, 8).is_none(), "half a scan");
    let mut seed = 3_u64;
    for at in 2..file.len() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut broken = file.clone();
        broken[at] = (seed >> 50) as u8;
        let _ = planes(&broken, [8, 4, 3, 2, 1][at % 5]);
    }
}
