//! Animations through chains: frames, times and pixels.

use super::*;
use crate::chain::{Rules, parse};
use crate::codec::aim::Aim;
use crate::codec::decode;
use crate::files::probe;
use crate::fixtures::tiny;
use crate::format::Limits;
use crate::pixels::raster::Layout;
use crate::work::apply;
use crate::work::asked::{Accepts, Asked, Made, Pictures};

/// 40 by 20, on which a green square walks from left to right; on white, or on nothing.
fn walk(ground: [u8; 4], format: Format) -> Vec<u8> {
    let frames = (0..5).map(|n| {
        let mut frame = Raster::filled(40, 20, ground);
        frame.draw(&Raster::filled(8, 8, [0, 160, 80, 255]), (n * 8, 6));
        frame
    });
    if format == Format::Gif {
        let mut file = GifFile::new((40, 20), 0).unwrap();
        frames.for_each(|frame| file.add(frame, 120).unwrap());
        return file.finish().unwrap();
    }
    if format == Format::Png {
        return tiny::animated_png(&frames.collect::<Vec<_>>(), 120);
    }
    let mut file = WebpAnimation::new(
        (40, 20),
        2,
        crate::codec::webp::How {
            quality: 90,
            lossless: true,
        },
    )
    .unwrap();
    frames.for_each(|frame| file.add(&frame, 120).unwrap());
    file.finish().unwrap()
}

fn made(bytes: &[u8], text: &str, webp: bool) -> Made {
    let chain = parse(text, &Rules::default()).unwrap();
    let given = Given {
        bytes,
        size: (40, 20),
    };
    let asked = Asked {
        chain: &chain,
        accepts: Accepts { webp, avif: false },
        pictures: &Pictures::new(),
    };
    apply(given, asked, &Limits::default()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// Size, and of each frame how long it is shown and what is seen.
fn frames(made: &Made) -> ((u32, u32), Vec<(u32, Raster)>) {
    let limits = Limits::default();
    let (format, header) = probe::read(&made.bytes, &limits).unwrap();
    assert_eq!(format, made.format);
    let mut reader = Frames::open(&made.bytes, (format, &header), &limits).unwrap();
    let mut all = Vec::new();
    while let Some((frame, milliseconds)) = reader.next().unwrap() {
        all.push((milliseconds, frame.into_rgba()));
    }
    ((header.width, header.height), all)
}

#[test]
fn an_animation_stays_one_through_every_step() {
    for stored in [Format::Gif, Format::Webp, Format::Png] {
        let kept = match stored {
            Format::Png => Format::Gif,
            other => other,
        };
        for ground in [[255, 255, 255, 255], [0, 0, 0, 0]] {
            let bytes = walk(ground, stored);
            for (text, webp, format, size) in [
                ("w-80", false, Format::Gif, (80, 40)),
                ("w-80", true, Format::Webp, (80, 40)),
                ("w-80,f-gif", true, Format::Gif, (80, 40)),
                ("w-80,f-webp", false, Format::Webp, (80, 40)),
                ("w-20,h-20,c-force,f-orig", false, kept, (20, 20)),
                ("rt-90", false, Format::Gif, (20, 40)),
                (
                    "l-text,i-Hi,fs-9,lx-1,ly-1,l-end,e-grayscale",
                    true,
                    Format::Webp,
                    (40, 20),
                ),
            ] {
                let made = made(&bytes, text, webp);
                let (found, frames) = frames(&made);
                assert_eq!((made.format, found), (format, size), "{text}");
                assert_eq!(frames.len(), 5, "{text} {stored:?} {ground:?}");
                assert!(frames.iter().all(|(shown, _)| *shown == 120), "{text}");
            }
        }
    }
}

#[test]
fn each_frame_shows_what_it_should() {
    for ground in [[255, 255, 255, 255], [0, 0, 0, 0]] {
        for (stored, written) in [
            (Format::Gif, "f-gif"),
            (Format::Webp, "f-gif"),
            (Format::Png, "f-gif"),
            (Format::Png, "f-webp"),
            (Format::Gif, "f-webp,lo-true"),
        ] {
            let made = made(&walk(ground, stored), &format!("w-80,{written}"), false);
            for (n, (_, frame)) in frames(&made).1.iter().enumerate() {
                let at = |x: usize| {
                    let at = (20 * 80 + x) * 4;
                    frame.pixels[at..at + 4].to_vec()
                };
                let inside = at(n * 16 + 8);
                let close = inside
                    .iter()
                    .zip([0, 160, 80, 255])
                    .all(|(a, b)| a.abs_diff(b) < 12);
                assert!(close, "frame {n}: {inside:?}");
                let outside = at((n * 16 + 48) % 80);
                assert_eq!(outside[3], ground[3], "frame {n} {stored:?} {written}");
            }
        }
    }
}

#[test]
fn one_frame_is_a_still_picture() {
    let bytes = walk([255; 4], Format::Gif);
    for (text, format, at) in [
        ("pg-3,f-png", Format::Png, 2),
        ("f-jpg", Format::Jpeg, 0),
        ("f-png,w-40", Format::Png, 0),
        ("pg-99", Format::Png, 4),
    ] {
        let made = made(&bytes, text, false);
        assert_eq!(made.format, format, "{text}");
        let limits = Limits::default();
        let (_, header) = probe::read(&made.bytes, &limits).unwrap();
        assert_eq!((header.frames, header.width), (1, 40), "{text}");
        let whole = Aim::Whole;
        let about = (made.format, &header);
        let raster = decode::decode(&made.bytes, about, whole, None, &limits);
        let raster = raster.unwrap().narrow().into_rgb();
        assert_eq!(raster.layout, Layout::Rgb);
        let middle = (10 * 40 + at * 8 + 4) * 3;
        assert!(raster.pixels[middle] < 60, "{text}");
    }
}

#[test]
fn an_animation_that_would_grow_too_large_is_refused() {
    let chain = parse("w-6000", &Rules::default()).unwrap();
    let bytes = walk([255; 4], Format::Gif);
    let given = Given {
        bytes: &bytes,
        size: (40, 20),
    };
    let asked = Asked {
        chain: &chain,
        accepts: Accepts::default(),
        pictures: &Pictures::new(),
    };
    let limits = Limits {
        animation_pixels: 10_000_000,
        ..Limits::default()
    };
    assert!(apply(given, asked, &limits).is_err());
}
