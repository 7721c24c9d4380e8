//! What is told of a video.

use crate::format::Format;

/// What a page needs to know before it plays a video.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Video {
    pub format: Format,
    /// Pixels as shown: after the track's rotation and the sample aspect ratio.
    pub width: u32,
    pub height: u32,
    /// Milliseconds; 0 when the file does not say.
    pub duration_ms: u64,
    /// Named as in RFC 6381: `avc1`, `avc3`, `av01`, `vp09`; in WebM `VP8`, `VP9`, `av01`.
    pub codec: String,
    pub audio: bool,
}

/// Of the pixels, as coded and as shown.
pub const SIDES: std::ops::RangeInclusive<u64> = 1..=16384;
