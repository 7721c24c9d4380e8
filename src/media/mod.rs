//! Originals and where they live: taken in, checked, stored, served, swept away.
//!
//! A file is on the disk before its row is committed, and its row is gone before the file is. So a
//! crash can leave a file without a row, which the sweeper takes, and never a row without its file.
//! Names on the disk are made here; what a client calls a file is text to show, never a path.

mod asked;
mod avif;
mod cache;
mod convert;
mod cuts;
mod cutting;
mod discard;
mod explain;
mod films;
mod fingerprint;
mod flights;
mod forms;
mod frames;
mod hang;
mod intake;
mod item;
mod media;
mod pieces;
mod popular;
mod programs;
mod quota;
mod range;
mod ready;
mod rendition;
mod sent;
mod serve;
mod served;
mod signature;
mod sizes;
mod storage;
mod stored;
mod streams;
mod sweep;
mod unparsed;
mod upload;
mod video;
mod wanted;
mod workers;
mod writers;

pub use avif::make_avifs;
pub use cutting::{Cuts, Cutting};
pub use discard::{discard, discard_post, discard_staged};
pub use films::{Converted, Run};
pub use hang::{Change, Described, arrange, attach, change};
pub use intake::take_away;
pub use item::{
    Item, Purpose, State, find_face, find_staged, is_staged, of_post, of_posts, staged,
};
pub use media::{Media, Others, PutConversion, See, Shown};
pub use pieces::{Arrived, Checksum};
pub use quota::Space;
pub use ready::{
    find_by_id, has_failed, is_converted, is_converting, note_progress, some_unready, unready,
    unready_of, waits_again,
};
pub use serve::routes;
pub use sizes::{SAME_SIZE, WIDTHS};
pub use storage::{Storage, Temporary};
pub use sweep::{Swept, sweep};
pub use transform::video::captions;
pub use transform::{Key, PLACES, film_keys, layer_keys, master_size, picture_keys, text_keys};
pub use upload::{Refused, SentFiles, Upload, shown_name};
pub use video::{Failed, Tools};

pub use programs::{Programs, confinement};
