//! The one task that gives changes out, in order.

use std::time::Duration;

use super::clock;
use super::frame::Frame;
use super::hub::{Hub, Replayed};
use crate::error::Result;

/// How often the database is asked for changes that nobody told this process of: those of another
/// node, or of the command line.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Many changes at once are given out in pieces, or every reader's queue would overflow.
const PIECE: usize = 16;
const BETWEEN_PIECES: Duration = Duration::from_millis(20);

/// Runs until the process ends.
pub async fn publish(hub: Hub) {
    let mut hints = hub.hints();
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let told = tokio::select! {
            changed = hints.changed() => {
                if changed.is_err() {
                    return;
                }
                Ok(*hints.borrow_and_update())
            }
            _ = look.tick() => clock::counter(&hub.inner().db).await.map(|(seq, _)| seq),
        };
        let result = match told {
            Ok(upto) => emit_up_to(&hub, upto).await,
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            tracing::error!(%error, "changes could not be given out; trying again");
            tokio::time::sleep(Duration::from_millis(200)).await;
            hints.mark_changed();
        }
    }
}

/// Because numbers become visible in order, all up to a committed one are there to be read.
async fn emit_up_to(hub: &Hub, upto: i64) -> Result<()> {
    let from = hub.emitted();
    if upto <= from {
        return Ok(());
    }
    match hub.replay(from, upto).await? {
        Replayed::Frames(frames) => {
            for piece in frames.chunks(PIECE) {
                hub.emit(piece, piece.last().map_or(from, |frame| frame.seq));
                if frames.len() > PIECE {
                    tokio::time::sleep(BETWEEN_PIECES).await;
                }
            }
            hub.emit(&[], upto);
        }
        Replayed::TooMany => hub.emit(&[Frame::reset(&hub.inner().epoch, upto)], upto),
    }
    Ok(())
}
