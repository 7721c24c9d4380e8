//! What a video is, and what it must not tell: only the boxes around the pictures are read or
//! written.
//!
//! Ready for any browser or refused: nothing is re-encoded here. The places of metadata are
//! overwritten where they stand, so that no byte moves and no offset table has to follow. What an
//! encoder hides inside the coded pictures themselves stays.

mod avc;
mod budget;
mod captions;
mod ebml;
mod film;
mod index_first;
mod ingest;
mod mp4;
mod probe;
mod refusals;
mod scrub;
mod scrub_mp4;
mod scrub_webm;
mod tables;
#[cfg(test)]
mod tests;
mod webm;

pub use captions::{Misread, captions};
pub use film::Video;
pub use index_first::index_first;
pub use ingest::ingest;
pub use probe::{probe, survey};
pub use refusals::{
    broken_stream, cut_off_after, no_frames, no_picture, too_long, unconvertible, unplayable,
    unreadable_film,
};
