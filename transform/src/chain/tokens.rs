//! The text of a chain in pieces, before anything is decoded: a value may hold an encoded separator.

/// One parameter, as it stands in the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub text: &'a str,
    /// A colon stood before it.
    pub begins_step: bool,
}

/// The parameters of a chain in their order; empty ones are left out. The colon of a ratio (`ar-4:3`)
/// or of an address (`di-https:@@…`) begins no step.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut start, mut begins_step) = (0, true);
    let ends = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| [b',', b':'].contains(byte))
        .map(|(at, _)| at)
        .chain([text.len()]);
    for end in ends {
        let colon = text.as_bytes().get(end) == Some(&b':');
        let piece = &text[start..end];
        let rest = &text[(end + 1).min(text.len())..];
        let ratio = is_half_a_ratio(piece) && begins_with_number(rest);
        let address = piece.starts_with("di-http") && rest.starts_with("@@");
        if colon && (ratio || address) {
            continue;
        }
        if !piece.is_empty() {
            let text = piece;
            tokens.push(Token { text, begins_step });
            begins_step = false;
        }
        begins_step |= colon;
        start = end + 1;
    }
    tokens
}

fn is_half_a_ratio(piece: &str) -> bool {
    let width = piece.strip_prefix("ar-");
    width.is_some_and(|width| !width.is_empty() && width.bytes().all(|b| b.is_ascii_digit()))
}

fn begins_with_number(rest: &str) -> bool {
    let number = rest.split([',', ':']).next().unwrap_or_default();
    !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_join_and_colons_begin() {
        let read = |text| -> Vec<(String, bool)> {
            let tokens = tokens(text).into_iter();
            tokens.map(|t| (t.text.to_owned(), t.begins_step)).collect()
        };
        let told = |parts: &[(&str, bool)]| -> Vec<(String, bool)> {
            parts
                .iter()
                .map(|(text, new)| ((*text).to_owned(), *new))
                .collect()
        };
        for (text, parts) in [
            ("", &[][..]),
            ("w-1", &[("w-1", true)]),
            (
                "w-1,h-2:rt-3",
                &[("w-1", true), ("h-2", false), ("rt-3", true)],
            ),
            (",w-1::,h-2,", &[("w-1", true), ("h-2", true)]),
            ("ar-4:3,w-4", &[("ar-4:3", true), ("w-4", false)]),
            ("ar-4:w-3", &[("ar-4", true), ("w-3", true)]),
            ("di-https:@@@@a@@b", &[("di-https:@@@@a@@b", true)]),
            ("ar-4:3:5", &[("ar-4:3", true), ("5", true)]),
        ] {
            assert_eq!(read(text), told(parts), "{text}");
        }
    }
}
