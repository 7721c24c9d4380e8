//! What becomes of a video: copied, made anew, or refused.

use super::probe::{Probed, SoundTrack};
use transform::{Format, Refusal, video};

/// Sides in pixels, both even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

/// What becomes of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Copied bit by bit.
    Keep,
    Anew,
    /// There is none.
    Without,
}

/// What becomes of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub picture: Plan,
    pub sound: Plan,
    /// Of what is served.
    pub large: Size,
    /// Of the smaller one beside it; the same where that is small already.
    pub small: Size,
}

/// The sides of the small size beside a large one.
pub fn small_of((width, height): (u32, u32)) -> Size {
    fitted((f64::from(width), f64::from(height)), SMALL)
}

/// The short side of the small size, and how much longer a long side may be.
const SMALL: f64 = 480.0;
const LONG: f64 = 16.0 / 9.0;
const MOST_FRAMES_PER_SECOND: f64 = 61.0;
const MOST_BITS_PER_SECOND: f64 = 12_000_000.0;
/// Level 5.2 of H.264.
const MOST_LEVEL: i64 = 52;

/// Judges what ffprobe has told. `height` is the short side of what is served, `minutes` the longest that is taken.
pub fn verdict(probed: &Probed, height: u32, minutes: u64) -> Result<Verdict, Refusal> {
    if probed
        .seconds
        .is_some_and(|seconds| seconds > (minutes * 60) as f64 + 0.5)
    {
        return Err(video::too_long(minutes));
    }
    let shown = probed.shown();
    let large = fitted(shown, f64::from(height));
    let picture = match plays_everywhere(probed) && fits(shown, f64::from(height)) {
        true => Plan::Keep,
        false => Plan::Anew,
    };
    let sound = match &probed.sound {
        None => Plan::Without,
        Some(sound) if sound_plays(sound) && picture == Plan::Keep => Plan::Keep,
        Some(_) => Plan::Anew,
    };
    Ok(Verdict {
        picture,
        sound,
        large,
        small: fitted(shown, SMALL.min(f64::from(height))),
    })
}

/// Whether every browser plays this picture as it is. The table is the judge, not a browser: Chromium plays much more.
fn plays_everywhere(probed: &Probed) -> bool {
    let picture = &probed.picture;
    let container = matches!(
        probed.format,
        Format::Mp4 | Format::Film(transform::Film::Mov)
    );
    let bits = probed
        .seconds
        .map(|seconds| probed.bytes as f64 * 8.0 / seconds.max(0.1));
    container
        && picture.codec == "h264"
        && ["Baseline", "Constrained Baseline", "Main", "High"].contains(&picture.profile.as_str())
        && ["yuv420p", "yuvj420p"].contains(&picture.pixels.as_str())
        && !picture.interlaced
        && (picture.aspect - 1.0).abs() < 0.001
        && picture.frames_per_second <= MOST_FRAMES_PER_SECOND
        && (1..=MOST_LEVEL).contains(&picture.level)
        && bits.is_some_and(|bits| bits <= MOST_BITS_PER_SECOND)
        && !probed.is_hdr()
}

fn sound_plays(sound: &SoundTrack) -> bool {
    sound.codec == "aac"
        && ["LC", "HE-AAC", "HE-AACv2"].contains(&sound.profile.as_str())
        && sound.channels <= 2
        && sound.rate <= 48_000
}

fn fits((width, height): (f64, f64), short: f64) -> bool {
    let (short_side, long_side) = (width.min(height), width.max(height));
    short_side <= short + 0.5 && long_side <= short * LONG + 0.5
}

fn fitted((width, height): (f64, f64), short: f64) -> Size {
    let (short_side, long_side) = (width.min(height), width.max(height));
    let factor = (short / short_side).min(short * LONG / long_side).min(1.0);
    // Colour is halved both ways, so sides are even; an odd one loses its last line.
    let even = |side: f64| ((side * factor / 2.0 - 0.01).round() as u32 * 2).max(2);
    Size {
        width: even(width),
        height: even(height),
    }
}

#[cfg(test)]
mod tests {
    use super::super::probe::PictureTrack;
    use super::*;
    use transform::Film;

    /// A phone's video that every browser plays.
    fn plain() -> Probed {
        Probed {
            format: Format::Film(Film::Mov),
            bytes: 1 << 20,
            seconds: Some(2.0),
            picture: PictureTrack {
                index: 0,
                codec: "h264".into(),
                profile: "High".into(),
                level: 40,
                pixels: "yuv420p".into(),
                width: 1920,
                height: 1080,
                aspect: 1.0,
                quarter_turn: false,
                turned: false,
                interlaced: false,
                transfer: "bt709".into(),
                frames_per_second: 30.0,
            },
            sound: Some(SoundTrack {
                index: 1,
                codec: "aac".into(),
                profile: "LC".into(),
                channels: 2,
                rate: 48_000,
            }),
        }
    }

    fn plans(change: impl Fn(&mut Probed)) -> (Plan, Plan) {
        let mut probed = plain();
        change(&mut probed);
        let verdict = verdict(&probed, 1080, 15).unwrap();
        (verdict.picture, verdict.sound)
    }

    #[test]
    fn what_every_browser_plays_is_copied() {
        use Plan::{Anew, Keep, Without};
        assert_eq!(plans(|_| ()), (Keep, Keep));
        assert_eq!(plans(|video| video.sound = None), (Keep, Without));
        assert_eq!(plans(|video| video.picture.turned = true), (Keep, Keep));
        let sounds: [fn(&mut SoundTrack); 4] = [
            |sound| sound.codec = "ac3".into(),
            |sound| sound.channels = 6,
            |sound| sound.rate = 96_000,
            |sound| sound.profile = "Main".into(),
        ];
        for change in sounds {
            assert_eq!(
                plans(|video| change(video.sound.as_mut().unwrap())),
                (Keep, Anew)
            );
        }
        let pictures: [fn(&mut Probed); 12] = [
            |video| video.picture.codec = "hevc".into(),
            |video| video.picture.profile = "High 10".into(),
            |video| video.picture.profile = "Extended".into(),
            |video| video.picture.pixels = "yuv422p".into(),
            |video| video.picture.pixels = "yuv420p10le".into(),
            |video| video.picture.interlaced = true,
            |video| video.picture.aspect = 4.0 / 3.0,
            |video| video.picture.frames_per_second = 240.0,
            |video| video.picture.level = 60,
            |video| video.picture.transfer = "arib-std-b67".into(),
            |video| video.bytes = 100 << 20,
            |video| video.format = Format::Film(Film::Matroska),
        ];
        for change in pictures {
            assert_eq!(plans(change), (Anew, Anew));
        }
        assert_eq!(plans(|video| video.picture.width = 2560), (Anew, Anew));
    }

    #[test]
    fn sizes_are_even_and_fit() {
        let sizes = |width: u32, height: u32, turned: bool, aspect: f64| {
            let mut probed = plain();
            let picture = &mut probed.picture;
            (picture.width, picture.height) = (width, height);
            (picture.quarter_turn, picture.aspect) = (turned, aspect);
            let verdict = verdict(&probed, 1080, 15).unwrap();
            [verdict.large, verdict.small].map(|size| (size.width, size.height))
        };
        assert_eq!(sizes(3840, 2160, false, 1.0), [(1920, 1080), (854, 480)]);
        assert_eq!(sizes(3840, 2160, true, 1.0), [(1080, 1920), (480, 854)]);
        assert_eq!(sizes(321, 181, false, 1.0), [(320, 180), (320, 180)]);
        assert_eq!(sizes(320, 180, false, 4.0 / 3.0), [(426, 180), (426, 180)]);
        assert_eq!(sizes(8000, 100, false, 1.0), [(1920, 24), (854, 10)]);
        assert_eq!(sizes(1, 1, false, 1.0), [(2, 2), (2, 2)]);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let mut probed = plain();
        probed.seconds = Some(901.0);
        let refusal = verdict(&probed, 1080, 15).unwrap_err();
        assert!(refusal.reason().contains("15 minutes"), "{refusal}");
    }
}
