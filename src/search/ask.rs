//! What somebody looks for: words, and a few things that are said with a colon.

use time::{Date, Month, UtcOffset};

use crate::clock::Micros;
use crate::terms::{self, terms};

/// What is looked for, as it was typed.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Words that have to be there, tags and `has:` among them.
    pub words: Vec<String>,
    /// The last word may be the beginning of one.
    pub prefix: Option<String>,
    /// One member's, by handle.
    pub from: Option<String>,
    pub after: Option<Micros>,
    pub before: Option<Micros>,
}

/// So many words at most, beside the one that is being typed.
pub const WORDS: usize = 6;

impl Ask {
    /// Reads `ridge from:ada tag:walk has:video before:2026-08 after:2025`; days begin in this zone.
    pub fn read(text: &str, zone: UtcOffset) -> Ask {
        let mut ask = Ask::default();
        let last_is_open = !text.ends_with(char::is_whitespace);
        let mut pieces = text.split_whitespace().peekable();
        while let Some(piece) = pieces.next() {
            let is_open = last_is_open && pieces.peek().is_none();
            if !ask.take(piece, zone) {
                ask.add(piece, is_open);
            }
        }
        ask.words.truncate(WORDS);
        ask
    }

    /// Whether the piece was something said with a colon, or a tag.
    fn take(&mut self, piece: &str, zone: UtcOffset) -> bool {
        let (name, value) = match piece.split_once(':') {
            Some((name, value)) => (name.to_lowercase(), value),
            None => return false,
        };
        match name.as_str() {
            "from" => {
                let handle = value.trim_start_matches('@').to_lowercase();
                self.from = Some(handle).filter(|handle| !handle.is_empty());
                self.from.is_some()
            }
            "tag" => match terms::tag(value.trim_start_matches('#')) {
                Some(tag) => {
                    self.words.push(format!("#{tag}"));
                    true
                }
                None => false,
            },
            "has" if ["video", "photo"].contains(&value) => {
                self.words.push(format!("has:{value}"));
                true
            }
            "before" => {
                self.before = begins(value, zone);
                self.before.is_some()
            }
            "after" => {
                self.after = begins(value, zone);
                self.after.is_some()
            }
            _ => false,
        }
    }

    fn add(&mut self, piece: &str, is_open: bool) {
        if let Some(tag) = piece.strip_prefix('#').and_then(terms::tag) {
            match is_open {
                true => self.prefix = Some(format!("#{tag}")),
                false => self.words.push(format!("#{tag}")),
            }
            return;
        }
        let mut found = terms(piece);
        if is_open && let Some(last) = found.pop() {
            self.prefix = Some(last);
        }
        self.words.extend(found);
    }

    /// Nothing was said that could be looked for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
            && self.prefix.is_none()
            && self.from.is_none()
            && self.after.is_none()
            && self.before.is_none()
    }

    /// Whether a word of a text is one that is looked for.
    pub fn wants(&self, word: &str) -> bool {
        let begins = |prefix: &String| word.starts_with(prefix.as_str());
        self.words.iter().any(|wanted| wanted == word) || self.prefix.as_ref().is_some_and(begins)
    }
}

/// The instant at which a year, a month or a day begins: `2026`, `2026-08`, `2026-08-31`.
fn begins(text: &str, zone: UtcOffset) -> Option<Micros> {
    let mut parts = text.split('-');
    let mut number = |digits: usize| -> Option<Option<u16>> {
        match parts.next() {
            None => Some(None),
            Some(part) if part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()) => {
                part.parse().ok().map(Some)
            }
            Some(_) => None,
        }
    };
    let (year, month, day) = (number(4)??, number(2)?, number(2)?);
    if parts.next().is_some() {
        return None;
    }
    let month = Month::try_from(month.unwrap_or(1) as u8).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, day.unwrap_or(1) as u8).ok()?;
    let instant = date.midnight().assume_offset(zone);
    Some((instant.unix_timestamp_nanos() / 1_000) as Micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Ask {
        Ask::read(text, UtcOffset::UTC)
    }

    #[test]
    fn words_tags_and_what_is_said_with_a_colon_are_told_apart() {
        let ask = read("Über ridge from:@Ada tag:Walk has:video sun");
        assert_eq!(ask.words, ["uber", "ridge", "#walk", "has:video"]);
        assert_eq!(ask.prefix.as_deref(), Some("sun"));
        assert_eq!(ask.from.as_deref(), Some("ada"));
        assert_eq!(read("sun ").prefix, None);
        assert_eq!(read("#wal").prefix.as_deref(), Some("#wal"));
        assert_eq!(read("#walk x").words, ["#walk"]);
        // What is no date or kind is words.
        assert_eq!(
            read("has:cake before:lunch ").words,
            ["has", "cake", "before", "lunch"]
        );
        assert!(read("  ").is_empty() && read("!").is_empty());
        let many: String = (0..20).map(|n| format!("w{n} ")).collect();
        assert_eq!(read(&many).words.len(), WORDS);
    }

    #[test]
    fn years_months_and_days_begin() {
        let day = 86_400 * 1_000_000;
        assert_eq!(read("after:1970").after, Some(0));
        assert_eq!(read("before:1970-02").before, Some(31 * day));
        assert_eq!(read("before:1970-01-03").before, Some(2 * day));
        for wrong in ["1970-13", "1970-02-30", "70", "1970-1", "1970-01-01-01", ""] {
            assert_eq!(read(&format!("before:{wrong}")).before, None, "{wrong}");
        }
    }
}
