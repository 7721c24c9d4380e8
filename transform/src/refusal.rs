//! Why a file is not taken, in words for the person who chose it.

use crate::format::Limits;

/// Why a file is not taken. `reason` and `advice` are whole sentences.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {}", self.reason(), self.advice())]
pub enum Refusal {
    /// Something that Porch does not show: 415.
    Unsupported { reason: String, advice: String },
    /// More than the limits allow: 413.
    TooLarge { reason: String, advice: String },
    /// Of a good kind, but broken or cut off: 422.
    Damaged { reason: String, advice: String },
}

impl Refusal {
    /// What is wrong, as a sentence.
    pub fn reason(&self) -> &str {
        match self {
            Refusal::Unsupported { reason, .. }
            | Refusal::TooLarge { reason, .. }
            | Refusal::Damaged { reason, .. } => reason,
        }
    }

    /// What to do about it, as a sentence.
    pub fn advice(&self) -> &str {
        match self {
            Refusal::Unsupported { advice, .. }
            | Refusal::TooLarge { advice, .. }
            | Refusal::Damaged { advice, .. } => advice,
        }
    }

    pub(crate) fn unsupported(reason: &str, advice: &str) -> Refusal {
        Refusal::Unsupported {
            reason: reason.to_owned(),
            advice: advice.to_owned(),
        }
    }

    /// Of a picture. The detail is for the log: the words of a decoder help nobody who chose a photo.
    pub fn damaged(detail: impl std::fmt::Display) -> Refusal {
        tracing::debug!(%detail, "a picture is refused as damaged");
        Refusal::Damaged {
            reason: "This picture is damaged or incomplete.".to_owned(),
            advice: "Open it on your device to see whether it is whole, save it again and choose \
                     the new file."
                .to_owned(),
        }
    }

    /// Of a file that could not be looked at in the time there was.
    pub fn late() -> Refusal {
        Refusal::TooLarge {
            reason: "Looking at this file took too long.".to_owned(),
            advice: "Save it in a smaller size or as another kind of file, and choose it again."
                .to_owned(),
        }
    }

    /// Of a picture of this size, in pixels.
    pub fn too_many_pixels(width: u64, height: u64, limits: &Limits) -> Refusal {
        Refusal::TooLarge {
            reason: format!(
                "This picture has {width} by {height} pixels; at most {} megapixels are taken.",
                limits.pixels / 1_000_000
            ),
            advice: "Make it smaller and choose it again.".to_owned(),
        }
    }

    pub(crate) fn too_long(frames: u64, limits: &Limits) -> Refusal {
        Refusal::TooLarge {
            reason: format!(
                "This animation is too large with its {frames} frames; at most {} frames and {} \
                 megapixels in all are taken.",
                limits.frames,
                limits.animation_pixels / 1_000_000
            ),
            advice: "Make it shorter or smaller, or save it as an MP4 video.".to_owned(),
        }
    }

    pub(crate) fn too_deep() -> Refusal {
        Refusal::TooLarge {
            reason: "This picture needs too much memory to open.".to_owned(),
            advice: "Make it smaller or save it as an ordinary JPEG, and choose it again."
                .to_owned(),
        }
    }
}
