//! A text in pieces: words, and what becomes a link in it: addresses of pages, members who are named, tags.

use std::collections::HashMap;
use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use serde::Serialize;
use unicode_normalization::char::is_combining_mark;

use crate::terms;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    pub text: String,
    /// Where it leads, when it is an address, a member who is named, or a tag.
    pub url: Option<String>,
    /// It leads to a page of ours.
    pub ours: bool,
}

impl Span {
    fn link(text: &str, url: String, ours: bool) -> Span {
        Span {
            text: text.to_owned(),
            url: Some(url),
            ours,
        }
    }
}

/// Handles as they were typed, and what their members are called now.
pub type Named = HashMap<String, String>;

/// The text in pieces. Addresses are those with `http://` or `https://`, without the signs of the sentence around them;
/// of names those that are known.
pub fn spans(text: &str, named: &Named) -> Vec<Span> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let mut spans: Vec<Span> = Vec::new();
    for found in finder.spans(text) {
        let piece = found.as_str();
        let lower = piece.to_ascii_lowercase();
        let leads = lower.starts_with("http://") || lower.starts_with("https://");
        // The finder knows the marks of English; others quote and end sentences otherwise.
        let end = match found.kind().is_some() && leads {
            true => piece.trim_end_matches(AROUND).len(),
            false => 0,
        };
        if end > 0 {
            spans.push(Span::link(&piece[..end], piece[..end].to_owned(), false));
        }
        let mut from = found.start() + end;
        for mark in marks(text, from..found.end()) {
            let url = match &mark.of {
                Marked::Name(handle) => named.get(handle).map(|now| format!("/@{now}")),
                Marked::Tag(tag) => Some(tag_path(tag)),
            };
            let Some(url) = url else { continue };
            plain(&mut spans, &text[from..mark.range.start]);
            spans.push(Span::link(&text[mark.range.clone()], url, true));
            from = mark.range.end;
        }
        plain(&mut spans, &text[from..found.end()]);
    }
    spans
}

fn plain(spans: &mut Vec<Span>, words: &str) {
    match spans.last_mut() {
        _ if words.is_empty() => {}
        Some(last) if last.url.is_none() => last.text.push_str(words),
        _ => spans.push(Span {
            text: words.to_owned(),
            url: None,
            ours: false,
        }),
    }
}

/// The address of the page of a tag.
pub fn tag_path(tag: &str) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    format!("/tags/{}", utf8_percent_encode(tag, NON_ALPHANUMERIC))
}

/// A name or a tag in a text.
pub struct Mark {
    range: Range<usize>,
    pub of: Marked,
}

pub enum Marked {
    /// A handle, in lower case.
    Name(String),
    /// A tag, as it is looked for.
    Tag(String),
}

/// Names and tags that somebody has typed, outside of addresses: `@` and 2 to 30 of a to z, digits and underscores; `#`
/// and a tag. Neither stands inside of a word or an address of mail.
pub fn marked(text: &str) -> Vec<Mark> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let pieces = finder.spans(text).filter(|found| found.kind().is_none());
    pieces
        .flat_map(|found| marks(text, found.start()..found.end()))
        .collect()
}

fn marks(text: &str, within: Range<usize>) -> Vec<Mark> {
    let mut found = Vec::new();
    let mut at = within.start;
    while let Some(next) = text[at..within.end].find(['@', '#']) {
        let start = at + next;
        let sign = text[start..].chars().next().expect("it was found");
        let before = text[..start].chars().next_back();
        let rest = &text[start + 1..within.end];
        let (length, of) = match sign {
            '@' => name(before, rest),
            _ => tagged(before, rest),
        };
        at = start + 1 + length;
        found.extend(of.map(|of| Mark {
            range: start..at,
            of,
        }));
    }
    found
}

fn name(before: Option<char>, rest: &str) -> (usize, Option<Marked>) {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
    let inside = before.is_some_and(|c| c.is_alphanumeric() || "@./+-_".contains(c));
    let after = rest[length..].chars().next();
    // A letter of another script goes on with the word; another `@` makes it an address.
    let goes_on = after.is_some_and(|c| c == '@' || c.is_alphanumeric());
    let is_name = !inside && !goes_on && (2..=30).contains(&length);
    (
        length,
        is_name.then(|| Marked::Name(rest[..length].to_ascii_lowercase())),
    )
}

fn tagged(before: Option<char>, rest: &str) -> (usize, Option<Marked>) {
    let fits = |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == '_';
    let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
    let inside = before.is_some_and(|c| c.is_alphanumeric() || "&/#".contains(c));
    let tag = terms::tag(&rest[..length]).filter(|_| !inside);
    (length, tag.map(Marked::Tag))
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
            let spans = spans(text, &Named::new());
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
    fn names_and_tags_become_links_where_they_are_meant() {
        let named = Named::from([
            ("ada".to_owned(), "ada_l".to_owned()),
            ("ben_2".to_owned(), "ben_2".to_owned()),
        ]);
        let leads = |text: &str| -> Vec<String> {
            let spans = spans(text, &named);
            let whole: String = spans.iter().map(|span| span.text.as_str()).collect();
            assert_eq!(whole, text, "nothing is lost");
            spans.into_iter().filter_map(|span| span.url).collect()
        };
        for (text, expected) in [
            ("@ada", vec!["/@ada_l"]),
            ("Hello @Ada, and (@ben_2)!", vec!["/@ada_l", "/@ben_2"]),
            ("@ada's @ada: @ada.", vec!["/@ada_l", "/@ada_l", "/@ada_l"]),
            ("me@ada.org x@ada @ada@example.org @@ada a.@ada", vec![]),
            ("@nobody @a @ and @adaé", vec![]),
            (
                "https://example.org/@ada #walk",
                vec!["https://example.org/@ada", "/tags/walk"],
            ),
            (
                "#Walk #über_2 (#a1) #山",
                vec![
                    "/tags/walk",
                    "/tags/uber%5F2",
                    "/tags/a1",
                    "/tags/%E5%B1%B1",
                ],
            ),
            ("#1 a#b &#x27; ##c /#d # e", vec![]),
            ("@ada#walk", vec!["/@ada_l"]),
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
