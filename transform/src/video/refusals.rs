//! Why a video is not taken, in words for the person who chose it.

use std::io::{self, ErrorKind};

use crate::refusal::Refusal;

pub const AGAIN: &str = "Send it again from the device that made it, or save a new copy first.";
pub const AS_MP4: &str = "Save it again as MP4 with H.264 picture and AAC sound.";
pub const ON_IPHONE: &str = "On an iPhone choose Settings > Camera > Formats > Most Compatible, or \
                         share it as a smaller copy.";

pub fn damaged(reason: &str) -> Refusal {
    Refusal::Damaged {
        reason: reason.to_owned(),
        advice: AGAIN.to_owned(),
    }
}

pub fn broken() -> Refusal {
    damaged("The video's header is damaged.")
}

pub fn cut_off() -> Refusal {
    damaged("The video is cut off: its end is missing.")
}

pub fn no_frames() -> Refusal {
    damaged("The video holds no frames.")
}

pub fn too_large() -> Refusal {
    Refusal::TooLarge {
        reason: "The video's header is too large, or names the same parts again and again."
            .to_owned(),
        advice: AS_MP4.to_owned(),
    }
}

/// Why a video cannot be read: it asks for more than it may (`budget.rs`), or the disk fails.
pub fn unreadable(error: io::Error) -> Refusal {
    match error.kind() {
        ErrorKind::QuotaExceeded => too_large(),
        ErrorKind::TimedOut => Refusal::late(),
        _ => damaged("The video could not be read to its end."),
    }
}

pub fn invalid() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the video's structure cannot be followed",
    )
}

pub fn unsupported(reason: &str, advice: &str) -> Refusal {
    Refusal::Unsupported {
        reason: reason.to_owned(),
        advice: advice.to_owned(),
    }
}

pub fn no_picture() -> Refusal {
    unsupported(
        "This file has no picture.",
        "Choose a video with a picture.",
    )
}

pub fn protected() -> Refusal {
    unsupported(
        "The video is copy-protected.",
        "Choose one that plays without a licence.",
    )
}

/// For a four-letter code of MP4 or a codec id of WebM that some browser does not play.
pub fn unplayable(part: &str, code: &str) -> Refusal {
    let name = match code {
        "hvc1" | "hev1" | "dvh1" | "dvhe" | "V_MPEGH/ISO/HEVC" => "HEVC (H.265)",
        "vvc1" | "vvi1" => "VVC (H.266)",
        name if name.starts_with("H.264 ") => name,
        "avc1" | "avc3" | "V_MPEG4/ISO/AVC" => "H.264 outside MP4",
        "mp4v" | "V_MPEG4/ISO/SP" | "V_MPEG4/ISO/ASP" => "MPEG-4 part 2",
        "s263" | "h263" | "H263" => "H.263",
        "apco" | "apcs" | "apcn" | "apch" | "ap4h" | "ap4x" | "V_PRORES" => "ProRes",
        "jpeg" | "mjpa" | "mjpb" | "mjpg" | "V_MJPEG" => "Motion JPEG",
        "ac-3" | "A_AC3" => "AC-3 (Dolby Digital)",
        "ec-3" | "A_EAC3" => "E-AC-3 (Dolby Digital Plus)",
        "sowt" | "twos" | "lpcm" | "ipcm" | "fpcm" | "raw " | "in24" | "in32" | "fl32" | "fl64"
        | "NONE" | "A_PCM/INT/LIT" | "A_PCM/INT/BIG" | "A_PCM/FLOAT/IEEE" => "uncompressed PCM",
        "samr" | "sawb" => "AMR",
        "alac" | "A_ALAC" => "Apple Lossless",
        "A_AAC" => "AAC outside MP4",
        _ => &code
            .chars()
            .filter(|c| c.is_ascii_graphic())
            .take(20)
            .collect::<String>(),
    };
    let reason =
        format!("The {part} of this video is coded as {name}, which not every browser plays.");
    unsupported(
        &reason,
        if name.starts_with("HEVC") {
            ON_IPHONE
        } else {
            AS_MP4
        },
    )
}

/// What a program that knows many formats could not read.
pub fn unreadable_film() -> Refusal {
    damaged("The video cannot be read: it is damaged, or its frames are too large.")
}

/// A header that reads well, over pictures that do not.
pub fn broken_stream() -> Refusal {
    damaged("The pictures of this video are damaged.")
}

/// What could be looked into and not made anew.
pub fn unconvertible(codec: &str) -> Refusal {
    let codec: String = codec
        .chars()
        .filter(char::is_ascii_graphic)
        .take(20)
        .collect();
    Refusal::Damaged {
        reason: format!("This video ({codec}) could not be converted."),
        advice: AS_MP4.to_owned(),
    }
}

/// Less came out than the header promised.
pub fn cut_off_after(seconds: f64, promised: f64) -> Refusal {
    damaged(&format!(
        "The video is cut off after {seconds:.1} of {promised:.1} seconds."
    ))
}

pub fn too_long(minutes: u64) -> Refusal {
    let minutes = match minutes {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    };
    Refusal::TooLarge {
        reason: format!("This video is longer than {minutes}."),
        advice: "Shorten it and choose it again.".to_owned(),
    }
}
