//! Base64 (RFC 4648) as addresses hold it: either alphabet, with or without padding.

use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};

/// The text that was encoded; `None` when this is no Base64. What is no UTF-8 in it is replaced.
pub fn text(encoded: &str) -> Option<String> {
    let decoded = [STANDARD, URL_SAFE]
        .iter()
        .find_map(|alphabet| lenient(alphabet).decode(encoded).ok())?;
    Some(String::from_utf8_lossy(&decoded).into_owned())
}

fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn every_spelling_is_read() {
        for encoded in ["Pz8/Pg==", "Pz8/Pg", "Pz8_Pg==", "Pz8_Pg"] {
            assert_eq!(text(encoded).as_deref(), Some("???>"), "{encoded}");
        }
        assert_eq!(text("R3LDvMOfZQ==").as_deref(), Some("Grüße"));
        assert_eq!(text("!!"), None);
    }
}
