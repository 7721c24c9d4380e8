//! What this machine can do: formats, fonts and programs, for `porch doctor`.

use std::fmt::Write;

use crate::media::{Programs, Tools, confinement};
use transform::Format;

/// The report, in lines.
pub fn report() -> String {
    let programs = Programs::find();
    let mut report = String::new();
    let mut line = |name: &str, text: &str| {
        let _ = writeln!(report, "{name:<13} {text}");
    };
    line("Pictures in", "JPEG, PNG, WebP, GIF");
    for (name, format, package) in [
        (
            "HEIC in",
            Format::Heic,
            "heif-convert (Debian: libheif-examples)",
        ),
        (
            "AVIF in",
            Format::Avif,
            "heif-convert (Debian: libheif-examples)",
        ),
    ] {
        match programs.opens(format) {
            Some(path) => line(name, &format!("through {}", path.display())),
            None => line(
                name,
                &format!("no, they are refused with a sentence; install {package}"),
            ),
        }
    }
    line("Pictures out", "JPEG, PNG, WebP, GIF");
    match programs.writes_avif() {
        Some(path) => {
            let how = format!("for what is asked for often, through {}", path.display());
            line("AVIF out", &how);
        }
        None => line("AVIF out", "no; install avifenc (Debian: libavif-bin)"),
    }
    let held: Vec<String> = confinement()
        .into_iter()
        .map(|bound| match bound.holds {
            true => bound.what.to_owned(),
            false => format!("NOT: {}", bound.what),
        })
        .collect();
    line("Programs have", &held.join("; "));
    match Tools::find() {
        Some(tools) => {
            let tones = match tools.maps_tones {
                true => "",
                false => " (without zscale: what is HDR comes out pale)",
            };
            let how = format!("of every kind, through ffmpeg {}{tones}", tools.version);
            line("Videos", &how);
        }
        None => line(
            "Videos",
            "MP4 and WebM, as they are; install ffmpeg, with H.264 and AAC, for all others",
        ),
    }
    let families = transform::families();
    line(
        "Fonts",
        &format!(
            "{} families; DejaVu Sans and Noto Emoji are always there",
            families.len()
        ),
    );
    let scripts = transform::scripts();
    let named = |there: bool| -> String {
        let names = scripts.iter().filter(|script| script.is_there == there);
        names
            .map(|script| script.name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    line("Texts in", &named(true));
    let missing = named(false);
    if !missing.is_empty() {
        line(
            "No font for",
            &format!("{missing}; install one (Debian: fonts-noto-core, fonts-noto-cjk)"),
        );
    }
    report
}
