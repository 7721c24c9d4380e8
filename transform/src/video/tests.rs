//! A visitor's video is told apart, and no longer tells where it was taken.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

use super::scrub::scrub;
use super::{Video, probe};
use crate::fixtures::video::{mp4, webm};
use crate::format::Format;
use crate::refusal::Refusal;

fn look(bytes: &[u8], format: Format) -> Result<Video, Refusal> {
    probe(&mut Cursor::new(bytes), format, None)
}

fn wipe(file: &mut Cursor<Vec<u8>>) -> Result<u32, Refusal> {
    scrub(file, None).expect("memory is no disk")
}

fn words(refusal: Refusal) -> String {
    match refusal {
        Refusal::Unsupported { reason, advice } => format!("Unsupported: {reason} {advice}"),
        Refusal::TooLarge { reason, advice } => format!("TooLarge: {reason} {advice}"),
        Refusal::Damaged { reason, advice } => format!("Damaged: {reason} {advice}"),
    }
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes
        .windows(words.len())
        .any(|window| window == words.as_bytes())
}

#[test]
fn a_video_is_told_as_it_is_shown() {
    let shown = Video {
        format: Format::Mp4,
        width: 48,
        height: 64,
        duration_ms: 500,
        codec: "avc1".to_owned(),
        audio: true,
    };
    assert_eq!(look(&mp4(b"avc1", b"mp4a"), Format::Mp4).unwrap(), shown);
    let shown = Video {
        format: Format::Webm,
        width: 64,
        height: 48,
        codec: "VP9".to_owned(),
        ..shown
    };
    assert_eq!(look(&webm(b"V_VP9", false), Format::Webm).unwrap(), shown);
    assert_eq!(
        look(&webm(b"V_VP9", true), Format::Webm).unwrap(),
        Video {
            duration_ms: 505,
            ..shown
        }
    );
}

#[test]
fn what_browsers_do_not_play_is_refused_by_name() {
    let refused = |bytes: Vec<u8>, format| words(look(&bytes, format).unwrap_err());
    assert!(refused(mp4(b"hvc1", b"mp4a"), Format::Mp4).contains("HEVC (H.265), which"));
    assert!(refused(mp4(b"hvc1", b"mp4a"), Format::Mp4).contains("Most Compatible"));
    assert!(refused(mp4(b"avc1", b"sowt"), Format::Mp4).contains("uncompressed PCM"));
    assert!(refused(mp4(b"encv", b"enca"), Format::Mp4).contains("copy-protected"));
    assert!(refused(webm(b"V_MPEG4/ISO/AVC", false), Format::Webm).contains("H.264"));
}

/// Every cut and every single byte turned over: an answer, no panic; and what is scrubbed once
/// stays.
#[test]
fn no_damage_makes_it_panic() {
    for (whole, format) in [
        (mp4(b"avc1", b"mp4a"), Format::Mp4),
        (webm(b"V_VP8", false), Format::Webm),
        (webm(b"V_VP8", true), Format::Webm),
    ] {
        for at in 0..whole.len() {
            let _ = look(&whole[..at], format);
            let _ = wipe(&mut Cursor::new(whole[..at].to_vec()));
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                let _ = look(&bytes, format);
                let mut file = Cursor::new(bytes);
                let _ = wipe(&mut file);
                assert_eq!(file.get_ref().len(), whole.len());
                assert_eq!(
                    wipe(&mut file).unwrap_or(0),
                    0,
                    "byte {at} turned by {flip}"
                );
            }
        }
    }
}

#[test]
fn scrubbing_leaves_the_film_and_nothing_else() {
    for (whole, format, kept) in [
        (
            mp4(b"avc1", b"mp4a"),
            Format::Mp4,
            b"\x01\x02\x03\x04".as_slice(),
        ),
        (
            webm(b"V_VP8", false),
            Format::Webm,
            &[0xa3, 0x85, 0x81, 0, 5, 0, 9],
        ),
        (
            webm(b"V_VP8", true),
            Format::Webm,
            &[0xa3, 0x85, 0x81, 0, 5, 0, 9],
        ),
    ] {
        let before = look(&whole, format).unwrap();
        let mut file = Cursor::new(whole.clone());
        assert!(wipe(&mut file).unwrap() > 5);
        let once = file.get_ref().clone();
        assert_eq!(once.len(), whole.len());
        for told in [
            "+52.",
            "Phone",
            "GoPro",
            "appl",
            "\0\0\0o\0\0\0",
            "crc4",
            "keys",
            "trail",
        ] {
            assert!(!holds(&once, told), "{told}");
        }
        assert!(once.windows(kept.len()).any(|window| window == kept));
        assert_eq!(look(&once, format).unwrap(), before);
        assert_eq!(wipe(&mut file).unwrap(), 0);
        assert_eq!(file.into_inner(), once);
    }
}

#[test]
fn what_is_no_video_is_not_wiped() {
    for text in [
        b"{\"not\": \"a video\"}".as_slice(),
        b"\x1a\x45\xdf\xa3 no more than that",
        b"",
    ] {
        let mut file = Cursor::new(text.to_vec());
        assert!(wipe(&mut file).is_err());
        assert_eq!(file.into_inner(), text);
    }
}

/// Tracks of positions whose samples are all the same bytes, each as long as the whole film.
#[test]
fn what_names_the_same_bytes_again_and_again_asks_for_no_more_work_than_its_length_allows() {
    for tracks in [60, 100] {
        let whole = crate::fixtures::video::greedy(tracks, 8 << 20);
        let before = Instant::now();
        let mut counted = Counted(Cursor::new(whole.clone()), 0);
        let done = scrub(&mut counted, None).unwrap();
        assert!(
            counted.1 <= 4 * whole.len() as u64 + (64 << 20),
            "{}",
            counted.1
        );
        assert_eq!(
            done.is_ok(),
            tracks < 64,
            "{tracks} tracks in {:?}",
            before.elapsed()
        );
    }
    let whole = crate::fixtures::video::greedy(3, 1 << 20);
    let past = Some(Instant::now() - Duration::from_secs(1));
    let late = probe(&mut Cursor::new(&whole), Format::Mp4, past).unwrap_err();
    assert_eq!(late, Refusal::late());
    assert_eq!(
        scrub(&mut Cursor::new(whole), past).unwrap(),
        Err(Refusal::late())
    );
}

/// Counts the bytes that are touched.
struct Counted(Cursor<Vec<u8>>, u64);

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1 += read as u64;
        Ok(read)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1 += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// File, size as shown, milliseconds, codec, sound: from `expected.json` of the samples, but for
/// `sar-16-9.mp4`, whose size there is the one before its pixels are stretched.
const SAMPLES: &str = "
2x2.mp4 2x2 182 avc1 sound
av1-yuv420p.webm 1280x720 40 av01 silent
av1.mp4 160x90 1000 av01 silent
av1hdr2020.mp4 1920x1080 17 av01 silent
bipbop-lateaudio.mp4 400x300 2402 avc1 sound
brand-hvc1-but-h264.mp4 464x848 1067 avc1 sound
counting-mpeg4.mp4 refused
filetype-sample.3gp refused
filetype-sample.mov 268x156 99 avc1 silent
fragmented.mp4 320x240 6042 avc1 silent
gizmo-noaudio.mp4 560x320 5534 avc1 silent
gizmo-noaudio.webm 560x320 5533 VP9 silent
gizmo.mp4 560x320 5589 avc1 sound
gizmo.webm 560x320 5590 VP9 sound
hevc-one-frame.mp4 refused
ipad-hevc-rotated.mov refused
iphone-6s-livephoto.mov refused
location-zero.mp4 320x180 1024 avc1 sound
no-audio-10fps.mp4 600x330 16600 avc1 silent
odd-rate-338x240.mp4 338x240 6641 avc1 sound
phone-portrait-vfr.mp4 270x480 2411 avc1 sound
portrait.mp4 404x720 9823 avc1 sound
red-46x48.mp4 46x48 1000 avc1 silent
resize-in-stream.mp4 400x300 1964 avc1 silent
resolution-change.webm 60x40 6533 VP8 silent
rotated-cw180-location.mp4 560x320 1000 avc1 silent
rotated-cw270-moov-at-end.mp4 320x560 1000 avc1 silent
rotated-cw90-location.mp4 320x560 1000 avc1 silent
rotation-90.mp4 60x100 42 avc1 silent
sample.3gp refused
sar-16-9.mp4 1138x480 40 avc1 silent
seek.webm 320x240 4000 VP8 silent
testpatternhdr.mp4 refused
uneven-frame-durations.mp4 1080x2280 8379 avc1 silent
vp9-in-mp4.mp4 1280x720 40 vp09 silent
vp9cake-short.webm 360x640 1000 VP9 sound
vp9hdr2020.webm 1280x720 1518 VP9 silent
";

#[test]
fn real_videos_are_told_apart() {
    let Some(samples) = std::env::var_os("PORCH_SAMPLES") else {
        println!("PORCH_SAMPLES is unset: no real videos to look at.");
        return;
    };
    for line in SAMPLES.trim().lines() {
        let (name, expected) = line.split_once(' ').unwrap();
        let path = std::path::Path::new(&samples).join("video").join(name);
        let bytes = std::fs::read(path).unwrap();
        let format = if name.ends_with(".webm") {
            Format::Webm
        } else {
            Format::Mp4
        };
        let found = look(&bytes, format);
        match &found {
            Ok(video) => {
                let expected: Vec<&str> = expected.split(' ').collect();
                assert_eq!(
                    format!("{}x{}", video.width, video.height),
                    expected[0],
                    "{name}"
                );
                assert!(
                    video.duration_ms.abs_diff(expected[1].parse().unwrap()) <= 150,
                    "{name}"
                );
                assert_eq!(video.codec, expected[2], "{name}");
                assert_eq!(video.audio, expected[3] == "sound", "{name}");
            }
            Err(refusal) => {
                println!("{name}: {}", words(refusal.clone()));
                assert_eq!(expected, "refused", "{name}");
            }
        }
        let mut file = Cursor::new(bytes.clone());
        wipe(&mut file).unwrap();
        for told in [
            "+52.",
            "+00.0000",
            "Lavf",
            "com.apple",
            "Core Media",
            "iPhone",
            "HandBrake",
        ] {
            assert!(!holds(file.get_ref(), told), "{name} still tells {told}");
        }
        assert_eq!(file.get_ref().len(), bytes.len());
        assert_eq!(wipe(&mut file).unwrap(), 0, "{name}");
        assert_eq!(
            format!("{:?}", look(file.get_ref(), format)),
            format!("{found:?}"),
            "{name}"
        );
    }
}

#[test]
fn hostile_videos_are_refused() {
    let Some(samples) = std::env::var_os("PORCH_SAMPLES") else {
        println!("PORCH_SAMPLES is unset: no hostile videos to look at.");
        return;
    };
    for entry in std::fs::read_dir(std::path::Path::new(&samples).join("hostile")).unwrap() {
        let path = entry.unwrap().path();
        let format = match path.extension().and_then(|extension| extension.to_str()) {
            Some("mp4" | "mov") => Format::Mp4,
            Some("webm" | "mkv") => Format::Webm,
            _ => continue,
        };
        let mut bytes = Cursor::new(std::fs::read(&path).unwrap());
        let found = look(bytes.get_ref(), format);
        println!(
            "{}: {:?}",
            path.display(),
            found.as_ref().map_err(|it| words(it.clone()))
        );
        // One whole frame of 9841 by 705 pixels: `expected.json` leaves it to us.
        assert_eq!(
            found.is_ok(),
            path.ends_with("fuzz-9841x705.webm"),
            "{}",
            path.display()
        );
        let _ = wipe(&mut bytes);
    }
}
