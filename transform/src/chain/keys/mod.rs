//! What there is: an entry for every key. The parser, its messages and the page at `/docs/transformations` are
//! made from it, so that none can say what another does not do.

mod film;
mod geometry;
mod layer;
mod look;
mod result;
mod tables;
mod text;
mod words;

pub(super) use tables::{CHOSEN_FOCUS, HINTED_WIDTH, OUT_OF_REACH, find_in_step, find_in_text};
pub use tables::{film_keys, layer_keys, picture_keys, text_keys};
