//! Posts that wait to be looked at, as the JSON API shows them, and what it takes of whoever looks.

use serde::Serialize;
use utoipa::ToSchema;

use super::post;
use super::shapes::Post;
use crate::auth::Base;
use crate::media::Item;

/// A post that waits to be looked at
#[derive(Serialize, ToSchema)]
pub struct WaitingPost {
    #[serde(flatten)]
    post: Post,
    /// Its author's.
    #[schema(example = "ada")]
    handle: String,
}

/// Posts that wait to be looked at
#[derive(Serialize, ToSchema)]
pub struct WaitingPosts {
    posts: Vec<WaitingPost>,
}

impl WaitingPosts {
    pub fn new(posts: &[(post::Post, Vec<Item>)], base: &Base) -> WaitingPosts {
        let posts = posts.iter().map(|(post, items)| WaitingPost {
            post: Post::new(post, items, base),
            handle: post.handle.clone(),
        });
        WaitingPosts {
            posts: posts.collect(),
        }
    }
}

/// What becomes of a post that waits
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct Judged {
    /// `show` or `keep`; of a post that is shown in a group `hide`.
    #[schema(example = "show")]
    outcome: String,
    /// To its author, where it is kept back.
    #[schema(example = "Please ask those in the picture first.")]
    words: Option<String>,
}
