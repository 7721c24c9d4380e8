//! A caption in pieces: words, and addresses of pages, which become links.

use linkify::{LinkFinder, LinkKind};
use serde::Serialize;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    pub text: String,
    /// Where it leads, when it is an address.
    pub url: Option<String>,
}

/// The text in pieces. Addresses are those with `http://` or `https://`, without the signs of the sentence around them.
pub fn spans(text: &str) -> Vec<Span> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let mut spans: Vec<Span> = Vec::new();
    for found in finder.spans(text) {
        let text = found.as_str();
        let lower = text.to_ascii_lowercase();
        let leads = lower.starts_with("http://") || lower.starts_with("https://");
        // The finder knows the marks of English; others quote and end sentences otherwise.
        let end = match found.kind().is_some() && leads {
            true => text.trim_end_matches(AROUND).len(),
            false => 0,
        };
        let (url, words) = text.split_at(end);
        if !url.is_empty() {
            spans.push(Span {
                text: url.to_owned(),
                url: Some(url.to_owned()),
            });
        }
        match spans.last_mut() {
            _ if words.is_empty() => {}
            Some(last) if last.url.is_none() => last.text.push_str(words),
            _ => spans.push(Span {
                text: words.to_owned(),
                url: None,
            }),
        }
    }
    spans
}

/// Marks that end no address.
const AROUND: [char; 14] = [
    '“', '”', '„', '‘', '’', '‚', '«', '»', '‹', '›', '…', '。', '、', '」',
];

/// From here on a caption is cut in the feed, and where.
const CUT_FROM: usize = 180;
const CUT_AT: usize = 125;
const CUT_FROM_LINES: usize = 8;
const CUT_AT_LINES: usize = 5;

/// The caption in two pieces, cut between words when it is long, and between lines when there are many. Together they
/// are the caption.
pub fn cut(caption: &str) -> (&str, Option<&str>) {
    let long = caption.chars().count() > CUT_FROM;
    let mut lines = caption.match_indices('\n').map(|(at, _)| at);
    let many = caption.lines().count() > CUT_FROM_LINES;
    let by_lines = lines.nth(CUT_AT_LINES - 1).filter(|_| many || long);
    let by_length = long.then(|| {
        let limit = caption.char_indices().nth(CUT_AT);
        let limit = limit.map_or(caption.len(), |(at, _)| at);
        let blank = caption[..limit].rfind(char::is_whitespace);
        blank.filter(|at| *at > 0).unwrap_or(limit)
    });
    match by_lines.into_iter().chain(by_length).min() {
        Some(at) => (&caption[..at], Some(&caption[at..])),
        None => (caption, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links_and_nothing_else_does() {
        let leads = |text: &str| -> Vec<String> {
            let spans = spans(text);
            let whole: String = spans.iter().map(|span| span.text.as_str()).collect();
            assert_eq!(whole, text, "nothing is lost");
            spans.into_iter().filter_map(|span| span.url).collect()
        };
        for (text, expected) in [
            (
                "See https://example.org/a?b=1&c=2#d.",
                vec!["https://example.org/a?b=1&c=2#d"],
            ),
            (
                "(http://example.org/x_(y))",
                vec!["http://example.org/x_(y)"],
            ),
            (
                "“https://example.org”, and HTTPS://Example.org/!",
                vec!["https://example.org", "HTTPS://Example.org/"],
            ),
            (
                "https://bücher.example/straße",
                vec!["https://bücher.example/straße"],
            ),
            (
                "javascript:alert(1) data:text/html,x ftp://example.org",
                vec![],
            ),
            ("me@example.org, example.org, 12:30, a://b", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(leads(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_caption_is_cut_between_words_and_one_of_many_lines_between_them() {
        let words = "word ".repeat(60);
        let (short, rest) = cut(words.trim());
        assert!(short.chars().count() <= CUT_AT && !short.ends_with(' '));
        assert_eq!(format!("{short}{}", rest.unwrap()), words.trim());
        assert_eq!(cut("short").1, None);
        let unbroken = "語".repeat(300);
        let (short, rest) = cut(&unbroken);
        assert_eq!(short.chars().count() + rest.unwrap().chars().count(), 300);
        let list: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let (short, rest) = cut(list.trim());
        assert_eq!(
            (short, rest.unwrap().lines().count()),
            ("1\n2\n3\n4\n5", 16)
        );
        assert_eq!(cut("1\n2\n3\n4\n5\n6\n7\n8").1, None);
    }
}
