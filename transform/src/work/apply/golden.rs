//! Every example of the tables against the picture that it gave before: `tests/golden/`. A change that is
//! meant is taken over with `PORCH_GOLDEN=write cargo test golden`, and looked at.

use std::path::{Path, PathBuf};

use super::*;
use crate::chain::{Key, layer_keys, picture_keys, text_keys};
use crate::codec::aim::Aim;
use crate::codec::decode;
use crate::codec::webp;
use crate::pixels::raster::Raster;
use crate::work::apply::tests::made;

/// A sun over hills, and a house with a porch: something for every effect, always the same.
pub(crate) fn photo() -> Vec<u8> {
    let (width, height) = (400_u32, 300_u32);
    let pixel = |x: u32, y: u32| -> [u8; 3] {
        let (fx, fy) = (f64::from(x), f64::from(y));
        let grain = f64::from((x * 7 + y * 13 + x * y % 11) % 9) - 4.0;
        let hill = 190.0 + 18.0 * (fx / 47.0).sin() + 9.0 * (fx / 19.0).cos();
        let sun = ((fx - 300.0).powi(2) + (fy - 70.0).powi(2)).sqrt();
        let house = (90..190).contains(&x) && (150..240).contains(&y);
        let porch = (110..150).contains(&x) && (180..240).contains(&y);
        let colour = match () {
            () if porch => [70.0, 45.0, 30.0],
            () if house => [200.0, 120.0 + fy / 5.0, 90.0],
            () if sun < 32.0 => [255.0, 230.0, 140.0],
            () if fy > hill => [60.0 + fy / 6.0, 110.0, 50.0],
            () => [110.0 + fy / 3.0, 160.0 + fy / 6.0, 225.0 - fy / 5.0],
        };
        colour.map(|c| (c + grain).clamp(0.0, 255.0) as u8)
    };
    let rows = (0..height).flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)));
    let raster = Raster::new(width, height, Layout::Rgb, rows.collect());
    encode::jpeg(&raster, encode::How::baseline(92)).unwrap()
}

/// Depends on the fonts of the machine.
const LEFT_OUT: [&str; 1] = ["ff"];
const WIDTH: u32 = 120;

fn small(raster: Raster) -> Raster {
    let height = (raster.height * WIDTH / raster.width).max(1);
    raster.into_rgba().fit(WIDTH, height).unwrap()
}

#[test]
fn golden_pictures_stay_as_they_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let writes = std::env::var("PORCH_GOLDEN").is_ok_and(|value| value == "write");
    let photo = photo();
    let tables: [(&str, Vec<&Key>); 3] = [
        ("picture", picture_keys().collect()),
        ("layer", layer_keys().collect()),
        ("text", text_keys().collect()),
    ];
    let mut wrong = Vec::new();
    for (table, keys) in tables {
        for key in keys.iter().filter(|key| !LEFT_OUT.contains(&key.name)) {
            let found = small(made(&photo, key.example).0);
            let path = folder.join(format!("{table}-{}.webp", key.name));
            if writes {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(
                    &path,
                    webp::still(
                        &found,
                        webp::How {
                            quality: 100,
                            lossless: true,
                        },
                        None,
                    )
                    .unwrap(),
                )
                .unwrap();
                continue;
            }
            if let Some(difference) = difference(&path, &found) {
                wrong.push(format!("{table} {}: {difference}", key.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How a picture differs from the one that is kept, if it does.
fn difference(path: &PathBuf, found: &Raster) -> Option<String> {
    let Ok(bytes) = std::fs::read(path) else {
        return Some("there is no picture to compare with".into());
    };
    let limits = Limits::default();
    let (format, header) = probe::read(&bytes, &limits).unwrap();
    let kept = decode::decode(&bytes, (format, &header), Aim::Whole, None, &limits).unwrap();
    let kept = kept.into_rgba();
    if (kept.width, kept.height) != (found.width, found.height) {
        return Some(format!("{} by {}", found.width, found.height));
    }
    let off = |(a, b): (&u8, &u8)| u32::from(a.abs_diff(*b));
    let pairs = || kept.pixels.iter().zip(&found.pixels).map(off);
    let mean = f64::from(pairs().sum::<u32>()) / kept.pixels.len() as f64;
    let most = pairs().max().unwrap_or(0);
    (mean > 0.6 || most > 40).then(|| format!("{mean:.2} off in the mean, {most} at most"))
}

#[test]
fn a_golden_picture_that_changes_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.webp");
    let photo = photo();
    let kept = small(made(&photo, "w-200,bl-8").0);
    std::fs::write(
        &path,
        webp::still(
            &kept,
            webp::How {
                quality: 100,
                lossless: true,
            },
            None,
        )
        .unwrap(),
    )
    .unwrap();
    assert_eq!(difference(&path, &kept), None);
    for other in ["w-200,bl-4", "w-200,bl-8,fl-h", "w-200,h-100,bl-8"] {
        let changed = small(made(&photo, other).0);
        assert!(difference(&path, &changed).is_some(), "{other}");
    }
}
