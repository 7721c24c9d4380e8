//! What kind of H.264 a film holds (ITU-T H.264, ISO/IEC 14496-15). Browsers play eight bits and chroma halved
//! both ways; cameras and editors write more.

use crate::files::bits::Bits;

/// What is beyond browsers in these settings of a decoder (`avcC`), if anything is; settings that cannot be
/// read are.
pub fn unplayable(settings: &[u8]) -> Option<&'static str> {
    let shapes = parameters(settings).map(shape);
    let mut worst = settings
        .get(1)
        .map_or(Some(UNKNOWN), |profile| of_profile(*profile));
    for shape in shapes {
        worst = worst.or(match shape {
            None => Some(UNKNOWN),
            Some(shape) if shape.depth > 8 => Some(DEEP),
            Some(shape) if shape.chroma > 1 => Some(FULL),
            Some(_) => None,
        });
    }
    worst
}

const UNKNOWN: &str = "H.264 of an unknown kind";
const DEEP: &str = "H.264 with more than 8 bits a colour";
const FULL: &str = "H.264 with more colour than 4:2:0";

/// Profiles by their numbers (H.264, annex A).
fn of_profile(profile: u8) -> Option<&'static str> {
    match profile {
        66 | 77 | 100 => None,
        110 => Some(DEEP),
        122 | 244 | 44 => Some(FULL),
        _ => Some(UNKNOWN),
    }
}

/// The sequence parameter sets of the settings.
fn parameters(settings: &[u8]) -> impl Iterator<Item = &[u8]> {
    let count = settings.get(5).map_or(0, |count| count & 0x1f);
    let mut rest = settings.get(6..).unwrap_or_default();
    (0..count).map_while(move |_| {
        let length = usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?));
        let set = rest.get(2..2 + length)?;
        rest = &rest[2 + length..];
        Some(set)
    })
}

struct Shape {
    /// As `chroma_format_idc`: 0 is gray, 1 is 4:2:0.
    chroma: u32,
    /// Bits of a sample.
    depth: u32,
}

/// H.264, 7.3.2.1.1.
fn shape(set: &[u8]) -> Option<Shape> {
    let plain = Shape {
        chroma: 1,
        depth: 8,
    };
    match set.get(1)? {
        66 | 77 | 88 => return Some(plain),
        _ => {}
    }
    let mut bits = Bits::of_set(set.get(4..)?);
    bits.number()?;
    let chroma = bits.number()?;
    if chroma == 3 {
        bits.bit()?;
    }
    let luma = bits.number()?;
    let depth = 8 + luma.max(bits.number()?);
    Some(Shape { chroma, depth })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings with one parameter set of this profile, whose numbers are written as bits.
    fn settings(profile: u8, numbers: &str) -> Vec<u8> {
        let bits: Vec<u8> = numbers.bytes().filter(|bit| *bit != b' ').collect();
        let bytes = bits.chunks(8).map(|bits| {
            let shifted = bits.iter().enumerate();
            shifted.fold(0, |byte, (n, bit)| byte | (bit - b'0') << (7 - n))
        });
        let set: Vec<u8> = [0x67, profile, 0, 30].into_iter().chain(bytes).collect();
        let length = (set.len() as u16).to_be_bytes();
        [&[1, profile, 0, 30, 0xff, 0xe1], &length[..], &set].concat()
    }

    #[test]
    fn only_eight_bits_and_halved_colour_are_played() {
        // id 0; chroma 1, 0, 2 or 3; bits beyond eight of luma and chroma.
        for (profile, numbers, expected) in [
            (66, "1", None),
            (77, "1", None),
            (100, "1 010 1 1 1", None),
            (100, "1 1 1 1 1", None),
            (100, "1 010 011 1 1", Some(DEEP)),
            (100, "1 010 1 011 1", Some(DEEP)),
            (100, "1 011 1 1 1", Some(FULL)),
            (100, "1 00100 0 1 1", Some(FULL)),
            (110, "1 010 011 011 1", Some(DEEP)),
            (122, "1 011 1 1 1", Some(FULL)),
            (244, "1 00100 0 1 1", Some(FULL)),
            (88, "1", Some(UNKNOWN)),
            (100, "0", Some(UNKNOWN)),
        ] {
            let settings = settings(profile, numbers);
            assert_eq!(unplayable(&settings), expected, "{profile} {numbers}");
            for length in 0..settings.len() {
                let _ = unplayable(&settings[..length]);
            }
        }
        assert_eq!(unplayable(&[]), Some(UNKNOWN));
        // What the settings say is one thing, and what the parameters say another.
        let mut liar = settings(110, "1 010 011 011 1");
        liar[1] = 100;
        assert_eq!(unplayable(&liar), Some(DEEP));
    }
}
