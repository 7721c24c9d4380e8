//! Videos in segments (HTTP Live Streaming, RFC 8216): a player chooses among sizes as its line allows. Nothing is
//! encoded for it: what is stored is copied into segments of one file, when it is first asked for.

use std::fmt::Write;
use std::fs;

use super::cuts;
use super::item::Item;
use super::media::Media;
use super::served::{Served, find, name, once, original, small};
use super::storage::Rendition;
use super::video::{self, Failed, Size};
use super::wanted::{By, Wanted, pay};
use crate::error::{Error, Result};
use transform::{Format, Ladder};

/// The most bits per second of a rung, by its short side, where players choose.
const RATES: [u64; 7] = [
    300_000, 600_000, 1_300_000, 3_300_000, 6_200_000, 12_000_000, 18_000_000,
];
const NO_STREAM: &str = "There is no such size of this video to stream.";

/// What a rung of the ladder is made of.
enum Rung {
    Small,
    Large,
    /// These steps of it.
    Cut(String),
}

/// The rung for a short side: what is stored where it is that; nothing where the video is smaller and the rung below
/// holds it whole.
fn rung(item: &Item, short: u32) -> Option<(Rung, Size)> {
    let (width, height) = (item.width as u32, item.height as u32);
    let own = width.min(height);
    let below = Ladder::RUNGS.iter().rev().find(|rung| **rung < short);
    if own <= short {
        let is_first = below.is_none_or(|below| own > *below);
        return is_first.then_some((Rung::Large, Size { width, height }));
    }
    let small = video::small_of((width, height));
    if short == small.width.min(small.height) {
        // It is made by itself, sooner or later.
        return (item.small != 0).then_some((Rung::Small, small));
    }
    let side = if width < height { "w" } else { "h" };
    let scaled = |side: u32| (u64::from(side) * u64::from(short) / u64::from(own)) as u32 & !1;
    let size = Size {
        width: scaled(width),
        height: scaled(height),
    };
    Some((Rung::Cut(format!("{side}-{short},c-at_max")), size))
}

/// `ik-master.m3u8`: those of the sizes that there are, or are there soon.
pub async fn ladder(media: &Media, wanted: Wanted<'_>) -> Result<String> {
    let item = wanted.item;
    let mut list = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let none = list.len();
    let mut rungs: Vec<u32> = wanted.chain.output.ladder.rungs().collect();
    if rungs.is_empty() {
        rungs.extend([480, 1080]);
    }
    // Instead of what is larger than the video there is the video.
    let is_whole = |short: &u32| matches!(rung(item, *short), Some((Rung::Large, _)));
    let whole = Ladder::RUNGS.into_iter().find(is_whole);
    if let (Some(whole), Some(most)) = (whole, rungs.last()) {
        if *most > whole && !rungs.contains(&whole) {
            rungs.push(whole);
        }
        rungs.retain(|short| *short <= whole);
    }
    for short in rungs {
        let Some((rung, Size { width, height })) = rung(item, short) else {
            continue;
        };
        if let Rung::Cut(steps) = &rung
            && cut(media, (item, wanted.by), steps).await.is_err()
        {
            continue;
        }
        let at = Ladder::RUNGS.iter().position(|known| *known == short);
        let rate = at.map_or(0, |at| RATES[at]);
        let _ = write!(
            list,
            "#EXT-X-STREAM-INF:BANDWIDTH={rate},RESOLUTION={width}x{height}\n/media/tr:sr-{short}/{}/ik-stream.m3u8\n",
            item.key
        );
    }
    match list.len() == none {
        true => Err(no_stream()),
        false => Ok(list),
    }
}

fn no_stream() -> Error {
    Error::Detail(rocket::http::Status::NotFound, NO_STREAM.into())
}

async fn cut(media: &Media, (item, by): (&Item, By), steps: &str) -> Result<Served> {
    let chain = transform::parse(steps, &media.settings.rules);
    let wanted = Wanted {
        item,
        chain: chain.map_err(|mistake| Error::Internal(mistake.to_string()))?,
        accepts: transform::Accepts::default(),
        layers: Vec::new(),
        by,
        is_ours: false,
        vouched: false,
    };
    cuts::of_chain(media, wanted, steps).await
}

/// `ik-stream.m3u8`: where in the file the segments of one size are.
pub async fn segments(media: &Media, wanted: &Wanted<'_>) -> Result<String> {
    let (_, list) = segmented(media, wanted).await?;
    let shelf = media.storage.renditions.clone();
    let found = tokio::task::spawn_blocking(move || shelf.find(&list)).await??;
    let found = found.ok_or(Error::Busy("This is made again just now. Ask once more."))?;
    String::from_utf8(found.head().to_vec()).map_err(|error| Error::Internal(error.to_string()))
}

/// `ik-stream.mp4`: the segments.
pub async fn stream(media: &Media, wanted: &Wanted<'_>) -> Result<Served> {
    Ok(segmented(media, wanted).await?.0)
}

/// The file of segments and the list of them, which are made unless they are there.
async fn segmented(media: &Media, wanted: &Wanted<'_>) -> Result<(Served, Rendition)> {
    let (item, by) = (wanted.item, wanted.by);
    let mut rungs = wanted.chain.output.ladder.rungs();
    let (Some(short), None) = (rungs.next(), rungs.next()) else {
        return Err(Error::BadRequest(
            "One size is streamed at a time, such as sr-480.".into(),
        ));
    };
    let (rung, _) = rung(item, short).ok_or_else(no_stream)?;
    let of = |what: &str| Rendition::new(&item.key, &name(&format!("{what} 1 {short}")));
    let (stream, list) = (of("stream"), of("segments"));
    let shelf = media.storage.renditions.clone();
    let has_list = {
        let (shelf, list) = (shelf.clone(), list.clone());
        tokio::task::spawn_blocking(move || shelf.length(&list).is_ok()).await?
    };
    if has_list && let Some(found) = find(media, [&stream]).await? {
        return Ok((found, list));
    }
    let films = media.films.clone().ok_or_else(no_stream)?;
    let source = match &rung {
        Rung::Small => small(media, item).await?,
        Rung::Large => original(media, item).await?,
        Rung::Cut(steps) => cut(media, (item, by), steps).await?,
    };
    if source.format != Format::Mp4 {
        return Err(no_stream());
    }
    if !has_list {
        // One without the other is made again.
        let (shelf, stream) = (shelf.clone(), stream.clone());
        tokio::task::spawn_blocking(move || shelf.remove_one(&stream)).await??;
    }
    let (input, kept) = (source.path()?, (stream.clone(), list.clone()));
    let making = async {
        // Every byte is read and written once.
        pay(media, by, tokio::fs::metadata(&input).await?.len()).await?;
        let work = move |_| -> Result<u64> {
            let made = films.storage.in_folder(|folder| {
                let made = match video::segment(films.work(&input, folder))? {
                    Ok(made) => made,
                    Err(failed) => return Ok(Err(failed)),
                };
                let bytes = fs::metadata(&made.stream)?.len();
                shelf.keep(&kept.0, &made.stream)?;
                shelf.keep(&kept.1, &made.list)?;
                Ok(Ok(bytes))
            })?;
            made.map_err(|failed| match failed {
                Failed::Stopped => Error::Busy(NO_STREAM),
                Failed::Refused(refusal) => Error::Internal(refusal.to_string()),
            })
        };
        media.make_rendition((by.lane(), 0), work).await
    };
    let keys = vec![item.key.clone()];
    Ok((once(media, (by, keys), &stream, making).await?, list))
}
