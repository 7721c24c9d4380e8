//! The sample media as judge: real files of cameras and encoders, damaged ones and hostile ones.
//!
//! They are not in the repository: `PORCH_SAMPLES` names their folder, and without it the test passes.

use std::path::Path;

use super::decode::{self, Aim};
use super::tiny::resize;
use super::*;

/// Where `expected.json` is wrong: the frame header of this one says 640 by 480.
const MISTAKEN: [&str; 1] = ["jpeg/sampling-411.jpg"];

/// What `expected.json` says of one file.
struct Sample<'a>(&'a serde_json::Value);

impl Sample<'_> {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_default()
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.0[name].as_u64().map(|number| number as u32)
    }

    /// The differences between what is expected and what became of the file.
    fn judge(&self, folder: &Path) -> Vec<String> {
        let bytes = std::fs::read(folder.join(self.text("file"))).unwrap();
        let limits = Limits::default();
        let probed = probe(&bytes, &limits);
        let ingested = ingest(bytes.clone(), &limits);
        let small = resize(&bytes, 64, &limits);
        match (self.text("outcome"), &ingested) {
            ("accept", Err(refusal)) => return vec![format!("is refused: {refusal}")],
            ("refuse", Ok(_)) => return vec!["is accepted".to_owned()],
            (_, Err(_)) => return Vec::new(),
            _ => {}
        }
        let Ok(ingested) = ingested else {
            return Vec::new();
        };
        let mut wrong = Vec::new();
        let mut check = |what: &str, expected: Option<u32>, found: u32| {
            if expected.is_some_and(|expected| expected != found) {
                wrong.push(format!("{what} is {found}, not {}", expected.unwrap()));
            }
        };
        let picture = probed.unwrap();
        check("width", self.number("upright_width"), picture.width);
        check("height", self.number("upright_height"), picture.height);
        check("frames", self.number("frames"), picture.frames);
        let orientation = self.number("orientation").map(|value| value.max(1));
        check("orientation", orientation, picture.orientation.into());
        let alpha = self.0["alpha"].as_bool().map(u32::from);
        check("alpha", alpha, picture.alpha.into());
        check("stored width", Some(picture.width), ingested.picture.width);
        check(
            "stored height",
            Some(picture.height),
            ingested.picture.height,
        );

        for (name, file) in [
            ("original", Some(&ingested.original)),
            ("master", ingested.master.as_ref().map(|(file, _)| file)),
        ] {
            let Some(file) = file else { continue };
            match probe(file, &limits) {
                Ok(again) if again.orientation == 1 => {}
                Ok(_) => wrong.push(format!("the {name} is not upright")),
                Err(refusal) => wrong.push(format!("the {name} is broken: {refusal}")),
            }
            for private in [
                &b"Exif\0"[..],
                b"eXIf",
                b"GPSL",
                b"xmpmeta",
                b"<html",
                b"<script",
            ] {
                if file.windows(private.len()).any(|window| window == private) {
                    wrong.push(format!("the {name} keeps {}", private.escape_ascii()));
                }
            }
        }
        if let Some((_, master)) = &ingested.master {
            assert!(matches!(master, Format::Jpeg | Format::Webp));
        }
        if ingested.picture.orientation == 1 && picture.orientation == 1 {
            wrong.extend(compare_pixels(&bytes, &ingested.original, picture));
        }
        match small {
            Ok((file, _)) if picture.frames == 1 || picture.format == Format::Png => {
                let width = probe(&file, &limits).unwrap().width;
                if width != picture.width.min(64) {
                    wrong.push(format!("the rendition is {width} wide"));
                }
            }
            Ok(_) => {}
            Err(refusal) => wrong.push(format!("cannot be made smaller: {refusal}")),
        }
        wrong
    }
}

/// Freeing a picture of its metadata leaves every pixel as it was.
fn compare_pixels(before: &[u8], after: &[u8], picture: Picture) -> Option<String> {
    if picture.frames > 1 || picture.format == Format::Gif {
        return None;
    }
    let limits = Limits::default();
    let pixels = |bytes: &[u8]| {
        decode::guarded(|| {
            let (format, header) = probe::read(bytes, &limits)?;
            decode::decode(bytes, (format, &header), Aim::Whole, None, &limits)
        })
    };
    match (pixels(before), pixels(after)) {
        // A WebP that hides its alpha shows it once its flags tell the truth.
        (Ok(before), Ok(after)) if before.layout != after.layout => None,
        (Ok(before), Ok(after)) if before.pixels != after.pixels => {
            Some("its pixels changed".to_owned())
        }
        (Ok(_), Err(refusal)) => Some(format!("the original is broken: {refusal}")),
        _ => None,
    }
}

#[test]
fn the_samples_fare_as_expected() {
    let Ok(folder) = std::env::var("PORCH_SAMPLES") else {
        println!("PORCH_SAMPLES is not set: no samples were looked at");
        return;
    };
    let folder = Path::new(&folder);
    let expected = std::fs::read(folder.join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let mut wrong = Vec::new();
    for sample in expected["files"].as_array().unwrap().iter().map(Sample) {
        let file = sample.text("file");
        // Films of the hostile folder are for the room of films to refuse.
        if sample.text("kind") == "video" {
            let sniffed = sniff(&std::fs::read(folder.join(file)).unwrap());
            let taken = file.ends_with(".mp4") || file.ends_with(".webm");
            if sample.text("outcome") == "accept" && sniffed.is_ok() != taken {
                wrong.push(format!("{file} is sniffed as {sniffed:?}"));
            }
            continue;
        }
        if matches!(sample.text("kind"), "heic" | "avif") {
            // Programs open them (tests/it/phone.rs); this room tells what they are and takes none.
            let bytes = std::fs::read(folder.join(file)).unwrap();
            let hostile = file.starts_with("hostile/");
            let known = matches!(sniff(&bytes), Ok(Format::Heic | Format::Avif));
            if !(known || hostile) || ingest(bytes, &Limits::default()).is_ok() {
                wrong.push(format!("{file} is not told from others, or taken"));
            }
            continue;
        }
        let found = sample.judge(folder);
        if MISTAKEN.contains(&file) {
            continue;
        }
        wrong.extend(found.iter().map(|wrong| format!("{file} {wrong}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
