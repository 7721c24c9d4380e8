//! Emoji in texts: sequences of several characters that stand for one picture (Unicode technical standard 51).

use std::collections::HashMap;

use unicode_segmentation::UnicodeSegmentation;

/// A piece of a text, and whether it is of emoji.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub text: String,
    pub is_emoji: bool,
}

/// What a font draws of an emoji.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    pub glyphs: usize,
    /// Some of them are boxes for what it lacks.
    pub lacks: bool,
}

/// The text in pieces, with each emoji as `draw` can draw it: as one where it has the sequence, without a colour of
/// skin that it lacks, and else one after the other. What it lacks altogether is left out: a box says nothing.
pub(super) fn pieces(text: &str, mut draw: impl FnMut(&str) -> Drawn) -> Vec<Piece> {
    let mut known: HashMap<&str, String> = HashMap::new();
    let mut pieces: Vec<Piece> = Vec::new();
    for cluster in text.graphemes(true) {
        let is_emoji = is_emoji(cluster);
        let shown = match is_emoji {
            true => known
                .entry(cluster)
                .or_insert_with(|| drawable(cluster, &mut draw)),
            false => cluster,
        };
        match pieces.last_mut() {
            Some(last) if last.is_emoji == is_emoji => last.text.push_str(shown),
            _ => pieces.push(Piece {
                text: shown.to_owned(),
                is_emoji,
            }),
        }
    }
    pieces
}

/// Asks for a picture where there is a letter as well.
const PICTURE: char = '\u{fe0f}';

fn is_emoji(cluster: &str) -> bool {
    cluster
        .chars()
        .any(|c| c >= '\u{1f000}' && !is_invisible(c) || c == PICTURE)
}

fn drawable(cluster: &str, draw: &mut impl FnMut(&str) -> Drawn) -> String {
    let whole = Drawn {
        glyphs: 1,
        lacks: false,
    };
    let without = |text: &str, drop: fn(char) -> bool| -> String {
        text.chars().filter(|c| !drop(*c)).collect()
    };
    let base = without(cluster, is_skin);
    // Fonts know some sequences without the sign that asks for a picture.
    for text in [cluster, &base] {
        for text in [text.to_owned(), without(text, |c| c == PICTURE)] {
            if draw(&text) == whole {
                return text;
            }
        }
    }
    let apart = base.chars().filter(|c| !is_invisible(*c));
    apart
        .filter(|c| !draw(c.encode_utf8(&mut [0; 4])).lacks)
        .collect()
}

fn is_skin(c: char) -> bool {
    ('\u{1f3fb}'..='\u{1f3ff}').contains(&c)
}

/// What joins, chooses a presentation or names a region, and is never seen itself.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_one_or_falls_back_to_what_there_is() {
        // A font that has a woman, a rocket, a hand in every colour and a woman with a rocket.
        let draw = |text: &str| match text {
            "👩" | "🚀" | "✋" | "✋🏽" | "👩\u{200d}🚀" => Drawn {
                glyphs: 1,
                lacks: false,
            },
            other => Drawn {
                glyphs: other.chars().count(),
                lacks: other.chars().any(|c| c == '🫩'),
            },
        };
        for (text, expected) in [
            ("👩\u{200d}🚀", "👩\u{200d}🚀"),
            ("👩🏽\u{200d}🚀", "👩\u{200d}🚀"),
            ("✋🏽", "✋🏽"),
            ("🚀🏽", "🚀"),
            ("👩\u{200d}🚀\u{200d}👩", "👩🚀👩"),
            ("🫩", ""),
            ("🫩🏽", ""),
        ] {
            let found = pieces(text, draw);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].text, expected, "{text}");
        }
        let mixed = pieces("Up 🚀🚀 we go", draw);
        let kinds: Vec<_> = mixed.iter().map(|piece| piece.is_emoji).collect();
        assert_eq!(kinds, [false, true, false]);
    }
}
