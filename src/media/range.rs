//! `Range` and `If-Range` (RFC 9110, section 14), one range only: what video players ask with.

/// Which bytes of a file to answer with.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    /// First and last byte, both inside the file.
    Part(u64, u64),
    /// Nothing of what was asked for exists: 416.
    Unsatisfiable,
}

/// `if_range` must be the file's strong `etag` for the range to count.
pub fn wanted(range: Option<&str>, if_range: Option<&str>, etag: &str, length: u64) -> Wanted {
    if if_range.is_some_and(|known| known != etag) {
        return Wanted::Whole;
    }
    // Several ranges, another unit or a malformed one: the header is ignored, as is allowed.
    let Some(spec) = range.and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    let Some((first, last)) = spec.split_once('-').filter(|_| !spec.contains(',')) else {
        return Wanted::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    match (first.trim(), last.trim()) {
        ("", "") => Wanted::Whole,
        ("", suffix) => match number(suffix) {
            None => Wanted::Whole,
            Some(0) => Wanted::Unsatisfiable,
            Some(_) if length == 0 => Wanted::Unsatisfiable,
            Some(suffix) => Wanted::Part(length.saturating_sub(suffix), length - 1),
        },
        (first, last) => {
            let Some(first) = number(first) else {
                return Wanted::Whole;
            };
            let last = if last.is_empty() {
                Some(u64::MAX)
            } else {
                number(last)
            };
            match last {
                None => Wanted::Whole,
                Some(last) if last < first => Wanted::Whole,
                Some(_) if first >= length => Wanted::Unsatisfiable,
                Some(last) => Wanted::Part(first, last.min(length - 1)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Wanted::*, wanted};

    #[test]
    fn each_range_names_its_bytes() {
        for (range, expected) in [
            ("bytes=0-1", Part(0, 1)),
            ("bytes=90-", Part(90, 99)),
            ("bytes=90-500", Part(90, 99)),
            ("bytes=-10", Part(90, 99)),
            ("bytes=-500", Part(0, 99)),
            ("bytes=100-", Unsatisfiable),
            ("bytes=-0", Unsatisfiable),
            ("bytes=5-4", Whole),
            ("bytes=0-1,5-6", Whole),
            ("items=0-1", Whole),
            ("bytes=a-b", Whole),
            ("bytes=-", Whole),
        ] {
            assert_eq!(wanted(Some(range), None, "\"e\"", 100), expected, "{range}");
        }
        assert_eq!(wanted(None, None, "\"e\"", 100), Whole);
        assert_eq!(wanted(Some("bytes=0-"), None, "\"e\"", 0), Unsatisfiable);
    }

    #[test]
    fn a_range_of_another_version_is_no_range() {
        assert_eq!(
            wanted(Some("bytes=0-1"), Some("\"e\""), "\"e\"", 100),
            Part(0, 1)
        );
        assert_eq!(
            wanted(Some("bytes=0-1"), Some("\"f\""), "\"e\"", 100),
            Whole
        );
        assert_eq!(
            wanted(Some("bytes=0-1"), Some("W/\"e\""), "\"e\"", 100),
            Whole
        );
    }
}
