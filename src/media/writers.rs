//! One writer for each upload, who leaves when another comes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedMutexGuard};
use tokio::time::timeout;

use crate::error::{Error, Result};

/// Who writes which upload.
#[derive(Default)]
pub struct Writers(Mutex<HashMap<String, Arc<Writer>>>);

#[derive(Default)]
struct Writer {
    lock: Arc<tokio::sync::Mutex<()>>,
    leave: Notify,
}

/// Whoever holds it is alone with an upload, until somebody else comes.
pub struct Alone {
    writer: Arc<Writer>,
    _held: OwnedMutexGuard<()>,
}

/// A writer that is told to leave does so in this time: it reads no longer than a moment.
const LEAVES_WITHIN: Duration = Duration::from_secs(30);
impl Alone {
    /// Somebody else wants to be alone with it.
    pub async fn told_to_leave(&self) {
        self.writer.leave.notified().await;
    }
}

impl Writers {
    /// Alone with an upload: who writes it now is told to leave. (Of a sender whose line died the server may not have
    /// heard; a new request of theirs must not wait for that.)
    pub async fn alone_with(&self, id: &str) -> Result<Alone> {
        let writer = {
            let mut writers = self.0.lock();
            writers.retain(|_, writer| Arc::strong_count(writer) > 1);
            writers.entry(id.to_owned()).or_default().clone()
        };
        writer.leave.notify_waiters();
        let held = timeout(LEAVES_WITHIN, writer.lock.clone().lock_owned()).await;
        let _held = held.map_err(|_| Error::Busy("This upload is being worked on. Try again."))?;
        Ok(Alone { writer, _held })
    }
}
