//! Originals and where they live: taken in, checked, stored, served, swept away.
//!
//! A file is on the disk before its row is committed, and its row is gone before the file is. So a
//! crash can leave a file without a row, which the sweeper takes, and never a row without its file.
//! Names on the disk are made here; what a client calls a file is text to show, never a path.

mod asked;
mod avif;
mod cache;
mod discard;
mod explain;
mod flights;
mod forms;
mod hang;
mod intake;
mod item;
mod media;
mod popular;
mod programs;
mod range;
mod rendition;
mod serve;
mod signature;
mod sizes;
mod storage;
mod sweep;
mod unparsed;
mod upload;
mod wanted;
mod workers;

pub use avif::make_avifs;
pub use discard::{discard, discard_post, discard_staged};
pub use hang::{Change, Described, arrange, attach, change};
pub use intake::take_away;
pub use item::{Item, Purpose, find_face, find_staged, is_staged, of_post, of_posts};
pub use media::{Media, See};
pub use serve::routes;
pub use sizes::{SAME_SIZE, WIDTHS};
pub use storage::{Storage, Temporary};
pub use sweep::{Swept, sweep};
pub use transform::{Key, PLACES, layer_keys, master_size, picture_keys, text_keys};
pub use upload::{Refused, SentFiles, Upload};

pub use programs::{Programs, confinement};
