//! "What changed after this number?": the one question of the task that gives changes out and of a reader who was
//! away. The log answers with what is now, and each room draws its own parts.

use std::collections::HashSet;

use super::frame::Frame;
use super::hub::{Hub, Seat};
use crate::changes::{self, Act, Change};
use crate::circle;
use crate::error::Result;

/// Beyond this many frames a page is loaded anew.
const MOST: usize = 200;

/// The frames that bring this reader from one number to another; nothing when it takes too many, or when too many
/// changes would have to be looked at.
pub(super) async fn replay(
    hub: &Hub,
    (after, upto): (i64, i64),
    seat: &Seat,
) -> Result<Option<Vec<Frame>>> {
    let circle = &*seat.circle;
    let Some(mut missed) = changes::between(&hub.inner().db, after, upto).await? else {
        return Ok(None);
    };
    missed.retain(|change| {
        seat.topic.shows(circle, change) && circle.hears(&change.about, change.act)
    });
    if missed.iter().any(|change| change.part == circle::PART) {
        return Ok(None);
    }
    let Some(mut frames) = draw_all(hub, missed).await? else {
        return Ok(None);
    };
    frames.extend(hub.counts((after, upto)).await?);
    // Drawn as it is now, it may be for others than it was when it was written down.
    let frames = frames
        .iter()
        .filter_map(|frame| frame.for_reader(circle, seat.topic));
    Ok(Some(frames.collect()))
}

/// A frame for each change that shows; nothing when there are too many.
pub(super) async fn draw_all(hub: &Hub, mut rows: Vec<Change>) -> Result<Option<Vec<Frame>>> {
    drop_what_others_say(&mut rows);
    if rows.len() > MOST {
        return Ok(None);
    }
    let mut frames = Vec::with_capacity(rows.len());
    for change in rows {
        if change.part == circle::PART {
            frames.push(Frame::start_over(&change, &hub.inner().epoch));
            continue;
        }
        frames.extend(hub.draw(change).await?);
    }
    Ok(Some(frames))
}

/// A post that comes whole brings its parts with it; an author who is gone takes all they made with them.
fn drop_what_others_say(rows: &mut Vec<Change>) {
    let is_whole = |change: &Change| change.part == changes::WHOLE && change.act == Act::Put;
    let is_author = |change: &Change| change.subject == change.about.author.to_string();
    let come: HashSet<_> = rows
        .iter()
        .filter(|change| is_whole(change))
        .filter_map(|change| change.post)
        .collect();
    let left: HashSet<_> = rows
        .iter()
        .filter(|change| is_author(change) && change.act == Act::Gone)
        .map(|change| change.about.author)
        .collect();
    rows.retain(|change| {
        let comes_whole = change.post.is_some_and(|post| come.contains(&post));
        let goes_with = left.contains(&change.about.author);
        let leaves = change.part == changes::LEFT;
        is_author(change) || (!goes_with && (is_whole(change) || leaves || !comes_whole))
    });
}
