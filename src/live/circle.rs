//! What one reader may see, kept beside their socket.

use crate::changes::About;
use crate::id::{Id, Users};

/// The audiences of changes that a reader belongs to; of posts the condition in `post/visible.rs` is asked.
pub struct Circle {
    audiences: Vec<String>,
}

impl Circle {
    /// A member belongs to everybody here, and to the audience of themselves alone.
    pub fn of(member: Id<Users>) -> Circle {
        Circle {
            audiences: vec![String::new(), format!("u:{member}")],
        }
    }

    pub fn sees(&self, about: &About) -> bool {
        self.audiences.contains(&about.audience)
    }
}
