//! Small writes of many members, committed together: SQLite syncs the disk once a commit, so a burst of likes would wait
//! for one sync each. What has come in while one transaction was under way makes up the next.

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use super::viewer::Viewer;
use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};

/// So many go into one transaction.
const AT_ONCE: usize = 100;
/// So many wait.
const QUEUE: usize = 1_000;

/// The way in; one for the process. Its task ends with the last of its clones.
#[derive(Clone)]
pub struct Grouped {
    db: Db,
    clock: Clock,
    queue: mpsc::Sender<Box<dyn Asked>>,
}

impl Grouped {
    /// Starts the task.
    pub fn start(db: Db, clock: Clock) -> Grouped {
        let (queue, asked) = mpsc::channel(QUEUE);
        if db.has_one_writer() {
            tokio::spawn(commit_all(db.clone(), clock.clone(), asked));
        }
        Grouped { db, clock, queue }
    }

    /// Writes what `viewer` asks for, who still has to stand, and answers when it is committed. What fails takes nothing
    /// of the others with it.
    pub async fn write<T: Send + 'static>(
        &self,
        viewer: &Viewer,
        work: impl for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
    ) -> Result<T> {
        if !self.db.has_one_writer() {
            let mut tx = self.db.write_as(viewer, &self.clock).await?;
            let made = work(&mut tx).await?;
            tx.commit().await?;
            return Ok(made);
        }
        let (answer, answered) = oneshot::channel();
        let one = One {
            viewer: viewer.clone(),
            work: Some(work),
            made: None,
            answer,
        };
        let busy = |_| Error::Busy("Very much is written just now. Try again in a moment.");
        self.queue.try_send(Box::new(one)).map_err(busy)?;
        let ended = |_| Error::Internal("what writes for many has ended".into());
        answered.await.map_err(ended)?
    }
}

/// Something asked for, of whatever kind.
trait Asked: Send {
    fn viewer(&self) -> &Viewer;
    /// Does it; whether all of it may stay.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool>;
    fn refuse(&mut self, error: Error);
    /// Answers, once the transaction has ended.
    fn end(self: Box<Self>, committed: Result<()>);
}

struct One<T, F> {
    viewer: Viewer,
    work: Option<F>,
    made: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Asked for One<T, F>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<T>> + Send + 'static,
{
    fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            if let Some(work) = self.work.take() {
                self.made = Some(work(tx).await);
            }
            matches!(self.made, Some(Ok(_)))
        })
    }

    fn refuse(&mut self, error: Error) {
        self.made = Some(Err(error));
    }

    fn end(self: Box<Self>, committed: Result<()>) {
        let nothing = || Err(Error::Internal("nothing was written".into()));
        let made = self.made.unwrap_or_else(nothing);
        // Whoever asked may be gone.
        let _ = self.answer.send(match committed {
            Ok(()) => made,
            Err(error) => made.and(Err(error)),
        });
    }
}

async fn commit_all(db: Db, clock: Clock, mut asked: mpsc::Receiver<Box<dyn Asked>>) {
    let mut group = Vec::new();
    while asked.recv_many(&mut group, AT_ONCE).await > 0 {
        let committed = commit(&db, &clock, &mut group).await;
        for one in group.drain(..) {
            one.end(committed.clone());
        }
    }
}

async fn commit(db: &Db, clock: &Clock, group: &mut [Box<dyn Asked>]) -> Result<()> {
    let mut tx = db.write_together().await?;
    for one in group {
        let standing = tx.of(one.viewer(), clock).await?;
        match standing {
            Err(error) => one.refuse(error),
            Ok(tx) => {
                sqlx::query("savepoint one").execute(&mut **tx).await?;
                if !one.run(tx).await {
                    sqlx::query("rollback to one").execute(&mut **tx).await?;
                }
                sqlx::query("release one").execute(&mut **tx).await?;
            }
        }
    }
    tx.commit().await
}
