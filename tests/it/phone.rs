//! What phones send, where the machine has programs for it: HEIC and AVIF, in and out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use porch::media::Programs;
use transform::Format;

use crate::house::House;
use crate::visitor::Visitor;

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

/// What a program of this machine made of a PNG; `None` where the machine has none that writes such files.
fn written(program: &str, arguments: &[&str], png: &[u8], ending: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let (from, into) = ("in.png", format!("out.{ending}"));
    std::fs::write(folder.path().join(from), png).unwrap();
    let mut command = std::process::Command::new(program);
    command.current_dir(&folder).args(arguments).arg(from);
    if program == "heif-enc" {
        command.arg("-o");
    }
    let done = command.arg(&into).output().ok()?;
    assert!(done.status.success(), "{done:?}");
    Some(std::fs::read(folder.path().join(into)).unwrap())
}

/// A picture of one colour, sixteen bits a channel.
fn flat((width, height): (u32, u32), colour: [u16; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Sixteen);
    let pixel = colour.map(u16::to_be_bytes).concat();
    let mut writer = encoder.write_header().unwrap();
    let pixels = pixel.repeat((width * height) as usize);
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

/// The middle of what everybody is shown of an upload, and its size.
async fn shown(ada: &Visitor, (name, bytes): (&str, &[u8])) -> ([u8; 3], (u32, u32)) {
    let form = ada.with("accept", "application/json");
    let answer = form
        .upload("/p", &[("caption", name)], &[("media", name, bytes)])
        .await;
    assert_eq!(answer.status, 303, "{name}: {}", answer.body);
    let id = ada.get("/").await.posts()[0].clone();
    let key = ada.keys(&id).await.remove(0);
    let picture = ada.get(&format!("/media/tr:f-png/{key}")).await;
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture.bytes));
    reader.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = reader.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let at = (info.height / 2 * info.width + info.width / 2) as usize * 3;
    let middle = [pixels[at], pixels[at + 1], pixels[at + 2]];
    (middle, (info.width, info.height))
}

/// Expected colours are worked out by the formulas of H.273 and BT.2100 in Python, for no light above white.
#[rocket::async_test]
async fn colours_of_phones_are_meant_as_the_file_says() {
    let house = House::open_with(&[("rate_limit", "off")]).await;
    let ada = house.visitor("ada").await;
    let (white, gray) = (38_055, 33_297);
    let p3_red = [65_535, 0, 0];
    for (name, codes, colour, expected) in [
        ("white-pq.avif", "9/16/9", [white; 3], [255, 255, 255]),
        ("gray-pq.avif", "9/16/9", [gray; 3], [186, 186, 186]),
        ("gray-hlg.avif", "9/18/9", [32_768; 3], [137, 137, 137]),
        (
            "p3.avif",
            "12/13/6",
            [52_428, 26_214, 26_214],
            [219, 94, 99],
        ),
        ("p3-red.avif", "12/13/6", p3_red, [255, 0, 0]),
    ] {
        let picture = flat((200, 120), colour);
        let arguments = [
            "-d", "10", "-s", "8", "--min", "0", "--max", "4", "--cicp", codes,
        ];
        let Some(file) = written("avifenc", &arguments, &picture, "avif") else {
            println!("there is no avifenc here: {name} was not looked at");
            continue;
        };
        let (found, size) = shown(&ada, (name, &file)).await;
        let close = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 3);
        assert!(close, "{name} is {found:?} and not {expected:?}");
        assert_eq!(size, (200, 120), "{name}");
    }
    house.close().await;
}

#[rocket::async_test]
async fn pictures_that_are_cut_tiny_or_of_a_sequence_are_shown() {
    let house = House::open_with(&[("rate_limit", "off")]).await;
    let ada = house.visitor("ada").await;
    let large = flat((200, 120), [20_000; 3]);
    let mut files = vec![(
        "cut.avif",
        written(
            "avifenc",
            &["-s", "8", "--crop", "20,10,90,50"],
            &large,
            "avif",
        ),
        (90, 50),
    )];
    for (name, size) in [
        ("tiny.heic", (20, 30)),
        ("tiny.avif", (7, 5)),
        ("odd.heic", (65, 33)),
        ("dot.heic", (1, 1)),
    ] {
        let (picture, ending) = (flat(size, [20_000; 3]), &name[name.len() - 4..]);
        let file = match ending {
            "heic" => written("heif-enc", &["-q", "90"], &picture, ending),
            _ => written("avifenc", &["-s", "8"], &picture, ending),
        };
        files.push((name, file, size));
    }
    if let Some(folder) = samples() {
        for (name, size) in [
            ("avif/animated.avif", (2, 2)),
            ("avif/sequence.avif", (800, 450)),
            ("avif/multilayer.avif", (1280, 720)),
        ] {
            files.push((name, Some(std::fs::read(folder.join(name)).unwrap()), size));
        }
    }
    for (name, file, expected) in files {
        let Some(file) = file else { continue };
        if Programs::find().opens(Format::Avif).is_none() {
            continue;
        }
        let (_, size) = shown(&ada, (name, &file)).await;
        assert_eq!(size, expected, "{name}");
    }
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
