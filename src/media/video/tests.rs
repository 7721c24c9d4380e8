//! Every kind of video that phones, cameras and recorders write, made by ffmpeg itself, and what becomes of it: judged by
//! our own reader of the result.

mod cuts;
mod hostile;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::make::{Made, Outcome};
use super::*;
use transform::{Format, Refusal};

const V: &str = "-f lavfi -i testsrc2=s=320x180:r=30:d=2";
const A: &str = "-f lavfi -i sine=f=440:r=48000:d=2";
const X: &str = "-c:v libx264 -preset veryfast -crf 30 -pix_fmt yuv420p";

/// Makes a file; `arguments` are what stands before its name.
fn made(folder: &Path, arguments: &str, name: &str) -> PathBuf {
    let path = folder.join(name);
    let done = Command::new("ffmpeg")
        .args("-v error -y -nostdin -bitexact".split(' '))
        .args(arguments.split_whitespace())
        .arg(&path)
        .status();
    assert!(done.unwrap().success(), "{name}: ffmpeg {arguments}");
    path
}

fn tools() -> Option<Tools> {
    let tools = Tools::find();
    if tools.is_none() {
        println!("ffmpeg is not here: videos are not tried");
    }
    tools
}

struct Taken {
    verdict: Verdict,
    video: transform::video::Video,
    poster: bool,
}

/// What the intake does, on one file.
fn taken(tools: &Tools, input: &Path) -> Result<Taken, Refusal> {
    let head = std::fs::read(input).unwrap();
    let format = transform::sniff(&head[..head.len().min(4096)])?;
    let folder = tempfile::tempdir().unwrap();
    let work = Work {
        tools,
        input,
        folder: folder.path(),
        minutes: 15,
    };
    let probed = probe(tools, (input, format), folder.path()).unwrap()?;
    let verdict = verdict(&probed, 1080, 15)?;
    let went = |outcome: Outcome<Made>| match outcome.unwrap() {
        Ok(made) => Ok(made),
        Err(Failed::Refused(refusal)) => Err(refusal),
        Err(Failed::Stopped) => panic!("{} was stopped", input.display()),
    };
    let made = match verdict.picture {
        Plan::Keep => went(copy(work, &probed, &verdict))?,
        _ => went(large_and_small(work, &probed, &verdict, &mut |_| {
            std::ops::ControlFlow::Continue(())
        }))?,
    };
    assert_bare(&made.large);
    if let Some(small) = &made.small {
        assert_bare(small);
    }
    Ok(Taken {
        verdict,
        video: made.video,
        poster: poster(work, &probed).unwrap().is_some(),
    })
}

/// Nothing of where, when and with what it was made is left, and the index comes first.
fn assert_bare(path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let find = |needle: &[u8]| {
        bytes
            .windows(needle.len())
            .position(|window| window == needle)
    };
    assert!(find(b"moov") < find(b"mdat"), "{}", path.display());
    for tag in [&b"+52.52"[..], b"\xa9xyz", b"Lavf", b"com.apple"] {
        assert_eq!(
            find(tag),
            None,
            "{}: {}",
            path.display(),
            String::from_utf8_lossy(tag)
        );
    }
    let mut file = File::open(path).unwrap();
    transform::video::probe(&mut file, Format::Mp4, None).unwrap();
}

#[test]
fn what_phones_cameras_and_recorders_write_becomes_what_every_browser_plays() {
    let Some(tools) = tools() else { return };
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let all = format!("{V} {A}");
    let x265 = "-c:v libx265 -preset ultrafast -crf 32";
    let quiet = "-x265-params log-level=none";
    let bt2020 = "-color_primaries bt2020 -colorspace bt2020nc -pix_fmt yuv420p10le";
    let hlg = "log-level=none:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc";
    let pq =
        "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400";
    let vp9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k";
    let same = (320, 180);
    use Plan::{Anew, Keep, Without};
    type Row<'a> = (&'a str, String, Plan, Plan, (u32, u32));
    let rows: Vec<Row<'_>> = vec![
        (
            "h264.mp4",
            format!("{all} {X} -c:a aac -b:a 64k"),
            Keep,
            Keep,
            same,
        ),
        (
            "h264.mov",
            format!("{all} {X} -c:a aac -b:a 64k"),
            Keep,
            Keep,
            same,
        ),
        (
            "fragments.mp4",
            format!("{all} {X} -c:a aac -movflags frag_keyframe+empty_moov"),
            Keep,
            Keep,
            same,
        ),
        ("mute.mp4", format!("{V} {X}"), Keep, Without, same),
        (
            "full.mp4",
            format!("{all} {X} -pix_fmt yuvj420p -c:a aac"),
            Keep,
            Keep,
            same,
        ),
        (
            "place.mp4",
            format!("{all} {X} -c:a aac -metadata location=+52.5200+013.4050/"),
            Keep,
            Keep,
            same,
        ),
        (
            "vfr.mp4",
            format!("{all} {X} -vf select='lt(mod(n\\,9)\\,4)' -vsync vfr -c:a aac"),
            Keep,
            Keep,
            same,
        ),
        ("ac3.mp4", format!("{all} {X} -c:a ac3"), Keep, Anew, same),
        ("alac.mp4", format!("{all} {X} -c:a alac"), Keep, Anew, same),
        (
            "mp3.mp4",
            format!("{all} {X} -c:a libmp3lame"),
            Keep,
            Anew,
            same,
        ),
        (
            "opus.mp4",
            format!("{all} {X} -c:a libopus"),
            Keep,
            Anew,
            same,
        ),
        (
            "pcm.mov",
            format!("{all} {X} -c:a pcm_s16le"),
            Keep,
            Anew,
            same,
        ),
        (
            "surround.mp4",
            format!("{V} -f lavfi -i aevalsrc=0.1|0.1|0|0|0|0:c=5.1:s=48000:d=2 {X} -c:a aac"),
            Keep,
            Anew,
            same,
        ),
        (
            "full444.mp4",
            format!("{all} {X} -pix_fmt yuv444p -c:a aac"),
            Anew,
            Anew,
            same,
        ),
        (
            "full422.mp4",
            format!("{all} {X} -pix_fmt yuv422p -c:a aac"),
            Anew,
            Anew,
            same,
        ),
        (
            "ten.mp4",
            format!("{V} {X} -pix_fmt yuv420p10le"),
            Anew,
            Without,
            same,
        ),
        (
            "gray.mp4",
            format!("{V} {X} -pix_fmt gray"),
            Keep,
            Without,
            same,
        ),
        (
            "interlaced.mp4",
            format!("{V} {X} -x264opts tff=1"),
            Anew,
            Without,
            same,
        ),
        (
            "wide.mp4",
            format!("{V} {X} -vf setsar=4/3"),
            Anew,
            Without,
            (426, 180),
        ),
        (
            "odd.mp4",
            format!("{V} -vf scale=321:181 -c:v libx264 -pix_fmt yuv444p"),
            Anew,
            Without,
            (322, 180),
        ),
        (
            "fast.mp4",
            format!("-f lavfi -i testsrc2=s=320x180:r=240:d=1 {X}"),
            Anew,
            Without,
            same,
        ),
        (
            "hevc.mov",
            format!("{all} {x265} -tag:v hvc1 {quiet} -c:a aac"),
            Anew,
            Anew,
            same,
        ),
        (
            "hlg.mov",
            format!("{V} {x265} {bt2020} -color_trc arib-std-b67 -x265-params {hlg} -tag:v hvc1"),
            Anew,
            Without,
            same,
        ),
        (
            "pq.mp4",
            format!("{V} {x265} {bt2020} -color_trc smpte2084 -x265-params {pq} -tag:v hvc1"),
            Anew,
            Without,
            same,
        ),
        (
            "av1.mp4",
            format!("{V} -c:v libsvtav1 -preset 12 -crf 50"),
            Anew,
            Without,
            same,
        ),
        (
            "vp8.webm",
            format!("{all} -c:v libvpx -deadline realtime -cpu-used 8 -b:v 200k -c:a libvorbis"),
            Anew,
            Anew,
            same,
        ),
        (
            "vp9.webm",
            format!("{all} {vp9} -c:a libopus"),
            Anew,
            Anew,
            same,
        ),
        (
            "vp9-444.webm",
            format!("{V} {vp9} -pix_fmt yuv444p"),
            Anew,
            Without,
            same,
        ),
        ("h264.mkv", format!("{all} {X} -c:a aac"), Anew, Anew, same),
        (
            "mpeg4.avi",
            format!("{all} -c:v mpeg4 -q:v 12 -c:a libmp3lame"),
            Anew,
            Anew,
            same,
        ),
        (
            "h264.avi",
            format!("{all} {X} -c:a pcm_s16le"),
            Anew,
            Anew,
            same,
        ),
        (
            "motion.mov",
            format!("{V} -c:v mjpeg -q:v 20"),
            Anew,
            Without,
            same,
        ),
        (
            "prores.mov",
            format!("{V} -c:v prores_ks -profile:v 0 -t 0.2"),
            Anew,
            Without,
            same,
        ),
        (
            "old.3gp",
            format!("{V} -vf scale=352:288 -r 15 -c:v h263"),
            Anew,
            Without,
            (512, 288),
        ),
        (
            "camcorder.ts",
            format!("{all} {X} -c:a ac3"),
            Anew,
            Anew,
            same,
        ),
        (
            "camcorder.m2ts",
            format!("{all} {X} -c:a ac3"),
            Anew,
            Anew,
            same,
        ),
    ];
    for (name, arguments, picture, sound, size) in rows {
        let file = made(folder, &arguments, name);
        let taken = taken(&tools, &file).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(
            (taken.verdict.picture, taken.verdict.sound),
            (picture, sound),
            "{name}"
        );
        assert_eq!((taken.video.width, taken.video.height), size, "{name}");
        assert_eq!(taken.video.audio, sound != Without, "{name}");
        assert!(
            taken.video.codec.starts_with("avc"),
            "{name}: {}",
            taken.video.codec
        );
        assert!(taken.poster, "{name}");
    }
    for (turn, size) in [(90, (180, 320)), (180, (320, 180)), (270, (180, 320))] {
        let from = folder.join("h264.mp4");
        let arguments = format!("-i {} -c copy -metadata:s:v rotate={turn}", from.display());
        let file = made(folder, &arguments, &format!("turned{turn}.mp4"));
        let taken = taken(&tools, &file).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!((taken.video.width, taken.video.height), size, "{turn}");
        let from = folder.join("hevc.mov");
        let arguments = format!("-i {} -c copy -metadata:s:v rotate={turn}", from.display());
        let file = made(folder, &arguments, &format!("turned{turn}.mov"));
        let taken = self::taken(&tools, &file).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!((taken.video.width, taken.video.height), size, "{turn}");
    }
}

/// Camera and phone files; those that are not videos at all, or damaged, are refused.
#[test]
fn videos_of_the_samples_become_what_every_browser_plays() {
    let (Some(tools), Ok(samples)) = (tools(), std::env::var("PORCH_SAMPLES")) else {
        println!("PORCH_SAMPLES is not set, or ffmpeg not here");
        return;
    };
    let folder = Path::new(&samples).join("video");
    let mut refused = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Err(refusal) = taken(&tools, &entry.path()) {
            refused.push(format!("{name}: {refusal}"));
        }
    }
    refused.sort();
    let name = |line: &String| line.split(':').next().unwrap_or_default().to_owned();
    let refused: Vec<String> = refused.iter().map(name).collect();
    assert_eq!(refused, ["filetype-sample.mpg"]);
}
