//! How many forms with files are being read, by who sends them: each holds its texts in memory for as long as its files
//! take.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::id::{Id, Users};

/// A browser opens no more lines to one site.
const AT_ONCE: usize = 8;

/// Of each sender.
#[derive(Default)]
pub struct Forms(Mutex<HashMap<Id<Users>, usize>>);

/// One that is being read, until this is dropped.
pub struct Open<'a> {
    forms: &'a Forms,
    sender: Id<Users>,
}

impl Forms {
    /// `None` when this sender has so many open that another would be no browser's.
    pub fn open(&self, sender: Id<Users>) -> Option<Open<'_>> {
        let mut open = self.0.lock();
        let count = open.entry(sender).or_default();
        if *count >= AT_ONCE {
            return None;
        }
        *count += 1;
        Some(Open {
            forms: self,
            sender,
        })
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut open = self.forms.0.lock();
        if let Some(count) = open.get_mut(&self.sender) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.sender);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sender_has_a_few() {
        let forms = Forms::default();
        let (ada, ben) = (Id::new(), Id::new());
        let open: Vec<_> = (0..AT_ONCE).map(|_| forms.open(ada).unwrap()).collect();
        assert!(forms.open(ada).is_none());
        assert!(forms.open(ben).is_some());
        drop(open);
        assert!(forms.open(ada).is_some());
        assert!(forms.0.lock().is_empty(), "nobody is remembered");
    }
}
