//! Keyset paging, shared by every list: a page begins after the last row of the one before it, so
//! that posts arriving or vanishing meanwhile shift nothing.

use std::fmt;
use std::str::FromStr;

use crate::clock::Micros;
use crate::id::Id;

/// The place of a row in a list that is newest first. As text it is sixteen digits, a hyphen and the
/// id, so that texts sort as places do.
pub struct Cursor<T> {
    pub at: Micros,
    pub id: Id<T>,
}

impl<T> fmt::Display for Cursor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016}-{}", self.at, self.id)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct BadCursor;

impl<T> FromStr for Cursor<T> {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let (at, id) = text.split_once('-').ok_or(BadCursor)?;
        let digits = at.len() == 16 && at.bytes().all(|b| b.is_ascii_digit());
        if !digits || id.len() != 36 {
            return Err(BadCursor);
        }
        Ok(Cursor {
            at: at.parse().map_err(|_| BadCursor)?,
            id: id.parse().map_err(|_| BadCursor)?,
        })
    }
}

/// At most `limit` rows, and whether there are more behind them.
pub struct Page<R> {
    pub rows: Vec<R>,
    pub more: bool,
}

impl<R> Page<R> {
    /// From a query that asked for one row more than `limit`.
    pub fn of(mut rows: Vec<R>, limit: usize) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        Page { rows, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_text_is_a_cursor() {
        let id = Id::<()>::new();
        let cursor = Cursor {
            at: 1_763_800_000_000_000,
            id,
        };
        let again: Cursor<()> = cursor.to_string().parse().unwrap();
        assert_eq!((again.at, again.id), (cursor.at, cursor.id));
        for bad in [
            "",
            "1-2",
            "x",
            &format!("+763800000000000-{id}"),
            &format!("{cursor}x"),
        ] {
            assert!(bad.parse::<Cursor<()>>().is_err(), "{bad}");
        }
    }
}
