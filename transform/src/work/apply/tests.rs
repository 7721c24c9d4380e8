//! Chains on small pictures whose every pixel is known.

use super::*;
use crate::Pictures;
use crate::chain::{Rules, layer_keys, parse, picture_keys, text_keys};
use crate::codec::aim::Aim;
use crate::codec::decode;
use crate::fixtures::tiny;
use crate::pixels::raster::Raster;
use crate::pixels::saliency;

pub(crate) fn made(bytes: &[u8], text: &str) -> (Raster, Format) {
    let limits = Limits::default();
    let Made { bytes, format, .. } = tried(bytes, text, Accepts::default()).unwrap();
    let (read, header) = probe::read(&bytes, &limits).unwrap();
    assert_eq!(read, format);
    let raster = decode::decode(&bytes, (format, &header), Aim::Whole, None, &limits).unwrap();
    (raster.narrow().into_rgb(), format)
}

pub(crate) fn tried(bytes: &[u8], text: &str, accepts: Accepts) -> Result<Made, Failed> {
    let limits = Limits::default();
    let rules = Rules {
        presets: [("wide".to_owned(), "w-300,h-100".to_owned())].into(),
        ..Rules::default()
    };
    let chain = parse(text, &rules).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
    let picture = crate::probe(bytes, &limits)?;
    let given = Given {
        bytes,
        size: (picture.width, picture.height),
    };
    let pictures = Pictures::from([("green.png".to_owned(), green())]);
    let asked = Asked {
        chain: &chain,
        accepts,
        pictures: &pictures,
    };
    apply(given, asked, &limits)
}

/// 20 by 10, all green.
pub(crate) fn green() -> Vec<u8> {
    encode::png(&Raster::new(20, 10, Layout::Rgb, [0, 200, 0].repeat(200))).unwrap()
}

pub(crate) fn at(raster: &Raster, x: u32, y: u32) -> Vec<u8> {
    let channels = raster.layout.channels();
    let at = (y * raster.width + x) as usize * channels;
    raster.pixels[at..at + channels].to_vec()
}

/// Left half red, right half blue, 60 by 40.
pub(crate) fn halves() -> Vec<u8> {
    let row = [[255, 0, 0].repeat(30), [0, 0, 255].repeat(30)].concat();
    let raster = Raster::new(60, 40, Layout::Rgb, row.repeat(40));
    encode::png(&raster).unwrap()
}

#[test]
fn every_example_of_the_table_gives_a_picture() {
    let large = tiny::raster(400);
    let jpeg = encode::jpeg_turned(&large, 1, 90, (2, 2)).unwrap();
    for file in [jpeg, encode::png(&large).unwrap()] {
        for key in picture_keys().chain(layer_keys()).chain(text_keys()) {
            let (raster, _) = made(&file, key.example);
            assert!(raster.width > 0 && raster.height > 0, "{}", key.name);
        }
    }
}

#[test]
fn steps_do_what_they_say() {
    let red = [255, 0, 0];
    let blue = [0, 0, 255];
    for (text, size, place, colour) in [
        ("w-30", (30, 20), (2, 2), &red[..]),
        ("w-30,fl-h", (30, 20), (2, 2), &blue[..]),
        ("w-30,fl-v", (30, 20), (2, 2), &red[..]),
        ("rt-90", (40, 60), (2, 2), &red[..]),
        ("rt-90", (40, 60), (2, 57), &blue[..]),
        ("rt-N90", (40, 60), (2, 2), &blue[..]),
        ("rt-180", (60, 40), (2, 2), &blue[..]),
        ("w-20,h-40,fo-right", (20, 40), (2, 2), &blue[..]),
        ("w-20,h-40,cm-extract,x-40,y-0", (20, 40), (2, 2), &blue[..]),
        (
            "w-60,h-60,cm-pad_resize,bg-00FF00",
            (60, 60),
            (30, 2),
            &[0, 255, 0],
        ),
        ("w-60,h-60,cm-pad_resize", (60, 60), (30, 2), &[0, 0, 0]),
        ("b-5_FFFF00", (70, 50), (2, 2), &[255, 255, 0]),
        ("e-grayscale", (60, 40), (2, 2), &[76, 76, 76]),
        ("r-max", (60, 40), (0, 0), &[255, 0, 0, 0]),
        ("r-max,bg-FFFFFF", (60, 40), (0, 0), &[255, 255, 255]),
        (
            "w-40,h-40,r-max,b-5_FFFF00",
            (50, 50),
            (8, 8),
            &[255, 255, 0, 255],
        ),
        ("o-50,bg-FFFFFF", (60, 40), (2, 2), &[255, 127, 127]),
        ("rt-45", (71, 71), (0, 0), &[0, 0, 0, 0]),
        ("w-30:rt-90:w-10", (10, 15), (2, 2), &red[..]),
    ] {
        let (raster, format) = made(&halves(), text);
        assert_eq!(
            ((raster.width, raster.height), format),
            (size, Format::Png),
            "{text}"
        );
        assert_eq!(at(&raster, place.0, place.1), colour, "{text}");
    }
    let (veil, _) = made(&halves(), "w-60,h-80,cm-pad_resize,bg-blurred");
    let (left, right) = (at(&veil, 2, 2), at(&veil, 57, 2));
    assert!(
        left[0] > 100 && left[2] < 100 && right[2] > 100,
        "{left:?} {right:?}"
    );
    let (small, _) = made(&halves(), "w-60,h-80,cm-pad_resize,bg-dominant");
    assert!([red.to_vec(), blue.to_vec()].contains(&at(&small, 2, 2)));
}

#[test]
fn the_format_is_what_was_asked_for_or_suits() {
    let format = |file: &[u8], text: &str, webp: bool| {
        tried(file, text, Accepts { webp, avif: false })
            .unwrap()
            .format
    };
    let (jpeg, png) = (tiny::jpeg(), halves());
    for (file, text, webp, expected) in [
        (&jpeg, "w-2", false, Format::Jpeg),
        (&jpeg, "w-2", true, Format::Webp),
        (&jpeg, "w-2,f-jpg", true, Format::Jpeg),
        (&jpeg, "w-2,f-png", true, Format::Png),
        (&jpeg, "w-2,f-webp", false, Format::Webp),
        (&jpeg, "w-2,f-orig", true, Format::Jpeg),
        (&jpeg, "w-2,h-2,r-max", false, Format::Png),
        (&png, "w-2", false, Format::Png),
        (&png, "w-2,f-jpg", false, Format::Jpeg),
        (&png, "w-2,f-gif", true, Format::Webp),
    ] {
        assert_eq!(format(file, text, webp), expected, "{text} {webp}");
    }
}

#[test]
fn what_matters_stays_in_the_picture() {
    // A busy square of skin and edges in the upper right of a flat field.
    let mut raster = Raster::filled(120, 80, [90, 110, 120, 255]);
    for y in 5..30 {
        for x in 85..115 {
            let at = (y * 120 + x) * 4;
            let colour: [u8; 3] = if (x / 3 + y / 3) % 2 == 0 {
                [220, 160, 125]
            } else {
                [40, 20, 20]
            };
            raster.pixels[at..at + 3].copy_from_slice(&colour);
        }
    }
    let file = encode::png(&raster).unwrap();
    let (crop, _) = made(&file, "w-80,h-80,fo-auto");
    assert_ne!(at(&crop, 60, 15), at(&crop, 5, 70), "the square is in it");
    let (x, y) = saliency::find(&Pixels::Raster(raster), (0.3, 0.3)).unwrap();
    assert!(x > 0.8 && y < 0.3, "{x} {y}");
}

#[test]
fn any_chain_on_any_picture_is_answered() {
    let mut seed = 3_u64;
    let mut pick = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % n
    };
    let pieces = [
        "w-1",
        "h-1",
        "w-17",
        "h-33",
        "w-0.4",
        "w-iw_mul_3",
        "c-force",
        "c-at_least",
        "cm-extract",
        "cm-pad_resize",
        "cm-pad_extract",
        "fo-auto",
        "fo-left",
        "z-3",
        "x-5",
        "y-N7",
        "xc-2",
        "t-true",
        "fl-h",
        "rt-33",
        "rt-270",
        "e-grayscale",
        "e-contrast",
        "e-sharpen",
        "e-usm-2-2-0.8-0.024",
        "bl-40",
        "b-3_red",
        "r-max",
        "r-9_0_4_2",
        "o-30",
        "bg-blurred",
        "bg-dominant",
        "bg-FFFFFF80",
        "f-jpg",
        "f-webp",
        "f-png",
        "q-5",
        "pr-true",
        "lo-true",
        "dpr-2",
        "e-shadow",
        "e-gradient-ld-30_from-red_sp-0.4",
        "e-colorize",
        "pg-2",
        "cp-true",
        "n-wide",
        "l-text,i-Hi,fs-20,pa-3,bg-FFFFFF80,r-2,rt-10,lx-N3,l-end",
        "l-image,i-green.png,w-bw_div_2,rt-20,l-end",
        "l-image,i-green.png,lm-multiply,ly-N2,l-end",
        "l-image,i-ik_canvas,bg-FF000050,w-9,h-9,l-text,i-x,fs-9,l-end,lfo-top,l-end",
        "if-ar_gt_1,w-9:h-4,if-else,fl-v,if-end",
        ":",
        ":",
    ];
    let files = [
        tiny::jpeg(),
        tiny::png(),
        tiny::webp(),
        tiny::gif(1),
        tiny::gif(3),
        halves(),
        encode::png(&Raster::filled(1, 1, [0; 4])).unwrap(),
    ];
    for _ in 0..400 {
        let text: Vec<&str> = (0..6).map(|_| pieces[pick(pieces.len())]).collect();
        let text = text.join(",").replace(",:,", ":").replace(",:", ":");
        let file = &files[pick(files.len())];
        let accepts = Accepts {
            webp: pick(2) == 0,
            avif: false,
        };
        match tried(file, &text, accepts) {
            Ok(made) => {
                let picture = crate::probe(&made.bytes, &Limits::default()).unwrap();
                assert!(u64::from(picture.width) * u64::from(picture.height) <= 40_000_000);
            }
            Err(Failed::Chain(_) | Failed::Picture(Refusal::TooLarge { .. })) => {}
            Err(other) => panic!("{text}: {other}"),
        }
    }
}
