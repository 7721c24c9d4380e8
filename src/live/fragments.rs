//! Rendered fragments that are the same for every reader, kept until what they show has changed.
//!
//! Two generations: what is not asked for while the younger one fills up is dropped with the older.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::id::{Id, Posts, Users};

/// Changes whenever the fragment would be drawn differently.
pub type Version = (i64, i64);

#[derive(Default)]
pub struct Fragments {
    cards: Mutex<Generations>,
    newest: Mutex<Option<(i64, Arc<Newest>)>>,
    listed: Mutex<Option<(ListKey, Arc<Listed>)>>,
}

/// The first page of everybody's feed.
pub struct Newest {
    pub html: String,
    /// The cursor at which the next page begins.
    pub older: Option<String>,
}

/// The first page of everybody's feed in JSON, but for what each reader sees otherwise.
pub struct Listed {
    pub posts: Vec<ListedPost>,
    /// The cursor at which the next page begins.
    pub next: Option<String>,
}

pub struct ListedPost {
    pub author: Id<Users>,
    pub handle: String,
    /// An object.
    pub json: String,
}

/// After which change a list was read, of how many posts, and how addresses in it begin.
#[derive(Clone, PartialEq, Eq)]
pub struct ListKey {
    pub seq: i64,
    pub limit: usize,
    pub base: String,
}

#[derive(Default)]
struct Generations {
    young: HashMap<Id<Posts>, Kept>,
    old: HashMap<Id<Posts>, Kept>,
    young_bytes: usize,
}

#[derive(Clone)]
struct Kept {
    version: Version,
    html: Arc<str>,
}

/// Both generations together hold at most twice this.
const GENERATION_BYTES: usize = 3 << 20;

impl Fragments {
    pub fn find(&self, id: Id<Posts>, version: Version) -> Option<Arc<str>> {
        let mut generations = self.cards.lock();
        if let Some(kept) = generations.young.get(&id) {
            return (kept.version == version).then(|| kept.html.clone());
        }
        let kept = generations
            .old
            .remove(&id)
            .filter(|kept| kept.version == version)?;
        let html = kept.html.clone();
        generations.insert(id, kept);
        Some(html)
    }

    pub fn keep(&self, id: Id<Posts>, version: Version, html: String) -> Arc<str> {
        let html: Arc<str> = html.into();
        self.cards.lock().insert(
            id,
            Kept {
                version,
                html: html.clone(),
            },
        );
        html
    }
}

impl Fragments {
    /// The first page as it was after change `seq`, if that is the one kept.
    pub fn newest(&self, seq: i64) -> Option<Arc<Newest>> {
        let newest = self.newest.lock();
        newest
            .as_ref()
            .filter(|(known, _)| *known == seq)
            .map(|(_, page)| page.clone())
    }

    /// Keeps the first page, read after change `seq` was known.
    pub fn keep_newest(&self, seq: i64, page: Newest) -> Arc<Newest> {
        let page = Arc::new(page);
        let mut newest = self.newest.lock();
        if newest.as_ref().is_none_or(|(known, _)| *known <= seq) {
            *newest = Some((seq, page.clone()));
        }
        page
    }
}

impl Fragments {
    /// The list of that key, if it is the one kept.
    pub fn listed(&self, key: &ListKey) -> Option<Arc<Listed>> {
        let listed = self.listed.lock();
        let (known, list) = listed.as_ref()?;
        (known == key).then(|| list.clone())
    }

    /// Keeps a list, read after its change was known, in the place of the one before.
    pub fn keep_listed(&self, key: ListKey, list: Listed) -> Arc<Listed> {
        let list = Arc::new(list);
        let mut listed = self.listed.lock();
        if listed
            .as_ref()
            .is_none_or(|(known, _)| known.seq <= key.seq)
        {
            *listed = Some((key, list.clone()));
        }
        list
    }
}

impl Generations {
    fn insert(&mut self, id: Id<Posts>, kept: Kept) {
        self.young_bytes += kept.html.len();
        if let Some(before) = self.young.insert(id, kept) {
            self.young_bytes -= before.html.len();
        }
        if self.young_bytes > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_version_is_drawn_again() {
        let fragments = Fragments::default();
        let id = Id::new();
        fragments.keep(id, (1, 0), "one".into());
        assert_eq!(fragments.find(id, (1, 0)).as_deref(), Some("one"));
        assert!(fragments.find(id, (2, 0)).is_none());
    }

    #[test]
    fn what_nobody_asks_for_is_dropped() {
        let fragments = Fragments::default();
        let (asked, forgotten) = (Id::new(), Id::new());
        let big = "x".repeat(GENERATION_BYTES / 4);
        fragments.keep(forgotten, (1, 0), big.clone());
        fragments.keep(asked, (1, 0), big.clone());
        for _ in 0..20 {
            fragments.keep(Id::new(), (1, 0), big.clone());
            assert!(fragments.find(asked, (1, 0)).is_some());
        }
        assert!(fragments.find(forgotten, (1, 0)).is_none());
    }
}
