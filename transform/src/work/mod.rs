//! What is done with whole files: an upload taken in, a chain applied.

mod animation;
mod apply;
mod asked;
mod attempt;
mod film;
mod graph;
mod ingest;
mod layers;
mod master;
mod opened;
mod run;
mod said;

pub use apply::apply;
pub use asked::{Accepts, Asked, Failed, Given, Made, Pictures, Stage};
pub use film::{Cut, Reel, cut, seconds, start};
pub use ingest::{Ingested, ingest};
pub use master::master_size;
pub use opened::opened;
pub use said::Coded;
