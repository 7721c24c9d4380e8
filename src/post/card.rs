//! What a post's card shows.

use serde::Serialize;

use super::held::{Held, Looks};
use super::post::{self, Post};
use super::spans::{Named, Span, cut, spans};
use crate::app::App;
use crate::audience::{For, Name};
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::id::{Id, Posts};
use crate::media::{self, Item, SAME_SIZE, WIDTHS};
use crate::view::{self, Face};

#[derive(Serialize)]
pub struct Card {
    pub id: Id<Posts>,
    k: String,
    author: Face,
    at: view::Moment,
    /// Whom its author means it for.
    audience: String,
    /// The group that it is for, where it is for one that is still there.
    group: Option<Name>,
    /// Its author alone sees it: it `waits` to be looked at, was `kept` back, is `hidden` or `removed`, or `out` of its group.
    held: &'static str,
    /// By the owners of its group, and not by those who look after the place.
    held_by_owners: bool,
    /// What who kept it back says of it.
    held_words: String,
    pub items: Vec<Picture>,
}

/// What stands under the pictures in a feed.
#[derive(Serialize)]
pub struct Words {
    edited: bool,
    caption: Vec<Span>,
    /// What follows the cut, when the caption is long.
    rest: Option<Vec<Span>>,
}

impl Words {
    pub fn of(post: &Post, named: &Named) -> Words {
        let (caption, rest) = cut(&post.caption);
        Words {
            edited: post.edited_at.is_some(),
            caption: spans(caption, named),
            rest: rest.map(|rest| spans(rest, named)),
        }
    }
}

/// An item as a page shows it.
#[derive(Serialize)]
pub struct Picture {
    pub id: String,
    pub key: String,
    number: usize,
    video: bool,
    tall: bool,
    /// So small that it is shown at twice its size at most.
    tiny: bool,
    animated: bool,
    /// Of a video: there is a picture of it.
    poster: bool,
    /// Of a video: there is a smaller size.
    small: bool,
    /// Of a video: so long that it is played in sizes as the line allows.
    streams: bool,
    /// Of a video: it has sound, as far as anybody knows.
    sound: bool,
    /// Of a video: which version of its captions there is, 0 for none, and their language.
    captions: i64,
    captions_language: String,
    /// Of a video: `ready`, or what is done with it.
    state: &'static str,
    reason: String,
    percent: i64,
    width: i64,
    height: i64,
    shown_width: i64,
    shown_height: i64,
    pub alt: String,
    pub focus: String,
    srcset: String,
    placeholder: bool,
    duration: String,
    name: String,
    size: String,
    stripped: bool,
}

impl Card {
    pub fn new(app: &App, post: Post, items: &[Item]) -> Self {
        let k = post.place().to_string();
        let held_by_owners = matches!(
            post.held,
            Held::Waits(Looks::Owners) | Held::KeptBack(Looks::Owners, _)
        );
        let (held, held_words) = match post.held {
            Held::No => ("", String::new()),
            Held::Waits(_) => ("waits", String::new()),
            Held::KeptBack(_, words) => ("kept", words),
            Held::Hidden(words) => ("hidden", words),
            Held::Removed(words) => ("removed", words),
            Held::TakenOut => ("out", String::new()),
        };
        Card {
            id: post.id,
            k,
            held,
            held_by_owners,
            held_words,
            audience: post.meant.name().into_owned(),
            group: post.group.0,
            at: view::moment(post.created_at, app.settings.utc_offset),
            author: Face::new(post.author_id, post.handle, post.name, post.face),
            items: items
                .iter()
                .enumerate()
                .map(|(n, item)| Picture::new(item, n + 1))
                .collect(),
        }
    }
}

impl Picture {
    pub fn new(item: &Item, number: usize) -> Self {
        let still = !item.is_video() && !item.is_animated();
        let tiny = !item.is_video() && 2 * item.width < COLUMN;
        let times = if tiny { 2 } else { 1 };
        Picture {
            id: item.id.to_string(),
            key: item.key.clone(),
            number,
            video: item.is_video(),
            tall: item.height * 10 > item.width * 11,
            tiny,
            animated: item.is_animated(),
            poster: item.is_video() && item.master.is_some(),
            small: item.small != 0,
            streams: item.is_streamed(),
            sound: item.sound != 0,
            captions: item.captions,
            captions_language: item.captions_language.clone(),
            state: item.state.name(),
            reason: item.reason.clone(),
            percent: item.progress,
            width: item.width,
            height: item.height,
            shown_width: times * item.width,
            shown_height: times * item.height,
            alt: item.alt.clone(),
            focus: item.focus.clone(),
            srcset: if still { srcset(item) } else { String::new() },
            placeholder: still,
            duration: duration(item.duration_ms),
            name: item.file_name.clone(),
            size: size_in_words(item.bytes as u64),
            stripped: item.stripped,
        }
    }
}

/// How wide the feed's pictures are at most, in pixels of the page.
const COLUMN: i64 = 736;

/// A card as those who look after the place see it, who can do nothing with it but judge it.
#[derive(Serialize)]
pub struct DeskCard {
    card: Card,
    caption: String,
}

/// A post that those who judge look at, whoever may see it: without what others say to its author, and without the name of
/// a group that is not theirs to know.
pub async fn for_desk(app: &App, id: Id<Posts>) -> Result<(Post, Vec<Item>)> {
    let mut connection = app.db.read().acquire().await?;
    let post = post::find(&mut connection, id).await?;
    let mut post = post.ok_or(Error::NotFound)?;
    post.held = Held::No;
    post.group = For(None);
    let items = media::of_post(&mut connection, id).await?;
    Ok((post, items))
}

pub fn desk_card(app: &App, post: Post, items: &[Item]) -> DeskCard {
    let caption = post.caption.clone();
    DeskCard {
        card: Card::new(app, post, items),
        caption,
    }
}

/// The sizes that are smaller than the picture, and the master's own as the largest.
fn srcset(item: &Item) -> String {
    let (master, _) = media::master_size((item.width as u32, item.height as u32));
    let smaller = WIDTHS[1..].iter().filter(|width| **width < master);
    let mut sizes: Vec<String> = smaller
        .map(|width| format!("/media/tr:w-{width}/{} {width}w", item.key))
        .collect();
    sizes.push(format!("/media/tr:{SAME_SIZE}/{} {master}w", item.key));
    sizes.join(", ")
}

/// "0:42".
pub fn duration(ms: i64) -> String {
    let seconds = (ms + 500) / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// "4.1 MB", "310 KB".
pub fn size_in_words(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// The post with all its parts, for pages that show one to this viewer.
pub async fn whole(app: &App, viewer: &Viewer, id: Id<Posts>) -> Result<(Post, Vec<Item>)> {
    let mut connection = app.db.read().acquire().await?;
    let post = post::get(&mut connection, (id, viewer)).await?;
    let items = media::of_post(&mut connection, id).await?;
    Ok((post, items))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_lengths_read_well() {
        assert_eq!(size_in_words(4_130_000), "4.1 MB");
        assert_eq!(size_in_words(999), "1 KB");
        assert_eq!(duration(42_400), "0:42");
    }
}
