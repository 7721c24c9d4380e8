//! Videos through ffmpeg: looked into, copied where every browser plays what is in them and made anew where not, and the
//! best picture of them found.
//!
//! One format goes out: H.264 and AAC in MP4, upright, square pixels, eight bits and halved colour, the index first.
//! Each run is confined (`programs/confined.rs`); numbers in its arguments are computed here, names are ours.

mod arguments;
mod edit;
mod make;
mod poster;
mod probe;
#[cfg(test)]
mod tests;
mod tools;
mod verdict;

pub use edit::{edit, estimate, segment};
pub use make::{Failed, copy, keep_source, large_and_small, small};
pub use poster::{frame_of, poster};
pub use probe::{Probed, probe};
pub use tools::{Tools, Work};
pub use verdict::{Plan, Size, Verdict, small_of, verdict};
