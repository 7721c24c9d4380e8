//! How what changed becomes a frame: each room lends a drawer for each of its parts, `seams.rs` lists them.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::frame::{Count, Frame};
use crate::changes::Change;
use crate::db::Db;
use crate::error::Result;
use crate::id::{Id, Posts, Users};

/// How a room shows the changes of one part.
pub struct Drawer<C: 'static> {
    pub part: &'static str,
    /// Nothing where there is nothing to show any more.
    pub draw: for<'a> fn(&'a C, &'a Change) -> BoxFuture<'a, Result<Option<Frame>>>,
}

/// What another room answers, in a while.
type Answer<T> = BoxFuture<'static, Result<T>>;

/// Whether a member, or a stranger, may see a post.
pub type See = fn(Db, Option<Id<Users>>, Id<Posts>) -> Answer<bool>;

/// What this room asks of those above it.
#[derive(Clone, Copy)]
pub struct Asks {
    /// What is counted of posts, of those that changed after one number up to another.
    pub counts: fn(Db, (i64, i64)) -> Answer<Vec<Count>>,
    /// How many notices a member has not looked at.
    pub unread: fn(Db, Id<Users>) -> Answer<i64>,
    pub see: See,
}

/// Draws a change with the drawer of its part.
pub type Draw = Arc<dyn Fn(Change) -> BoxFuture<'static, Result<Option<Frame>>> + Send + Sync>;
