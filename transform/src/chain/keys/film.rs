//! Which part of a video is shown, and how it is coded.

use crate::chain::expression::Expression;
use crate::chain::key::{At, Key, Meaning, Scope, Sets, Sized, sized};
use crate::chain::mistake::Mistake;
use crate::chain::output::{Coding, Ladder};
use crate::chain::step::Step;

const TIME: &str = "seconds from 0, or an expression such as idu_div_2";
/// A day, in seconds.
const LONGEST: f64 = 86_400.0;

pub(super) static KEYS: &[Key] = &[
    Key {
        name: "so",
        accepted: TIME,
        does: "Where a video starts, in seconds; of ik-thumbnail.jpg the moment that is shown.",
        example: "",
        sets: Sets::Step(&time(|step, seconds| step.start = Some(seconds))),
    },
    Key {
        name: "eo",
        accepted: TIME,
        does: "Where a video ends, in seconds from its beginning.",
        example: "",
        sets: Sets::Step(&time(|step, seconds| step.end = Some(seconds))),
    },
    Key {
        name: "du",
        accepted: TIME,
        does: "How many seconds of a video are shown.",
        example: "",
        sets: Sets::Step(&time(|step, seconds| step.seconds = Some(seconds))),
    },
    Key {
        name: "vc",
        accepted: "h264, vp9 or none",
        does: "How a video's picture is coded: h264 in an MP4, vp9 in a WebM; none leaves the sound alone.",
        example: "",
        sets: Sets::Output(
            |output, text| {
                output.picture = coding(text, "h264", "vp9")?;
                Some(())
            },
            Scope::Anywhere,
        ),
    },
    Key {
        name: "ac",
        accepted: "aac, opus or none",
        does: "How a video's sound is coded: aac in an MP4, opus in a WebM; none makes it silent.",
        example: "",
        sets: Sets::Output(
            |output, text| {
                output.sound = coding(text, "aac", "opus")?;
                Some(())
            },
            Scope::Anywhere,
        ),
    },
    Key {
        name: "sr",
        accepted: "240, 360, 480, 720, 1080, 1440 and 2160, joined by _",
        does: "Of ik-master.m3u8: the sizes among which a player chooses, by their short side.",
        example: "",
        sets: Sets::Output(
            |output, text| {
                output.ladder = Ladder::parse(text)?;
                Some(())
            },
            Scope::WholeChain,
        ),
    },
];

fn coding(text: &str, mp4: &str, webm: &str) -> Option<Coding> {
    Some(match text {
        "auto" => Coding::Usual,
        "none" => Coding::Without,
        name if name == mp4 => Coding::Mp4,
        name if name == webm => Coding::Webm,
        _ => return None,
    })
}

/// A moment of a video, to a hundredth of a second. On a picture it means nothing.
struct Moment(fn(&mut Step, f64));

const fn time(set: fn(&mut Step, f64)) -> Moment {
    Moment(set)
}

impl Meaning<Step> for Moment {
    fn fits(&self, text: &str) -> bool {
        Expression::parse(text).is_some()
    }

    fn apply(&self, step: &mut Step, at: &At<'_>) -> Result<(), Mistake> {
        if at.sizes.seconds.is_none() {
            return Ok(());
        }
        let read: Sized<Expression, Option<f64>> = sized(Expression::parse, |found, time, at| {
            *found = Some(at.number(&time)?);
            Ok(())
        });
        let mut found = None;
        read.apply(&mut found, at)?;
        match found.filter(|seconds| (0.0..=LONGEST).contains(seconds)) {
            Some(seconds) => (self.0)(step, (seconds * 100.0).round() / 100.0),
            None => return Err(at.mistake("what gives seconds from 0")),
        }
        Ok(())
    }
}
