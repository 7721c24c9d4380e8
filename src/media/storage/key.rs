//! The names that files are kept under, and in which forms.

/// A new name: nothing to guess, and its extension says what it is.
pub fn new_key(extension: &str) -> String {
    format!("{}.{extension}", crate::id::random_text(26))
}

/// True for a text that `new_key` can have made.
pub fn is_key(text: &str) -> bool {
    let in_name = |b: u8| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b);
    let in_extension = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.split_once('.').is_some_and(|(name, extension)| {
        name.len() == 26
            && name.bytes().all(in_name)
            && extension.len() <= 4
            && extension.bytes().all(in_extension)
    })
}

/// Keys are spread over shelves, so that no folder gets long.
pub(super) fn shelf(key: &str) -> &str {
    key.get(..2).unwrap_or("xx")
}

/// The forms of a picture or video that are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    Original,
    /// The smaller upright copy that is served; of a video its picture.
    Master,
    /// Of a video, the smaller size.
    Small,
    /// Of a video that was made anew, what was sent.
    Source,
}

impl Kept {
    pub const ALL: [Kept; 4] = [Kept::Original, Kept::Master, Kept::Small, Kept::Source];

    pub fn folder(self) -> &'static str {
        match self {
            Kept::Original => "originals",
            Kept::Master => "masters",
            Kept::Small => "small",
            Kept::Source => "sources",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_are_keys() {
        assert!(is_key(&new_key("jpg")));
        for bad in [
            "",
            "x.jpg",
            "../../../etc/passwd",
            "aaaaaaaaaaaaaaaaaaaaaaaaaa.j/g",
        ] {
            assert!(!is_key(bad), "{bad}");
        }
    }
}
