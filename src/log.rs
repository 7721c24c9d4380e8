//! What goes to the log and to a terminal: no address of a person, no key of a picture, and no character that a
//! terminal would obey.

use std::io::{self, Write};

/// Standard error, without what a log must not tell. Whoever writes into it writes whole lines.
pub struct Discreet(io::Stderr);

impl Discreet {
    pub fn new() -> Discreet {
        Discreet(io::stderr())
    }
}

impl Default for Discreet {
    fn default() -> Self {
        Discreet::new()
    }
}

impl Write for Discreet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(masked(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A key of a picture has so many characters (`media/storage/key.rs`).
const KEY: usize = 26;

/// The text with "…@…" for every e-mail address, and "…" for every key of a picture.
pub fn masked(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    for piece in text.split_inclusive(parts) {
        let (word, sign) = match piece.char_indices().next_back() {
            Some((at, last)) if parts(last) => piece.split_at(at),
            _ => (piece, ""),
        };
        said.push_str(match word {
            word if is_address(word) => "…@…",
            word if is_key(word) => "…",
            word if word.split('-').any(hides_key) => "…",
            word => word,
        });
        said.push_str(sign);
    }
    said
}

/// What may stand around an address or a key.
fn parts(c: char) -> bool {
    c.is_whitespace() || "<>()[]{}\"',;:=/?&|`\\".contains(c)
}

/// `name@domain`, also with the `@` written as in an address of the web.
fn is_address(word: &str) -> bool {
    let word = word.replace("%40", "@");
    word.split_once('@')
        .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
}

/// A step of an address that shows another picture (`i-k….jpg`), or an encoded text, which may be a key.
fn hides_key(piece: &str) -> bool {
    let escaped = |at: &[u8]| at[0] == b'%' && at[1..].iter().all(u8::is_ascii_hexdigit);
    is_key(piece)
        || piece.as_bytes().windows(3).any(escaped)
        || piece.len() >= KEY && piece.bytes().all(is_encoded)
}

/// Base64 in addresses.
fn is_encoded(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// As in the address of a picture: `k….jpg`.
fn is_key(word: &str) -> bool {
    let (name, _) = word.split_once('.').unwrap_or((word, ""));
    let plain = |b: u8| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b);
    name.len() == KEY && name.bytes().all(plain)
}

/// Text of others for a terminal: every control character, and every sign that turns the direction of what
/// follows, as U+FFFD.
pub fn printable(text: &str) -> String {
    let obeyed = |c: char| {
        c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    text.chars()
        .map(|c| if obeyed(c) { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_keys_are_masked_wherever_they_stand() {
        for (text, expected) in [
            (
                "550 5.1.1 <ada@example.org>: unknown",
                "550 5.1.1 <…@…>: unknown",
            ),
            ("to=Ada.L+x@xn--bcher-kva.example,", "to=…@…,"),
            ("path=/x/a%40b.c/d", "path=/x/…@…/d"),
            ("\"ünïcode@exämple.org\"", "\"…@…\""),
            ("path=/@ada status=200", "path=/@ada status=200"),
            (
                "path=/media/tr:w-640/abcdefghijklmnopqrstuvwxyz.jpg status=200",
                "path=/media/tr:w-640/… status=200",
            ),
            (
                "/data/media/originals/ab/abcdefghijklmnopqrstuvwx27.webp: gone",
                "/data/media/originals/ab/…: gone",
            ),
            (
                "id=01a21a2591d0-1c11d8ae, 3 users",
                "id=01a21a2591d0-1c11d8ae, 3 users",
            ),
            (
                "/media/tr:l-image,i-abcdefghijklmnopqrstuvwx27.jpg,w-90,l-end/x",
                "/media/tr:l-image,…,w-90,l-end/x",
            ),
            (
                "/media/tr:l-image,ie-YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4MjcuanBn,l-end/x",
                "/media/tr:l-image,…,l-end/x",
            ),
            ("/media/%61bcdefghijklmnopqrstuvwx27.jpg", "/media/…"),
            ("", ""),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn a_terminal_is_told_nothing() {
        let told = "a\u{1b}[31mb\r\nc\u{202e}d\u{9b}e";
        let said = "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}d\u{fffd}e";
        assert_eq!(printable(told), said);
        assert_eq!(printable("Ünï 漢字 😀"), "Ünï 漢字 😀");
    }
}
