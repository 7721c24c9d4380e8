//! Posts as the JSON API shows and takes them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::held::Held;
use super::{list, marks, post};
use crate::api::time_stamp;
use crate::audience::Name;
use crate::auth::{Base, Viewer};
use crate::changes::About;
use crate::circle::EVERYONE;
use crate::clock::Micros;
use crate::id::{Id, Posts, Users};
use crate::live::{Listed, ListedPost, Mark};
use crate::media::Item;

/// A photo or video of a post.
#[derive(Serialize, ToSchema)]
pub struct Medium {
    #[schema(format = Uuid)]
    pub id: String,
    /// Absolute. `tr:…/` put in after `/media/` transforms a photo.
    #[schema(example = "http://127.0.0.1:8000/media/abcdefghijklmnopqrstuvwxyz.jpg")]
    pub url: String,
    #[schema(example = "image")]
    pub file_type: &'static str,
    #[schema(example = "abcdefghijklmnopqrstuvwxyz.jpg")]
    pub file_name: String,
    pub width: i64,
    pub height: i64,
    /// What it shows, for those who cannot see it.
    pub description: String,
    /// What stays when it is cut (`fo-custom`): `auto`, or a place such as `top_left`.
    #[schema(example = "auto")]
    pub focus: String,
    /// `ready`, or of a video that is made anew `waiting`, `converting` or `failed`: its address answers 202 until then.
    #[schema(example = "ready")]
    pub state: &'static str,
}

/// A post. `url`, `file_type` and `file_name` are those of its first photo or video.
#[derive(Serialize, ToSchema)]
pub struct Post {
    #[schema(format = Uuid, example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")]
    pub id: String,
    #[schema(format = Uuid)]
    pub user_id: String,
    #[schema(example = "Two hours up, one pear each.")]
    pub caption: String,
    pub url: String,
    #[schema(example = "image")]
    pub file_type: &'static str,
    pub file_name: String,
    #[schema(example = "2026-11-23T12:34:56.123456")]
    pub created_at: String,
    pub updated_at: String,
    /// All of them, in order.
    pub media: Vec<Medium>,
    /// Why its author alone sees it; left out where others do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
    /// The group that it is for; left out where it is for none that is still there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Name>,
}

/// Why nobody but its author sees a post.
#[derive(Serialize, ToSchema)]
pub struct Withheld {
    /// `review`: nobody who looks after the place has looked at it yet. `house`: somebody has, and keeps it back. `group`
    /// and `owners`: the same, of the owners of the group that it is for. `author`: you took it out of that group. `removed`: it
    /// is erased unless they think again (`/users/me/standing`).
    #[schema(example = "review")]
    pub why: &'static str,
    /// What they say of it; may be empty.
    pub words: String,
}

impl Withheld {
    fn of(held: &Held) -> Option<Withheld> {
        let (why, words) = match held {
            Held::No => return None,
            Held::Waits(looks) => (looks.reasons().0, String::new()),
            Held::KeptBack(looks, words) => (looks.reasons().1, words.clone()),
            Held::Hidden(words) => ("house", words.clone()),
            Held::Removed(words) => ("removed", words.clone()),
            Held::TakenOut => ("author", String::new()),
        };
        Some(Withheld { why, words })
    }
}

/// A post as one reader sees it.
#[derive(Serialize, ToSchema)]
pub struct FeedPost {
    #[serde(flatten)]
    pub post: Post,
    /// Whom it is for: `everyone` here, the author's `followers`, or the group of this id.
    #[schema(example = "everyone")]
    pub audience: String,
    pub is_owner: bool,
    /// The author's address for the author and for administrators; for others the author's handle.
    #[schema(example = "ada")]
    pub email: String,
    #[serde(flatten)]
    pub marks: Marks,
}

/// What others made of a post, and whether the reader likes it.
#[derive(Serialize, ToSchema)]
pub struct Marks {
    pub likes: i64,
    pub comments: i64,
    pub liked: bool,
}

impl From<Mark> for Marks {
    fn from(mark: Mark) -> Marks {
        Marks {
            likes: mark.likes,
            comments: mark.comments,
            liked: mark.liked,
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct Feed {
    pub posts: Vec<FeedPost>,
    /// Given as `cursor`, it brings the posts that follow; null when there are none.
    pub next: Option<String>,
}

/// What a feed is asked for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code)]
pub struct FeedQuery {
    /// So many at most.
    #[param(minimum = 1, maximum = 1000, example = 20)]
    limit: Option<i64>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Only posts of this member, by handle.
    #[param(example = "ada")]
    author: Option<String>,
    /// `everyone`, or `following`: those whom you follow, and your own.
    #[param(example = "everyone")]
    of: Option<String>,
    /// `photos` or `videos`.
    #[param(example = "photos")]
    kind: Option<String>,
    /// From the beginning of this day on, in the zone of the site.
    #[param(example = "2026-06-01")]
    from: Option<String>,
    /// To the end of this day.
    #[param(example = "2026-08-31")]
    to: Option<String>,
    /// What has this tag, with its sign or without.
    #[param(example = "walk")]
    tag: Option<String>,
    /// What is for this group of yours, by its slug.
    #[param(example = "choir")]
    group: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Deleted {
    pub success: bool,
    #[schema(example = "Post deleted")]
    pub message: &'static str,
    #[schema(format = Uuid)]
    pub post_id: String,
}

#[derive(Serialize, ToSchema)]
pub struct Hello {
    #[schema(example = "Hello World")]
    pub message: &'static str,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct Upload {
    /// One photo or video, or several, in order.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
    #[schema(example = "Two hours up, one pear each.")]
    pub caption: String,
    /// What each file shows, in their order.
    alt: Option<Vec<String>>,
    /// `everyone` here, your `followers`, or the id of a group of yours.
    #[schema(example = "everyone")]
    audience: Option<String>,
}

#[derive(ToSchema)]
#[allow(dead_code)]
pub struct PostChanges {
    #[schema(example = "Two hours up, one pear each.")]
    pub caption: Option<String>,
    /// By the ids of the post's media.
    descriptions: Option<BTreeMap<String, String>>,
    /// What stays when a picture is cut (`fo-custom`): `auto`, or a place such as `top_left`; by the ids of the
    /// post's media.
    focus: Option<BTreeMap<String, String>>,
    /// The ids of all media that the post has from now on, in their order: others go, and media of a draft come in.
    media: Option<Vec<String>>,
    /// `everyone` here, your `followers`, or the id of a group of yours.
    #[schema(example = "everyone")]
    audience: Option<String>,
}

impl Post {
    pub fn new(post: &post::Post, items: &[Item], base: &Base) -> Post {
        let updated = post.edited_at.unwrap_or(post.created_at);
        let shows = Shows {
            items,
            base,
            is_for_all: post.audience == EVERYONE,
        };
        Post {
            withheld: Withheld::of(&post.held),
            group: post.group.0.clone(),
            ..Post::of(
                (post.id, post.author_id),
                &post.caption,
                (post.created_at, updated),
                shows,
            )
        }
    }

    /// One that goes out when its videos are ready.
    pub fn to_be(
        id: Id<Posts>,
        viewer: &Viewer,
        (caption, at): (&str, Micros),
        (items, base): (&[Item], &Base),
    ) -> Post {
        let shows = Shows {
            items,
            base,
            is_for_all: false,
        };
        Post::of((id, viewer.id), caption, (at, at), shows)
    }

    fn of(
        (id, author): (Id<Posts>, Id<Users>),
        caption: &str,
        (created, updated): (Micros, Micros),
        shows: Shows<'_>,
    ) -> Post {
        let items = shows.items.iter();
        let media: Vec<Medium> = items.map(|item| shows.medium(item)).collect();
        let first = media.first();
        Post {
            id: id.to_string(),
            user_id: author.to_string(),
            caption: caption.to_owned(),
            url: first.map(|medium| medium.url.clone()).unwrap_or_default(),
            file_type: first.map_or("image", |medium| medium.file_type),
            file_name: first
                .map(|medium| medium.file_name.clone())
                .unwrap_or_default(),
            created_at: time_stamp(created),
            updated_at: time_stamp(updated),
            media,
            withheld: None,
            group: None,
        }
    }
}

impl FeedPost {
    pub fn new(
        viewer: &Viewer,
        (post, email): (&post::Post, &str),
        mark: Mark,
        (items, base): (&[Item], &Base),
    ) -> FeedPost {
        let is_owner = post.author_id == viewer.id;
        let email = if is_owner || viewer.is_admin() {
            email
        } else {
            &post.handle
        };
        FeedPost {
            post: Post::new(post, items, base),
            audience: post.meant.name().into_owned(),
            is_owner,
            email: email.to_owned(),
            marks: mark.into(),
        }
    }
}

/// A page of the feed, written but for what depends on its reader.
pub fn listed(page: list::Page, base: &Base) -> Listed {
    let posts = page.posts.into_iter().map(|listed| ListedPost {
        id: listed.post.id,
        audience: listed.post.meant.name().into_owned(),
        about: About {
            author: listed.post.author_id,
            audience: listed.post.audience.clone(),
        },
        json: written(&Post::new(&listed.post, &listed.items, base)),
        handle: listed.post.handle,
    });
    Listed {
        posts: posts.collect(),
        next: page.next,
    }
}

/// The same as a [`Feed`] for this reader, who is no administrator.
pub fn seen_by(viewer: &Viewer, listed: &Listed, marks: &marks::Marks) -> String {
    #[derive(Serialize)]
    struct Personal<'a> {
        audience: &'a str,
        is_owner: bool,
        email: &'a str,
        #[serde(flatten)]
        marks: Marks,
    }
    let mut text = String::from("{\"posts\":[");
    for (n, post) in listed.posts.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        let is_owner = post.about.author == viewer.id;
        let email = if is_owner {
            &viewer.email
        } else {
            &post.handle
        };
        let personal = written(&Personal {
            audience: &post.audience,
            is_owner,
            email,
            marks: marks.get(&post.id).copied().unwrap_or_default().into(),
        });
        // Two objects as one.
        text.push_str(post.json.strip_suffix('}').unwrap_or(&post.json));
        text.push(',');
        text.push_str(personal.strip_prefix('{').unwrap_or(&personal));
    }
    text.push_str("],\"next\":");
    text.push_str(&written(&listed.next));
    text.push('}');
    text
}

/// Texts, numbers and flags, which can always be written.
pub fn written(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts, numbers and flags can be written")
}

/// The files of a post, and how their addresses are written.
struct Shows<'a> {
    items: &'a [Item],
    base: &'a Base,
    /// Everybody here may see them.
    is_for_all: bool,
}

impl Shows<'_> {
    fn medium(&self, item: &Item) -> Medium {
        Medium {
            id: item.id.to_string(),
            url: self.base.media(&item.key, self.is_for_all),
            file_type: if item.is_video() { "video" } else { "image" },
            file_name: item.key.clone(),
            width: item.width,
            height: item.height,
            description: item.alt.clone(),
            focus: item.place().to_owned(),
            state: item.state.name(),
        }
    }
}
