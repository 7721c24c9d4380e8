//! How large a picture of the ISO media family (HEIC, AVIF) says it is, without understanding the rest.

/// Width and height of the largest item, by the `ispe` properties (ISO/IEC 23008-12, 6.5.3); `None` where there
/// is none. Meant for a limit before the file is given to a program, not as the truth.
pub fn largest_extent(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes;
    let mut largest = None;
    while let Some(at) = memchr::memmem::find(rest, b"ispe") {
        rest = &rest[at + 4..];
        let number = |from: usize| {
            let bytes = rest.get(from..from + 4)?;
            Some(u32::from_be_bytes(bytes.try_into().ok()?))
        };
        if let (Some(0), Some(width), Some(height)) = (number(0), number(4), number(8)) {
            let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
            if largest.is_none_or(|known| area((width, height)) > area(known)) {
                largest = Some((width, height));
            }
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::largest_extent;

    #[test]
    fn the_largest_counts() {
        let ispe = |width: u32, height: u32| {
            [
                &b"\0\0\0\x14ispe\0\0\0\0"[..],
                &width.to_be_bytes(),
                &height.to_be_bytes(),
            ]
            .concat()
        };
        let file = [ispe(512, 512), ispe(4032, 3024), ispe(320, 240)].concat();
        assert_eq!(largest_extent(&file), Some((4032, 3024)));
        assert_eq!(largest_extent(&file[..10]), None);
        assert_eq!(largest_extent(b"ispe"), None);
    }
}
