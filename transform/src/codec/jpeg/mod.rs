//! JPEG: baseline photos by a reader and a writer of our own, everything else by mozjpeg.

mod bits;
pub(crate) mod block;
mod cosine;
pub(crate) mod general;
mod huffman;
mod lanes;
pub(crate) mod reader;
mod scan;
pub(crate) mod writer;
