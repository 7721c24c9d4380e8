//! Rendered fragments that are the same for every reader, kept until what they show has changed.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::auth::Base;
use crate::changes::About;
use crate::clock::Micros;
use crate::generations::Generations;
use crate::gzip::Run;
use crate::id::{Id, Posts};
use crate::known::Known;

/// Changes whenever the fragment would be drawn differently.
pub type Version = (i64, i64);

/// The versions of a card's parts, as a list reads them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, sqlx::FromRow)]
pub struct Versions {
    /// The number of the last edit of the words, or 0.
    pub edited: i64,
    /// That of the last edit of what stands beside them.
    pub card_seq: i64,
    /// How often what stands on the author's cards has changed.
    pub card_version: i64,
}

impl Versions {
    /// Another one after every edit of the post.
    pub fn number(self) -> i64 {
        self.edited.max(self.card_seq)
    }
}

/// Just enough of a post to know who may see it, and to find its kept card.
#[derive(Clone, sqlx::FromRow)]
pub struct Key {
    pub id: Id<Posts>,
    pub created_at: Micros,
    #[sqlx(flatten)]
    pub about: About,
    #[sqlx(flatten)]
    pub versions: Versions,
}

/// The newest posts, whoever may see them.
pub struct Newest {
    pub keys: Vec<Key>,
    /// There are no others.
    pub all: bool,
}

pub struct Fragments {
    cards: Mutex<Generations<PartKey, Kept>>,
    runs: Mutex<Generations<RunKey, Whole>>,
    /// By reader and posts.
    pub marks: Known<Arc<HashMap<Id<Posts>, Mark>>>,
    /// By feed and reader: up to where they had read.
    pub lines: Known<Micros>,
    newest: Mutex<Option<(i64, Arc<Newest>)>>,
    pages: Mutex<Generations<Box<[Shown]>, Arc<Run>>>,
    listed: Mutex<Option<(ListKey, Arc<Listed>)>>,
}

/// The newest posts in JSON, whoever may see them, but for what each reader sees otherwise.
pub struct Listed {
    pub posts: Vec<ListedPost>,
    /// The cursor at which the next page begins.
    pub next: Option<String>,
}

pub struct ListedPost {
    pub id: Id<Posts>,
    pub about: About,
    /// As programs name whom it is for.
    pub audience: String,
    pub handle: String,
    /// An object.
    pub json: String,
}

/// After which change a list was read, of how many posts, and how addresses in it begin.
#[derive(Clone, PartialEq, Eq)]
pub struct ListKey {
    pub seq: i64,
    pub limit: usize,
    pub base: Base,
}

/// What others made of a post, and whether a reader likes it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Mark {
    pub likes: i64,
    pub comments: i64,
    pub liked: bool,
}

/// A card as a page shows it to a reader: the same for all who get the same of these.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shown {
    pub post: Id<Posts>,
    pub versions: Versions,
    pub mark: Mark,
}

/// A post, and the name of a part of its card.
type PartKey = (Id<Posts>, &'static str);

struct Kept {
    version: Version,
    shell: Arc<Shell>,
}

/// Of a card those who like it have another text than the others; each has one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct RunKey {
    post: Id<Posts>,
    liked: bool,
}

impl RunKey {
    fn of(shown: &Shown) -> RunKey {
        RunKey {
            post: shown.post,
            liked: shown.mark.liked,
        }
    }
}

/// A card in one piece, and which version of it.
type Whole = (Shown, Arc<Run>);

/// Twice this is what all parts of cards take at most, what whole ones do, and what pages do.
const GENERATION_BYTES: usize = 3 << 20;

impl Default for Fragments {
    fn default() -> Self {
        Fragments {
            cards: Mutex::new(Generations::of(GENERATION_BYTES)),
            runs: Mutex::new(Generations::of(GENERATION_BYTES)),
            marks: Known::default(),
            lines: Known::default(),
            newest: Mutex::default(),
            pages: Mutex::new(Generations::of(GENERATION_BYTES)),
            listed: Mutex::default(),
        }
    }
}

/// A drawn text with the places where parts of it come in, which are drawn and kept on their own: a part that changes
/// often does not draw the rest anew.
pub struct Shell {
    html: String,
    slots: Vec<Slot>,
}

struct Slot {
    at: usize,
    part: String,
}

/// What a template writes where a part comes in. Typed texts are escaped and hold none.
const SLOT: &str = "<!--part:";
const SLOT_END: &str = "-->";

impl Shell {
    /// Takes the marks out of a drawn text and remembers their places.
    pub fn new(drawn: &str) -> Shell {
        let mut shell = Shell {
            html: String::with_capacity(drawn.len()),
            slots: Vec::new(),
        };
        let mut rest = drawn;
        while let Some((before, after)) = rest.split_once(SLOT)
            && let Some((part, after)) = after.split_once(SLOT_END)
        {
            shell.html.push_str(before);
            shell.slots.push(Slot {
                at: shell.html.len(),
                part: part.to_owned(),
            });
            rest = after;
        }
        shell.html.push_str(rest);
        shell
    }

    /// Writes the text with each part in its place to the end of `page`.
    pub fn fill<'a>(&self, page: &mut String, part: impl Fn(&str) -> &'a str) {
        let mut written = 0;
        for slot in &self.slots {
            page.push_str(&self.html[written..slot.at]);
            page.push_str(part(&slot.part));
            written = slot.at;
        }
        page.push_str(&self.html[written..]);
    }

    /// The text itself, of what has no parts.
    pub fn as_str(&self) -> &str {
        &self.html
    }
}

impl Fragments {
    /// A part of a post's card as it was kept, if that is this version of it.
    pub fn find(&self, key: PartKey, version: Version) -> Option<Arc<Shell>> {
        let mut cards = self.cards.lock();
        let kept = cards.find(&key)?;
        (kept.version == version).then(|| kept.shell.clone())
    }

    pub fn keep(&self, key: PartKey, version: Version, drawn: &str) -> Arc<Shell> {
        let shell = Arc::new(Shell::new(drawn));
        let kept = Kept {
            version,
            shell: shell.clone(),
        };
        self.cards.lock().keep(key, kept, drawn.len());
        shell
    }

    /// A whole card as it was kept, if it looks so.
    pub fn run(&self, shown: &Shown) -> Option<Arc<Run>> {
        let mut runs = self.runs.lock();
        let (known, run) = runs.find(&RunKey::of(shown))?;
        (known == shown).then(|| run.clone())
    }

    pub fn keep_run(&self, shown: Shown, run: Arc<Run>) {
        // With its deflated form, which is a fifth of it.
        let bytes = run.text().len() * 5 / 4;
        let key = RunKey::of(&shown);
        self.runs.lock().keep(key, (shown, run), bytes);
    }
}

impl Fragments {
    /// The newest posts as they were after change `seq`, if those are kept.
    pub fn newest(&self, seq: i64) -> Option<Arc<Newest>> {
        let newest = self.newest.lock();
        newest
            .as_ref()
            .filter(|(known, _)| *known == seq)
            .map(|(_, page)| page.clone())
    }

    /// Keeps the newest posts, read after change `seq` was known.
    pub fn keep_newest(&self, seq: i64, newest_posts: Newest) -> Arc<Newest> {
        let page = Arc::new(newest_posts);
        let mut newest = self.newest.lock();
        if newest.as_ref().is_none_or(|(known, _)| *known <= seq) {
            *newest = Some((seq, page.clone()));
        }
        page
    }

    /// The cards of a page in one piece, as it was kept.
    pub fn page(&self, shown: &[Shown]) -> Option<Arc<Run>> {
        self.pages.lock().find(shown).cloned()
    }

    pub fn keep_page(&self, shown: Vec<Shown>, page: Arc<Run>) {
        let bytes = page.text().len() * 5 / 4 + size_of_val(&*shown);
        self.pages.lock().keep(shown.into(), page, bytes);
    }
}

impl Fragments {
    /// The list of that key, if it is the one kept.
    pub fn listed(&self, key: &ListKey) -> Option<Arc<Listed>> {
        let listed = self.listed.lock();
        let (known, list) = listed.as_ref()?;
        (known == key).then(|| list.clone())
    }

    /// Keeps a list, read after its change was known, in the place of the one before.
    pub fn keep_listed(&self, key: ListKey, list: Listed) -> Arc<Listed> {
        let list = Arc::new(list);
        let mut listed = self.listed.lock();
        if listed
            .as_ref()
            .is_none_or(|(known, _)| known.seq <= key.seq)
        {
            *listed = Some((key, list.clone()));
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_version_is_drawn_again() {
        let fragments = Fragments::default();
        let key = (Id::new(), "card");
        fragments.keep(key, (1, 0), "one");
        let found = fragments.find(key, (1, 0)).unwrap();
        assert_eq!(found.as_str(), "one");
        assert!(fragments.find(key, (2, 0)).is_none());
        assert!(fragments.find((key.0, "text"), (1, 0)).is_none());
    }

    #[test]
    fn parts_come_in_where_they_are_marked() {
        let shell = Shell::new("<p><!--part:text--></p><b><!--part:counts--></b><i><!--part:open");
        let mut page = "before ".to_owned();
        shell.fill(
            &mut page,
            |part| if part == "text" { "words" } else { "12" },
        );
        assert_eq!(page, "before <p>words</p><b>12</b><i><!--part:open");
    }
}
