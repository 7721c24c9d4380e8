//! What one reader may see, kept beside their socket.

use crate::changes::About;
use crate::id::{Id, Users};

/// The audiences that a reader belongs to. The same rule as the condition in `post/visible.rs`, for what is not
/// asked of the database.
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
