//! The one thing wanted from EXIF and XMP: how the picture must be turned.

/// Tag 0x0112 of the first directory of a TIFF block, with or without the `Exif\0\0` before it.
///
/// `None` when the block has no such tag; a value outside 1 to 8 (cameras write 0) means upright.
pub(crate) fn find_orientation(block: &[u8]) -> Option<u8> {
    let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    let big = match tiff.get(..4)? {
        b"MM\0*" => true,
        b"II*\0" => false,
        _ => return None,
    };
    let short = |at: usize| -> Option<u16> {
        let pair: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if big {
            u16::from_be_bytes(pair)
        } else {
            u16::from_le_bytes(pair)
        })
    };
    let long = |at: usize| -> Option<u32> {
        let four: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if big {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    for entry in 0..entries {
        let at = directory.checked_add(2 + entry * 12)?;
        if short(at)? != 0x0112 {
            continue;
        }
        let value = match short(at + 2)? {
            1 => u32::from(*tiff.get(at + 8)?),
            4 | 9 => long(at + 8)?,
            _ => u32::from(short(at + 8)?),
        };
        return Some(valid(value));
    }
    None
}

/// `tiff:Orientation` of an XMP packet, as an attribute or as an element.
pub(crate) fn find_xmp_orientation(packet: &[u8]) -> Option<u8> {
    const NAME: &[u8] = b"tiff:Orientation";
    let at = packet
        .windows(NAME.len())
        .position(|window| window == NAME)?;
    let mut rest = packet[at + NAME.len()..].iter().skip_while(|byte| {
        byte.is_ascii_whitespace() || matches!(byte, b'=' | b'>' | b'"' | b'\'')
    });
    let digit = rest.next().filter(|byte| byte.is_ascii_digit())?;
    match rest.next() {
        Some(next) if next.is_ascii_digit() => Some(1),
        _ => Some(valid(u32::from(digit - b'0'))),
    }
}

/// The bytes of an ImageMagick "Raw profile type" text: a name, a length and lines of hexadecimal.
pub(crate) fn read_raw_profile(text: &[u8]) -> Option<Vec<u8>> {
    let mut lines = text.splitn(4, |byte| *byte == b'\n');
    let (_empty, _name, length) = (lines.next()?, lines.next()?, lines.next()?);
    let length: usize = std::str::from_utf8(length).ok()?.trim().parse().ok()?;
    let digits: Vec<u8> = lines
        .next()?
        .iter()
        .filter_map(|byte| char::from(*byte).to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    let bytes: Vec<u8> = digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect();
    (bytes.len() >= length).then_some(bytes)
}

fn valid(value: u32) -> u8 {
    match value {
        1..=8 => value as u8,
        _ => 1,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A TIFF block that holds an orientation and a GPS directory without a position.
    pub(crate) fn block(orientation: u8) -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
        tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
        tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
        tiff.extend([0, 0, 0, 0, 0, 0]);
        tiff
    }

    #[test]
    fn both_byte_orders_are_read() {
        assert_eq!(find_orientation(&block(6)), Some(6));
        let big = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0";
        assert_eq!(find_orientation(big), Some(8));
        assert_eq!(find_orientation(&block(0)), Some(1));
    }

    #[test]
    fn a_broken_block_is_no_block() {
        let whole = block(6);
        for length in 0..18 {
            assert_eq!(find_orientation(&whole[..length]), None);
        }
        assert_eq!(find_orientation(b"II*\0\xff\xff\xff\xff"), None);
    }

    #[test]
    fn xmp_is_read_in_both_forms() {
        assert_eq!(
            find_xmp_orientation(b"<a tiff:Orientation=\"3\"/>"),
            Some(3)
        );
        assert_eq!(
            find_xmp_orientation(b"<tiff:Orientation>8</tiff:Orientation>"),
            Some(8)
        );
        assert_eq!(find_xmp_orientation(b"<tiff:Orientation>"), None);
        assert_eq!(find_xmp_orientation(b"nothing"), None);
    }
}
