//! The tables, and how the parser looks keys up.

use super::{film, geometry, layer, look, result, text};
use crate::chain::key::Key;
use crate::chain::read::{AUTO, CUSTOM};

/// The width that the browser tells, by key and value.
pub(in crate::chain) const HINTED_WIDTH: (&str, &str) = ("w", AUTO);
/// What the picture's author chose, by key and value.
pub(in crate::chain) const CHOSEN_FOCUS: (&str, &str) = ("fo", CUSTOM);

/// The keys of pictures, and of pictures and canvases in layers.
pub fn picture_keys() -> impl Iterator<Item = &'static Key> {
    [geometry::KEYS, look::KEYS, result::KEYS]
        .into_iter()
        .flatten()
}

/// The keys of videos alone.
pub fn film_keys() -> impl Iterator<Item = &'static Key> {
    film::KEYS.iter()
}

/// The keys of what a layer shows and where it lies.
pub fn layer_keys() -> impl Iterator<Item = &'static Key> {
    layer::KEYS.iter()
}

/// The keys of how a text looks.
pub fn text_keys() -> impl Iterator<Item = &'static Key> {
    text::KEYS.iter()
}

/// The key of a step; in layers those of the layer itself come first.
pub(in crate::chain) fn find_in_step(name: &str, in_layer: bool) -> Option<&'static Key> {
    // Of a text's keys only this one is for canvases too.
    let alpha = text_keys().filter(|key| key.name == "al");
    let own = layer_keys().chain(alpha).filter(|_| in_layer);
    own.chain(picture_keys())
        .chain(film_keys())
        .find(|key| key.name == name)
}

/// The key of a text layer.
pub(in crate::chain) fn find_in_text(name: &str) -> Option<&'static Key> {
    layer_keys().chain(text_keys()).find(|key| key.name == name)
}

/// Effects that need a service: refused with a sentence rather than passed over.
pub(in crate::chain) const OUT_OF_REACH: [&str; 10] = [
    "e-bgremove",
    "e-removedotbg",
    "e-upscale",
    "e-retouch",
    "e-genvar",
    "e-edit",
    "e-changebg",
    "e-dropshadow",
    "e-genfill",
    "bg-genfill",
];
