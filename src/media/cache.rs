//! Renditions stay under their cap: what is written is counted, and now and then all is looked over.

use std::sync::atomic::Ordering;

use super::media::Media;
use super::storage::on_disk;
use crate::error::Result;

/// After so much of the cap has been written, all is looked over.
const PART: u64 = 8;

impl Media {
    /// Notes that a rendition of so many bytes was made.
    pub(super) fn note_rendition(&self, bytes: u64) {
        let (cap, bytes) = (self.limits.renditions, on_disk(bytes));
        if self.written.fetch_add(bytes, Ordering::Relaxed) + bytes < cap / PART {
            return;
        }
        self.written.store(0, Ordering::Relaxed);
        let media = self.clone();
        tokio::spawn(async move {
            if let Err(error) = trim(&media).await {
                tracing::warn!(%error, "the renditions could not be trimmed");
            }
        });
    }
}

/// Takes renditions away until they fit under the cap; how many.
pub async fn trim(media: &Media) -> Result<usize> {
    let (renditions, cap) = (media.storage.renditions.clone(), media.limits.renditions);
    Ok(tokio::task::spawn_blocking(move || renditions.trim(cap)).await??)
}
