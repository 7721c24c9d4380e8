//! What is in a video, as ffprobe tells it.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::tools::{Asked, Tools};
use transform::{Format, Refusal};

/// What is in a video: its first picture track and the first sound that can be decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Probed {
    pub format: Format,
    pub bytes: u64,
    /// Seconds; nothing where the file does not say.
    pub seconds: Option<f64>,
    pub picture: PictureTrack,
    pub sound: Option<SoundTrack>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PictureTrack {
    /// Its number in the file.
    pub index: u32,
    pub codec: String,
    pub profile: String,
    /// Ten times H.264's level.
    pub level: i64,
    /// As ffmpeg names it: `yuv420p`.
    pub pixels: String,
    /// As coded.
    pub width: u32,
    pub height: u32,
    /// The width of a pixel by its height.
    pub aspect: f64,
    /// Shown with its sides changed.
    pub quarter_turn: bool,
    /// Turned or mirrored in any way.
    pub turned: bool,
    pub interlaced: bool,
    /// The transfer curve: `smpte2084`, `arib-std-b67` or something ordinary.
    pub transfer: String,
    pub frames_per_second: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SoundTrack {
    pub index: u32,
    pub codec: String,
    pub profile: String,
    pub channels: u32,
    pub rate: u32,
}

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    streams: Vec<Stream>,
    format: Option<Container>,
}

#[derive(Deserialize)]
struct Container {
    duration: Option<String>,
}

#[derive(Deserialize)]
struct Stream {
    index: u32,
    codec_type: Option<String>,
    codec_name: Option<String>,
    profile: Option<Value>,
    level: Option<i64>,
    pix_fmt: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    sample_aspect_ratio: Option<String>,
    field_order: Option<String>,
    color_transfer: Option<String>,
    avg_frame_rate: Option<String>,
    channels: Option<u32>,
    sample_rate: Option<String>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    side_data_list: Vec<Value>,
}

#[derive(Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    attached_pic: i64,
}

const PATIENCE: Duration = Duration::from_secs(20);
const WANTED: [&str; 4] = [
    "-of",
    "json",
    "-show_entries",
    "format=duration:stream=index,codec_type,codec_name,profile,level,pix_fmt,width,height,sample_aspect_ratio,field_order,\
     color_transfer,avg_frame_rate,channels,sample_rate:stream_disposition=attached_pic:stream_side_data",
];

/// Looks into a file that was recognised as this format. The inner error is for the person who chose it. Blocking;
/// `folder` is a work folder.
pub fn probe(
    tools: &Tools,
    (input, format): (&Path, Format),
    folder: &Path,
) -> io::Result<Result<Probed, Refusal>> {
    let asked = Asked {
        folder,
        input,
        format,
        written: 1 << 20,
        patience: PATIENCE,
        threads: 1,
    };
    let Some(said) = tools.ffprobe(&asked, &WANTED)? else {
        return Ok(Err(transform::video::unreadable_film()));
    };
    let report: Report = serde_json::from_slice(&said)
        .map_err(|error| io::Error::other(format!("ffprobe said what is no report: {error}")))?;
    Ok(read(report, format, input.metadata()?.len()))
}

/// Whether the picture of a file is one frame and no more, however long it is shown. Blocking.
pub fn is_one_frame(tools: &Tools, asked: &Asked<'_>, probed: &Probed) -> io::Result<bool> {
    let stream = probed.picture.index.to_string();
    let wanted = [
        "-select_streams",
        &stream,
        "-count_packets",
        "-show_entries",
        "stream=nb_read_packets",
        "-of",
        "csv=p=0",
    ];
    let said = tools.ffprobe(asked, &wanted)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&said).trim().trim_end_matches(',') == "1")
}

fn read(report: Report, format: Format, bytes: u64) -> Result<Probed, Refusal> {
    let is = |stream: &&Stream, kind: &str| stream.codec_type.as_deref() == Some(kind);
    let mut streams = report.streams.iter();
    let picture =
        streams.find(|stream| is(stream, "video") && stream.disposition.attached_pic == 0);
    let picture = picture.ok_or_else(transform::video::no_picture)?;
    let sound = report.streams.iter().find_map(|stream| {
        let codec = stream.codec_name.clone().filter(|_| is(&stream, "audio"))?;
        Some(SoundTrack {
            index: stream.index,
            profile: text(stream.profile.as_ref()),
            channels: stream.channels.filter(|channels| *channels > 0)?,
            rate: stream.sample_rate.as_ref()?.parse().ok()?,
            codec,
        })
    });
    let (Some(codec), Some(pixels), Some(width @ 1..), Some(height @ 1..)) = (
        picture.codec_name.clone(),
        picture.pix_fmt.clone(),
        picture.width,
        picture.height,
    ) else {
        return Err(match &picture.codec_name {
            Some(_) => transform::video::no_frames(),
            None => transform::video::unplayable("picture", "a codec that nobody here knows"),
        });
    };
    let rotation = picture
        .side_data_list
        .iter()
        .find_map(|data| data.get("rotation")?.as_f64());
    let quarters = rotation.map_or(0.0, |degrees| (degrees / 90.0).round().abs() % 4.0);
    let aspect = picture
        .sample_aspect_ratio
        .as_deref()
        .and_then(|text| ratio(text, ':'));
    Ok(Probed {
        format,
        bytes,
        seconds: report
            .format
            .and_then(|container| container.duration?.parse().ok())
            .filter(|seconds: &f64| seconds.is_finite() && *seconds > 0.0),
        picture: PictureTrack {
            index: picture.index,
            codec,
            profile: text(picture.profile.as_ref()),
            level: picture.level.unwrap_or(0),
            pixels,
            width,
            height,
            aspect: aspect.unwrap_or(1.0),
            quarter_turn: quarters == 1.0 || quarters == 3.0,
            turned: picture
                .side_data_list
                .iter()
                .any(|data| data.get("displaymatrix").is_some()),
            interlaced: picture
                .field_order
                .as_deref()
                .is_some_and(|order| !["progressive", "unknown"].contains(&order)),
            transfer: picture.color_transfer.clone().unwrap_or_default(),
            frames_per_second: picture
                .avg_frame_rate
                .as_deref()
                .and_then(|text| ratio(text, '/'))
                .unwrap_or(0.0),
        },
        sound,
    })
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// `30000/1001`; nothing of what cannot be.
fn ratio(text: &str, between: char) -> Option<f64> {
    let (over, under) = text.split_once(between)?;
    let (over, under): (f64, f64) = (over.parse().ok()?, under.parse().ok()?);
    (over > 0.0 && under > 0.0).then(|| over / under)
}

impl Probed {
    /// Sides as shown: by the pixels' shape and the turn.
    pub fn shown(&self) -> (f64, f64) {
        let picture = &self.picture;
        let (width, height) = (
            f64::from(picture.width) * picture.aspect,
            f64::from(picture.height),
        );
        match picture.quarter_turn {
            true => (height, width),
            false => (width, height),
        }
    }

    pub fn is_hdr(&self) -> bool {
        ["smpte2084", "arib-std-b67"].contains(&self.picture.transfer.as_str())
    }
}
