//! What was found in a text: a part of it, with the words marked that were looked for.

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

use super::ask::Ask;
use crate::terms::terms;

/// A piece of a text.
#[derive(Serialize, Debug, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// It was looked for.
    pub marked: bool,
}

/// Characters that are shown at most, and of them before the first word that was looked for.
const SHOWN: usize = 160;
const BEFORE: usize = 60;

/// The part of a text around the first word that was looked for; of a text with none, its beginning.
pub fn excerpt(text: &str, ask: &Ask) -> Vec<Piece> {
    let text = text.replace('\n', " ");
    let segments: Vec<&str> = text.split_word_bounds().collect();
    let marks = marks(&segments, ask);
    let first = marks.iter().position(|marked| *marked).unwrap_or(0);
    let mut start = first;
    let mut length = 0;
    while start > 0 && length < BEFORE {
        start -= 1;
        length += segments[start].chars().count();
    }
    let mut pieces: Vec<Piece> = Vec::new();
    if start > 0 {
        push(&mut pieces, "… ", false);
    }
    let mut shown = 0;
    for (segment, marked) in segments.iter().zip(&marks).skip(start) {
        if shown >= SHOWN {
            push(&mut pieces, " …", false);
            break;
        }
        shown += segment.chars().count();
        let text: String = segment.chars().take(SHOWN).collect();
        push(&mut pieces, &text, *marked);
    }
    pieces
}

fn push(pieces: &mut Vec<Piece>, text: &str, marked: bool) {
    match pieces.last_mut() {
        Some(last) if last.marked == marked => last.text.push_str(text),
        _ => pieces.push(Piece {
            text: text.to_owned(),
            marked,
        }),
    }
}

/// Which segments are looked for; where words are written without spaces, each with the one beside it.
fn marks(segments: &[&str], ask: &Ask) -> Vec<bool> {
    let mut marks: Vec<bool> = segments
        .iter()
        .map(|segment| terms(segment).iter().any(|word| ask.wants(word)))
        .collect();
    for at in 1..segments.len() {
        let sign = |text: &str| text.chars().count() == 1;
        if sign(segments[at - 1]) && sign(segments[at]) {
            let pair = format!("{}{}", segments[at - 1], segments[at]);
            if terms(&pair)
                .iter()
                .any(|word| word.chars().count() == 2 && ask.wants(word))
            {
                marks[at - 1] = true;
                marks[at] = true;
            }
        }
        // A tag is found with its sign.
        if segments[at - 1] == "#" && ask.wants(&format!("#{}", terms(segments[at]).concat())) {
            marks[at - 1] = true;
            marks[at] = true;
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, asked: &str) -> String {
        let ask = Ask::read(asked, time::UtcOffset::UTC);
        let pieces = excerpt(text, &ask);
        pieces
            .iter()
            .map(|piece| match piece.marked {
                true => format!("[{}]", piece.text),
                false => piece.text.clone(),
            })
            .collect()
    }

    #[test]
    fn what_was_looked_for_is_marked_however_it_is_written() {
        for (text, asked, shown) in [
            ("Über den Fluß", "uber flus", "[Über] den [Fluß]"),
            ("A #Walk, a walk", "#walk", "A [#Walk], a walk"),
            ("昨日東京タワーへ", "東京", "昨日[東京]タワーへ"),
            ("Nothing here", "ridge", "Nothing here"),
            ("don't stop", "don ", "[don't] stop"),
        ] {
            assert_eq!(marked(text, asked), shown, "{text} {asked}");
        }
        let long = format!("{} ridge {}", "word ".repeat(60), "word ".repeat(60));
        let shown = marked(&long, "ridge");
        assert!(shown.starts_with("… ") && shown.ends_with(" …") && shown.contains("[ridge]"));
        assert!(shown.chars().count() < 240, "{shown}");
    }
}
