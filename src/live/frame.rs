//! What goes over the socket: JSON texts that name an element, or a part of it, and their act (docs/live.md).

use std::sync::Arc;

use serde::Serialize;

use crate::changes::{self, About, Change};
use crate::circle::Circle;
use crate::id::{Groups, Id, Posts, Users};

/// One numbered change, encoded once for all sockets.
#[derive(Clone)]
pub struct Frame {
    pub seq: i64,
    pub text: Arc<str>,
    /// What it tells of whom, by which is decided who may have it; nothing where it speaks of nobody.
    pub tells: Option<Arc<(About, changes::Act)>>,
    /// Where it is about many posts, each of them: a reader gets those that they may see.
    counts: Option<Arc<[Count]>>,
    /// Whoever may see what is for these has no use for it.
    unless: Option<Arc<About>>,
    /// Where only the page of one post shows it: that post.
    topic: Option<Id<Posts>>,
    /// The words of what newly comes in.
    says: Arc<[String]>,
}

#[derive(Serialize)]
#[serde(tag = "op", rename_all = "kebab-case")]
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
    GoneBy {
        s: i64,
        author: Id<Users>,
    },
}

/// What an open page is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Topic {
    All,
    /// Those whom the reader follows.
    Followed,
    /// One post.
    Post(Id<Posts>),
    /// What is for one group.
    Group(Id<Groups>),
}

impl Topic {
    /// Whether such a page shows this change of its reader's.
    pub fn shows(self, circle: &Circle, change: &Change) -> bool {
        let only_of = (change.part == changes::TALK)
            .then_some(change.post)
            .flatten();
        self.takes(circle, only_of, (&change.about, change.act))
    }

    fn takes(
        self,
        circle: &Circle,
        only_of: Option<Id<Posts>>,
        (about, act): (&About, changes::Act),
    ) -> bool {
        match (only_of, self) {
            (Some(post), topic) => topic == Topic::Post(post),
            (None, _) if act != changes::Act::Put || circle.is_private(about) => true,
            (None, Topic::Followed) => circle.wants(about) && circle.follows(about.author),
            (None, Topic::Group(group)) => about.audience == group.to_string(),
            (None, Topic::All) => circle.wants(about),
            (None, Topic::Post(_)) => true,
        }
    }

    /// Whether such a page keeps what is for these from now on.
    fn keeps(self, circle: &Circle, about: &About) -> bool {
        match self {
            Topic::Group(group) => circle.may_see(about) && about.audience == group.to_string(),
            Topic::All | Topic::Followed => circle.wants(about),
            Topic::Post(_) => circle.may_see(about),
        }
    }
}

/// What is counted of one post, or one member, now.
#[derive(Clone)]
pub struct Count {
    pub about: About,
    /// As a frame says it: `["<post>",<likes>,<comments>]`, or `["<member>",<followers>,<following>,"member"]`.
    pub text: String,
}

fn counted<'a>(seq: i64, counts: impl Iterator<Item = &'a Count>) -> String {
    let all: Vec<&str> = counts.map(|count| count.text.as_str()).collect();
    format!(
        "{{\"op\":\"counts\",\"s\":{seq},\"of\":[{}]}}",
        all.join(",")
    )
}

/// The id of a part of an element.
fn part_id(element: &str, part: &str) -> String {
    format!("{element}-{part}")
}

impl Frame {
    /// What of it this reader may have.
    pub fn for_reader(&self, circle: &Circle, topic: Topic) -> Option<Frame> {
        if let Some(counts) = &self.counts {
            let sees = |count: &&Count| circle.may_see(&count.about);
            return match counts.iter().filter(sees).count() {
                0 => None,
                all if all == counts.len() => Some(self.clone()),
                _ => Some(Frame {
                    text: counted(self.seq, counts.iter().filter(sees)).into(),
                    ..self.clone()
                }),
            };
        }
        let tells = self.tells.as_deref();
        if self
            .unless
            .as_ref()
            .is_some_and(|about| topic.keeps(circle, about))
        {
            return None;
        }
        let is_theirs = tells.is_none_or(|(about, act)| {
            topic.takes(circle, self.topic, (about, *act))
                && circle.hears(about, *act)
                && circle.bears(about.author, &self.says)
        });
        is_theirs.then(|| self.clone())
    }

    /// What is counted of some posts has changed; nothing where there are none.
    pub fn counts(seq: i64, counts: Vec<Count>) -> Option<Frame> {
        if counts.is_empty() {
            return None;
        }
        let text = counted(seq, counts.iter());
        Some(Frame {
            counts: Some(counts.into()),
            ..Frame::to_anybody(seq, text)
        })
    }

    /// The same, but not for those who may see what is for these.
    pub fn unless(self, about: About) -> Frame {
        let unless = Some(Arc::new(about));
        Frame { unless, ..self }
    }

    /// The same, which says these words.
    pub fn saying(self, words: Vec<String>) -> Frame {
        let says = words.into();
        Frame { says, ..self }
    }

    /// The same, told of what is for these.
    pub fn about(self, about: About) -> Frame {
        let tells = self.tells.map(|tells| Arc::new((about, tells.1)));
        Frame { tells, ..self }
    }

    /// An element: its parts replace those of the one that is there, or it comes in at the place that `k` sorts
    /// it to.
    pub fn put(change: &Change, element: &str, k: &str, html: &str) -> Frame {
        Frame::of(
            change,
            &Act::Put {
                s: change.seq,
                id: element,
                k,
                html,
            },
        )
    }

    /// New contents for the changed part of an element, where that is on the page.
    pub fn fill(change: &Change, element: &str, html: &str) -> Frame {
        Frame::of(
            change,
            &Act::Fill {
                s: change.seq,
                id: &part_id(element, &change.part),
                html,
            },
        )
    }

    /// The element is nowhere any more.
    pub fn gone(change: &Change, element: &str) -> Frame {
        Frame::of(
            change,
            &Act::Gone {
                s: change.seq,
                id: element,
            },
        )
    }

    /// Nothing of its author is anywhere any more.
    pub fn gone_by(change: &Change) -> Frame {
        Frame::of(
            change,
            &Act::GoneBy {
                s: change.seq,
                author: change.about.author,
            },
        )
    }

    /// Moves the reader's cursor past what was not for this page.
    pub fn heartbeat(seq: i64) -> Frame {
        Frame::to_anybody(seq, format!("{{\"s\":{seq}}}"))
    }

    /// How many notices the reader has not looked at. It has no number: it says what is now.
    pub fn badge(unread: i64) -> Frame {
        Frame::to_anybody(0, format!("{{\"op\":\"badge\",\"unread\":{unread}}}"))
    }

    /// What is missing cannot be told any more: load the page again.
    pub fn reset(epoch: &str, seq: i64) -> Frame {
        let text = serde_json::json!({ "e": epoch, "s": seq, "reset": true }).to_string();
        Frame::to_anybody(seq, text)
    }

    /// What one member may see is another thing now: their pages are to be loaded anew.
    pub fn start_over(change: &Change, epoch: &str) -> Frame {
        let tells = (change.about.clone(), change.act);
        Frame {
            tells: Some(Arc::new(tells)),
            ..Frame::reset(epoch, change.seq)
        }
    }

    fn to_anybody(seq: i64, text: String) -> Frame {
        Frame {
            seq,
            text: text.into(),
            tells: None,
            counts: None,
            unless: None,
            topic: None,
            says: Arc::default(),
        }
    }

    fn of(change: &Change, act: &Act<'_>) -> Frame {
        let text = serde_json::to_string(act).expect("texts and numbers always encode");
        Frame {
            seq: change.seq,
            text: text.into(),
            tells: Some(Arc::new((change.about.clone(), change.act))),
            counts: None,
            unless: None,
            topic: change.post.filter(|_| change.part == changes::TALK),
            says: Arc::default(),
        }
    }
}
