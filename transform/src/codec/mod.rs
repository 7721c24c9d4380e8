//! From stripped bytes to pixels, and from pixels to bytes.

pub(crate) mod aim;
pub(crate) mod apng;
pub(crate) mod decode;
pub(crate) mod encode;
pub(crate) mod frames;
pub(crate) mod gif_read;
pub(crate) mod gif_write;
pub(crate) mod jpeg;
pub(crate) mod webp;
