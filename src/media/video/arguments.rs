//! What ffmpeg is told: sizes, qualities, filters.

use super::probe::Probed;
use super::tools::{Tools, Work};
use super::verdict::Size;

/// Bits per second: the most of each size, and its quality (x264's scale, less is better).
pub const LARGE: Quality = Quality {
    crf: "23",
    rate: 6_000_000,
    sound: "128k",
};
pub const SMALL: Quality = Quality {
    crf: "25",
    rate: 1_200_000,
    sound: "96k",
};

pub struct Quality {
    pub crf: &'static str,
    pub rate: u64,
    pub sound: &'static str,
}

/// No tag, chapter, subtitle or data track goes along; the same input gives the same bytes; the index comes first.
pub const BARE: [&str; 10] = [
    "-map_metadata",
    "-1",
    "-map_chapters",
    "-1",
    "-sn",
    "-dn",
    "-fflags",
    "+bitexact",
    "-movflags",
    "+faststart",
];

/// From the decoder's frames to upright ones of this size, eight bits, halved colour. What is HDR becomes ordinary while
/// it is made smaller: white stays white (203 nits, BT.2408), and what is brighter is bent below it.
pub fn filter(tools: &Tools, probed: &Probed, Size { width, height }: Size) -> String {
    let progressive = match probed.picture.interlaced {
        true => "yadif,",
        false => "",
    };
    if probed.is_hdr() && tools.maps_tones {
        let curve = &probed.picture.transfer;
        return format!(
            "{progressive}zscale=w={width}:h={height}:tin={curve}:pin=2020:min=2020_ncl:rin=tv:t=linear:npl=203,\
             format=gbrpf32le,zscale=p=709,tonemap=mobius:desat=0:peak=4.926,zscale=t=709:m=709:r=tv,format=yuv420p,setsar=1"
        );
    }
    format!(
        "{progressive}scale={width}:{height}:flags=bicubic:out_range=tv,format=yuv420p,setsar=1"
    )
}

/// The arguments for one file of H.264 and AAC.
pub fn output(
    picture: &str,
    sound: Option<&str>,
    (work, probed): (Work<'_>, &Probed),
    (quality, name): (&Quality, &str),
) -> Vec<String> {
    let (limit, threads) = (
        (work.minutes * 60).to_string(),
        work.tools.threads.to_string(),
    );
    let picture_options = h264(quality.crf, quality.rate);
    let mut after = vec!["-map", picture];
    if let Some(sound) = sound {
        after.extend(["-map", sound]);
    }
    after.extend(picture_options.iter().map(String::as_str));
    after.extend(work.tools.as_they_come());
    if probed.picture.frames_per_second > 60.5 {
        after.extend(["-r", "60"]);
    }
    after.extend([
        "-force_key_frames",
        "expr:gte(t,n_forced*2)",
        "-threads",
        &threads,
        "-t",
        &limit,
    ]);
    let sounds = sound_options(probed, quality.sound);
    after.extend(sounds.iter().map(String::as_str));
    after.extend(BARE);
    after.extend(["-f", "mp4", name]);
    after.into_iter().map(str::to_owned).collect()
}

/// H.264 that every browser plays: of that quality (x264's scale), and at most so many bits per second.
pub fn h264(crf: &str, rate: u64) -> Vec<String> {
    let (buffer, rate) = ((2 * rate).to_string(), rate.to_string());
    let mut options = vec!["-c:v", "libx264", "-preset", "veryfast"];
    options.extend(["-profile:v", "high", "-crf", crf]);
    options.extend(["-maxrate", &rate, "-bufsize", &buffer]);
    options.into_iter().map(str::to_owned).collect()
}

/// AAC that every browser plays.
pub fn sound_options(probed: &Probed, bits: &str) -> Vec<String> {
    let Some(sound) = &probed.sound else {
        return Vec::new();
    };
    let (channels, rate) = (sound.channels.min(2), sound.rate.clamp(8_000, 48_000));
    let options = [
        "-c:a",
        "aac",
        "-b:a",
        bits,
        "-ac",
        &channels.to_string(),
        "-ar",
        &rate.to_string(),
    ];
    options.map(str::to_owned).into()
}

/// Seconds of one processor per second of video (measured: docs/benchmarks.md).
pub fn estimate(probed: &Probed, size: Size) -> f64 {
    let millions = |width: u32, height: u32| f64::from(width) * f64::from(height) / 1e6;
    let (from, to) = (
        millions(probed.picture.width, probed.picture.height),
        millions(size.width, size.height),
    );
    let hdr = if probed.is_hdr() { 0.3 * to } else { 0.0 };
    let rate = (probed.picture.frames_per_second / 30.0).clamp(0.2, 8.0);
    (0.14 * from + 0.46 * to + hdr) * rate + 0.02
}
