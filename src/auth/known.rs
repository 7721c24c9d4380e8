//! Who the last requests were, so that a reader who only reads costs no query.
//!
//! What was read stands as long as this process has committed nothing since, and for a second at most,
//! because another program may write into the same file (`porch admin`). Several nodes share a
//! PostgreSQL, where somebody else's commit must count at once: there nothing is kept.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::viewer::Viewer;
use crate::clock::Micros;

const STANDS_FOR: Micros = 1_000_000;
const MOST: usize = 10_000;

/// Viewers by their tokens, all read at the same version of the database.
#[derive(Default)]
pub struct Known(Mutex<Read>);

#[derive(Default)]
struct Read {
    version: u64,
    viewers: HashMap<String, Kept>,
}

struct Kept {
    viewer: Viewer,
    read_at: Micros,
    /// When the session runs out.
    until: Micros,
}

impl Known {
    /// Whom `key` stood for at this version, a moment ago. `None` for a version is never kept.
    pub fn find(&self, key: &str, (version, now): (Option<u64>, Micros)) -> Option<Viewer> {
        let read = self.0.lock();
        if Some(read.version) != version {
            return None;
        }
        let kept = read.viewers.get(key)?;
        let stands = (0..STANDS_FOR).contains(&(now - kept.read_at)) && now < kept.until;
        stands.then(|| kept.viewer.clone())
    }

    /// Keeps what was read at `now` or later, when the database was at this version or a newer one.
    pub fn keep(
        &self,
        key: String,
        (version, now): (Option<u64>, Micros),
        (viewer, until): (&Viewer, Micros),
    ) {
        let Some(version) = version else { return };
        let mut read = self.0.lock();
        if read.version != version || read.viewers.len() >= MOST {
            read.viewers.clear();
            read.version = version;
        }
        let kept = Kept {
            viewer: viewer.clone(),
            read_at: now,
            until,
        };
        read.viewers.insert(key, kept);
    }
}
