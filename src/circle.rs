//! What one member is to the others: whom they keep away from, whom they follow, which audiences they are in. With it
//! the rule of who may see what is applied to what is in memory already; `post/visible.rs` says the same in SQL.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::changes::{self, About, Act, Change};
use crate::clock::Micros;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::generations::Generations;
use crate::id::{Groups, Id, Users};

/// The audience of those who are here, all of them.
pub const EVERYONE: &str = "";
/// The audience of those who follow the author.
pub const FOLLOWERS: &str = "followers";
/// The audience of what its author alone sees.
pub const NONE: &str = "none";
/// The audience of what nobody sees any more.
pub const GONE: &str = "gone";

/// The audience of what concerns this member alone. No post has it.
pub fn alone(member: Id<Users>) -> String {
    format!("u:{member}")
}

pub struct Circle {
    member: Id<Users>,
    /// The groups that they are in, and `u:` with their own id.
    audiences: HashSet<String>,
    /// Those of them whose posts they want on the group's own page alone.
    set_apart: HashSet<String>,
    /// Blocked, one way or the other.
    blocked: HashSet<Id<Users>>,
    muted: HashSet<Id<Users>>,
    followed: HashSet<Id<Users>>,
    /// Words that they do not want to meet.
    words: HashSet<String>,
}

impl Circle {
    /// Whether the member may see what this author shows to this audience.
    pub fn may_see(&self, about: &About) -> bool {
        if about.author == self.member && about.audience != GONE {
            return true;
        }
        let inside = match about.audience.as_str() {
            EVERYONE => true,
            FOLLOWERS => self.followed.contains(&about.author),
            other => self.audiences.contains(other),
        };
        inside && !self.blocked.contains(&about.author)
    }

    /// Whether it concerns the member alone, as what they are to others does.
    pub fn is_private(&self, about: &About) -> bool {
        about.audience == alone(self.member)
    }

    /// Whether they are in any group.
    pub fn is_in_any(&self) -> bool {
        // Their own stands there too.
        self.audiences.len() > 1
    }

    pub fn is_in(&self, group: Id<Groups>) -> bool {
        self.audiences.contains(&group.to_string())
    }

    /// Whether they may see it and have not muted who says it.
    pub fn takes(&self, about: &About) -> bool {
        self.may_see(about) && !self.muted.contains(&about.author)
    }

    /// Whether it belongs in the member's feeds.
    pub fn wants(&self, about: &About) -> bool {
        let is_apart = self.set_apart.contains(&about.audience) && about.author != self.member;
        self.takes(about) && !is_apart
    }

    /// Whether there are words that the member does not want to meet: what is kept says nothing of words.
    pub fn mutes_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// Whether something by this author that says these is nothing that the member has muted.
    pub fn bears(&self, author: Id<Users>, words: &[String]) -> bool {
        author == self.member || !words.iter().any(|word| self.words.contains(word))
    }

    /// Whether the member's open pages hear of this change: what newly comes in only where nobody is muted.
    pub fn hears(&self, about: &About, act: Act) -> bool {
        match act {
            Act::Put => self.takes(about),
            Act::Fill | Act::Gone => self.may_see(about),
        }
    }

    /// Whether it belongs among what the member follows; what they post themselves does.
    pub fn follows(&self, author: Id<Users>) -> bool {
        author == self.member || self.followed.contains(&author)
    }

    /// Of whom what the member follows may be, themselves among them.
    pub fn followed(&self) -> impl Iterator<Item = Id<Users>> {
        let apart =
            |author: &Id<Users>| self.blocked.contains(author) || self.muted.contains(author);
        let followed = self.followed.iter().copied();
        followed
            .filter(move |author| !apart(author))
            .chain([self.member])
    }

    /// Bytes that it takes, about.
    fn weight(&self) -> usize {
        const ENTRY: usize = 32;
        let texts = self.audiences.iter().chain(&self.set_apart);
        let texts = texts.chain(&self.words);
        let texts: usize = texts.map(|text| text.len() + ENTRY).sum();
        texts + ENTRY * (2 + self.blocked.len() + self.muted.len() + self.followed.len())
    }
}

/// One thing that a member is to another, or the number of them all.
#[derive(sqlx::FromRow)]
struct Row {
    what: String,
    whom: String,
}

const LOAD: &str = "
    select 'circle' as what, cast(circle as text) as whom from users where id = $1
    union all
    select case home when 1 then 'group' else 'apart' end, group_id from group_members where user_id = $1
    union all
    select why, other_id from ties where user_id = $1
    union all
    select 'follow', author_id from follows where follower_id = $1
    union all
    select 'word', term from muted_words where user_id = $1";

/// Circles as they were read last, by member. One for the process; bounded in memory.
pub struct Circles {
    db: Db,
    kept: Mutex<Generations<Id<Users>, Kept>>,
}

/// A circle and the number that it was read at.
#[derive(Clone)]
struct Kept {
    number: i64,
    circle: Arc<Circle>,
}

/// Twice this is what all of them take at most.
const GENERATION_BYTES: usize = 8 << 20;

impl Circles {
    pub fn new(db: Db) -> Circles {
        Circles {
            db,
            kept: Mutex::new(Generations::of(GENERATION_BYTES)),
        }
    }

    /// The circle of a member whose number (`users.circle`) is that one.
    pub async fn at(&self, member: Id<Users>, number: i64) -> Result<Arc<Circle>> {
        let kept = self.kept.lock().find(&member).cloned();
        match kept {
            Some(kept) if kept.number == number => Ok(kept.circle),
            _ => self.load(member).await,
        }
    }

    /// The circle of a member as it is now.
    pub async fn load(&self, member: Id<Users>) -> Result<Arc<Circle>> {
        let rows: Vec<Row> = sqlx::query_as(LOAD)
            .bind(member)
            .fetch_all(self.db.read())
            .await?;
        let mut circle = Circle {
            member,
            audiences: HashSet::from([alone(member)]),
            set_apart: HashSet::new(),
            blocked: HashSet::new(),
            muted: HashSet::new(),
            followed: HashSet::new(),
            words: HashSet::new(),
        };
        let mut number = -1;
        for Row { what, whom } in rows {
            let wrong = |_| Error::Internal(format!("{what} of {member} is {whom}"));
            let id = || whom.parse::<Id<Users>>().map_err(|_| wrong(()));
            match what.as_str() {
                "circle" => number = whom.parse().map_err(|_| wrong(()))?,
                "follow" => drop(circle.followed.insert(id()?)),
                "block" | "blocked" => drop(circle.blocked.insert(id()?)),
                "mute" => drop(circle.muted.insert(id()?)),
                "word" => drop(circle.words.insert(whom)),
                "apart" => {
                    circle.set_apart.insert(whom.clone());
                    circle.audiences.insert(whom);
                }
                _ => drop(circle.audiences.insert(whom)),
            }
        }
        let circle = Arc::new(circle);
        let kept = Kept {
            number,
            circle: circle.clone(),
        };
        self.kept.lock().keep(member, kept, circle.weight());
        Ok(circle)
    }
}

const RAISE: &str = "update users set circle = circle + 1 where id = $1";

/// The part of a change that says so to the member's open pages.
pub const PART: &str = "circle";

/// Says that a member's circle is another one from this transaction on; the number of that change.
pub async fn changed(tx: &mut Tx, member: Id<Users>, now: Micros) -> Result<i64> {
    sqlx::query(RAISE).bind(member).execute(&mut **tx).await?;
    let (seq, _) = changes::next(tx, now).await?;
    let change = Change {
        seq,
        subject: member.to_string(),
        part: PART.to_owned(),
        act: Act::Put,
        post: None,
        about: About {
            author: member,
            audience: alone(member),
        },
    };
    changes::record(tx, &change).await?;
    Ok(seq)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_says_what_its_member_may_see_and_wants() {
        let [me, plain, blocked, muted, followed] = [(); 5].map(|()| Id::new());
        let circle = Circle {
            member: me,
            audiences: HashSet::from(["walkers".to_owned(), "board".to_owned(), alone(me)]),
            set_apart: HashSet::from(["board".to_owned()]),
            blocked: HashSet::from([blocked]),
            muted: HashSet::from([muted]),
            followed: HashSet::from([followed]),
            words: HashSet::from(["spoiler".to_owned(), "#rain".to_owned()]),
        };
        for (author, says, bears) in [
            (plain, "spoiler", false),
            (plain, "#rain", false),
            (plain, "rain", true),
            (me, "spoiler", true),
        ] {
            assert_eq!(circle.bears(author, &[says.to_owned()]), bears, "{says}");
        }
        for (author, audience, may, wants) in [
            (plain, EVERYONE, true, true),
            (plain, "walkers", true, true),
            (plain, "board", true, false),
            (me, "board", true, true),
            (plain, "others", false, false),
            (plain, FOLLOWERS, false, false),
            (followed, FOLLOWERS, true, true),
            (me, FOLLOWERS, true, true),
            (plain, NONE, false, false),
            (plain, GONE, false, false),
            (me, "others", true, true),
            (me, NONE, true, true),
            (me, GONE, false, false),
            (blocked, EVERYONE, false, false),
            (blocked, "walkers", false, false),
            (muted, EVERYONE, true, false),
            (muted, "walkers", true, false),
            (muted, "others", false, false),
        ] {
            let audience = audience.to_owned();
            let about = About { author, audience };
            let found = (circle.may_see(&about), circle.wants(&about));
            assert_eq!(found, (may, wants), "{about:?}");
        }
    }
}
