//! How a picture looks.

use crate::chain::colour::{self, Colour};
use crate::chain::expression::{Expression, number};
use crate::chain::key::{Key, Sets, fixed, sized};
use crate::chain::read::{self, between, is_bare};
use crate::chain::step::Step;
use crate::chain::value::{Colorize, Gradient, Shadow};

pub(super) static KEYS: &[Key] = &[
    Key {
        name: "e-grayscale",
        accepted: "nothing",
        does: "Takes the colours away.",
        example: "w-200,e-grayscale",
        sets: Sets::Step(&fixed(set, |step: &mut Step, ()| step.grayscale = true)),
    },
    Key {
        name: "e-contrast",
        accepted: "nothing",
        does: "Stretches light and dark to the full range.",
        example: "w-200,e-contrast",
        sets: Sets::Step(&fixed(set, |step: &mut Step, ()| step.contrast = true)),
    },
    Key {
        name: "e-sharpen",
        accepted: "nothing, or 1 to 100",
        does: "Sharpens.",
        example: "w-200,e-sharpen-50",
        sets: Sets::Step(&fixed(sharpen, |step: &mut Step, strength| {
            step.sharpen = Some(strength)
        })),
    },
    Key {
        name: "e-usm",
        accepted: "radius-sigma-amount-threshold, such as 2-2-0.8-0.024",
        does: "Sharpens by an unsharp mask.",
        example: "w-200,e-usm-2-2-0.8-0.024",
        sets: Sets::Step(&fixed(usm, |step: &mut Step, values| {
            step.usm = Some(values)
        })),
    },
    Key {
        name: "bl",
        accepted: "1 to 100",
        does: "Blurs.",
        example: "w-200,bl-8",
        sets: Sets::Step(&fixed(
            |text| between(text, 1.0, 100.0),
            |step: &mut Step, radius| step.blur = Some(radius),
        )),
    },
    Key {
        name: "e-colorize",
        accepted: "nothing, or co-<colour>_in-<0 to 100>",
        does: "Tints the picture; gray by 100 without more.",
        example: "w-200,e-colorize-co-teal_in-60",
        sets: Sets::Step(&fixed(Colorize::parse, |step: &mut Step, tint| {
            step.colorize = Some(tint)
        })),
    },
    Key {
        name: "e-gradient",
        accepted: "nothing, or ld-<side or degrees>_from-<colour>_to-<colour>_sp-<0 to 1, or pixels>",
        does: "A run of colours over the picture, towards ld; from white to nothing downwards without more.",
        example: "w-200,e-gradient-ld-top_from-2A2420_to-2A242000_sp-0.7",
        sets: Sets::Step(&sized(Gradient::parse, |step: &mut Step, gradient, at| {
            at.number(&gradient.stop)?;
            step.gradient = Some(gradient);
            Ok(())
        })),
    },
    Key {
        name: "e-shadow",
        accepted: "nothing, or bl-<0 to 15>_st-<0 to 100>_x-<percent>_y-<percent>",
        does: "A shadow under what is not transparent.",
        example: "w-160,h-160,r-40,f-png:w-200,h-200,cm-pad_resize_no_enlarge,bg-FFFFFF00:e-shadow-bl-8_st-70_x-3_y-4",
        sets: Sets::Step(&fixed(Shadow::parse, |step: &mut Step, shadow| {
            step.shadow = Some(shadow)
        })),
    },
    Key {
        name: "b",
        accepted: "a width and a colour, such as 5_FF0000",
        does: "A border outside of the picture.",
        example: "w-200,b-6_2A2420",
        sets: Sets::Step(&sized(border, |step: &mut Step, (width, colour), at| {
            let width = at.number(&width)?;
            if !(0.0..=2_000.0).contains(&width) {
                return Err(at.mistake("a width from 0 to 2000 pixels"));
            }
            step.border = Some((width.round() as u32, colour));
            Ok(())
        })),
    },
    Key {
        name: "r",
        accepted: "pixels, max, or four numbers such as 10_20_10_20",
        does: "Rounds the corners.",
        example: "w-200,h-200,r-max,f-png",
        sets: Sets::Step(&fixed(read::radius, |step: &mut Step, radius| {
            step.radius = Some(radius)
        })),
    },
    Key {
        name: "o",
        accepted: "0 to 100",
        does: "Opacity.",
        example: "w-200,o-50,bg-FFFFFF",
        sets: Sets::Step(&fixed(
            |text| between(text, 0.0, 100.0),
            |step: &mut Step, opacity| step.opacity = Some(opacity / 100.0),
        )),
    },
    Key {
        name: "bg",
        accepted: "RRGGBB, RRGGBBAA with AA from 00 to 99 (or hexadecimal), a colour's name, dominant, blurred, or blurred_<0 to 100 or auto>_<brightness, -255 to 255>",
        does: "Colour behind the picture.",
        example: "w-200,h-200,cm-pad_resize,bg-dominant",
        sets: Sets::Step(&fixed(read::background, |step: &mut Step, background| {
            step.background = Some(background)
        })),
    },
];

fn set(text: &str) -> Option<()> {
    matches!(text, "" | "true").then_some(())
}

fn sharpen(text: &str) -> Option<f64> {
    match is_bare(text) {
        true => Some(10.0),
        false => between(text, 1.0, 100.0),
    }
}

/// Radius, sigma, amount and threshold.
fn usm(text: &str) -> Option<[f64; 4]> {
    let mut values = [0.0; 4];
    let text = match is_bare(text) {
        true => "2-2-0.8-0.024",
        false => text,
    };
    let mut parts = text.split(['-', '_']);
    for value in &mut values {
        *value = number(parts.next()?).filter(|value| *value > 0.0 && *value <= 100.0)?;
    }
    parts.next().is_none().then_some(values)
}

fn border(text: &str) -> Option<(Expression, Colour)> {
    let (width, colour) = text.rsplit_once(['_', '-'])?;
    Some((Expression::parse(width)?, colour::parse(colour)?))
}
