//! Decoded pixels, and what is done to them.

pub(crate) mod blur;
pub(crate) mod effects;
mod emoji;
pub(crate) mod paint;
pub(crate) mod planes;
pub(crate) mod profile;
pub(crate) mod quantize;
pub(crate) mod raster;
pub(crate) mod rotate;
pub(crate) mod saliency;
pub(crate) mod size;
pub(crate) mod text;
pub(crate) mod tone;

pub use text::{families, scripts};
