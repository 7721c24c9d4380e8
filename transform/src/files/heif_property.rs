//! Properties of the pictures in a HEIC or AVIF file (ISO/IEC 23008-12, 6.5).

use std::collections::HashMap;

use crate::files::bytes::number;
use crate::files::coded::{av1_size, hevc_size};
use crate::files::header::CodePoints;

type Size = (u32, u32);

pub(super) enum Property {
    Shown(Size),
    Coded(Size),
    Cropped(Size),
    Colours(CodePoints),
    Profile,
    Alpha,
    Layers,
    Turned,
    Other,
}

impl Property {
    pub fn read(kind: &[u8; 4], body: &[u8]) -> Property {
        let found = match kind {
            b"ispe" => pair(body).map(Property::Shown),
            b"hvcC" => hevc_size(body).map(Property::Coded),
            b"av1C" => body.get(4..).and_then(av1_size).map(Property::Coded),
            b"clap" => clean_aperture(body).map(Property::Cropped),
            b"colr" => colours(body),
            b"auxC" => is_alpha(body).then_some(Property::Alpha),
            b"lsel" | b"a1op" | b"a1lx" => Some(Property::Layers),
            b"irot" | b"imir" => Some(Property::Turned),
            _ => None,
        };
        found.unwrap_or(Property::Other)
    }
}

/// `clap`: width and height as fractions; where they lie, a program finds out.
fn clean_aperture(body: &[u8]) -> Option<Size> {
    let side = |at: u64| {
        let (above, below) = (number(body, at, 4)?, number(body, at + 4, 4)?);
        u32::try_from(above.checked_div(below)?).ok()
    };
    Some((side(0)?, side(8)?))
}

/// `colr`: code points, or a profile.
fn colours(body: &[u8]) -> Option<Property> {
    match body.get(..4)? {
        b"nclx" => Some(Property::Colours(CodePoints {
            primaries: u8::try_from(number(body, 4, 2)?).ok()?,
            transfer: u8::try_from(number(body, 6, 2)?).ok()?,
        })),
        b"prof" | b"rICC" => Some(Property::Profile),
        _ => None,
    }
}

/// `auxC`: what a picture beside the shown one is for.
fn is_alpha(body: &[u8]) -> bool {
    let names = [&b"auxid:1\0"[..], b"auxiliary:alpha"];
    names
        .iter()
        .any(|name| body.windows(name.len()).any(|at| at == *name))
}

/// `ispe`: version and flags, width, height.
fn pair(body: &[u8]) -> Option<Size> {
    Some((number(body, 4, 4)? as u32, number(body, 8, 4)? as u32))
}

/// `ipma`: which properties an item has, counted from 0.
pub(super) fn read_associations(
    body: &[u8],
    of_items: &mut HashMap<u64, Vec<usize>>,
) -> Option<()> {
    let (version, wide) = (*body.first()?, body.get(3)? & 1 == 1);
    let id_length = if version == 0 { 2 } else { 4 };
    let mut at = 8;
    for _ in 0..number(body, 4, 4)? {
        let id = number(body, at, id_length)?;
        let count = number(body, at + id_length, 1)?;
        at += id_length + 1;
        for _ in 0..count {
            let index = match wide {
                true => number(body, at, 2)? & 0x7fff,
                false => number(body, at, 1)? & 0x7f,
            };
            at += if wide { 2 } else { 1 };
            let own = of_items.entry(id).or_default();
            if let Some(index) = index.checked_sub(1).filter(|_| own.len() < 64) {
                own.push(index as usize);
            }
        }
    }
    Some(())
}
