//! How a text looks.

use crate::chain::colour;
use crate::chain::expression::{Expression, number};
use crate::chain::key::{Key, Sets, fixed, sized};
use crate::chain::read::{self, between};
use crate::chain::style::TextStyle;
use crate::chain::value::{Align, MOST_TEXT, Size};

/// Of a letter, in pixels.
const MOST_FONT: f64 = 2_000.0;
/// Of one side, in pixels.
const MOST_PADDING: f64 = 2_000.0;

pub(super) static KEYS: &[Key] = &[
    Key {
        name: "w",
        accepted: "pixels, or an expression such as bw_mul_0.8",
        does: "Width at which lines are broken.",
        example: "w-200,l-text,i-A%20porch%20in%20the%20evening,w-160,fs-26,pa-6,bg-00000080,co-FFFFFF,l-end",
        sets: Sets::Style(&sized(read::size, |style: &mut TextStyle, size, at| {
            style.width = match size {
                Size::Auto => None,
                Size::Fraction(part) => Some((part * at.sizes.current.0).max(1.0)),
                Size::Pixels(width) => Some(at.length(&width, 1.0, MOST_TEXT)?),
            };
            Ok(())
        })),
    },
    Key {
        name: "fs",
        accepted: "1 to 2000 pixels, or an expression",
        does: "Size of the letters; 45 without it.",
        example: "w-200,l-text,i-Porch,fs-bw_div_4,pa-6,bg-00000080,co-FFFFFF,l-end",
        sets: Sets::Style(&sized(
            Expression::parse,
            |style: &mut TextStyle, size, at| {
                style.size = at.length(&size, 1.0, MOST_FONT)?;
                Ok(())
            },
        )),
    },
    Key {
        name: "ff",
        accepted: "the name of a font",
        does: "Font. Where this machine has none of that name it is DejaVu Sans.",
        example: "w-200,l-text,i-Porch,ff-DejaVu%20Serif,fs-40,pa-6,bg-00000080,co-FFFFFF,l-end",
        sets: Sets::Style(&fixed(family, |style: &mut TextStyle, family| {
            style.family = Some(family)
        })),
    },
    Key {
        name: "co",
        accepted: "a colour",
        does: "Colour of the letters; black without it.",
        example: "w-200,l-text,i-Porch,fs-40,co-gold,l-end",
        sets: Sets::Style(&fixed(colour::parse, |style: &mut TextStyle, colour| {
            style.colour = colour
        })),
    },
    Key {
        name: "ia",
        accepted: "left, center or right",
        does: "Where lines begin.",
        example: "w-200,l-text,i-A%20porch%20in%20the%20evening,w-180,fs-26,ia-left,co-FFFFFF,l-end",
        sets: Sets::Style(&fixed(align, |style: &mut TextStyle, align| {
            style.align = align
        })),
    },
    Key {
        name: "pa",
        accepted: "one to four numbers such as 10_20, as in CSS, or an expression",
        does: "Room around the text.",
        example: "w-200,l-text,i-Porch,fs-30,pa-10_20,bg-2A2420A0,co-FFFFFF,l-end",
        sets: Sets::Style(&sized(padding, |style: &mut TextStyle, parts, at| {
            for (side, which) in style.padding.iter_mut().zip(sides_of(parts.len())) {
                *side = at.length(&parts[which], 0.0, MOST_PADDING)?;
            }
            Ok(())
        })),
    },
    Key {
        name: "al",
        accepted: "1 to 9",
        does: "How opaque a text or a canvas is, in tenths.",
        example: "w-200,l-text,i-Porch,fs-50,co-FFFFFF,al-4,l-end",
        sets: Sets::Style(&fixed(
            |text| between(text, 1.0, 9.0),
            |style: &mut TextStyle, tenths| style.alpha = tenths / 10.0,
        )),
    },
    Key {
        name: "tg",
        accepted: "b, i and strikethrough, joined by _",
        does: "Bold, italic, struck through.",
        example: "w-200,l-text,i-Porch,fs-40,tg-b_i,co-FFFFFF,l-end",
        sets: Sets::Style(&fixed(typography, |style: &mut TextStyle, said| {
            (style.bold, style.italic, style.struck) = (said.bold, said.italic, said.struck);
        })),
    },
    Key {
        name: "bg",
        accepted: "a colour",
        does: "Colour behind the text.",
        example: "w-200,l-text,i-Porch,fs-40,pa-8,bg-00000060,co-FFFFFF,l-end",
        sets: Sets::Style(&fixed(colour::parse, |style: &mut TextStyle, colour| {
            style.background = Some(colour)
        })),
    },
    Key {
        name: "r",
        accepted: "pixels, max, or four numbers",
        does: "Rounds the corners of what is behind the text.",
        example: "w-200,l-text,i-Porch,fs-30,pa-8_16,bg-2A2420,r-max,co-FFFFFF,l-end",
        sets: Sets::Style(&fixed(read::radius, |style: &mut TextStyle, radius| {
            style.radius = Some(radius)
        })),
    },
    Key {
        name: "rt",
        accepted: "degrees, N before them for the other way round",
        does: "Turns the text.",
        example: "w-200,l-text,i-Porch,fs-40,rt-N20,co-FFFFFF,l-end",
        sets: Sets::Style(&fixed(read::turn, |style: &mut TextStyle, turn| {
            style.turn = turn
        })),
    },
    Key {
        name: "fl",
        accepted: "h, v, h_v or v_h",
        does: "Mirrors the text.",
        example: "w-200,l-text,i-Porch,fs-40,fl-h,co-FFFFFF,l-end",
        sets: Sets::Style(&fixed(read::flip, |style: &mut TextStyle, flip| {
            style.flip = flip
        })),
    },
    Key {
        name: "lh",
        accepted: "pixels, or an expression",
        does: "From one line to the next.",
        example: "w-200,l-text,i-A%20porch%20in%20the%20evening,w-160,fs-24,lh-40,co-FFFFFF,l-end",
        sets: Sets::Style(&sized(
            Expression::parse,
            |style: &mut TextStyle, line, at| {
                style.line_height = Some(at.length(&line, 1.0, MOST_FONT * 4.0)?);
                Ok(())
            },
        )),
    },
];

fn family(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn align(text: &str) -> Option<Align> {
    match text {
        "left" => Some(Align::Left),
        "center" => Some(Align::Centre),
        "right" => Some(Align::Right),
        _ => None,
    }
}

/// One to four lengths, or one expression.
fn padding(text: &str) -> Option<Vec<Expression>> {
    let plain: Option<Vec<f64>> = text.split('_').map(number).collect();
    let parts = match plain {
        Some(_) => text.split('_').map(Expression::parse).collect(),
        None => vec![Expression::parse(text)],
    };
    let parts: Option<Vec<Expression>> = parts.into_iter().collect();
    parts.filter(|parts| parts.len() <= 4)
}

/// Which of one to four values holds for top, right, bottom and left, as in CSS.
fn sides_of(count: usize) -> [usize; 4] {
    match count {
        1 => [0; 4],
        2 => [0, 1, 0, 1],
        3 => [0, 1, 2, 1],
        _ => [0, 1, 2, 3],
    }
}

#[derive(Default)]
struct Typography {
    bold: bool,
    italic: bool,
    struck: bool,
}

fn typography(text: &str) -> Option<Typography> {
    let mut said = Typography::default();
    for name in text.split('_') {
        match name {
            "b" => said.bold = true,
            "i" => said.italic = true,
            "strikethrough" => said.struck = true,
            _ => return None,
        }
    }
    Some(said)
}
