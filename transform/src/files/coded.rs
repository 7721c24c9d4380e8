//! How large a coded picture says that it is: in the headers of H.265 and AV1.

use crate::files::bits::Bits;
use crate::files::bytes::number;

type Size = (u32, u32);

/// The size in the sequence parameter set of `hvcC` (ISO/IEC 14496-15, 8.3.3; H.265, 7.3.2.2).
pub fn hevc_size(body: &[u8]) -> Option<Size> {
    let mut at = 23;
    for _ in 0..*body.get(22)? {
        let kind = body.get(at)? & 0x3f;
        let units = number(body, at as u64 + 1, 2)?;
        at += 3;
        for _ in 0..units {
            let length = number(body, at as u64, 2)? as usize;
            let unit = body.get(at + 2..at + 2 + length)?;
            at += 2 + length;
            // 33: a sequence parameter set, behind a head of two bytes.
            if kind == 33 {
                return hevc_set_size(unit.get(2..)?);
            }
        }
    }
    None
}

fn hevc_set_size(set: &[u8]) -> Option<Size> {
    let mut bits = Bits::of_set(set);
    bits.skip(4);
    let layers = bits.take(3)?;
    // Nesting, the profile and its level.
    bits.skip(1 + 88 + 8);
    let present: Vec<(u32, u32)> = (0..layers)
        .map(|_| Some((bits.bit()?, bits.bit()?)))
        .collect::<Option<_>>()?;
    if layers > 0 {
        bits.skip(2 * (8 - layers as usize));
    }
    for (profile, level) in present {
        bits.skip(88 * profile as usize + 8 * level as usize);
    }
    bits.number()?;
    if bits.number()? == 3 {
        bits.skip(1);
    }
    Some((bits.number()?, bits.number()?))
}

/// The size in the sequence header among these units (AV1, 5.3 and 5.5).
pub fn av1_size(units: &[u8]) -> Option<Size> {
    let mut rest = units;
    for _ in 0..8 {
        let head = *rest.first()?;
        let (kind, extended, sized) = (head >> 3 & 15, head >> 2 & 1 == 1, head >> 1 & 1 == 1);
        rest = rest.get(1 + usize::from(extended)..)?;
        let mut length = rest.len();
        if sized {
            let (value, bytes) = leb128(rest)?;
            rest = rest.get(bytes..)?;
            length = value;
        }
        let unit = rest.get(..length.min(rest.len()))?;
        if kind == 1 {
            return av1_header_size(unit);
        }
        rest = rest.get(length..)?;
    }
    None
}

fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (n, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return Some((value, n + 1));
        }
    }
    None
}

fn av1_header_size(unit: &[u8]) -> Option<Size> {
    let mut bits = Bits::new(unit);
    bits.skip(4);
    if bits.bit()? == 1 {
        bits.skip(5);
    } else {
        // A film's clock: no picture has one.
        if bits.bit()? == 1 {
            return None;
        }
        let delays = bits.bit()? == 1;
        for _ in 0..=bits.take(5)? {
            bits.skip(12);
            if bits.take(5)? > 7 {
                bits.skip(1);
            }
            if delays && bits.bit()? == 1 {
                bits.skip(4);
            }
        }
    }
    let (across, down) = (bits.take(4)? + 1, bits.take(4)? + 1);
    Some((bits.take(across)? + 1, bits.take(down)? + 1))
}
