//! A waiting video is made anew.

use std::sync::Arc;

use super::films::{Converted, Run};
use super::item::{Item, State};
use super::media::Media;
use super::storage::Kept;
use super::video::Failed;
use crate::error::{Error, Result};

impl Media {
    /// Lets go of what was sent, where it is not kept; once the row says that the video is ready.
    pub async fn let_source_go(&self, item: &Item, converted: &Converted) -> Result<()> {
        if converted.source.is_some() || item.state == State::Ready {
            return Ok(());
        }
        let (storage, key) = (self.storage.clone(), item.key.clone());
        tokio::task::spawn_blocking(move || storage.remove_form(&key, Kept::Source)).await??;
        Ok(())
    }

    /// Takes away what a conversion made that does not count; what was sent stays, for another try.
    pub async fn forget_converted(&self, item: &Item) -> Result<()> {
        let (storage, key) = (self.storage.clone(), item.key.clone());
        let remove = move || {
            storage.remove_form(&key, Kept::Small)?;
            storage.remove_form(&key, Kept::Original)
        };
        Ok(tokio::task::spawn_blocking(remove).await??)
    }

    /// Makes a waiting video anew, or the small size of one that was copied. The inner error says that another try would
    /// end alike, or that it was stopped.
    pub async fn convert(&self, item: &Item, run: Arc<Run>) -> Result<Result<Converted, Failed>> {
        let films = self.films.clone().ok_or(Error::Busy(
            "There is no program for videos on this server any more.",
        ))?;
        // What is written beside what is there: both sizes, and the source once more.
        let bytes = item.bytes.max(0) as u64;
        self.storage
            .require_space(self.limits.min_free_space + 2 * bytes)?;
        self.runs.note(&run);
        let item = item.clone();
        tokio::task::spawn_blocking(move || films.convert(&item, &run)).await?
    }
}
