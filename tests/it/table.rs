//! Who may see what: the table of all that a reader and a post can be to each other, and a house in which all of it is.

use std::fmt;

use crate::house::House;

/// What the author is to the reader.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Author {
    Self_,
    Plain,
    Followed,
    Blocks,
    Blocked,
    Muted,
    Away,
}

/// Whom the post is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum For {
    Everyone,
    /// Some, and the reader is one of them.
    Mine,
    /// The same, but the reader wants it on the group's own page alone.
    Apart,
    Others,
    /// Those who follow its author.
    Followers,
    /// Its author alone.
    Nobody,
    Deleted,
}

pub use Author::*;
pub use For::*;

const AUTHORS: [Author; 7] = [Self_, Plain, Followed, Blocks, Blocked, Muted, Away];
const AUDIENCES: [For; 7] = [Everyone, Mine, Apart, Others, Followers, Nobody, Deleted];

/// Ids of the groups.
const MINE: &str = "01900000-0000-7000-8000-000000000001";
const APART: &str = "01900000-0000-7000-8000-000000000002";
const OTHERS: &str = "01900000-0000-7000-8000-000000000003";

/// One state of the table.
#[derive(Clone)]
pub struct Case {
    pub author: Author,
    pub audience: For,
    pub handle: String,
    pub post: String,
    pub key: String,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} for {:?}", self.author, self.audience)
    }
}

impl Case {
    /// The rule, in the words of docs/decisions/0030.
    pub fn may_see(&self) -> bool {
        match (self.audience, self.author) {
            (Deleted, _) | (_, Away | Blocks | Blocked) => false,
            (_, Self_) => true,
            (Everyone | Mine | Apart, _) | (Followers, Followed) => true,
            (Others | Followers | Nobody, _) => false,
        }
    }

    /// May answer to it: not to what they see because it is their own alone.
    pub fn takes_part(&self) -> bool {
        let alone = self.author == Self_ && matches!(self.audience, Nobody | Others);
        self.may_see() && !alone
    }

    /// It can be found by whoever looks for it.
    pub fn finds(&self) -> bool {
        self.may_see() && self.author != Muted
    }

    /// It stands in feeds.
    pub fn wants(&self) -> bool {
        self.finds() && (self.audience != Apart || self.author == Self_)
    }

    pub fn stranger_may(&self) -> bool {
        self.audience == Everyone && self.author != Away
    }
}

pub async fn sql(house: &House, query: &'static str, given: &[&str]) {
    let mut tx = house.app.db.write().await.unwrap();
    let mut query = sqlx::query(query);
    for text in given {
        query = query.bind(*text);
    }
    query.execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn one(house: &House, query: &'static str, given: &str) -> String {
    let (text,): (String,) = sqlx::query_as(query)
        .bind(given)
        .fetch_one(house.app.db.read())
        .await
        .unwrap();
    text
}

/// The id of a member by their handle.
pub const ID: &str = "select id from users where handle = $1";

/// A post of each author for each audience, and what each author is to the reader.
pub async fn furnished(house: &House) -> Vec<Case> {
    let me = one(house, ID, "reader").await;
    for (group, slug) in [(MINE, "mine"), (APART, "apart"), (OTHERS, "others")] {
        let found = "insert into groups (id, slug, name, joining, listed, posting, created_at)
                     values ($1, $2, $2, 'open', 0, 'members', 0)";
        sql(house, found, &[group, slug]).await;
    }
    let join = "insert into group_members (group_id, user_id, home, since)
                values ($1, $2, case when $1 = $3 then 0 else 1 end, 0)";
    for group in [MINE, APART] {
        sql(house, join, &[group, &me, APART]).await;
    }
    let mut cases = Vec::new();
    for author in AUTHORS {
        let handle = format!("{author:?}")
            .to_lowercase()
            .replace("self_", "reader");
        let visitor = match author {
            Self_ => house.signed_in("reader").await,
            _ => house.visitor(&handle).await,
        };
        for audience in AUDIENCES {
            let post = visitor
                .publish(&format!("{author:?} for {audience:?}"))
                .await;
            let key = one(house, "select key from media where post_id = $1", &post).await;
            let to = match audience {
                Everyone => "",
                Mine => MINE,
                Apart => APART,
                Others => OTHERS,
                Followers => "followers",
                Nobody => "none",
                Deleted => "gone",
            };
            sql(
                house,
                "update posts set audience = $1, meant = case when $1 in ('none', 'gone') then '' else $1 end where id = $2",
                &[to, &post],
            )
            .await;
            let handle = handle.clone();
            cases.push(Case {
                author,
                audience,
                handle,
                post,
                key,
            });
        }
    }
    let followed = one(house, ID, "followed").await;
    sql(
        house,
        "insert into follows (follower_id, author_id, created_at) values ($1, $2, 0)",
        &[&me, &followed],
    )
    .await;
    let tie = "insert into ties (user_id, other_id, why, created_at) values ($1, $2, $3, 0)";
    for (handle, why, back) in [
        ("blocks", "blocked", Some("block")),
        ("blocked", "block", Some("blocked")),
        ("muted", "mute", None),
    ] {
        let other = one(house, ID, handle).await;
        sql(house, tie, &[&me, &other, why]).await;
        if let Some(back) = back {
            sql(house, tie, &[&other, &me, back]).await;
        }
    }
    sql(
        house,
        "update users set hidden_at = 1 where handle = $1",
        &["away"],
    )
    .await;
    sql(
        house,
        "update users set circle = circle + 1 where id = $1",
        &[&me],
    )
    .await;
    cases
}
