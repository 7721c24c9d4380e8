//! What the last requests read, so that a reader who only reads costs no query.
//!
//! What was read stands as long as this process has committed nothing since, and for a second at most,
//! because another program may write into the same file (`porch admin`). Several nodes share a
//! PostgreSQL, where somebody else's commit must count at once: there nothing is kept.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::clock::Micros;

const STANDS_FOR: Micros = 1_000_000;
const MOST: usize = 10_000;

/// Values by what was asked, all read at the same version of the database.
pub struct Known<T>(Mutex<Read<T>>);

struct Read<T> {
    version: u64,
    values: HashMap<String, Kept<T>>,
}

struct Kept<T> {
    value: T,
    read_at: Micros,
}

/// When something is read: at which version of the database (`Db::version`), taken before anything is read, and at
/// which instant.
#[derive(Clone, Copy)]
pub struct Moment {
    pub version: Option<u64>,
    pub now: Micros,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Known(Mutex::new(Read {
            version: 0,
            values: HashMap::new(),
        }))
    }
}

impl<T: Clone> Known<T> {
    /// What `key` gave at this version, a moment ago. Without a version nothing is ever kept.
    pub fn find(&self, key: &str, at: Moment) -> Option<T> {
        let read = self.0.lock();
        if Some(read.version) != at.version {
            return None;
        }
        let kept = read.values.get(key)?;
        let stands = (0..STANDS_FOR).contains(&(at.now - kept.read_at));
        stands.then(|| kept.value.clone())
    }

    /// Keeps what was read at that moment or later.
    pub fn keep(&self, key: String, at: Moment, value: T) {
        let Some(version) = at.version else { return };
        let mut read = self.0.lock();
        if read.version != version || read.values.len() >= MOST {
            read.values.clear();
            read.version = version;
        }
        let kept = Kept {
            value,
            read_at: at.now,
        };
        read.values.insert(key, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_stands_for_a_second_and_until_the_next_commit() {
        let known = Known::default();
        let at = |version: u64, now: Micros| Moment {
            version: Some(version),
            now,
        };
        known.keep("a".into(), at(1, 0), "first");
        assert_eq!(known.find("a", at(1, 999_999)), Some("first"));
        assert_eq!(known.find("a", at(1, 1_000_000)), None);
        assert_eq!(known.find("a", at(1, -1)), None, "the clock was set back");
        assert_eq!(known.find("a", at(2, 1)), None);
        assert_eq!(known.find("b", at(1, 1)), None);
        known.keep("b".into(), at(2, 1), "second");
        assert_eq!(known.find("a", at(2, 1)), None);
        let nowhere = Moment {
            version: None,
            now: 1,
        };
        known.keep("c".into(), nowhere, "third");
        assert_eq!(known.find("c", nowhere), None);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let known = Known::default();
        let at = Moment {
            version: Some(1),
            now: 0,
        };
        for n in 0..3 * MOST {
            known.keep(n.to_string(), at, n);
        }
        assert!(known.0.lock().values.len() <= MOST);
    }
}
