//! Texts of many scripts: that there is ink, how much room it takes, and where it stands.

use super::*;
use crate::chain::{Rules, Sizes, Source, parse};

fn style(text: &str) -> TextStyle {
    let chain = parse(&format!("l-text,i-x,{text},l-end"), &Rules::default()).unwrap();
    let sizes = Sizes {
        input: (400.0, 300.0),
        current: (400.0, 300.0),
        base: Some((400.0, 300.0)),
        seconds: None,
    };
    let step = chain.walk().next(&sizes).unwrap().unwrap();
    assert!(matches!(step.layers[0].source, Source::Text(_)));
    step.layers[0].style(&sizes).unwrap()
}

fn ink(text: &str, how: &str) -> Raster {
    draw(text, &style(how), None)
        .unwrap()
        .unwrap_or_else(|| panic!("{text} has no ink"))
}

#[test]
fn every_script_has_ink_and_letters_join() {
    for text in [
        "Porch",
        "Πέτρα",
        "Крыльцо",
        "سلام",
        "שלום",
        "☺",
        "😀",
        "🏡",
        "é\u{301}",
    ] {
        let drawn = ink(text, "fs-40");
        assert!(drawn.width > 10 && drawn.height > 10, "{text}");
    }
    // Arabic letters take other forms when they join, and the two of lam-alef become one.
    let joined = ink("سلام", "fs-80").width;
    let apart: u32 = ["س", "ل", "ا", "م"]
        .iter()
        .map(|letter| ink(letter, "fs-80").width)
        .sum();
    assert!(joined < apart, "{joined} of {apart}");
}

#[test]
fn a_text_is_broken_aligned_and_cut_to_its_ink() {
    let line = ink("Porch in the evening", "fs-40");
    assert!(
        line.width > 350 && line.height < 60,
        "{} {}",
        line.width,
        line.height
    );
    let broken = ink("Porch in the evening", "fs-40,w-180");
    assert_eq!(broken.width, 180);
    assert!(broken.height > 2 * line.height);
    let first_ink = |raster: &Raster| {
        let columns = 0..raster.width as usize;
        let inked = |x: &usize| {
            let mut rows = raster.pixels.chunks_exact(raster.width as usize * 4);
            rows.any(|row| row[x * 4 + 3] > 0)
        };
        columns.into_iter().find(inked).unwrap()
    };
    let at = |side: &str| first_ink(&ink("i", &format!("fs-40,w-180,ia-{side}")));
    assert!(at("left") < 10 && (80..100).contains(&at("center")) && at("right") > 160);
    assert!(ink("a\nb", "fs-40").height > 60, "a line break breaks");
    assert!(ink("Porch", "fs-40,tg-b").width > ink("Porch", "fs-40").width);
    assert!(draw("  ", &style("fs-40"), None).unwrap().is_none());
    assert!(draw("", &style("fs-40"), None).unwrap().is_none());
}

#[test]
fn the_longest_and_largest_text_stays_within_bounds() {
    let long = "Wide \u{1F3E1} words ".repeat(160);
    for how in [
        "fs-100",
        "fs-2000",
        "fs-2000,w-16000",
        "fs-2,w-1",
        "fs-1",
        "lh-8000,fs-3,w-20",
    ] {
        let drawn = draw(&long, &style(how), None).unwrap();
        let pixels = drawn.map_or(0, |drawn| u64::from(drawn.width) * u64::from(drawn.height));
        assert!(pixels <= 16_000_000 + 20_000, "{how}: {pixels}");
    }
}

#[test]
fn paragraphs_of_two_directions_are_lines_of_their_own() {
    let style = TextStyle::default();
    let height = |text: &str| draw(text, &style, None).unwrap().unwrap().height;
    let two = height("abc\nשלום");
    for end in [
        "\r", "\r\n", "\u{1c}", "\u{1d}", "\u{1e}", "\u{85}", "\u{2029}",
    ] {
        assert_eq!(height(&format!("abc{end}שלום")), two, "{end:?}");
        assert_eq!(
            height(&format!("שלום{end}abc")),
            height("שלום\nabc"),
            "{end:?}"
        );
    }
}

/// How many letters of which fonts stand for a text, and whether any is a box.
fn glyphs(text: &str) -> (usize, bool) {
    let mut fonts = fonts().lock();
    let buffer = lay_out(&mut fonts, text, &TextStyle::default());
    let glyphs: Vec<u16> = buffer
        .layout_runs()
        .flat_map(|run| run.glyphs.iter().map(|glyph| glyph.glyph_id))
        .collect();
    (glyphs.len(), glyphs.contains(&0))
}

#[test]
fn what_a_phone_types_is_one_picture_and_never_a_box() {
    for one in [
        "😀",
        "🫠",
        "🫨",
        "🛜",
        "🩷",
        "👍🏽",
        "👩‍🚀",
        "🧑🏿‍🚀",
        "👨‍👩‍👧‍👦",
        "🇩🇪",
        "🇺🇦",
        "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "1️⃣",
        "❤️",
        "❤️‍🔥",
        "🏳️‍🌈",
        "🐦‍🔥",
        "🙂‍↔️",
        "👩🏻‍❤️‍👨🏿",
        "🧑‍🧑‍🧒",
        "☺️",
        "✍🏾",
        "🤷🏼‍♀️",
    ] {
        assert_eq!(glyphs(one), (1, false), "{one}");
    }
    // What the font lacks: a colour of skin, and an emoji of a later year.
    assert_eq!(glyphs("🏠🏽"), (1, false));
    assert_eq!(glyphs("a\u{1fae9}b"), (2, false));
    assert!(!glyphs("🧑\u{200d}🏠\u{200d}🚗").1);
}
