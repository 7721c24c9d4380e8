//! What is wanted of an item, who pays for it, and how much that is.

use super::item::Item;
use super::media::Media;
use super::storage::Kept;
use super::workers::Lane;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::limit::{Act, Address, Key};
use transform::{Accepts, Chain, Format, Whole, Wish, master_size};

/// What is made of an item.
pub struct Wanted<'a> {
    pub item: &'a Item,
    pub chain: Chain,
    pub accepts: Accepts,
    /// The items that layers show.
    pub layers: Vec<Item>,
    pub by: By,
    /// The steps are those of a page of ours.
    pub is_ours: bool,
    /// Whoever runs the site has named or signed them.
    pub vouched: bool,
}

impl Wanted<'_> {
    /// The keys of all that it shows.
    pub fn keys(&self) -> Vec<String> {
        let shown = self.layers.iter().chain([self.item]);
        shown.map(|item| item.key.clone()).collect()
    }
}

/// Who asks, and pays for what has to be made.
#[derive(Clone, Copy, Debug)]
pub enum By {
    Member(Id<Users>),
    /// One picture at a time, and a small one.
    Stranger(Address),
    /// Nobody who waits.
    House,
}

impl By {
    pub fn lane(self) -> Lane {
        match self {
            By::Member(_) => Lane::Member,
            By::Stranger(_) => Lane::Stranger,
            By::House => Lane::Background,
        }
    }

    /// Refuses a stranger what has so many pixels on its way.
    pub fn require_size(self, pixels: u64) -> Result<()> {
        match self {
            By::Stranger(_) if pixels > STRANGERS_PIXELS => Err(Error::Forbidden(
                "Whoever is not signed in gets pictures of at most 8 megapixels.",
            )),
            _ => Ok(()),
        }
    }
}

/// The largest picture on the way that is made for a stranger, in pixels.
const STRANGERS_PIXELS: u64 = 8_000_000;

/// What a chain begins with: the original where its own colours are wanted, or where nothing is to be lost and
/// something was in the copy; else the copy, where there is one.
pub fn starts_from(item: &Item, chain: &Chain) -> Kept {
    /// A larger one takes too long to read for what it gives.
    const SHARP_PIXELS: i64 = 8_000_000;
    let lossless = chain.output.format == Wish::Png || chain.output.lossless;
    let lost = item.format() == Format::Png && item.master.as_deref() == Some("webp");
    let is_small = item.width * item.height <= SHARP_PIXELS;
    match item.master {
        Some(_) if item.poster => Kept::Master,
        Some(_) if chain.output.keeps_profile || lossless && lost && is_small => Kept::Original,
        Some(_) => Kept::Master,
        None => Kept::Original,
    }
}

/// How much there is to do, in pixels.
pub struct Work {
    /// Of the largest picture on the way.
    pub largest: u64,
    total: u64,
}

impl Work {
    pub fn of(media: &Media, wanted: &Wanted<'_>) -> Work {
        let item = wanted.item;
        let of = |item: &Item, from: Kept| {
            let size = (item.width as u32, item.height as u32);
            let own = match from {
                Kept::Master => master_size(size),
                Kept::Original | Kept::Small | Kept::Source => size,
            };
            Whole { size, own }
        };
        let whole = of(item, starts_from(item, &wanted.chain));
        let find = |key: &str| {
            let layer = wanted.layers.iter().find(|layer| layer.key == key)?;
            let from = match layer.master {
                Some(_) => Kept::Master,
                None => Kept::Original,
            };
            Some(of(layer, from))
        };
        let limit = media.limits.pictures.made_pixels;
        let work = wanted.chain.work(whole, limit, &find);
        Work {
            largest: work.largest,
            total: work.total.saturating_mul(item.frames.max(1) as u64),
        }
    }

    /// Charges whoever asks, by the megapixel.
    pub async fn pay(&self, media: &Media, by: By) -> Result<()> {
        by.require_size(self.largest)?;
        pay(media, by, self.total).await
    }
}

/// Charges whoever asks for so many pixels.
pub async fn pay(media: &Media, by: By, pixels: u64) -> Result<()> {
    let cost = u32::try_from(pixels.div_ceil(1_000_000)).unwrap_or(u32::MAX);
    let (act, key) = match by {
        By::House => return Ok(()),
        By::Member(id) => (Act::MembersPixels, Key::Account(id)),
        By::Stranger(address) => (Act::StrangersPixels, Key::Address(address)),
    };
    media.limiter.spend(act, key, cost).await.map(drop)
}
