//! Work that outlives a request: one queue, a table in the database, for every kind of it.
//!
//! A job is put there by the transaction that needs it done. Some node claims it with a lease, runs it,
//! and deletes its row. What fails is tried again after growing pauses and given up visibly; what a
//! killed process was at is claimed again when its lease has run out. So a job runs at least once, and
//! twice if the process dies between doing it and saying so.

mod failure;
mod kind;
mod list;
mod queue;
mod task;
mod worker;

pub use failure::Failure;
pub use kind::Kind;
pub use list::{Counts, Job};
pub use queue::{Queue, State};
pub use task::Task;
pub use worker::start;
