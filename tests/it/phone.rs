//! What phones send, where the machine has programs for it: HEIC and AVIF, in and out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use porch::media::Programs;
use transform::Format;

use crate::house::House;

fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("PORCH_SAMPLES").map(PathBuf::from);
    if folder.is_none() {
        println!("PORCH_SAMPLES is not set: no pictures of phones were looked at");
    }
    folder
}

fn expected(folder: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    let files = all.get("files").unwrap_or(&all).as_array().unwrap();
    let foreign =
        |file: &&serde_json::Value| ["heic", "avif"].contains(&file["kind"].as_str().unwrap());
    files.iter().filter(foreign).cloned().collect()
}

#[rocket::async_test]
async fn pictures_of_phones_are_taken_where_a_program_opens_them_and_refused_with_advice_elsewhere()
{
    let Some(folder) = samples() else { return };
    let programs = Programs::find();
    let house = House::open_with(&[("rate_limit", "off")]).await;
    let ada = house.visitor("ada").await;
    let mut taken = 0;
    for sample in expected(&folder) {
        let name = sample["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let format = match sample["kind"].as_str() {
            Some("heic") => Format::Heic,
            _ => Format::Avif,
        };
        let answer = ada
            .with("accept", "application/json")
            .upload("/p", &[("caption", name)], &[("media", name, &bytes)])
            .await;
        assert!(answer.status < 500, "{name}: {}", answer.body);
        if programs.opens(format).is_none() {
            assert_eq!(answer.status, 415, "{name}");
            assert!(answer.body.contains("JPEG"), "{name}: {}", answer.body);
            continue;
        }
        let good = name.starts_with("heic/iphone")
            || name == "avif/photo.avif"
            || name == "avif/orient-irot1.avif";
        if !good {
            continue;
        }
        assert_eq!(answer.status, 303, "{name}: {}", answer.body);
        let id = ada.get("/").await.posts()[0].clone();
        let key = ada.keys(&id).await.remove(0);
        let stored = ada.get(&format!("/media/tr:orig-true/{key}")).await;
        let picture = transform::probe(&stored.bytes, &Default::default()).unwrap();
        let upright = |side: &str| sample[side].as_u64().unwrap() as u32;
        assert_eq!(
            (picture.width, picture.height),
            (upright("upright_width"), upright("upright_height")),
            "{name}"
        );
        assert_eq!(picture.orientation, 1);
        for private in [&b"Exif"[..], b"GPS", b"Apple iPhone"] {
            let found = stored.bytes.windows(private.len()).any(|at| at == private);
            assert!(!found, "{name} keeps {private:?}");
        }
        taken += 1;
    }
    let able = [Format::Heic, Format::Avif]
        .iter()
        .any(|format| programs.opens(*format).is_some());
    assert!(!able || taken >= 2, "{taken}");
    let left = std::fs::read_dir(house.folder.path().join("media/tmp"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "nothing is left in the folder for temporary files");
    house.close().await;
}

#[rocket::async_test]
async fn what_is_asked_for_often_becomes_avif_in_the_background() {
    let able = Programs::find().writes_avif().is_some();
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let picture = soft(900, 600);
    ada.upload(
        "/p",
        &[("caption", "Soft")],
        &[("media", "soft.png", &picture)],
    )
    .await;
    let post = ada.get("/").await.posts()[0].clone();
    let key = ada.keys(&post).await.remove(0);
    let path = format!("/media/tr:w-640/{key}");
    let chrome = ada.with("accept", "image/avif,image/webp,*/*");
    let mut kind = String::new();
    for _ in 0..600 {
        kind = chrome.get(&path).await.header("content-type").to_owned();
        if kind == "image/avif" || !able {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(kind, if able { "image/avif" } else { "image/webp" });
    let other = ada.with("accept", "image/webp,*/*").get(&path).await;
    assert_eq!(
        other.header("content-type"),
        "image/webp",
        "who takes none gets none"
    );
    ada.delete(&format!("/p/{post}")).await;
    assert_eq!(chrome.get(&path).await.status, 404);
    house.close().await;
}

#[test]
fn the_doctor_says_what_the_machine_can_do() {
    let report = porch::doctor::report();
    for word in ["JPEG", "HEIC", "AVIF", "DejaVu Sans", "Arabic", "emoji"] {
        assert!(report.contains(word), "{word} in {report}");
    }
}

/// A PNG of soft colours, which every codec makes small.
fn soft(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let wave = |n: u32, long: f64| ((f64::from(n) / long).sin() * 100.0 + 128.0) as u8;
    let pixel = |x: u32, y: u32| [wave(x, 97.0), wave(y, 71.0), wave(x + y, 153.0)];
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
        .collect();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}
