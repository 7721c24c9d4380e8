//! Renditions that are asked for often become AVIF, one after the other in the background, where this machine
//! has a program for it. Until one is there the others serve.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::Media;
use super::item::{self, Item};
use super::rendition::{self, Wanted};
use super::storage::Form;
use crate::error::{Error, Result};
use transform::{Accepts, Chain, Wish};

/// How often each was asked for, as far as is known, and whose turn it is.
pub struct Popular {
    asked: Mutex<HashMap<String, u32>>,
    queue: Arc<Semaphore>,
    turn: Arc<Semaphore>,
}

/// Asked for so often a rendition is worth the work.
const OFTEN: u32 = 10;
/// Beyond this many the counting begins anew.
const MANY: usize = 20_000;
/// So many wait for their turn; others are left as they are.
const WAITING: usize = 100;

impl Default for Popular {
    fn default() -> Self {
        Popular {
            asked: Mutex::default(),
            queue: Arc::new(Semaphore::new(WAITING)),
            turn: Arc::new(Semaphore::new(1)),
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
}

/// The name of a rendition's AVIF.
pub fn name_of(rendition: &str) -> String {
    format!("{rendition}.avif")
}

/// Whether a chain's result may be AVIF as well: a still picture whose format is left open.
pub fn may_be(item: &Item, chain: &Chain, layers: &[Item]) -> bool {
    let open = matches!(chain.output.format, Wish::Auto | Wish::Unsaid | Wish::Avif);
    open && !item.is_animated() && layers.is_empty() && !chain.output.lossless
}

/// Notes that a rendition was asked for by somebody who takes AVIF.
pub fn note(media: &Media, item: &Item, chain: &Chain, name: &str) {
    let known = media.programs.writes_avif().is_some();
    if !known || !media.popular.count(&format!("{}/{name}", item.key)) {
        return;
    }
    let Ok(place) = media.popular.queue.clone().try_acquire_owned() else {
        return;
    };
    let (media, item, chain, name) = (media.clone(), item.clone(), chain.clone(), name.to_owned());
    tokio::spawn(async move {
        let _place = place;
        if let Err(error) = make(&media, &item, chain, &name).await {
            tracing::warn!(key = item.key, %error, "a picture did not become AVIF");
        }
    });
}

async fn make(media: &Media, item: &Item, mut chain: Chain, name: &str) -> Result<()> {
    let turn = media.popular.turn.acquire().await;
    let _turn = turn.map_err(|closed| Error::Internal(closed.to_string()))?;
    chain.output.format = Wish::Png;
    let wanted = Wanted {
        item,
        chain,
        accepts: Accepts::default(),
        layers: Vec::new(),
    };
    let png = rendition::make(media, wanted, |made| Ok(made.bytes)).await?;
    let (own, key, name) = (media.clone(), item.key.clone(), name.to_owned());
    // Another process does the work: it takes no place from those who wait for a picture.
    let work = move || -> Result<Option<u64>> {
        let write = |folder: &Path| own.programs.write_avif(&png, folder);
        let Some(made) = own.storage.in_folder(write)? else {
            return Ok(None);
        };
        let other = own.storage.path(&key, Form::Rendition(&name));
        // One that is no smaller helps nobody.
        if std::fs::metadata(other)?.len() <= made.len() as u64 {
            return Ok(None);
        }
        let form = name_of(&name);
        own.storage.put(&key, Form::Rendition(&form), &made)?;
        Ok(Some(made.len() as u64))
    };
    let bytes = tokio::task::spawn_blocking(work).await??;
    if let Some(bytes) = bytes {
        media.note_rendition(bytes);
    }
    // Deleted meanwhile: then it must not stay behind.
    if item::find(&media.db, &item.key).await?.is_none() {
        media.remove_files(vec![item.key.clone()]).await?;
    }
    Ok(())
}
