//! Where files are: originals and masters in the place that is set, everything else on this machine.
//!
//! Nobody outside builds a path. Whoever needs a file asks for it and gets one that is here.

mod files;
mod folder;
mod key;
mod place;
mod renditions;
mod storage;

pub use files::Temporary;
pub use key::{Kept, is_key, new_key};
pub use renditions::{Found, Rendition, on_disk};
pub use storage::Storage;
