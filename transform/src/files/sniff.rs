//! What a file is, told by its first bytes. Its name and the type a browser claims are never asked.

use crate::format::{Film, Format};
use crate::refusal::Refusal;

/// Recognises a file by its first bytes: give at least 4 KiB or the whole file.
///
/// Signatures are those of the formats' specifications; brands of the `ftyp` box as registered at
/// mp4ra.org. The error names the format when it is a known one, and says what to do instead.
pub fn sniff(head: &[u8]) -> Result<Format, Refusal> {
    match head {
        [] => Err(Refusal::unsupported(
            "This file is empty.",
            "Choose another file.",
        )),
        [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Ok(Format::Png),
        [0x89, b'P', b'N', b'G', ..] => Err(Refusal::damaged("PNG signature altered")),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Ok(Format::Webp),
        _ if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") => Ok(Format::Gif),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => sniff_brand(head),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => sniff_ebml(head),
        [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..]
        | [_, _, _, _, b'f', b'r', b'e', b'e', ..]
        | [_, _, _, _, b's', b'k', b'i', b'p', ..]
        | [_, _, _, _, b'p', b'n', b'o', b't', ..] => Ok(Format::Film(Film::Mov)),
        _ if is_riff(head, b"AVI ") => Ok(Format::Film(Film::Avi)),
        _ if is_transport_stream(head) => Ok(Format::Film(Film::MpegTs)),
        _ => Err(name_stranger(head)),
    }
}

/// Brands that promise the structure of MP4.
const MP4: [&[u8; 4]; 20] = [
    b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9", b"mp41",
    b"mp42", b"avc1", b"M4V ", b"M4VH", b"M4VP", b"MSNV", b"F4V ", b"dash", b"cmfc", b"av01",
];

/// Tells the members of the ISO media family apart: the major brand decides, the compatible ones
/// only when it is a structural one (`mif1`, `msf1`).
fn sniff_brand(head: &[u8]) -> Result<Format, Refusal> {
    let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
    let brands = &head[8..head.len().min(size.max(12))];
    let major = brands.get(..4).unwrap_or_default();
    let compatible = brands.get(8..).unwrap_or_default();
    let has = |brand: &&[u8; 4]| major == *brand || compatible.chunks_exact(4).any(|b| b == *brand);
    match major {
        b"avif" | b"avis" => Ok(Format::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
            Ok(Format::Heic)
        }
        b"mif1" | b"msf1" | b"mif2" | b"miaf" if has(&b"avif") || has(&b"avis") => Ok(Format::Avif),
        b"mif1" | b"msf1" | b"mif2" | b"miaf" | b"jpeg" | b"jpgs" => Ok(Format::Heic),
        b"crx " => Err(raw()),
        b"qt  " => Ok(Format::Film(Film::Mov)),
        [b'3', b'g', ..] => Ok(Format::Film(Film::ThreeGp)),
        [b'M', b'4', b'A' | b'B' | b'P', ..] => Err(sound()),
        // Cameras write brands of their own as the major one, and name these beside it.
        [_, _, _, _] if MP4.iter().any(has) => Ok(Format::Mp4),
        [_, _, _, _] => Err(unknown()),
        _ => Err(Refusal::damaged("ftyp box cut off")),
    }
}

/// WebM and Matroska share everything but the document type.
fn sniff_ebml(head: &[u8]) -> Result<Format, Refusal> {
    let head = &head[..head.len().min(256)];
    let has = |name: &[u8]| head.windows(name.len()).any(|window| window == name);
    if has(b"\x42\x82\x84webm") || has(b"webm") {
        Ok(Format::Webm)
    } else if has(b"matroska") {
        Ok(Format::Film(Film::Matroska))
    } else {
        Err(unknown())
    }
}

fn is_riff(head: &[u8], kind: &[u8; 4]) -> bool {
    head.starts_with(b"RIFF") && head.get(8..12) == Some(kind)
}

/// Packets of 188 bytes that begin with 0x47 (ISO/IEC 13818-1, 2.4.3.2); camcorders put four bytes of time before each.
fn is_transport_stream(head: &[u8]) -> bool {
    let packets = |first: usize, length: usize| {
        let starts = (first..head.len()).step_by(length);
        starts.clone().count() >= 4 && starts.into_iter().all(|at| head[at] == 0x47)
    };
    packets(0, 188) || packets(4, 192)
}

fn name_stranger(head: &[u8]) -> Refusal {
    const SAVE: &str = "Save it as PNG or JPEG and choose it again.";
    const FILM: &str = "Save it as MP4 and choose it again.";
    let known: [(bool, &str, &str); 12] = [
        (
            head.starts_with(b"%PDF-"),
            "This is a PDF document, which Porch does not show.",
            "Save the page you mean as PNG or JPEG and choose that.",
        ),
        (
            head.starts_with(b"BM") && head.get(6..10) == Some(&[0; 4]),
            "This is a BMP picture, which Porch does not show.",
            SAVE,
        ),
        (
            head.starts_with(&[0, 0, 1, 0]) || head.starts_with(&[0, 0, 2, 0]),
            "This is an icon (ICO), which Porch does not show.",
            SAVE,
        ),
        (
            head.starts_with(b"8BPS"),
            "This is a Photoshop file (PSD), which Porch does not show.",
            SAVE,
        ),
        (
            head.starts_with(&[0xff, 0x0a]) || head.starts_with(b"\0\0\0\x0cJXL \r\n\x87\n"),
            "This is a JPEG XL picture, which few browsers show.",
            SAVE,
        ),
        (
            head.starts_with(b"\0\0\0\x0cjP  ") || head.starts_with(b"\xff\x4f\xff\x51"),
            "This is a JPEG 2000 picture, which few browsers show.",
            SAVE,
        ),
        (
            head.starts_with(b"\0\0\x01\xba") || head.starts_with(b"\0\0\x01\xb3"),
            "This is an MPEG film, which browsers do not play.",
            FILM,
        ),
        (
            head.starts_with(b"FLV") || head.starts_with(b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
            "This is a film of a kind that browsers do not play.",
            FILM,
        ),
        (
            head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06"),
            "This is a ZIP archive or an office document, not a picture.",
            "Open it and choose the pictures in it.",
        ),
        (
            head.starts_with(b"\x1f\x8b")
                || head.starts_with(b"7z\xbc\xaf")
                || head.starts_with(b"Rar!"),
            "This is a packed archive, not a picture.",
            "Unpack it and choose the pictures in it.",
        ),
        (
            head.starts_with(b"\x7fELF") || head.starts_with(b"MZ"),
            "This is a program, not a picture.",
            "Choose a photo.",
        ),
        (
            head.starts_with(b"RIFF"),
            "This file is not a picture that Porch knows.",
            "Choose a JPEG, PNG, WebP or GIF picture, or an MP4 or WebM video.",
        ),
    ];
    if let Some((_, reason, advice)) = known.iter().find(|(fits, ..)| *fits) {
        return Refusal::unsupported(reason, advice);
    }
    if is_raw(head) {
        return raw();
    }
    if head.starts_with(b"II*\0") || head.starts_with(b"MM\0*") || head.starts_with(b"II+\0") {
        return Refusal::unsupported(
            "This is a TIFF or raw camera picture, which Porch does not show.",
            SAVE,
        );
    }
    if [&b"ID3"[..], b"OggS", b"fLaC", b"\xff\xfb", b"\xff\xf3"]
        .iter()
        .any(|start| head.starts_with(start))
    {
        return sound();
    }
    name_text(head).unwrap_or_else(unknown)
}

fn is_raw(head: &[u8]) -> bool {
    head.starts_with(b"FUJIFILMCCD-RAW")
        || head.starts_with(b"IIRO")
        || head.starts_with(b"IIRS")
        || head.starts_with(b"IIU\0")
        || head.starts_with(b"\0MRM")
        || (head.starts_with(b"II*\0") && head.get(8..10) == Some(b"CR"))
}

/// Markup and plain text. A picture format that carries script (SVG) is named, so that nobody
/// thinks the file is broken.
fn name_text(head: &[u8]) -> Option<Refusal> {
    let head = &head[..head.len().min(4096)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character cut in two by the end of what we were given is no reason to call it binary.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.contains('\0') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    if lower.starts_with('<') && lower.contains("<svg") && !lower.contains("<html") {
        return Some(Refusal::unsupported(
            "This is an SVG drawing, which Porch does not show.",
            "Save it as PNG or JPEG and choose it again.",
        ));
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") || lower.contains("<html")
    {
        return Some(Refusal::unsupported(
            "This is a web page, not a picture.",
            "Save the picture itself and choose that.",
        ));
    }
    Some(Refusal::unsupported(
        "This is a text file, not a picture.",
        "Choose a photo or a video.",
    ))
}

/// What to say of a format that this machine has no program for.
pub fn foreign(format: Format) -> Refusal {
    const FILM: &str = "Save it as MP4 and choose it again.";
    let (reason, advice) = match format {
        Format::Avif => (
            "This is an AVIF picture, which this server cannot open.",
            "Save it as PNG or JPEG and choose it again.",
        ),
        Format::Heic => (
            "This is a HEIC picture, which this server cannot open.",
            "Save it as JPEG and choose it again. On an iPhone, new photos become JPEG with Settings > \
             Camera > Formats > Most Compatible; on Android, turn off high-efficiency pictures in the \
             camera's settings.",
        ),
        Format::Film(Film::Mov) => (
            "This is a QuickTime film (MOV), which many browsers do not play.",
            "Save it as MP4 and choose that copy. An iPhone records MOV in every setting: open the film in an app \
             that exports MP4.",
        ),
        Format::Film(Film::ThreeGp) => {
            ("This is a 3GP film, which many browsers do not play.", FILM)
        }
        Format::Film(Film::Matroska) => (
            "This is a Matroska film (MKV), which browsers do not play.",
            FILM,
        ),
        Format::Film(Film::Avi) => ("This is an AVI film, which browsers do not play.", FILM),
        Format::Film(Film::MpegTs) => (
            "This is a camcorder's film (MPEG-TS), which browsers do not play.",
            FILM,
        ),
        Format::Jpeg | Format::Png | Format::Webp | Format::Gif | Format::Mp4 | Format::Webm => (
            "This server cannot open this file.",
            "Save it as JPEG or MP4 and choose it again.",
        ),
    };
    Refusal::unsupported(reason, advice)
}

fn raw() -> Refusal {
    Refusal::unsupported(
        "This is a camera's raw picture, which browsers do not show.",
        "Develop it to JPEG and choose that.",
    )
}

fn sound() -> Refusal {
    Refusal::unsupported(
        "This is a sound file, not a picture.",
        "Choose a photo or a video.",
    )
}

fn unknown() -> Refusal {
    Refusal::unsupported(
        "This file is not a picture or video that Porch knows.",
        "Choose a JPEG, PNG, WebP or GIF picture, or an MP4 or WebM video.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(head: &[u8]) -> String {
        sniff(head).unwrap_err().reason().to_owned()
    }

    #[test]
    fn brands_tell_films_from_pictures() {
        assert_eq!(sniff(b"\0\0\0\x18ftypisom\0\0\0\0avc1"), Ok(Format::Mp4));
        assert_eq!(sniff(b"\0\0\0\x18ftypM4V \0\0\0\0"), Ok(Format::Mp4));
        let heic = sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
        let avif = sniff(b"\0\0\0\x18ftypmif1\0\0\0\0miafavif").unwrap();
        assert_eq!((heic, avif), (Format::Heic, Format::Avif));
        assert!(foreign(heic).reason().contains("HEIC") && foreign(avif).reason().contains("AVIF"));
        let packets = |length: usize, first: usize| {
            let mut stream = vec![0; 4 * length];
            (first..stream.len())
                .step_by(length)
                .for_each(|at| stream[at] = 0x47);
            stream
        };
        for (head, format, named) in [
            (
                b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec(),
                Format::Film(Film::Mov),
                "QuickTime",
            ),
            (
                b"\0\0\0\x08wide\0\0\0\0mdat".to_vec(),
                Format::Film(Film::Mov),
                "QuickTime",
            ),
            (
                b"\0\0\0\x14ftyp3gp4\0\0\0\0".to_vec(),
                Format::Film(Film::ThreeGp),
                "3GP",
            ),
            (
                b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska".to_vec(),
                Format::Film(Film::Matroska),
                "Matroska",
            ),
            (
                b"RIFF\0\0\0\0AVI LIST".to_vec(),
                Format::Film(Film::Avi),
                "AVI",
            ),
            (packets(188, 0), Format::Film(Film::MpegTs), "MPEG-TS"),
            (packets(192, 4), Format::Film(Film::MpegTs), "MPEG-TS"),
        ] {
            assert_eq!(sniff(&head), Ok(format));
            assert!(format.is_video() && foreign(format).reason().contains(named));
        }
    }

    #[test]
    fn a_stranger_is_named() {
        assert!(reason(b"").contains("empty"));
        assert!(reason(b"<?xml version=\"1.0\"?>\n<svg xmlns=").contains("SVG"));
        assert!(reason(b"\xef\xbb\xbf <!DOCTYPE html><p>").contains("web page"));
        assert!(reason(b"%PDF-1.4").contains("PDF"));
        assert!(reason(b"push graphic-context").contains("text"));
        assert!(reason(b"II*\0\x08\0\0\0").contains("TIFF"));
    }

    #[test]
    fn any_few_bytes_are_answered() {
        for length in 0..16 {
            for byte in 0..=255 {
                let _ = sniff(&vec![byte; length]);
            }
        }
        let _ = sniff(b"\0\0\0\0ftyp");
        let _ = sniff(b"\xff\xff\xff\xffftypis");
    }
}
