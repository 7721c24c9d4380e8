//! What a layer shows, and where it lies.

use super::words::PLACE;
use crate::chain::expression::Expression;
use crate::chain::key::{Key, Sets, Word, fixed, sized};
use crate::chain::place::Place;
use crate::chain::read;
use crate::chain::value::Blend;

const WHERE: &str =
    "center, top, left, bottom, right, top_left, top_right, bottom_left or bottom_right";

pub(super) static KEYS: &[Key] = &[
    Key {
        name: "i",
        accepted: "a text, the key of a picture of this site, or ik_canvas",
        does: "What l-text or l-image shows. A canvas is a plain colour (w, h, bg, al, r, e-gradient).",
        example: "w-200,l-image,i-ik_canvas,w-100,h-40,bg-E8DCC8,r-20,l-end",
        sets: Sets::Word(Word::Input),
    },
    Key {
        name: "ie",
        accepted: "the same in Base64",
        does: "As i, for everything that an address cannot hold.",
        example: "w-200,l-text,ie-UG9yY2g=,fs-40,pa-6,bg-00000080,co-FFFFFF,l-end",
        sets: Sets::Word(Word::EncodedInput),
    },
    Key {
        name: "lx",
        accepted: PLACE,
        does: "Left edge of the layer; with N its right edge, from the right.",
        example: "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lx-N10,ly-10,l-end",
        sets: Sets::Place(&sized(
            Expression::parse,
            |place: &mut Place, length, at| {
                place.x.edge = Some(at.number(&length)?);
                Ok(())
            },
        )),
    },
    Key {
        name: "ly",
        accepted: PLACE,
        does: "Upper edge of the layer; with N its lower edge, from below.",
        example: "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lx-10,ly-N10,l-end",
        sets: Sets::Place(&sized(
            Expression::parse,
            |place: &mut Place, length, at| {
                place.y.edge = Some(at.number(&length)?);
                Ok(())
            },
        )),
    },
    Key {
        name: "lxc",
        accepted: PLACE,
        does: "Centre of the layer, across.",
        example: "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lxc-bw_div_2,lyc-20,l-end",
        sets: Sets::Place(&sized(
            Expression::parse,
            |place: &mut Place, length, at| {
                place.x.centre = Some(at.number(&length)?);
                Ok(())
            },
        )),
    },
    Key {
        name: "lyc",
        accepted: PLACE,
        does: "Centre of the layer, down.",
        example: "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lxc-bw_div_2,lyc-20,l-end",
        sets: Sets::Place(&sized(
            Expression::parse,
            |place: &mut Place, length, at| {
                place.y.centre = Some(at.number(&length)?);
                Ok(())
            },
        )),
    },
    Key {
        name: "lap",
        accepted: WHERE,
        does: "Where on the picture lx and ly are counted from.",
        example: "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lap-center,lx-0,ly-0,l-end",
        sets: Sets::Place(&fixed(read::anchor, |place: &mut Place, (x, y)| {
            (place.x.anchor, place.y.anchor) = (x, y)
        })),
    },
    Key {
        name: "lfo",
        accepted: WHERE,
        does: "Where the layer lies without lx and its like; in the middle without it.",
        example: "w-200,l-text,i-Porch,fs-30,co-FFFFFF,lfo-bottom_right,l-end",
        sets: Sets::Place(&fixed(read::anchor, |place: &mut Place, anchor| {
            place.focus = anchor
        })),
    },
    Key {
        name: "lm",
        accepted: "multiply, cutter or cutout",
        does: "How the layer meets the picture: darkening it, keeping only what lies under it, or cutting that out.",
        example: "w-200,h-200,f-png,l-text,i-Porch,fs-56,tg-b,lm-cutter,l-end",
        sets: Sets::Place(&fixed(blend, |place: &mut Place, blend| {
            place.blend = blend
        })),
    },
];

fn blend(text: &str) -> Option<Blend> {
    match text {
        "multiply" => Some(Blend::Multiply),
        "cutter" => Some(Blend::Keep),
        "cutout" => Some(Blend::CutOut),
        _ => None,
    }
}
