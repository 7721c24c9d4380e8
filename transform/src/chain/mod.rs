//! A transformation as it is asked for: ImageKit's URL language, parsed once into typed steps.
//!
//! `tr:w-400,h-300:rt-90` is two steps, one after the other; the order inside a step does not count.
//! Numbers may depend on the picture (`w-iw_div_2`), so a step is resolved when the picture's size at
//! that point is known. The grammar is that of ImageKit's documentation and official SDKs; where these
//! are silent `docs/transformations.md` says what was chosen.

mod base64;
mod canonical;
mod chain;
mod colour;
mod condition;
mod effect;
mod expression;
mod geometry;
mod key;
mod keys;
mod mistake;
mod objects;
mod output;
mod parse;
mod parse_layer;
mod part;
mod place;
mod read;
mod step;
mod style;
mod tokens;
mod value;
mod walk;

pub use chain::{Chain, Whole, Work};
pub use colour::Colour;
pub use expression::Sizes;
pub use geometry::{Plan, Rect};
pub use key::Key;
pub use keys::{film_keys, layer_keys, picture_keys, text_keys};
pub use mistake::Mistake;
pub use output::{Coding, Hints, Ladder, Output, Wish};
pub use parse::{Presets, Rules, parse};
pub use part::{Layer, Source};
pub use step::Step;
pub use style::TextStyle;
pub use value::{Align, Background, Blend, Colorize, Gradient, MOST_TEXT, PLACES, Radius, Shadow};
pub use walk::{Due, Walk};
