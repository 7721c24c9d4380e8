//! `porch import`: moves the accounts and posts of the application that Porch replaces in here.
//!
//! Everything keeps its id, so that running it again goes on where it stopped and changes nothing that is
//! here already. A post whose file cannot be had is left out, named at the end, and tried again next time.

mod fetch;
mod old;
mod once;
mod run;

pub use run::{Here, Outcome, import};
