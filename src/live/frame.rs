//! What goes over the socket: JSON texts that name their act (docs/live.md).

use std::sync::Arc;

use serde::Serialize;

use crate::id::{Id, Posts};

/// One numbered change, encoded once for all sockets.
#[derive(Clone)]
pub struct Frame {
    pub seq: i64,
    pub text: Arc<str>,
}

#[derive(Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Act<'a> {
    Put {
        s: i64,
        id: &'a str,
        k: &'a str,
        html: &'a str,
    },
    Fill {
        s: i64,
        id: &'a str,
        html: &'a str,
    },
    Gone {
        s: i64,
        id: &'a str,
    },
}

/// The id of a post's element on a page.
pub fn element_id(post: Id<Posts>) -> String {
    format!("p-{post}")
}

impl Frame {
    /// A card: it replaces the element of its post, or comes in at the place that `k` sorts it to.
    pub fn put(seq: i64, post: Id<Posts>, k: &str, html: &str) -> Frame {
        Frame::of(
            seq,
            &Act::Put {
                s: seq,
                id: &element_id(post),
                k,
                html,
            },
        )
    }

    /// New contents for the part `part` of a post's element, where that is on the page.
    pub fn fill(seq: i64, post: Id<Posts>, part: &str, html: &str) -> Frame {
        let id = format!("{}-{part}", element_id(post));
        Frame::of(
            seq,
            &Act::Fill {
                s: seq,
                id: &id,
                html,
            },
        )
    }

    pub fn gone(seq: i64, post: Id<Posts>) -> Frame {
        Frame::of(
            seq,
            &Act::Gone {
                s: seq,
                id: &element_id(post),
            },
        )
    }

    /// Moves the reader's cursor past what was not for this page.
    pub fn heartbeat(seq: i64) -> Frame {
        Frame {
            seq,
            text: format!("{{\"s\":{seq}}}").into(),
        }
    }

    /// What is missing cannot be told any more: load the page again.
    pub fn reset(epoch: &str, seq: i64) -> Frame {
        let text = serde_json::json!({ "e": epoch, "s": seq, "reset": true }).to_string();
        Frame {
            seq,
            text: text.into(),
        }
    }

    fn of(seq: i64, act: &Act<'_>) -> Frame {
        let text = serde_json::to_string(act).expect("texts and numbers always encode");
        Frame {
            seq,
            text: text.into(),
        }
    }
}
