//! Posts in which all words are, the newest first. One way on both databases: the rarest word leads, through so many of
//! its rows at most, and each post that it brings is asked for the others.

use std::ops::Range;

use serde::Serialize;

use super::ask::{Ask, WORDS};
use super::mark::{Piece, excerpt};
use super::words::{self, MOST, has_word, has_words};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::Page;
use crate::error::Result;
use crate::id::{Id, Posts, Users};
use crate::post::{findable, reader};
use crate::view::{Face, Moment, moment};

/// Posts on a page.
const PAGE: usize = 20;

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<Posts>,
    created_at: Micros,
    caption: String,
    author_id: Id<Users>,
    handle: String,
    name: String,
    face: Option<String>,
    key: Option<String>,
    master: Option<String>,
    duration_ms: Option<i64>,
    alts: Option<String>,
}

/// SQL: posts of what `$lead` brings, that have the words `$4` to `$9` where these are no empty texts, one of the words
/// `$11` to `$26` where there is one, and are `$10`'s where that is somebody; `$3` is where it ends, `$27` the word that
/// leads, of which so many are looked at.
macro_rules! found {
    ($lead:literal, $most:literal) => {
        concat!(
            "select p.id, p.created_at, p.caption, p.author_id, u.handle, u.name, u.face, m.key, m.master, m.duration_ms,
       (select max(n.alt) from media n where n.post_id = p.id and n.alt <> '') as alts
      from (",
            $lead,
            " order by at desc limit ",
            $most,
            ") a
      join posts p on p.created_at = a.at
      join users u on u.id = p.author_id
      left join media m on m.post_id = p.id and m.position = 0
     where ",
            has_words!("post_terms"),
            "
       and ($10 = '' or p.author_id = $10)
       and ",
            findable!(),
            "
     order by p.created_at desc
     limit 21"
        )
    };
}

/// A lead, of which a few rows are looked at first, and then as many as are looked at for a page at all.
macro_rules! leads {
    ($lead:literal) => {
        [found!($lead, "100"), found!($lead, "2000")]
    };
}

const BY_WORD: [&str; 2] =
    leads!("select at from post_terms where term = $27 and at < $1 and at >= $3");

const BY_BEGINNING: [&str; 2] = leads!(
    "select distinct at from post_terms
      where term in ($11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
        and at < $1 and at >= $3 and $27 = ''"
);

const BY_MEMBER: [&str; 2] = leads!(
    "select created_at as at from posts where author_id = $27 and created_at < $1 and created_at >= $3"
);

const OF_ALL: [&str; 2] = leads!(
    "select created_at as at from posts where created_at < $1 and created_at >= $3 and $27 = ''"
);

const END_OF_WORD: &str = "
    select at from post_terms where term = $1 and at < $2 and at >= $3 order by at desc limit 1 offset 1999";

const END_OF_MEMBER: &str = "
    select created_at from posts
     where author_id = $1 and created_at < $2 and created_at >= $3 order by created_at desc limit 1 offset 1999";

const RARITY: &str = "select cast(count(*) as bigint) from (select at from post_terms where term = $1 limit 1001) few";

/// A post that was found.
#[derive(Serialize)]
pub struct Found {
    pub id: Id<Posts>,
    pub author: Face,
    pub when: Moment,
    #[serde(skip)]
    pub at: Micros,
    /// What it says, with the words marked.
    pub says: Vec<Piece>,
    /// The address of a picture, without steps, and what stands behind it.
    pub picture: Option<String>,
    pub end: &'static str,
}

/// A page of what was found.
#[derive(Default)]
pub struct Results {
    pub posts: Vec<Found>,
    /// From there on there may be more, further back.
    pub next: Option<String>,
}

/// Posts in which everything is that is asked for, from an instant on back.
pub async fn find(
    app: &App,
    viewer: &Viewer,
    ask: &Ask,
    (author, before): (Option<Id<Users>>, Option<Micros>),
) -> Result<Results> {
    let beginnings = match &ask.prefix {
        Some(prefix) => words::beginning(app, prefix).await?,
        None => Vec::new(),
    };
    let rarest = rarest(app, &ask.words).await?;
    let until = before
        .unwrap_or(Micros::MAX)
        .min(ask.before.unwrap_or(Micros::MAX));
    let from = ask.after.unwrap_or(Micros::MIN);
    let by = author.map(|id| id.to_string()).unwrap_or_default();
    let (queries, lead) = match (&rarest, &author) {
        (Some(word), _) => (BY_WORD, word.clone()),
        (None, Some(_)) => (BY_MEMBER, by.clone()),
        (None, None) if !beginnings.is_empty() => (BY_BEGINNING, String::new()),
        (None, None) => (OF_ALL, String::new()),
    };
    let mut rows: Vec<Row> = Vec::new();
    for query in queries {
        let mut asked = sqlx::query_as(query)
            .bind(until)
            .bind(reader(Some(viewer.id)))
            .bind(from);
        for n in 0..WORDS {
            let word = ask
                .words
                .get(n)
                .filter(|word| Some(*word) != rarest.as_ref());
            asked = asked.bind(word.cloned().unwrap_or_default());
        }
        asked = asked.bind(&by);
        for n in 0..MOST {
            asked = asked.bind(beginnings.get(n).cloned().unwrap_or_default());
        }
        rows = asked.bind(&lead).fetch_all(app.db.read()).await?;
        if rows.len() > PAGE {
            break;
        }
    }
    let page = Page::of(rows, PAGE);
    let next = match (page.more, page.rows.last()) {
        (true, Some(last)) => Some(last.created_at),
        _ => end(app, queries, (&lead, from..until)).await?,
    };
    let found = |row: Row| shown(app, ask, row);
    Ok(Results {
        next: next.map(|at| at.to_string()),
        posts: page.rows.into_iter().map(found).collect(),
    })
}

async fn end(
    app: &App,
    queries: [&'static str; 2],
    (lead, within): (&str, Range<Micros>),
) -> Result<Option<Micros>> {
    let query = match queries {
        BY_WORD => END_OF_WORD,
        BY_MEMBER => END_OF_MEMBER,
        // What begins so is looked through once: another letter finds fewer.
        _ => return Ok(None),
    };
    let end: Option<(Micros,)> = sqlx::query_as(query)
        .bind(lead)
        .bind(within.end)
        .bind(within.start)
        .fetch_optional(app.db.read())
        .await?;
    Ok(end.map(|(at,)| at))
}

/// The word of which there are fewest.
async fn rarest(app: &App, words: &[String]) -> Result<Option<String>> {
    let mut rarest: Option<(i64, &String)> = None;
    if let [only] = words {
        return Ok(Some(only.clone()));
    }
    for word in words {
        let (count,): (i64,) = sqlx::query_as(RARITY)
            .bind(word)
            .fetch_one(app.db.read())
            .await?;
        if rarest.is_none_or(|(fewest, _)| count < fewest) {
            rarest = Some((count, word));
        }
    }
    Ok(rarest.map(|(_, word)| word.clone()))
}

fn shown(app: &App, ask: &Ask, row: Row) -> Found {
    let in_caption = excerpt(&row.caption, ask);
    let says = match (in_caption.iter().any(|piece| piece.marked), row.alts) {
        (false, Some(alt)) => {
            let in_alt = excerpt(&alt, ask);
            match in_alt.iter().any(|piece| piece.marked) || row.caption.is_empty() {
                true => in_alt,
                false => in_caption,
            }
        }
        _ => in_caption,
    };
    let is_video = row.duration_ms.unwrap_or_default() > 0;
    Found {
        id: row.id,
        author: Face::new(row.author_id, row.handle, row.name, row.face),
        when: moment(row.created_at, app.settings.utc_offset),
        at: row.created_at,
        says,
        picture: row.key.filter(|_| !is_video || row.master.is_some()),
        end: if is_video { "/ik-thumbnail.jpg" } else { "" },
    }
}
