//! The open sockets of this process, and what each of them still has to be sent.
//!
//! Under one lock a frame gets its place in every queue and `emitted` moves, so a socket that joins
//! knows exactly from which number on its queue is complete. A queue that is full belongs to a
//! reader who is too slow: the socket is closed, and its cursor makes it whole when it comes back.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};

use super::drawer::{Asks, Draw};
use super::frame::{Frame, Topic};
use crate::auth::Viewer;
use crate::changes::{Change, Counter};
use crate::circle::{Circle, Circles};
use crate::config::{Intervals, Limits};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::{Groups, Id, Posts, Sessions, Users};
use crate::limit::Address;

/// Why the server closes a socket (RFC 6455 section 7.4, and our own from 4400 on).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Close {
    ShuttingDown = 1012,
    TooSlow = 1013,
    SpokeUp = 1008,
    SignedOut = 4401,
}

/// A reader's backlog: beyond either, the reader is too slow.
const QUEUE_FRAMES: usize = 64;
const QUEUE_BYTES: usize = 256 << 10;

#[derive(Clone)]
pub struct Hub(Arc<Inner>);

pub(super) struct Inner {
    pub db: Db,
    circles: Arc<Circles>,
    pub epoch: String,
    draw: OnceLock<Draw>,
    asks: Asks,
    pub intervals: Intervals,
    limits: Limits,
    most: usize,
    hints: watch::Sender<i64>,
    state: Mutex<State>,
}

struct State {
    emitted: i64,
    next: u64,
    sockets: HashMap<u64, Socket>,
    /// Members whose pages are told of notices in a moment.
    rung: HashSet<Id<Users>>,
}

struct Socket {
    user: Id<Users>,
    session: Id<Sessions>,
    address: Address,
    topic: Topic,
    circle: Arc<Circle>,
    queue: mpsc::Sender<Frame>,
    queued_bytes: Arc<AtomicUsize>,
    close: watch::Sender<Option<Close>>,
}

/// One socket's end of the hub; dropping it leaves.
pub(super) struct Seat {
    hub: Hub,
    id: u64,
    /// What this reader may see.
    pub circle: Arc<Circle>,
    pub topic: Topic,
    /// Frames up to this number are not in the queue.
    pub since: i64,
    pub queue: mpsc::Receiver<Frame>,
    queued_bytes: Arc<AtomicUsize>,
    pub close: watch::Receiver<Option<Close>>,
}

impl Hub {
    /// `most` sockets at once; `counter` is where the database's stands.
    pub fn new(
        (db, circles): (Db, Arc<Circles>),
        asks: Asks,
        counter: Counter,
        (limits, intervals): (Limits, Intervals),
        most: usize,
    ) -> Hub {
        let state = State {
            emitted: counter.seq,
            next: 0,
            sockets: HashMap::new(),
            rung: HashSet::new(),
        };
        let (hints, _) = watch::channel(counter.seq);
        let state = Mutex::new(state);
        Hub(Arc::new(Inner {
            db,
            circles,
            epoch: counter.epoch,
            draw: OnceLock::new(),
            asks,
            intervals,
            limits,
            most,
            hints,
            state,
        }))
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Registers what draws changes; this room lies below those that know what a change is.
    pub fn set_draw(&self, draw: Draw) {
        if self.0.draw.set(draw).is_err() {
            unreachable!("what draws is registered once");
        }
    }

    /// Whether a member may open this post's own page.
    pub(super) async fn sees(&self, member: Id<Users>, post: Id<Posts>) -> Result<bool> {
        (self.0.asks.see)(self.0.db.clone(), Some(member), post).await
    }

    /// Whether a member is in this group.
    pub(super) async fn is_in(&self, viewer: &Viewer, group: Id<Groups>) -> Result<bool> {
        let circle = self.0.circles.at(viewer.id, viewer.circle).await?;
        Ok(circle.is_in(group))
    }

    /// What is counted of posts and changed between these numbers.
    pub(super) async fn counts(&self, (after, upto): (i64, i64)) -> Result<Option<Frame>> {
        let counts = (self.0.asks.counts)(self.0.db.clone(), (after, upto)).await?;
        Ok(Frame::counts(upto, counts))
    }

    /// What this change looks like, if it shows.
    pub(super) async fn draw(&self, change: Change) -> Result<Option<Frame>> {
        let draw = self
            .0
            .draw
            .get()
            .expect("what draws is registered at the start");
        draw(change).await
    }

    /// Change `seq` is committed. Called after the commit; never waits.
    pub fn hint(&self, seq: i64) {
        self.0.hints.send_if_modified(|known| {
            let newer = seq > *known;
            *known = (*known).max(seq);
            newer
        });
    }

    pub(super) fn hints(&self) -> watch::Receiver<i64> {
        self.0.hints.subscribe()
    }

    pub fn emitted(&self) -> i64 {
        self.0.state.lock().emitted
    }

    /// A place in the log, as a page carries it that is complete up to there.
    pub fn cursor(&self, seq: i64) -> String {
        format!("{}.{seq}", self.0.epoch)
    }

    pub fn count(&self) -> usize {
        self.0.state.lock().sockets.len()
    }

    /// Puts frames into the queue of whoever may see them; from here on `emitted` is `seq`.
    pub(super) fn emit(&self, frames: &[Frame], seq: i64) {
        let mut state = self.0.state.lock();
        state.emitted = seq;
        state.sockets.retain(|_, socket| {
            let fits = frames.iter().all(|frame| socket.offer(frame));
            if !fits {
                socket.close.send_replace(Some(Close::TooSlow));
            }
            fits
        });
    }

    pub(super) async fn join(
        &self,
        viewer: &Viewer,
        (address, topic): (Address, Topic),
    ) -> Result<Seat> {
        // Whoever's circle cannot be read sees nothing.
        let circle = self.0.circles.at(viewer.id, viewer.circle).await?;
        let busy = Error::Busy("Too many live connections. Reload the page for new posts.");
        let mut state = self.0.state.lock();
        let same =
            |test: &dyn Fn(&Socket) -> bool| state.sockets.values().filter(|s| test(s)).count();
        if state.sockets.len() >= self.0.most
            || same(&|socket| socket.user == viewer.id) >= self.0.limits.sockets_per_user
            || same(&|socket| socket.address == address) >= self.0.limits.sockets_per_address
        {
            return Err(busy);
        }
        let (sender, queue) = mpsc::channel(QUEUE_FRAMES);
        let (closer, close) = watch::channel(None);
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let id = state.next;
        state.next += 1;
        state.sockets.insert(
            id,
            Socket {
                user: viewer.id,
                session: viewer.session_id,
                address,
                topic,
                circle: circle.clone(),
                queue: sender,
                queued_bytes: queued_bytes.clone(),
                close: closer,
            },
        );
        Ok(Seat {
            hub: self.clone(),
            id,
            circle,
            topic,
            since: state.emitted,
            queue,
            queued_bytes,
            close,
        })
    }

    /// Tells a member's open pages soon how many notices they have not looked at.
    pub fn ring(&self, member: Id<Users>) {
        /// Several at once are one.
        const SOON: Duration = Duration::from_millis(200);
        let mut state = self.0.state.lock();
        let is_here = state.sockets.values().any(|one| one.user == member);
        if !is_here || !state.rung.insert(member) {
            return;
        }
        drop(state);
        let hub = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(SOON).await;
            hub.0.state.lock().rung.remove(&member);
            match hub.badge(member).await {
                Ok(badge) => hub.offer_to(member, &badge),
                Err(error) => {
                    tracing::warn!(%error, "a member's open pages do not hear of notices")
                }
            }
        });
    }

    /// What says how many notices a member has not looked at.
    pub(super) async fn badge(&self, member: Id<Users>) -> Result<Frame> {
        let unread = (self.0.asks.unread)(self.0.db.clone(), member).await?;
        Ok(Frame::badge(unread))
    }

    fn offer_to(&self, member: Id<Users>, frame: &Frame) {
        let mut state = self.0.state.lock();
        state.sockets.retain(|_, socket| {
            let fits = socket.user != member || socket.offer(frame);
            if !fits {
                socket.close.send_replace(Some(Close::TooSlow));
            }
            fits
        });
    }

    /// Reads a member's circle anew for their sockets.
    pub(super) async fn read_circle(&self, member: Id<Users>) -> Result<()> {
        let has_sockets = |state: &State| state.sockets.values().any(|one| one.user == member);
        if !has_sockets(&self.0.state.lock()) {
            return Ok(());
        }
        let circle = self.0.circles.load(member).await?;
        let mut state = self.0.state.lock();
        let theirs = state.sockets.values_mut().filter(|one| one.user == member);
        theirs.for_each(|socket| socket.circle = circle.clone());
        Ok(())
    }

    /// Closes the sockets of one session, within the second that signing out may take.
    pub fn end_session(&self, session: Id<Sessions>) {
        self.close_where(|socket| socket.session == session);
    }

    /// Closes a member's sockets, but not those of the session `except`.
    pub fn end_member(&self, user: Id<Users>, except: Option<Id<Sessions>>) {
        self.close_where(|socket| socket.user == user && Some(socket.session) != except);
    }

    fn close_where(&self, test: impl Fn(&Socket) -> bool) {
        for socket in self
            .0
            .state
            .lock()
            .sockets
            .values()
            .filter(|socket| test(socket))
        {
            socket.close.send_replace(Some(Close::SignedOut));
        }
    }

    /// Waits until every socket has said goodbye, for at most `patience`.
    pub async fn emptied(&self, patience: Duration) {
        let gone = async {
            while self.count() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::time::timeout(patience, gone).await;
        // The tasks that held them are still being put away.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// Over how long the closes at a shutdown are spread, so that not all come back at once.
    pub(super) fn shutdown_spread(&self, grace: Duration) -> Duration {
        let per_socket = Duration::from_micros(500) * self.count() as u32;
        per_socket.min(grace.saturating_sub(Duration::from_secs(1)))
    }
}

impl Socket {
    /// False when it does not fit any more.
    fn offer(&self, frame: &Frame) -> bool {
        let Some(frame) = frame.for_reader(&self.circle, self.topic) else {
            return true;
        };
        let bytes = frame.text.len();
        let queued = self.queued_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        queued <= QUEUE_BYTES && self.queue.try_send(frame).is_ok()
    }
}

impl Seat {
    /// The next frame of the queue; `None` when the hub has let go of this socket.
    pub async fn next(&mut self) -> Option<Frame> {
        let frame = self.queue.recv().await?;
        self.queued_bytes
            .fetch_sub(frame.text.len(), Ordering::Relaxed);
        Some(frame)
    }

    /// What is still queued, and the number up to which a reader who has it is complete; nothing when the
    /// hub has let go of this socket, whose queue is complete no more.
    pub fn drain(&mut self) -> Option<(Vec<Frame>, i64)> {
        let state = self.hub.0.state.lock();
        if !state.sockets.contains_key(&self.id) {
            return None;
        }
        let mut frames = Vec::new();
        while let Ok(frame) = self.queue.try_recv() {
            self.queued_bytes
                .fetch_sub(frame.text.len(), Ordering::Relaxed);
            frames.push(frame);
        }
        Some((frames, state.emitted))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.hub.0.state.lock().sockets.remove(&self.id);
    }
}
