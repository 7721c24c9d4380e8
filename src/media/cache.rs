//! Renditions stay under their cap: what is written is counted, and now and then all is looked over.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::media::Media;
use super::storage::on_disk;
use super::workers::Lane;
use crate::error::Result;

/// After so much of the cap has been written, all is looked over.
const PART: u64 = 8;

impl Media {
    /// Makes and keeps a rendition in the workers, in that lane and of about so many pixels: `work` hears until when,
    /// and says how many bytes it kept.
    pub(super) async fn make_rendition(
        &self,
        lane: (Lane, u64),
        work: impl FnOnce(Instant) -> Result<u64> + Send + 'static,
    ) -> Result<()> {
        let until = Instant::now() + self.intervals.rendition_deadline;
        let bytes = self.workers.run(lane, until, move || work(until)).await??;
        self.note_rendition(bytes);
        Ok(())
    }

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
