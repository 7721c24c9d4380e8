//! How the result is written, and what stands for steps.

use crate::chain::key::{Key, Scope, Sets, Word};
use crate::chain::output::{Output, Wish};
use crate::chain::read::{AUTO, flag};

const FLAG: &str = "true or false";

pub(super) static KEYS: &[Key] = &[
    Key {
        name: "q",
        accepted: "1 to 100",
        does: "Quality of JPEG and WebP, 80 without it; of videos 50 without it.",
        example: "w-200,q-30",
        sets: Sets::Output(
            |output, text| {
                output.quality = Some(text.parse().ok().filter(|q| (1..=100).contains(q))?);
                Some(())
            },
            Scope::Anywhere,
        ),
    },
    Key {
        name: "f",
        accepted: "auto, jpg, jpeg, png, webp, gif, avif or orig, of a video auto, mp4 or webm",
        does: "Format. auto gives what the browser takes; gif is for animations, avif where it has been made. mp4 makes an animation a video.",
        example: "w-200,f-webp",
        sets: Sets::Output(
            |output, text| {
                output.format = format(text)?;
                Some(())
            },
            Scope::Anywhere,
        ),
    },
    Key {
        name: "pr",
        accepted: FLAG,
        does: "A JPEG that sharpens while it loads.",
        example: "w-200,f-jpg,pr-true",
        sets: Sets::Output(
            |output, text| {
                output.progressive = flag(text)?;
                Some(())
            },
            Scope::Anywhere,
        ),
    },
    Key {
        name: "lo",
        accepted: FLAG,
        does: "WebP without loss.",
        example: "w-200,f-webp,lo-true",
        sets: Sets::Output(
            |output, text| {
                output.lossless = flag(text)?;
                Some(())
            },
            Scope::Anywhere,
        ),
    },
    Key {
        name: "dpr",
        accepted: "0.1 to 5, or auto",
        does: "Multiplies width and height, for dense screens; auto by what the browser tells (Sec-CH-DPR).",
        example: "w-100,dpr-2",
        sets: Sets::Output(density, Scope::WholeChain),
    },
    Key {
        name: "cp",
        accepted: FLAG,
        does: "Keeps the picture's own colour profile instead of converting it to sRGB.",
        example: "w-200,cp-true",
        sets: Sets::Output(
            |output, text| {
                output.keeps_profile = flag(text)?;
                Some(())
            },
            Scope::WholeChain,
        ),
    },
    Key {
        name: "md",
        accepted: FLAG,
        does: "Nothing: metadata were taken away when the picture came in.",
        example: "w-200,md-true",
        // There are none left to keep.
        sets: Sets::Output(|_, text| flag(text).map(drop), Scope::Anywhere),
    },
    Key {
        name: "n",
        accepted: "the name of a named transformation of this site (PORCH_PRESETS)",
        does: "Stands for the steps that bear this name.",
        example: "",
        sets: Sets::Word(Word::Preset),
    },
    Key {
        name: "di",
        accepted: "the key of another picture",
        does: "Shown where the picture that was asked for does not exist.",
        example: "",
        sets: Sets::Word(Word::Instead),
    },
    Key {
        name: "if",
        accepted: "a comparison, steps, if-else and steps where wanted, and if-end",
        does: "Steps that depend on the picture: w, h and ar as the step before left it, iw, ih and iar as it came in.",
        example: "w-200,if-iar_gt_1,fl-h,if-else,e-grayscale,if-end",
        sets: Sets::Word(Word::Choice),
    },
    Key {
        name: "orig",
        accepted: FLAG,
        does: "The stored file itself, for its author.",
        example: "",
        sets: Sets::Output(
            |output, text| {
                output.original = flag(text)?;
                Some(())
            },
            Scope::WholeChain,
        ),
    },
];

fn format(text: &str) -> Option<Wish> {
    Some(match text {
        "auto" => Wish::Auto,
        "jpg" | "jpeg" => Wish::Jpeg,
        "png" => Wish::Png,
        "webp" => Wish::Webp,
        "gif" => Wish::Gif,
        "avif" => Wish::Avif,
        "mp4" => Wish::Mp4,
        "webm" => Wish::Webm,
        "orig" => Wish::Stored,
        _ => return None,
    })
}

fn density(output: &mut Output, text: &str) -> Option<()> {
    (output.density_hinted, output.density) = match text {
        AUTO => (true, None),
        number => {
            let density: f64 = number.parse().ok()?;
            (false, Some(density).filter(|d| (0.1..=5.0).contains(d)))
        }
    };
    (output.density_hinted || output.density.is_some()).then_some(())
}
