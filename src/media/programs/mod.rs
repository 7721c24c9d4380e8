//! Programs of this machine that know formats which Porch does not: HEIC and AVIF come in through them, and
//! AVIF goes out. What they are given comes from strangers, so each runs confined, and what it makes is checked
//! like an upload.

#[cfg(target_os = "linux")]
mod calls;
mod confined;
#[cfg(target_os = "linux")]
mod files;
mod found;

pub use confined::{End, Run, confinement, listen, words};
pub use found::{Programs, find as find_program};
