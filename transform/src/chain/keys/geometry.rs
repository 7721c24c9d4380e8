//! Which part of a picture becomes how large, and how it stands.

use super::words::PLACE;
use crate::chain::expression::Expression;
use crate::chain::key::{At, Key, Sets, fixed, sized};
use crate::chain::mistake::Mistake;
use crate::chain::read::{self, between};
use crate::chain::step::Step;
use crate::chain::value::{LONGEST, Size, TRIM};

const SIZE: &str = "pixels from 1 to 65535, a fraction of the picture such as 0.5, or an expression such as iw_div_2";

pub(super) static KEYS: &[Key] = &[
    Key {
        name: "w",
        accepted: SIZE,
        does: "Width. With a height, c or cm says how the picture fits; without one the ratio stays.",
        example: "w-200",
        sets: Sets::Step(&sized(read::size, |step: &mut Step, size, at| {
            step.width = side(&size, at, at.sizes.current.0)?;
            Ok(())
        })),
    },
    Key {
        name: "h",
        accepted: SIZE,
        does: "Height.",
        example: "h-150",
        sets: Sets::Step(&sized(read::size, |step: &mut Step, size, at| {
            step.height = side(&size, at, at.sizes.current.1)?;
            Ok(())
        })),
    },
    Key {
        name: "ar",
        accepted: "two numbers such as 4-3, or an expression",
        does: "Ratio of width to height, with one of them.",
        example: "w-200,ar-1-1",
        sets: Sets::Step(&sized(read::ratio, |step: &mut Step, (a, b), at| {
            let ratio = at.number(&a)? / at.number(&b)?;
            if !(0.0001..=10_000.0).contains(&ratio) {
                return Err(at.mistake("what gives a ratio above 0"));
            }
            step.ratio = Some(ratio);
            Ok(())
        })),
    },
    Key {
        name: "c",
        accepted: "maintain_ratio, maintain_ratio_no_enlarge, force, at_max, at_max_enlarge or at_least",
        does: "How the picture fits into width and height: filled and cropped (the default), distorted, or inside.",
        example: "w-200,h-200,c-at_max",
        sets: Sets::Step(&fixed(read::crop, |step: &mut Step, crop| step.crop = crop)),
    },
    Key {
        name: "cm",
        accepted: "pad_resize, pad_resize_no_enlarge, extract, pad_extract or pad_extract_no_shrink",
        does: "Other ways to fit: with a border around, or a piece in its own size.",
        example: "w-200,h-200,cm-pad_resize,bg-blurred",
        sets: Sets::Step(&fixed(read::crop, |step: &mut Step, crop| step.crop = crop)),
    },
    Key {
        name: "fo",
        accepted: "center, top, left, bottom, right, top_left, top_right, bottom_left, bottom_right, auto, face or custom",
        does: "Which part stays when something is cut off; auto looks for what matters, and face does the same; custom is what the author chose, or auto.",
        example: "w-120,h-240,fo-auto",
        sets: Sets::Step(&fixed(read::focus, |step: &mut Step, focus| {
            step.focus = focus
        })),
    },
    Key {
        name: "z",
        accepted: "a number above 0 and up to 10",
        does: "How close to go with fo-auto and fo-face: 1 is as it is, 2 twice as close.",
        example: "w-200,h-200,fo-face,z-2",
        sets: Sets::Step(&fixed(
            |text| between(text, 0.01, 10.0),
            |step: &mut Step, zoom| step.zoom = zoom,
        )),
    },
    Key {
        name: "x",
        accepted: PLACE,
        does: "Left edge of the piece that cm-extract takes.",
        example: "w-200,h-150,cm-extract,x-iw_div_3,y-ih_div_3",
        sets: Sets::Step(&sized(Expression::parse, |step: &mut Step, place, at| {
            step.left = Some(at.number(&place)?);
            Ok(())
        })),
    },
    Key {
        name: "y",
        accepted: PLACE,
        does: "Upper edge of that piece.",
        example: "w-200,h-150,cm-extract,x-iw_div_3,y-ih_div_3",
        sets: Sets::Step(&sized(Expression::parse, |step: &mut Step, place, at| {
            step.top = Some(at.number(&place)?);
            Ok(())
        })),
    },
    Key {
        name: "xc",
        accepted: PLACE,
        does: "Centre of the piece that cm-extract takes, across.",
        example: "w-200,h-150,cm-extract,xc-iw_div_2,yc-ih_div_2",
        sets: Sets::Step(&sized(Expression::parse, |step: &mut Step, place, at| {
            step.centre_x = Some(at.number(&place)?);
            Ok(())
        })),
    },
    Key {
        name: "yc",
        accepted: PLACE,
        does: "The same, down.",
        example: "w-200,h-150,cm-extract,xc-iw_div_2,yc-ih_div_2",
        sets: Sets::Step(&sized(Expression::parse, |step: &mut Step, place, at| {
            step.centre_y = Some(at.number(&place)?);
            Ok(())
        })),
    },
    Key {
        name: "t",
        accepted: "true, false, or 1 to 99",
        does: "Cuts away edges of one colour; the number says how much it may vary.",
        example: "w-200,t-10",
        sets: Sets::Step(&fixed(trim, |step: &mut Step, trim| step.trim = trim)),
    },
    Key {
        name: "fl",
        accepted: "h, v, h_v or v_h",
        does: "Mirrors across, down or both.",
        example: "w-200,fl-h",
        sets: Sets::Step(&fixed(read::flip, |step: &mut Step, flip| step.flip = flip)),
    },
    Key {
        name: "rt",
        accepted: "degrees, N before them for the other way round, or auto",
        does: "Turns clockwise. Corners that appear are transparent, or filled with bg.",
        example: "w-200,rt-N10,bg-E8DCC8",
        sets: Sets::Step(&fixed(read::turn, |step: &mut Step, turn| step.turn = turn)),
    },
    Key {
        name: "pg",
        accepted: "the number of a frame, from 1",
        does: "One frame of an animation, as a still picture.",
        example: "w-200,pg-1",
        sets: Sets::Step(&fixed(frame, |step: &mut Step, frame| {
            step.frame = Some(frame)
        })),
    },
];

/// A side in pixels, where `current` is that of the picture that the step gets.
fn side(size: &Size, at: &At<'_>, current: f64) -> Result<Option<f64>, Mistake> {
    Ok(match size {
        Size::Auto => None,
        Size::Fraction(fraction) => Some((current * fraction).max(1.0)),
        Size::Pixels(expression) => {
            let value = at.number(expression)?;
            if !(0.5..=LONGEST).contains(&value) {
                return Err(at.mistake("what gives 1 to 65535 pixels"));
            }
            Some(value)
        }
    })
}

/// How much edges may vary, in percent; `Some(None)` where nothing is cut away.
fn trim(text: &str) -> Option<Option<u8>> {
    match text {
        "true" => Some(Some(TRIM)),
        "false" => Some(None),
        number => number
            .parse()
            .ok()
            .filter(|t| (1..=99).contains(t))
            .map(Some),
    }
}

/// Of a range the first.
fn frame(text: &str) -> Option<u32> {
    let mut parts = text.split(['-', '_']);
    let first = parts.next()?;
    if !parts.all(|part| part.parse::<u32>().is_ok()) {
        return None;
    }
    first.parse().ok().filter(|n| (1..=10_000).contains(n))
}
