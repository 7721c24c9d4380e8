//! The one task that gives changes out, in order.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::frame::Frame;
use super::hub::Hub;
use super::replay;
use crate::changes::{self, Change};
use crate::circle;
use crate::error::Result;

/// How often the database is asked for changes that nobody told this process of: those of another
/// node, or of the command line.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Many changes at once are given out in pieces, or every reader's queue would overflow.
const PIECE: usize = 16;
const BETWEEN_PIECES: Duration = Duration::from_millis(20);

/// A part of an element is shown again so long after it was shown, as it is then.
const FOLD: Duration = Duration::from_millis(250);

/// Runs until the process ends.
pub async fn publish(hub: Hub) {
    let mut hints = hub.hints();
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut shown = Shown::default();
    let mut held = None;
    loop {
        let told = tokio::select! {
            changed = hints.changed() => {
                if changed.is_err() {
                    return;
                }
                Ok(*hints.borrow_and_update())
            }
            () = until(held) => Ok(*hints.borrow()),
            _ = look.tick() => changes::counter(&hub.inner().db).await.map(|counter| counter.seq),
        };
        let result = match told {
            Ok(upto) => emit_up_to(&hub, upto.max(shown.asked), &mut shown).await,
            Err(error) => Err(error),
        };
        held = match result {
            Ok(held) => held,
            Err(error) => {
                tracing::error!(%error, "changes could not be given out; trying again");
                tokio::time::sleep(Duration::from_millis(200)).await;
                hints.mark_changed();
                None
            }
        };
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// When each part was shown last, as long as that matters, and the newest number that was asked for.
#[derive(Default)]
struct Shown {
    at: HashMap<(String, String), Instant>,
    asked: i64,
}

impl Shown {
    /// Leaves what may be shown now: everything up to the first change of what was shown a moment ago. That change
    /// moves to the end of the log with every further one, so it holds up nothing for long.
    fn hold(&mut self, rows: &mut Vec<Change>) -> Option<Held> {
        let now = Instant::now();
        self.at.retain(|_, at| *at + FOLD > now);
        let due = |change: &Change| {
            let key = (change.subject.clone(), change.part.clone());
            self.at.get(&key).map(|at| *at + FOLD)
        };
        let first = rows.iter().position(|change| due(change).is_some());
        let held = first.and_then(|at| {
            Some(Held {
                before: rows[at].seq,
                until: due(&rows[at])?,
            })
        });
        rows.truncate(first.unwrap_or(rows.len()));
        let keys = rows
            .iter()
            .map(|change| (change.subject.clone(), change.part.clone()));
        self.at.extend(keys.map(|key| (key, now)));
        held
    }
}

/// The first change that is not shown yet, and when it will be.
struct Held {
    before: i64,
    until: Instant,
}

/// Because numbers become visible in order, all up to a committed one are there to be read. Returns when to come
/// back for the rest.
async fn emit_up_to(hub: &Hub, upto: i64, shown: &mut Shown) -> Result<Option<Instant>> {
    let from = hub.emitted();
    shown.asked = upto;
    if upto <= from {
        return Ok(None);
    }
    let reset = || hub.emit(&[Frame::reset(&hub.inner().epoch, upto)], upto);
    let Some(mut rows) = changes::between(&hub.inner().db, from, upto).await? else {
        reset();
        return Ok(None);
    };
    let held = shown.hold(&mut rows);
    for change in rows.iter().filter(|change| change.part == circle::PART) {
        hub.read_circle(change.about.author).await?;
    }
    let Some(frames) = replay::draw_all(hub, rows).await? else {
        reset();
        return Ok(None);
    };
    for piece in frames.chunks(PIECE) {
        hub.emit(piece, piece.last().map_or(from, |frame| frame.seq));
        if frames.len() > PIECE {
            tokio::time::sleep(BETWEEN_PIECES).await;
        }
    }
    let upto = held.as_ref().map_or(upto, |held| held.before - 1);
    let counts = hub.counts((from, upto)).await?;
    hub.emit(counts.as_slice(), upto);
    Ok(held.map(|held| held.until))
}
