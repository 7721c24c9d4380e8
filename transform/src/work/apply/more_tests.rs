//! Layers, what is too much, and what decides on the way.

use crate::Pictures;
use crate::pixels::profile::Profile;
use std::time::Duration;

use super::*;
use crate::chain::{Rules, parse};
use crate::codec::aim::Aim;
use crate::codec::decode;
use crate::fixtures::tiny;
use crate::work::apply::tests::{at, green, halves, made, tried};

#[test]
fn layers_lie_where_they_are_put() {
    let red = [255, 0, 0];
    let green = [0, 200, 0];
    for (text, place, colour) in [
        ("l-image,i-green.png,l-end", (30, 20), green),
        ("l-image,i-green.png,l-end", (5, 5), red),
        ("l-image,i-green.png,lx-0,ly-0,l-end", (1, 1), green),
        ("l-image,i-green.png,lx-N0,ly-N0,l-end", (58, 38), green),
        ("l-image,i-green.png,lx-5,l-end", (6, 1), green),
        ("l-image,i-green.png,lxc-10,lyc-20,l-end", (18, 16), green),
        ("l-image,i-green.png,lfo-bottom_left,l-end", (2, 38), green),
        (
            "l-image,i-green.png,lap-center,lx-0,ly-0,l-end",
            (31, 21),
            green,
        ),
        ("l-image,i-green.png,w-bw,h-bh,c-force,l-end", (1, 1), green),
        (
            "l-image,i-green.png,w-10:rt-90,lx-0,ly-0,l-end",
            (3, 8),
            green,
        ),
        (
            "l-image,i-ik_canvas,w-10,h-10,bg-00C800,lx-0,ly-0,l-end",
            (5, 5),
            green,
        ),
        (
            "l-image,i-ik_canvas,w-10,h-10,bg-FFFF0000,lx-0,ly-0,l-end",
            (5, 5),
            red,
        ),
        (
            "l-image,i-ik_canvas,w-20,h-20,bg-blue,lx-0,ly-0,l-image,i-green.png,w-6,l-end,l-end",
            (10, 10),
            green,
        ),
        (
            "l-image,i-green.png,lm-multiply,lx-0,ly-0,l-end",
            (1, 1),
            [0, 0, 0],
        ),
        ("l-image,i-green.png,lx-N500,l-end", (1, 1), red),
        ("w-30,l-image,i-green.png,lx-0,ly-0,l-end", (1, 1), green),
        (
            "l-text,i-%E2%96%88%E2%96%88,fs-40,co-00C800,lx-0,ly-0,l-end",
            (4, 4),
            green,
        ),
        (
            "l-text,i-.,fs-4,pa-9,bg-00C800,co-00C800,lx-0,ly-0,l-end",
            (4, 4),
            green,
        ),
        ("e-gradient-from-00C800_to-00C800", (4, 4), green),
        (
            "e-gradient-ld-right_from-00C800_to-00C80000_sp-0.1",
            (40, 4),
            [0, 0, 255],
        ),
        ("e-colorize-co-000000_in-100", (4, 4), [0, 0, 0]),
    ] {
        let (raster, _) = made(&halves(), text);
        assert_eq!(at(&raster, place.0, place.1), colour, "{text}");
    }
    let (cut, _) = made(&halves(), "l-image,i-green.png,lm-cutout,lx-0,ly-0,l-end");
    assert_eq!((at(&cut, 1, 1)[3], at(&cut, 40, 30)[3]), (0, 255));
    let (kept, _) = made(&halves(), "l-image,i-green.png,lm-cutter,lx-0,ly-0,l-end");
    assert_eq!((at(&kept, 1, 1)[3], at(&kept, 40, 30)[3]), (255, 0));
    let (faint, _) = made(
        &halves(),
        "l-image,i-ik_canvas,w-10,h-10,bg-FFFFFF,al-5,lx-0,ly-0,l-end",
    );
    assert!((120..136).contains(&at(&faint, 5, 5)[1]), "half white");
    let (shadow, _) = made(
        &halves(),
        "w-40,h-40,r-20:w-60,h-60,cm-pad_resize,bg-FFFFFF00:e-shadow-bl-3_x-10_y-10",
    );
    assert!(at(&shadow, 54, 54)[3] > 0 && at(&shadow, 2, 2)[3] == 0);
    for missing in [
        "l-image,i-none.png,l-end",
        "l-text,i-a,fs-iw_div_0,l-end",
        "w-bw",
    ] {
        assert!(matches!(
            tried(&halves(), missing, Accepts::default()),
            Err(Failed::Chain(_))
        ));
    }
}

#[test]
fn lengths_count_in_the_original_where_no_size_is_asked_for() {
    let half = made(&halves(), "w-30").0;
    let master = encode::png(&half).unwrap();
    let chain = parse(
        "l-image,i-green.png,lx-20,ly-10,l-end,b-4_white",
        &Rules::default(),
    )
    .unwrap();
    let pictures = Pictures::from([("green.png".to_owned(), green())]);
    let given = Given {
        bytes: &master,
        size: (60, 40),
    };
    let asked = Asked {
        chain: &chain,
        accepts: Accepts::default(),
        pictures: &pictures,
    };
    let made = apply(given, asked, &Limits::default()).unwrap();
    let (_, header) = probe::read(&made.bytes, &Limits::default()).unwrap();
    assert_eq!((header.width, header.height), (34, 24), "a border of two");
    let all = (made.format, &header);
    let raster = decode::decode(&made.bytes, all, Aim::Whole, None, &Limits::default()).unwrap();
    assert_eq!(
        at(&raster, 14, 7),
        [0, 200, 0],
        "ten by five, at ten and five"
    );
    assert_ne!(at(&raster, 23, 11), [0, 200, 0]);
}

#[test]
fn time_that_is_over_ends_the_work() {
    let chain = parse("w-30:bl-5:rt-4", &Rules::default()).unwrap();
    let bytes = halves();
    let given = Given {
        bytes: &bytes,
        size: (60, 40),
    };
    let asked = Asked {
        chain: &chain,
        accepts: Accepts::default(),
        pictures: &Pictures::new(),
    };
    let limits = Limits {
        until: Some(Instant::now()),
        ..Limits::default()
    };
    assert!(matches!(apply(given, asked, &limits), Err(Failed::Late)));
}

#[test]
fn a_webp_is_given_up_when_its_time_is_over() {
    let raster = tiny::raster(20);
    let later = Instant::now() + Duration::from_secs(600);
    assert!(webp::still(&raster, webp::How::lossy(80), Some(later)).is_ok());
    assert!(webp::still(&raster, webp::How::lossy(80), Some(Instant::now())).is_err());
}

#[test]
fn what_asks_for_too_much_is_refused_before_it_costs_anything() {
    let long = "x".repeat(2_500);
    let canvases = "l-image,i-ik_canvas,w-6300,h-6300,bg-red,l-end,".repeat(10);
    for text in [
        format!("l-text,i-{long},w-1,fs-1,lh-6400,rt-45,l-end"),
        format!("l-text,i-{long},w-1,fs-1,lh-6400,pa-2000,bg-red,l-end"),
        format!("w-100,{canvases}"),
        "w-6300,h-6300,b-2000_red".to_owned(),
        "w-6300,h-6300,rt-45".to_owned(),
        "w-10000,h-1000,c-force,f-webp,lo-true".to_owned(),
        "w-65535,h-10,c-force,f-jpg".to_owned(),
        "w-2000,h-2000:e-shadow".to_owned(),
    ] {
        let tried = tried(&halves(), &text, Accepts::default());
        assert!(matches!(tried, Err(Failed::Chain(_))), "{text}");
    }
    for text in [
        "w-65535,h-1,c-force:w-1,h-65535,c-force:w-9,h-9".to_owned(),
        "w-9,l-text,i-Hi,lx-N10_pow_301,ly-10_pow_301,l-end".to_owned(),
        format!("w-30,l-text,i-{long},w-1,fs-2000,lh-1,l-end"),
    ] {
        assert!(
            tried(&halves(), &text, Accepts::default()).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn a_condition_decides_how_the_result_is_written() {
    let chosen = "if-ar_gt_1,f-webp,if-else,f-jpg,if-end";
    let format = |steps: String| tried(&halves(), &steps, Accepts::default()).unwrap().format;
    assert_eq!(format(chosen.to_owned()), Format::Webp);
    assert_eq!(format(format!("rt-90:{chosen}")), Format::Jpeg);
    let inside = "l-image,i-green.png,if-w_gt_1,f-jpg,if-end,l-end";
    assert_eq!(
        format(inside.to_owned()),
        Format::Png,
        "a layer's own is not the result's"
    );
}

/// A photo in a wide colour space stays as vivid as it was, and with `cp` it stays as it is.
#[test]
fn colours_are_converted_unless_their_profile_is_kept() {
    let Some(folder) = std::env::var_os("PORCH_SAMPLES") else {
        return;
    };
    let file = std::path::Path::new(&folder).join("jpeg/display-p3-gps.jpg");
    let Ok(bytes) = std::fs::read(file) else {
        panic!("the samples hold a photo in Display P3");
    };
    let profile = |text: &str| {
        let made = tried(&bytes, text, Accepts::default()).unwrap();
        Profile::find(&made.bytes, made.format).is_some()
    };
    assert!(!profile("w-100"));
    assert!(profile("w-100,cp-true"));
    assert!(!profile("w-100,cp-true,f-webp"), "WebP is converted");
    assert!(!profile("w-100,cp-true,bl-3"), "what is painted is sRGB");
}
