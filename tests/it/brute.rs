//! The feeds of a large house, page by page, beside a plain count of what belongs in them.

use std::collections::{HashMap, HashSet};

use porch::id::{Id, Users};

use crate::house::House;
use crate::visitor::Visitor;

const AUTHORS: usize = 70;
const POSTS: usize = 1_700;

/// Numbers that look like chance and are the same every time (Marsaglia, "Xorshift RNGs", 2003).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most as u64) as usize
    }
}

struct Author {
    id: String,
    is_hidden: bool,
}

struct Post {
    id: String,
    author: usize,
    audience: &'static str,
    muted_word: bool,
}

/// What a reader is to the authors, by their numbers.
#[derive(Default)]
struct Reader {
    follows: HashSet<usize>,
    muted: HashSet<usize>,
    blocked: HashSet<usize>,
    in_group: bool,
    mutes_a_word: bool,
}

impl Reader {
    fn wants(&self, authors: &[Author], post: &Post) -> bool {
        let inside = match post.audience {
            "" => true,
            "followers" => self.follows.contains(&post.author),
            WALKERS => self.in_group,
            _ => false,
        };
        let bears = !self.mutes_a_word || !post.muted_word;
        inside
            && bears
            && !authors[post.author].is_hidden
            && !self.muted.contains(&post.author)
            && !self.blocked.contains(&post.author)
    }
}

async fn write(house: &House, rows: &[(&'static str, Vec<String>)]) {
    let mut tx = house.app.db.write().await.unwrap();
    for (statement, given) in rows {
        let mut query = sqlx::query(*statement);
        for text in given {
            query = query.bind(text);
        }
        query.execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

const AUTHOR: &str = "
    insert into users (id, email, email_lower, handle, name, password_hash, created_at, hidden_at)
    values ($1, $2, $2, $2, $2, '', 1, case when $3 = '' then null else 1 end)";

const POST: &str = "
    insert into posts (id, author_id, caption, created_at, created_seq, idempotency_key, audience, meant, has_terms)
    values ($1, $2, 'Something', 1000000000000000 + cast($3 as bigint), cast($4 as bigint) - 100000, $1, $5, $5, 1)";

const PICTURE: &str = "
    insert into media (id, key, owner_id, purpose, post_id, position, format, width, height, frames, duration_ms, bytes,
                       file_name, created_at)
    values ($1, $1, $2, 'post', $1, 0, 'jpg', 40, 30, 1, 0, 3000, 'a.jpg', 1)";

const TERM: &str =
    "insert into post_terms (term, at) values ('rain', 1000000000000000 + cast($1 as bigint))";

const FOLLOW: &str = "
    insert into follows (follower_id, author_id, created_at)
    select id, $2, 1 from users where handle = $1";

const TIE: &str = "
    insert into ties (user_id, other_id, why, created_at) select id, $2, $3, 1 from users where handle = $1";

const WALKERS: &str = "01900000-0000-7000-8000-000000000001";

const GROUP: &str = "
    insert into groups (id, slug, name, joining, listed, posting, created_at) values ($1, 'walkers', 'Walkers', 'open', 1, 'members', 1)";

const IN_GROUP: &str = "
    insert into group_members (group_id, user_id, since) select $2, id, 1 from users where handle = $1";

const APART: &str = "
    insert into group_members (group_id, user_id, home, since) select $2, id, 0, 1 from users where handle = $1";

const MUTE: &str = "insert into muted_words (user_id, term, text) select id, 'rain', 'rain' from users where handle = $1";

const RAISE: &str = "update users set circle = circle + 1 where handle = $1";

/// All posts of a feed, through all of its pages.
async fn walked(reader: &Visitor, of: &str) -> Vec<String> {
    let (mut found, mut next) = (Vec::new(), Some(format!("/?of={of}")));
    while let Some(path) = next {
        let page = reader.get(&path).await;
        let posts = page.posts();
        next = page.older();
        assert!(posts.len() == 20 || next.is_none(), "a page came short");
        found.extend(posts);
    }
    found
}

#[rocket::async_test]
async fn feeds_hold_what_a_plain_count_finds_whoever_reads_and_follows_whom() {
    let house = House::open().await;
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let mut rows = Vec::new();
    let mut authors = Vec::new();
    for n in 0..AUTHORS {
        let author = Author {
            id: Id::<Users>::new().to_string(),
            is_hidden: n % 11 == 10,
        };
        let hidden = if author.is_hidden { "hidden" } else { "" };
        rows.push((
            AUTHOR,
            vec![author.id.clone(), format!("m{n}"), hidden.into()],
        ));
        authors.push(author);
    }
    let names = ["few", "some", "most", "silent", "apart"];
    let mut pages = HashMap::new();
    for name in names {
        pages.insert(name, house.visitor(name).await);
    }
    rows.push((GROUP, vec![WALKERS.into()]));
    let mut posts = Vec::new();
    for n in 0..POSTS {
        // The first third have not posted for long; of the others some post much. For a while hardly anything is for
        // everybody: somebody is out of sight, and another says what some have muted.
        let is_desert = (500..1_150).contains(&n);
        let author = match n {
            ..300 => chance.below(AUTHORS / 3),
            _ if is_desert && n % 2 == 0 => 10 + 11 * (n % 6),
            _ if is_desert => 0,
            _ => AUTHORS - 1 - chance.below(AUTHORS * 2 / 3 - 1).min(chance.below(AUTHORS)),
        };
        let audience = [
            "",
            "",
            "",
            "followers",
            "followers",
            WALKERS,
            "none",
            "gone",
        ][chance.below(8)];
        let id = Id::<Users>::new().to_string();
        let at = n.to_string();
        let audience = if is_desert { "" } else { audience };
        let muted_word = is_desert || chance.below(6) == 0;
        let author_id = authors[author].id.clone();
        rows.push((
            POST,
            vec![
                id.clone(),
                author_id.clone(),
                at.clone(),
                at.clone(),
                audience.into(),
            ],
        ));
        rows.push((PICTURE, vec![id.clone(), author_id]));
        if muted_word {
            rows.push((TERM, vec![at]));
        }
        posts.push(Post {
            id,
            author,
            audience,
            muted_word,
        });
    }
    let mut readers: HashMap<&str, Reader> = HashMap::new();
    for (name, follows) in [
        ("few", (0..AUTHORS).step_by(30).collect::<HashSet<_>>()),
        ("some", (0..AUTHORS).step_by(3).collect()),
        ("most", (0..AUTHORS - 2).collect()),
        ("silent", (0..AUTHORS / 3).collect()),
        ("apart", (0..AUTHORS).step_by(2).collect()),
    ] {
        let reader = Reader {
            muted: (0..AUTHORS)
                .filter(|n| name != "few" && n % 9 == 4)
                .collect(),
            blocked: (0..AUTHORS)
                .filter(|n| name == "apart" && n % 7 == 2)
                .collect(),
            in_group: matches!(name, "some" | "silent"),
            mutes_a_word: matches!(name, "most" | "apart"),
            follows,
        };
        for follow in &reader.follows {
            rows.push((FOLLOW, vec![name.into(), authors[*follow].id.clone()]));
        }
        for (whom, why) in [(&reader.muted, "mute"), (&reader.blocked, "blocked")] {
            for other in whom {
                let tie = vec![name.to_owned(), authors[*other].id.clone(), why.into()];
                rows.push((TIE, tie));
            }
        }
        if reader.in_group {
            rows.push((IN_GROUP, vec![name.into(), WALKERS.into()]));
        }
        // In it, but it is not among all others.
        if name == "most" {
            rows.push((APART, vec![name.into(), WALKERS.into()]));
        }
        if reader.mutes_a_word {
            rows.push((MUTE, vec![name.into()]));
        }
        rows.push((RAISE, vec![name.into()]));
        readers.insert(name, reader);
    }
    write(&house, &rows).await;
    for name in names {
        let reader = &readers[name];
        let wanted = |followed: bool| -> Vec<&str> {
            let wanted = posts.iter().rev().filter(|post| {
                reader.wants(&authors, post) && (!followed || reader.follows.contains(&post.author))
            });
            wanted.map(|post| post.id.as_str()).collect()
        };
        for (of, followed) in [("following", true), ("everyone", false)] {
            let (found, wanted) = (walked(&pages[name], of).await, wanted(followed));
            let missing = wanted.iter().filter(|id| !found.iter().any(|f| f == *id));
            assert_eq!(missing.count(), 0, "{name}, {of}: some are missing");
            assert!(
                found == wanted,
                "{name}, {of}: {} of {}",
                found.len(),
                wanted.len()
            );
            assert!(wanted.len() > 40, "{name}, {of}: enough to tell");
        }
    }
    house.close().await;
}
