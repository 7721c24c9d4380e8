//! The words of a text, as they are looked for: whoever types one finds it however it was written.
//!
//! Unicode's compatibility forms (NFKC, UAX 15) and case folding; accents are dropped where they are accents (Latin, Greek
//! and Cyrillic), because elsewhere marks are letters. Words end as UAX 29 says and at every sign inside. What is written
//! without spaces between words is taken in pairs of signs.

use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

/// So many characters of a word are kept.
const WORD: usize = 32;
/// So many words of a text.
const MOST: usize = 200;

/// The words of a text in their order, each once; at most 200, of at most 32 characters.
pub fn terms(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut found: Vec<String> = Vec::new();
    for word in folded.unicode_words() {
        let in_a_word = |c: char| c.is_alphanumeric() || is_combining_mark(c);
        for part in word.split(|c| !in_a_word(c)) {
            if !part.is_empty() && !part.chars().all(is_in_pairs) {
                keep(&mut found, part);
            }
        }
    }
    for pair in pairs(&folded) {
        keep(&mut found, &pair);
    }
    found
}

fn keep(found: &mut Vec<String>, word: &str) {
    let word: String = word.chars().take(WORD).collect();
    if found.len() < MOST && !found.contains(&word) {
        found.push(word);
    }
}

/// Every text that begins with a word lies before this and not before the word itself.
pub fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// A tag as it is looked for, without its sign: folded as words are, but one whole. Nothing where it is none: letters of
/// any script, digits and underscores, at most 32, at least one of them a letter.
pub fn tag(text: &str) -> Option<String> {
    let folded = fold(text);
    let fits = |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == '_';
    let is_tag = (1..=WORD).contains(&folded.chars().count())
        && folded.chars().all(fits)
        && folded.chars().any(char::is_alphabetic);
    is_tag.then_some(folded)
}

fn fold(text: &str) -> String {
    let compatible: String = text.nfkc().collect();
    let folded = CaseMapper::new().fold_string(&compatible);
    let mut base = Script::Unknown;
    let without_accents = folded.nfd().filter(|&c| {
        if !is_combining_mark(c) {
            base = c.script();
            return true;
        }
        !matches!(base, Script::Latin | Script::Greek | Script::Cyrillic)
    });
    without_accents.nfc().collect()
}

/// Whether words are written without spaces between them.
fn is_in_pairs(c: char) -> bool {
    use Script::*;
    let scripts = [Han, Hiragana, Katakana, Hangul, Thai, Lao, Khmer, Myanmar];
    scripts.contains(&c.script()) || c == 'ー'
}

/// Two signs after each other, of every run of such signs; one that stands alone, alone.
fn pairs(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for run in text.split(|c| !is_in_pairs(c)) {
        let signs: Vec<char> = run.chars().collect();
        match signs.len() {
            0 => {}
            1 => found.push(signs.iter().collect()),
            _ => found.extend(signs.windows(2).map(|pair| pair.iter().collect::<String>())),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_however_they_were_written() {
        for (text, words) in [
            ("Über den Fluß", "uber den fluss"),
            ("ÉCOLE, école: E\u{301}cole!", "ecole"),
            ("Ὀδυσσεύς", "οδυσσευσ"),
            ("Ёлка й", "елка и"),
            ("ﬁlm Ⅳ ①", "film iv 1"),
            (
                "don't l'été ada_lovelace 3.5",
                "don t l ete ada lovelace 3 5",
            ),
            ("हिन्दी में", "हिन्दी में"),
            ("東京タワー", "東京 京タ タワ ワー"),
            ("山", "山"),
            ("서울 city", "city 서울"),
            ("😀 !!! —", ""),
            ("İstanbul ISTANBUL", "istanbul"),
        ] {
            assert_eq!(terms(text).join(" "), words, "{text}");
        }
    }

    #[test]
    fn tags_are_one_whatever_their_case() {
        for (text, found) in [
            ("Walk", Some("walk")),
            ("Über_2026", Some("uber_2026")),
            ("山歩き", Some("山歩き")),
            ("2026", None),
            ("", None),
            ("a b", None),
            ("a-b", None),
        ] {
            assert_eq!(tag(text).as_deref(), found, "{text}");
        }
        assert_eq!(tag(&"a".repeat(33)), None);
    }

    #[test]
    fn a_text_has_an_end_and_so_has_a_word() {
        let many: String = (0..500).map(|n| format!("w{n} ")).collect();
        assert_eq!(terms(&many).len(), MOST);
        let long = "a".repeat(100);
        assert_eq!(terms(&long), [long[..WORD].to_owned()]);
    }

    #[test]
    fn what_begins_with_a_word_lies_before_its_end() {
        for whole in ["ban", "banana", "ban\u{fffd}"] {
            assert!("ban" <= whole && whole < end_of("ban").as_str());
        }
        assert!("bao" > end_of("ban").as_str());
    }
}
