//! Pictures: recognised, checked, freed of metadata, turned upright and transformed as they are asked for.
//! Videos: checked and freed of metadata. Bytes in, bytes out; nothing here knows the web, a database or a path.
//!
//! [`probe`] reads a header, [`ingest`] takes an upload in, [`parse`] reads ImageKit's URL language into a
//! [`Chain`], and [`apply`] does it.

mod chain;
mod codec;
mod files;
mod format;
mod guard;
mod orientation;
mod pixels;
mod refusal;
pub mod video;
mod work;

#[cfg(test)]
#[path = "../tests/fixtures/mod.rs"]
mod fixtures;

pub use chain::{
    Chain, Hints, Key, Ladder, Mistake, PLACES, Presets, Rules, Whole, Wish, Work, film_keys,
    layer_keys, parse, picture_keys, text_keys,
};
pub use files::{CodePoints, Surveyed, foreign, name_still, probe, sniff, survey_heif};
pub use format::{Film, Format, Limits, Picture};
pub use pixels::{families, scripts};
pub use refusal::Refusal;
pub use work::{
    Accepts, Asked, Coded, Cut, Failed, Given, Ingested, Made, Pictures, Reel, Stage, apply, cut,
    ingest, master_size, opened, seconds, start,
};
