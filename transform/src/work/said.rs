//! What a chain says of a video beside its frames: when, and how it is coded.

use crate::chain::{Coding, Due, Mistake, Output, Wish};

/// How a part of the result is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coded {
    /// H.264, or AAC.
    Mp4,
    /// VP9, or Opus.
    Webm,
}

/// In seconds; a cut of nothing has one frame.
pub(super) const SHORTEST: f64 = 0.04;

/// Where on the video it begins and ends, as the last step says it.
#[derive(Default)]
pub(super) struct Times {
    start: Option<f64>,
    end: Option<f64>,
    seconds: Option<f64>,
}

impl Times {
    pub(super) fn note(&mut self, step: &Due<'_>) {
        self.start = step.start.or(self.start);
        self.end = step.end.or(self.end);
        self.seconds = step.seconds.or(self.seconds);
    }

    pub(super) fn within(&self, all: f64) -> Result<(f64, f64), Mistake> {
        let start = self.start.unwrap_or(0.0);
        let end = match (self.seconds, self.end) {
            (Some(seconds), _) => start + seconds,
            (None, end) => end.unwrap_or(all),
        };
        let wrong = |given: String, accepted: String| Err(Mistake::new(&given, 1, &accepted));
        match (start, end) {
            (start, _) if start >= all => wrong(
                format!("so-{start}"),
                format!("a moment before {all:.2} seconds are over"),
            ),
            (start, end) if end <= start => {
                wrong(format!("eo-{end}"), format!("a moment after so-{start}"))
            }
            _ => Ok((start, (end.min(all) - start).max(SHORTEST))),
        }
    }
}

/// Refuses what is done to pictures only.
pub(super) fn require_known(step: &Due<'_>) -> Result<(), Mistake> {
    let turned = step.turn.rem_euclid(90.0) != 0.0;
    let unknown = [
        (turned, "rt by other angles than quarters"),
        (step.trim.is_some(), "t"),
        (step.grayscale, "e-grayscale"),
        (step.contrast, "e-contrast"),
        (step.sharpen.is_some(), "e-sharpen"),
        (step.usm.is_some(), "e-usm"),
        (step.blur.is_some(), "bl"),
        (step.opacity.is_some(), "o"),
        (step.shadow.is_some(), "e-shadow"),
        (step.gradient.is_some(), "e-gradient"),
        (step.colorize.is_some(), "e-colorize"),
        (step.frame.is_some(), "pg"),
    ];
    let accepted = "w, h, ar, c, cm, fo, x, y, bg, b, r, fl, rt by quarters, layers, so, eo, du, q, f, vc and ac on a video";
    match unknown.into_iter().find(|(set, _)| *set) {
        Some((_, name)) => Err(Mistake::new(name, step.number, accepted)),
        None => Ok(()),
    }
}

/// How picture and sound are coded.
pub(super) fn coded(
    output: &Output,
    has_sound: bool,
) -> Result<(Option<Coded>, Option<Coded>), Mistake> {
    fn wrong<T>(given: &str, accepted: &str) -> Result<T, Mistake> {
        Err(Mistake::new(given, 1, accepted))
    }
    let said = [output.picture, output.sound];
    let container = match output.format {
        Wish::Mp4 => Coded::Mp4,
        Wish::Webm => Coded::Webm,
        Wish::Auto | Wish::Unsaid | Wish::Stored => match said.contains(&Coding::Webm) {
            true => Coded::Webm,
            false => Coded::Mp4,
        },
        Wish::Jpeg | Wish::Png | Wish::Webp | Wish::Gif | Wish::Avif => {
            let given = format!("f-{:?}", output.format).to_lowercase();
            return wrong(&given, "auto, mp4 or webm on a video");
        }
    };
    let part = |coding: Coding| match (coding, container) {
        (Coding::Without, _) => Ok(None),
        (Coding::Mp4, Coded::Webm) | (Coding::Webm, Coded::Mp4) => wrong(
            "vc and ac",
            "h264 and aac in an MP4, vp9 and opus in a WebM",
        ),
        _ => Ok(Some(container)),
    };
    let (picture, sound) = (part(output.picture)?, part(output.sound)?);
    match (picture, sound.filter(|_| has_sound)) {
        (None, None) if sound.is_some() => wrong("vc-none", "a video that has sound"),
        (None, None) => wrong("vc-none and ac-none", "one of them"),
        parts => Ok(parts),
    }
}
