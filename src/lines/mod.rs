//! Looks over the lines to clients. Rocket 0.5 waits without end for a request that never comes, for half of one,
//! for the first bytes of a body, and for a reader who does not read; and it lets no more than 128 wait at its door.
//!
//! Every few seconds the kernel's own table says which lines there are (proc(5), `/proc/net/tcp`). What has had no
//! request for too long, and what has been waiting too long for its reader, is shut down; Rocket then sees its end.
//! On Linux only; elsewhere a proxy has to do it.

mod kernel;
mod lines;

pub use lines::Lines;
