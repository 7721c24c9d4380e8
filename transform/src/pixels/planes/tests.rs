//! Planes against the same pictures worked on as colours.

use super::*;
use crate::codec::aim::Aim;
use crate::codec::decode;
use crate::codec::jpeg::general;
use crate::codec::{encode, webp};
use crate::files::header::Header;
use crate::files::probe;
use crate::format::{Format, Limits};

/// Soft colours of an odd or even size, as a JPEG with chroma halved both ways.
fn photo(width: u32, height: u32) -> Vec<u8> {
    let pixels = (0..height).flat_map(|y| {
        (0..width).flat_map(move |x| {
            let wave = |a: u32, b: u32| ((f64::from(a) / f64::from(b)).sin() * 90.0 + 128.0) as u8;
            [wave(x, 31), wave(y, 23), wave(x + y, 47)]
        })
    });
    let raster = Raster::new(width, height, Layout::Rgb, pixels.collect());
    encode::jpeg(&raster, encode::How::baseline(95)).unwrap()
}

fn read(bytes: &[u8]) -> (Format, Header) {
    probe::read(bytes, &Limits::default()).unwrap()
}

fn colours(bytes: &[u8]) -> Raster {
    let (format, header) = read(bytes);
    let about = (format, &header);
    let raster = decode::decode(bytes, about, Aim::Whole, None, &Limits::default()).unwrap();
    raster.into_rgb()
}

/// The mean difference of a channel.
fn apart(a: &Raster, b: &Raster) -> f64 {
    assert_eq!((a.width, a.height, a.layout), (b.width, b.height, b.layout));
    let pairs = a.pixels.iter().zip(&b.pixels);
    let sum: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / a.pixels.len() as f64
}

#[test]
fn planes_show_the_same_picture_in_every_size() {
    for (width, height) in [
        (64, 48),
        (65, 47),
        (17, 17),
        (1, 1),
        (3, 200),
        (301, 2),
        (640, 481),
    ] {
        let file = photo(width, height);
        let whole = colours(&file);
        for aim in [
            Aim::Whole,
            Aim::AtLeast(width.div_ceil(8), height.div_ceil(8)),
        ] {
            let planes = general::planes(&file, aim).expect("4:2:0");
            let own = (planes.luma.width, planes.luma.height);
            let target = own.0.clamp(1, 29);
            let other = own.1.clamp(1, 31);
            let covered = planes.covered;
            let fitted = planes
                .fit_colours(covered, target, other)
                .unwrap()
                .into_rgb();
            let expected = whole.copy().fit(target, other).unwrap();
            let off = apart(&fitted, &expected);
            assert!(off < 5.0, "{width} by {height}, {aim:?}: {off}");
        }
    }
}

/// 331 by 203 at three eighths is 124.125 by 76.125: the last pixels are mostly not of the picture.
#[test]
fn a_picture_that_ends_within_a_pixel_stays_in_its_place() {
    let file = photo(331, 203);
    let whole = colours(&file);
    for orientation in 1..=8 {
        let expected = whole.copy().turn(orientation);
        let target = match orientation {
            5..=8 => (41, 67),
            _ => (67, 41),
        };
        let expected = expected.fit(target.0, target.1).unwrap();
        let off = |exact: bool| {
            let planes = general::planes(&file, Aim::AtLeast(70, 44)).expect("4:2:0");
            assert_eq!((planes.luma.width, planes.luma.height), (126, 78));
            let Pixels::Planes(planes) = Pixels::Planes(planes).turn(orientation).unwrap() else {
                panic!("turned planes are planes");
            };
            let piece = match exact {
                true => planes.covered,
                false => Piece::all((planes.luma.width, planes.luma.height)),
            };
            let fitted = planes.fit_colours(piece, target.0, target.1).unwrap();
            apart(&fitted.into_rgb(), &expected)
        };
        let (exact, rough) = (off(true), off(false));
        assert!(exact < 1.5, "{orientation}: {exact}");
        assert!(rough > 1.5 * exact, "{orientation}: {rough}, {exact}");
    }
}

#[test]
fn a_corner_of_a_picture_is_cut_out_of_all_planes() {
    let file = photo(90, 70);
    let expected = colours(&file).cut(0, 0, 40, 30);
    let planes = general::planes(&file, Aim::Whole).expect("4:2:0");
    let corner = Piece::all((40, 30));
    let cut = planes.fit_colours(corner, 40, 30).unwrap().into_rgb();
    assert!(apart(&cut, &expected) < 2.0, "{}", apart(&cut, &expected));
}

#[test]
fn colours_stay_in_their_place_when_an_odd_side_is_mirrored() {
    let file = photo(65, 47);
    let whole = colours(&file);
    let off = |orientation: u8| {
        let planes = general::planes(&file, Aim::Whole).expect("4:2:0");
        let turned = Pixels::Planes(planes).turn(orientation).unwrap();
        let turned = turned.into_raster().unwrap().into_rgb();
        apart(&turned, &whole.copy().turn(orientation))
    };
    for orientation in 2..=8 {
        let (turned, plain) = (off(orientation), off(1));
        assert!(turned < plain * 1.05, "{orientation}: {turned}, {plain}");
    }
}

#[test]
fn planes_are_written_as_they_are() {
    for (width, height) in [(64, 48), (65, 47), (17, 17), (1, 1), (15, 16), (33, 250)] {
        let file = photo(width, height);
        let planes = general::planes(&file, Aim::Whole).expect("4:2:0");
        let whole = colours(&file);
        for progressive in [false, true] {
            let written = encode::jpeg_of_planes(
                &planes,
                encode::How {
                    quality: 95,
                    progressive,
                },
            )
            .unwrap();
            let off = apart(&colours(&written), &whole);
            assert!(off < 2.0, "JPEG {width} by {height}: {off}");
        }
        let written = webp::of_planes(&planes, 95, None).unwrap();
        let off = apart(&colours(&written), &whole);
        assert!(off < 3.0, "WebP {width} by {height}: {off}");
    }
}

#[test]
fn other_kinds_of_jpeg_have_no_planes() {
    let raster = Raster::filled(20, 20, [9, 99, 199, 255]).flatten([0; 4]);
    let full = encode::jpeg_turned(&raster, 1, 90, (1, 1)).unwrap();
    assert!(general::planes(&full, Aim::Whole).is_none());
    let gray = Raster::new(20, 20, Layout::Gray, vec![99; 400]);
    let gray = encode::jpeg(&gray, encode::How::baseline(90)).unwrap();
    assert!(general::planes(&gray, Aim::Whole).is_none());
}
