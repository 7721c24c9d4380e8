//! A sort of work: what it is called, how it is run, and how it is told of. Each room has its own beside the verb
//! that asks for it, and `seams.rs` lists them.

use std::time::Duration;

use futures::future::BoxFuture;

use super::failure::Failure;
use super::task::Task;

type Run<A> = fn(A, Task) -> BoxFuture<'static, Result<(), Failure>>;

/// A sort of work. `A` is what its runs work with.
pub struct Kind<A: 'static> {
    /// Stands in the database: it never changes.
    pub name: &'static str,
    /// So many of this kind run at once on one node.
    pub at_once: usize,
    /// A run that has not renewed its lease for so long is taken for dead; another node may take it over.
    pub lease: Duration,
    /// After so many runs that failed it is given up.
    pub tries: i64,
    pub run: Run<A>,
    /// Tells whoever waits for it that it was given up, however that came; asked once.
    pub given_up: Option<Run<A>>,
    /// What a payload is about, in a few words for the administrator's list.
    pub describe: fn(&str) -> String,
}
