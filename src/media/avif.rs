//! Makes AVIFs of what is asked for often, one after the other, in the background.

use std::path::Path;
use std::time::Instant;

use super::item;
use super::media::Media;
use super::popular::{Often, name_of};
use super::rendition;
use super::storage::Rendition;
use super::wanted::{By, Wanted};
use super::workers::{Lane, patience};
use crate::error::Result;
use transform::{Accepts, Wish};

/// Runs until the process ends; returns at once where no program writes AVIF.
pub async fn make_avifs(media: Media) {
    if media.programs.writes_avif().is_none() {
        return;
    }
    let Some(mut turns) = media.popular.turns() else {
        return;
    };
    while let Some(often) = turns.recv().await {
        let key = often.item.key.clone();
        if let Err(error) = make(&media, often).await {
            tracing::warn!(key, %error, "a picture did not become AVIF");
        }
    }
}

async fn make(media: &Media, often: Often) -> Result<()> {
    let Often {
        item,
        mut chain,
        name,
    } = often;
    chain.output.format = Wish::Png;
    let wanted = Wanted {
        item: &item,
        chain,
        accepts: Accepts::default(),
        layers: Vec::new(),
        by: By::House,
        is_ours: true,
        vouched: false,
    };
    let png = rendition::make(media, wanted, |made| Ok(made.bytes)).await?;
    let (own, key) = (media.clone(), item.key.clone());
    let work = move || -> Result<Option<u64>> {
        let write = |folder: &Path| own.programs.write_avif(&png, folder);
        let Some(made) = own.storage.in_folder(write)? else {
            return Ok(None);
        };
        let renditions = &own.storage.renditions;
        // One that is no smaller helps nobody.
        if renditions.length(&Rendition::new(&key, &name))? <= made.len() as u64 {
            return Ok(None);
        }
        renditions.put(&Rendition::new(&key, &name_of(&name)), &made)?;
        renditions.forget(&Rendition::new(&key, &name));
        Ok(Some(made.len() as u64))
    };
    let until = Instant::now() + patience(Lane::Program);
    let bytes = media.workers.run((Lane::Program, 0), until, work).await??;
    if let Some(bytes) = bytes {
        media.note_rendition(bytes);
    }
    // Deleted meanwhile: then it must not stay behind.
    if item::find(&media.db, &item.key).await?.is_none() {
        media.remove_files(vec![item.key.clone()]).await?;
    }
    Ok(())
}
