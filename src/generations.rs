//! A cache that holds so many bytes.
//!
//! Two generations: what is not asked for while the younger one fills up is dropped with the older.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

pub struct Generations<K, V> {
    young: HashMap<K, Weighed<V>>,
    old: HashMap<K, Weighed<V>>,
    young_bytes: usize,
    most: usize,
}

struct Weighed<V> {
    value: V,
    bytes: usize,
}

impl<K: Hash + Eq, V> Generations<K, V> {
    /// Each generation holds at most so many bytes, or one value that is larger.
    pub fn of(most: usize) -> Self {
        Generations {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
            most,
        }
    }

    pub fn find<Q>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if let Some((key, Weighed { value, bytes })) = self.old.remove_entry(key) {
            self.keep(key, value, bytes);
        }
        let kept = self.young.get(key)?;
        Some(&kept.value)
    }

    /// Keeps a value, which takes so many bytes, in the place of the one before.
    pub fn keep(&mut self, key: K, value: V, bytes: usize) {
        self.remove(&key);
        if self.young_bytes + bytes > self.most {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes;
        self.young.insert(key, Weighed { value, bytes });
    }

    pub fn remove(&mut self, key: &K) {
        self.old.remove(key);
        if let Some(before) = self.young.remove(key) {
            self.young_bytes -= before.bytes;
        }
    }

    /// Keeps only what the keys say.
    pub fn retain(&mut self, keeps: impl Fn(&K) -> bool) {
        self.old.retain(|key, _| keeps(key));
        let young_bytes = &mut self.young_bytes;
        self.young.retain(|key, weighed| {
            let kept = keeps(key);
            *young_bytes -= if kept { 0 } else { weighed.bytes };
            kept
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asks_for_is_dropped_and_the_rest_has_a_bound() {
        let mut kept = Generations::of(100);
        kept.keep("forgotten".to_owned(), 0, 30);
        kept.keep("asked".to_owned(), 0, 30);
        for n in 0..20 {
            kept.keep(n.to_string(), n, 30);
            assert!(kept.find("asked").is_some());
            assert!(kept.young.len() + kept.old.len() <= 6);
        }
        assert!(kept.find("forgotten").is_none());
    }

    #[test]
    fn a_value_takes_the_place_of_the_one_before_in_whichever_generation() {
        let mut kept = Generations::of(100);
        kept.keep("a", 1, 60);
        kept.keep("b", 1, 60);
        kept.keep("a", 2, 60);
        assert_eq!(kept.find("a"), Some(&2));
        assert_eq!(kept.find("b"), Some(&1));
        kept.keep("b", 2, 10);
        kept.keep("b", 3, 90);
        assert_eq!(kept.young_bytes, 90, "what was replaced weighs nothing");
        assert_eq!(kept.find("b"), Some(&3));
    }

    #[test]
    fn what_is_taken_away_is_in_neither_generation() {
        let mut kept = Generations::of(100);
        for key in ["old a", "old b", "young a", "young b"] {
            kept.keep(key, 1, 50);
        }
        kept.retain(|key| key.ends_with('b'));
        kept.remove(&"old b");
        for key in ["old a", "old b", "young a"] {
            assert_eq!(kept.find(key), None, "{key}");
        }
        assert_eq!(kept.find("young b"), Some(&1));
        assert_eq!(kept.young_bytes, 50);
    }
}
