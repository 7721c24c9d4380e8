//! Cuts of videos that take long, as the queue holds them.

use rocket::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::id::{Id, Media as MediaTable};

/// A cut that takes long: of an item, by these steps.
#[derive(Clone, Serialize, Deserialize)]
pub struct Cutting {
    pub item: Id<MediaTable>,
    pub steps: String,
}

/// The queue of cuts that take long; the room of posts knows it.
#[async_trait]
pub trait Cuts: Send + Sync {
    async fn is_under_way(&self, cutting: Cutting) -> Result<bool>;
    async fn put(&self, cutting: Cutting) -> Result<()>;
}
