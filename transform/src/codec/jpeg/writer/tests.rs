//! What is written is read again, by another decoder, and no worse than what mozjpeg writes.

use super::*;
use crate::codec::aim::Aim;
use crate::codec::decode;
use crate::codec::encode;
use crate::files::probe;
use crate::format::Limits;
use crate::pixels::raster::Layout;

/// Soft colours with some grain.
pub fn planes(width: u32, height: u32) -> Planes {
    let plane = |width: u32, height: u32, salt: u32| {
        let pixels = (0..height).flat_map(|y| {
            (0..width).flat_map(move |x| {
                let wave =
                    (f64::from(x * salt) / 29.0).sin() * 60.0 + (f64::from(y) / 17.0).cos() * 50.0;
                let grain = (x * 7919 + y * 104_729 + salt) % 13;
                [(wave + 128.0 + f64::from(grain)) as u8]
            })
        });
        Raster::new(width, height, Layout::Gray, pixels.collect())
    };
    Planes::new(
        plane(width, height, 1),
        plane(width.div_ceil(2), height.div_ceil(2), 2),
        plane(width.div_ceil(2), height.div_ceil(2), 3),
    )
}

fn read(bytes: &[u8]) -> Raster {
    let limits = Limits::default();
    let (format, header) = probe::read(bytes, &limits).unwrap();
    decode::decode(bytes, (format, &header), Aim::Whole, None, &limits).unwrap()
}

/// Mean difference of luma from what was written.
fn off(bytes: &[u8], planes: &Planes) -> f64 {
    let raster = read(bytes);
    assert_eq!(raster.layout, Layout::Ycc);
    assert_eq!(
        (raster.width, raster.height),
        (planes.luma.width, planes.luma.height)
    );
    let luma = raster.pixels.chunks_exact(3).map(|pixel| pixel[0]);
    let pairs = luma.zip(&planes.luma.pixels);
    let sum: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / planes.luma.pixels.len() as f64
}

#[test]
fn it_is_read_again_and_no_worse_than_mozjpeg() {
    for (width, height) in [(1, 1), (8, 8), (16, 16), (17, 15), (40, 33), (200, 123)] {
        let planes = planes(width, height);
        for quality in [1, 20, 50, 80, 95, 100] {
            let ours = write(&planes, quality).unwrap();
            let theirs = encode::by_mozjpeg(&planes, encode::How::baseline(quality)).unwrap();
            let (a, b) = (off(&ours, &planes), off(&theirs, &planes));
            assert!(
                a <= b * 1.05 + 0.3,
                "{width} by {height} at {quality}: {a} and {b}"
            );
            let (a, b) = (ours.len() as f64, theirs.len() as f64);
            assert!(
                a <= b * 1.03 + 120.0,
                "{width} by {height} at {quality}: {a} and {b} bytes"
            );
        }
    }
}

#[test]
fn extremes_are_written_too() {
    let flat = |value: u8| Raster::new(48, 32, Layout::Gray, vec![value; 48 * 32]);
    let half = |value: u8| Raster::new(24, 16, Layout::Gray, vec![value; 24 * 16]);
    let checks = (0..48 * 32)
        .map(|n| if (n + n / 48) % 2 == 0 { 0 } else { 255 })
        .collect();
    for luma in [
        flat(0),
        flat(255),
        Raster::new(48, 32, Layout::Gray, checks),
    ] {
        let planes = Planes::new(luma, half(0), half(255));
        for quality in [1, 80, 100] {
            let worst = if quality == 1 { 130.0 } else { 30.0 };
            assert!(off(&write(&planes, quality).unwrap(), &planes) < worst);
        }
        assert!(off(&write(&planes, 100).unwrap(), &planes) < 2.0);
    }
}
