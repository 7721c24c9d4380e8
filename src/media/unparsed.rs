//! A multipart parser's appetite, kept in bounds.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::timeout;

use crate::error::{Error, Result};

/// Nothing arriving for this long means that nobody is there any more.
pub const SILENCE: Duration = Duration::from_secs(60);
/// No boundary and header of a part is longer than this.
const UNPARSED_BYTES: usize = 256 << 10;
const AT_ONCE_BYTES: usize = 64 << 10;

/// How much came in since the parser last gave something out. It keeps a part's header in memory and
/// searches it anew at every step, so a header without an end must be noticed here.
#[derive(Clone, Default)]
pub struct Unparsed(Arc<AtomicUsize>);

impl Unparsed {
    pub fn count<R: AsyncRead + Unpin>(&self, reader: R) -> impl AsyncRead + Unpin {
        Counted {
            reader,
            unparsed: self.clone(),
            at_once: 0,
        }
    }

    /// The next of what is arriving, or what to say when it does not.
    pub async fn next<T>(
        &self,
        arriving: impl Future<Output = multer::Result<Option<T>>>,
    ) -> Result<Option<T>> {
        let silent = |_| Error::BadRequest("The upload stopped on its way. Send it again.".into());
        let arrived = timeout(SILENCE, arriving).await.map_err(silent)?;
        self.0.store(0, Ordering::Relaxed);
        arrived.map_err(|error| match error {
            multer::Error::IncompleteFieldData { .. } => {
                Error::BadRequest("The upload broke off on its way. Send it again.".into())
            }
            _ => Error::BadRequest("There was an error parsing the body".into()),
        })
    }
}

struct Counted<R> {
    reader: R,
    unparsed: Unparsed,
    /// Read since the parser last had a look at what it has: it takes all that a fast line gives.
    at_once: usize,
}

impl<R: AsyncRead + Unpin> AsyncRead for Counted<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.at_once >= AT_ONCE_BYTES {
            self.at_once = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.reader).poll_read(context, buffer);
        let read = buffer.filled().len() - before;
        self.at_once = if polled.is_pending() {
            0
        } else {
            self.at_once + read
        };
        if self.unparsed.0.fetch_add(read, Ordering::Relaxed) + read > UNPARSED_BYTES {
            return Poll::Ready(Err(std::io::Error::other("a part's header has no end")));
        }
        polled
    }
}
