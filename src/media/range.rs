//! `Range` and `If-Range` (RFC 9110, section 14), one range only: what video players ask with.

/// Which bytes of a file to answer with.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// First and last byte, both inside the file.
    Of(u64, u64),
    /// Nothing of what was asked for exists: 416.
    Unsatisfiable,
}

/// `if_range` must be the file's strong `etag` for the range to count.
pub fn part_of(range: Option<&str>, if_range: Option<&str>, etag: &str, length: u64) -> Part {
    if if_range.is_some_and(|known| known != etag) {
        return Part::Whole;
    }
    // Several ranges, another unit or a malformed one: the header is ignored, as is allowed.
    let Some(spec) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((first, last)) = spec.split_once('-').filter(|_| !spec.contains(',')) else {
        return Part::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (first.trim(), last.trim()) {
        ("", "") => Part::Whole,
        ("", suffix) => match number(suffix) {
            None => Part::Whole,
            Some(0) => Part::Unsatisfiable,
            Some(_) if length == 0 => Part::Unsatisfiable,
            Some(suffix) => Part::Of(length.saturating_sub(suffix), length - 1),
        },
        (first, last) => {
            let Some(first) = number(first) else {
                return Part::Whole;
            };
            let last = if last.is_empty() {
                Some(u64::MAX)
            } else {
                number(last)
            };
            match last {
                None => Part::Whole,
                Some(last) if last < first => Part::Whole,
                Some(_) if first >= length => Part::Unsatisfiable,
                Some(last) => Part::Of(first, last.min(length - 1)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part::*, part_of};

    #[test]
    fn each_range_names_its_bytes() {
        for (range, expected) in [
            ("bytes=0-1", Of(0, 1)),
            ("bytes=90-", Of(90, 99)),
            ("bytes=90-500", Of(90, 99)),
            ("bytes=-10", Of(90, 99)),
            ("bytes=-500", Of(0, 99)),
            ("bytes=100-", Unsatisfiable),
            ("bytes=-0", Unsatisfiable),
            ("bytes=5-4", Whole),
            ("bytes=0-1,5-6", Whole),
            ("items=0-1", Whole),
            ("bytes=a-b", Whole),
            ("bytes=-", Whole),
        ] {
            assert_eq!(
                part_of(Some(range), None, "\"e\"", 100),
                expected,
                "{range}"
            );
        }
        assert_eq!(part_of(None, None, "\"e\"", 100), Whole);
        assert_eq!(part_of(Some("bytes=0-"), None, "\"e\"", 0), Unsatisfiable);
    }

    #[test]
    fn a_range_of_another_version_is_no_range() {
        assert_eq!(
            part_of(Some("bytes=0-1"), Some("\"e\""), "\"e\"", 100),
            Of(0, 1)
        );
        assert_eq!(
            part_of(Some("bytes=0-1"), Some("\"f\""), "\"e\"", 100),
            Whole
        );
        assert_eq!(
            part_of(Some("bytes=0-1"), Some("W/\"e\""), "\"e\"", 100),
            Whole
        );
    }
}
