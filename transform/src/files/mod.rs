//! Containers: a file per format that reads its header and takes its metadata away, without a pixel decoded.

pub(crate) mod bits;
pub(crate) mod boxes;
pub(crate) mod bytes;
mod coded;
pub(crate) mod colours;
pub(crate) mod exif;
pub(crate) mod gif;
pub(crate) mod header;
mod heif;
mod heif_property;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod probe;
mod sniff;
mod strip;
pub(crate) mod webp;

pub use header::CodePoints;
pub use heif::{Surveyed, name_still, survey_heif};
pub use probe::probe;
pub use sniff::{foreign, sniff};
pub(crate) use strip::strip;
