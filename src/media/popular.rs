//! Which renditions are asked for often: those become AVIF, where this machine has a program for it. Until one is
//! there the others serve.

use std::collections::HashMap;

use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::item::Item;
use transform::{Chain, Wish};

/// How often each was asked for, as far as is known, and those whose turn comes.
pub struct Popular {
    asked: Mutex<HashMap<String, u32>>,
    queue: mpsc::Sender<Often>,
    turns: Mutex<Option<mpsc::Receiver<Often>>>,
}

/// A rendition that is worth the work.
pub struct Often {
    pub item: Item,
    pub chain: Chain,
    pub name: String,
}

/// Asked for so often a rendition is worth the work.
const OFTEN: u32 = 10;
/// Beyond this many the counting begins anew.
const MANY: usize = 20_000;
/// So many wait for their turn; others are left as they are.
const WAITING: usize = 100;

impl Default for Popular {
    fn default() -> Self {
        let (queue, turns) = mpsc::channel(WAITING);
        Popular {
            asked: Mutex::default(),
            queue,
            turns: Mutex::new(Some(turns)),
        }
    }
}

impl Popular {
    /// Counts, and tells when it is often enough, once.
    fn count(&self, name: &str) -> bool {
        let mut asked = self.asked.lock();
        if asked.len() > MANY {
            asked.clear();
        }
        let times = asked.entry(name.to_owned()).or_insert(0);
        *times += 1;
        *times == OFTEN
    }

    /// Notes that a rendition was asked for by somebody who takes AVIF.
    pub fn note(&self, item: &Item, chain: &Chain, name: &str) {
        if !self.count(&format!("{}/{name}", item.key)) {
            return;
        }
        // A full queue leaves it as it is.
        let _ = self.queue.try_send(Often {
            item: item.clone(),
            chain: chain.clone(),
            name: name.to_owned(),
        });
    }

    /// What comes out of the queue; for one, who takes it all.
    pub fn turns(&self) -> Option<mpsc::Receiver<Often>> {
        self.turns.lock().take()
    }
}

/// The name of a rendition's AVIF.
pub fn name_of(rendition: &str) -> String {
    format!("{rendition}.avif")
}

/// Whether a chain's result may be AVIF as well: a still picture whose format is left open.
pub fn may_be(item: &Item, chain: &Chain) -> bool {
    let open = matches!(chain.output.format, Wish::Auto | Wish::Unsaid | Wish::Avif);
    open && !item.is_animated() && !chain.output.lossless
}
