//! One writer for each upload, who leaves when another comes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// Who wants to be alone with it next.
    waiting: AtomicUsize,
}

/// Whoever holds it is alone with an upload, until somebody else comes.
pub struct Alone {
    writer: Arc<Writer>,
    _held: OwnedMutexGuard<()>,
}

/// A writer that is told to leave does so in this time: it reads no longer than a moment.
const LEAVES_WITHIN: Duration = Duration::from_secs(30);
/// Counts one less when it is dropped, also where the request is given up.
struct Waits<'a>(&'a AtomicUsize);

impl Waits<'_> {
    fn on(count: &AtomicUsize) -> Waits<'_> {
        count.fetch_add(1, Ordering::SeqCst);
        Waits(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Alone {
    /// Somebody else wants to be alone with it.
    pub async fn told_to_leave(&self) {
        let told = self.writer.leave.notified();
        // Told while nobody listened: between two reads.
        if self.writer.waiting.load(Ordering::SeqCst) == 0 {
            told.await;
        }
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
        let waits = Waits::on(&writer.waiting);
        writer.leave.notify_waiters();
        let held = timeout(LEAVES_WITHIN, writer.lock.clone().lock_owned()).await;
        drop(waits);
        let _held = held.map_err(|_| Error::Busy("This upload is being worked on. Try again."))?;
        Ok(Alone { writer, _held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rocket::async_test]
    async fn a_writer_leaves_also_when_it_was_told_between_two_reads() {
        let writers = Arc::new(Writers::default());
        let first = writers.alone_with("a").await.unwrap();
        let second = tokio::spawn({
            let writers = writers.clone();
            async move { writers.alone_with("a").await }
        });
        while first.writer.waiting.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let soon = Duration::from_secs(5);
        timeout(soon, first.told_to_leave())
            .await
            .expect("it hears of it");
        drop(first);
        let second = timeout(soon, second).await.unwrap().unwrap().unwrap();
        let nobody = timeout(Duration::from_millis(50), second.told_to_leave());
        assert!(nobody.await.is_err(), "nobody else wants it");
    }
}
