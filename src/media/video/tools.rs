//! ffmpeg and ffprobe on this machine, and what every run of them has in common.

use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::programs::{self, End, Run, find_program, listen};
use transform::{Film, Format};

/// ffmpeg and ffprobe, able to make what goes out.
#[derive(Clone, Debug)]
pub struct Tools {
    ffmpeg: PathBuf,
    ffprobe: PathBuf,
    /// As the program names itself.
    pub version: String,
    /// HDR is mapped, not only squeezed.
    pub maps_tones: bool,
    /// The oldest versions know the frame rate's mode by another name (`-vsync`).
    old: bool,
    /// VP9 and Opus can be written.
    pub writes_webm: bool,
    /// Threads of one conversion.
    pub threads: u32,
}

/// What decoders may be used: what phones, cameras and recorders write, and what stands beside it in their files (a
/// cover, subtitles), or a file with one would fail as a whole.
const DECODERS: &str = "h264,hevc,vp8,vp9,libvpx,libvpx-vp9,av1,libdav1d,libaom-av1,mpeg4,msmpeg4v2,msmpeg4,h263,h263i,\
mpeg1video,mpeg2video,mpegvideo,mjpeg,mjpegb,prores,dvvideo,rawvideo,aac,aac_latm,mp1,mp1float,mp2,mp2float,mp3,mp3float,\
ac3,eac3,alac,flac,opus,libopus,vorbis,libvorbis,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,adpcm_ima_qt,\
adpcm_ima_wav,adpcm_ms,pcm_s8,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,\
pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,pcm_bluray,png,apng,bmp,gif,webp,subrip,srt,ass,ssa,mov_text,webvtt,text,dvdsub,dvbsub,\
pgssub,ccaption";
const DEMUXERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts";
/// 8192 by 4352: larger frames cost seconds of processor per second.
const MOST_PIXELS: &str = "35651584";
const MOST_STREAMS: &str = "64";
/// Bytes of memory of one run: 4K in HDR on four threads takes a good half.
const MEMORY: u64 = 3 << 30;

/// A file to work on, and where.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    pub tools: &'a Tools,
    pub input: &'a Path,
    pub folder: &'a Path,
    /// The longest video that is taken, in minutes.
    pub minutes: u64,
}

/// A run of one of them on a file.
pub struct Asked<'a> {
    pub folder: &'a Path,
    pub input: &'a Path,
    pub format: Format,
    /// Bytes of any file it writes.
    pub written: u64,
    pub patience: Duration,
    pub threads: u32,
}

impl Tools {
    /// Looks through the folders of `PATH`. Nothing where one of them is missing, or H.264 and AAC cannot be written.
    /// Blocking.
    pub fn find() -> Option<Tools> {
        let (ffmpeg, ffprobe) = (find_program("ffmpeg")?, find_program("ffprobe")?);
        let folder = tempfile::tempdir().ok()?;
        let list = |what: &str| {
            let run = Run {
                program: &ffmpeg,
                arguments: &["-hide_banner", what],
                folder: folder.path(),
                input: None,
                memory: MEMORY,
                written: 1 << 20,
                patience: Duration::from_secs(20),
                threads: 1,
            };
            let (end, said) = collect(&run, 1 << 20).ok()?;
            (end == End::Done).then(|| String::from_utf8_lossy(&said).into_owned())
        };
        let names = |list: &str| -> Vec<String> {
            let second = |line: &str| line.split_whitespace().nth(1).map(str::to_owned);
            list.lines().filter_map(second).collect()
        };
        let (encoders, filters) = (names(&list("-encoders")?), names(&list("-filters")?));
        let has = |names: &[String], name: &str| names.iter().any(|known| known == name);
        if !has(&encoders, "libx264") || !has(&encoders, "aac") {
            tracing::warn!("ffmpeg here writes no H.264 or no AAC: videos are taken as without it");
            return None;
        }
        let version = list("-version")?;
        let version = version.split_whitespace().nth(2).unwrap_or("?").to_owned();
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse::<u32>().ok());
        Some(Tools {
            old: major.is_some_and(|major| major < 5) || version.starts_with("5.0"),
            maps_tones: has(&filters, "zscale") && has(&filters, "tonemap"),
            threads: std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4))
                as u32,
            writes_webm: has(&encoders, "libvpx-vp9") && has(&encoders, "libopus"),
            version,
            ffmpeg,
            ffprobe,
        })
    }

    /// The arguments for frames at the times at which they are, not at a steady rate.
    pub(super) fn as_they_come(&self) -> [&'static str; 2] {
        match self.old {
            true => ["-vsync", "vfr"],
            false => ["-fps_mode", "vfr"],
        }
    }

    /// Runs ffprobe; what it says. Nothing when it gave up. Blocking.
    pub(super) fn ffprobe(&self, asked: &Asked<'_>, what: &[&str]) -> io::Result<Option<Vec<u8>>> {
        let mut arguments = vec!["-v", "error"];
        arguments.extend(opening(asked.format));
        arguments.extend(what);
        let input = name_of(asked.input)?;
        arguments.push(&input);
        let run = run(&self.ffprobe, &arguments, asked);
        let (end, said) = collect(&run, 1 << 20)?;
        Ok((end == End::Done).then_some(said))
    }

    /// Runs ffmpeg with what stands before and after its input. Blocking.
    pub(super) fn ffmpeg(
        &self,
        asked: &Asked<'_>,
        (before, after): (&[&str], &[&str]),
        heard: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> io::Result<End> {
        let threads = asked.threads.to_string();
        let mut arguments = vec!["-v", "error", "-nostdin", "-y"];
        arguments.extend(opening(asked.format));
        arguments.extend(["-threads", &threads, "-filter_threads", &threads]);
        arguments.extend(before);
        let input = name_of(asked.input)?;
        arguments.extend(["-i", &input]);
        arguments.extend(after);
        listen(&run(&self.ffmpeg, &arguments, asked), heard)
    }
}

/// What is opened, and as what: local files only, by the demuxer that the first bytes named.
fn opening(format: Format) -> [&'static str; 12] {
    let demuxer = match format {
        Format::Gif => "gif",
        Format::Png => "apng",
        Format::Webm | Format::Film(Film::Matroska) => "matroska",
        Format::Film(Film::Avi) => "avi",
        Format::Film(Film::MpegTs) => "mpegts",
        _ => "mov",
    };
    [
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        match format.is_video() {
            true => DEMUXERS,
            false => demuxer,
        },
        "-codec_whitelist",
        DECODERS,
        "-max_pixels",
        MOST_PIXELS,
        "-max_streams",
        MOST_STREAMS,
        "-f",
        demuxer,
    ]
}

/// The programs begin in a folder of their own.
fn name_of(input: &Path) -> io::Result<String> {
    let path = std::path::absolute(input)?;
    // No name of ours begins with a protocol or a dash.
    path.into_os_string()
        .into_string()
        .map_err(|_| io::Error::other("the data folder's name is no text"))
}

fn run<'a>(program: &'a Path, arguments: &'a [&'a str], asked: &Asked<'a>) -> Run<'a> {
    Run {
        program,
        arguments,
        folder: asked.folder,
        input: Some(asked.input),
        memory: MEMORY,
        written: asked.written,
        patience: asked.patience,
        threads: asked.threads,
    }
}

/// Runs it and keeps what it says, up to so many bytes; what says more is stopped.
pub(super) fn collect(run: &programs::Run<'_>, most: usize) -> io::Result<(End, Vec<u8>)> {
    let mut said = Vec::new();
    let end = listen(run, |piece| {
        said.extend_from_slice(piece);
        match said.len() <= most {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    })?;
    Ok((end, said))
}
