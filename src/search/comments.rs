//! Comments in which all words are, the newest first, in posts that the viewer may see.

use serde::Serialize;

use super::ask::{Ask, WORDS};
use super::mark::{Piece, excerpt};
use super::words::{self, MOST, has_word, has_words};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::Page;
use crate::error::Result;
use crate::id::{Comments, Id, Posts, Users};
use crate::post::{reader, visible};
use crate::view::{Face, Moment, moment};

/// Comments on a page.
const PAGE: usize = 10;

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<Comments>,
    post_id: Id<Posts>,
    created_at: Micros,
    body: String,
    author_id: Id<Users>,
    handle: String,
    name: String,
    face: Option<String>,
}

/// SQL: comments of what `$lead` brings, with the words `$4` to `$9` and one of those `$11` to `$26`, by `$10`.
macro_rules! found {
    ($lead:literal) => {
        concat!(
            "select c.id, c.post_id, c.created_at, c.body, c.author_id, w.handle, w.name, w.face
      from (",
            $lead,
            " order by at desc limit 2000) a
      join comments c on c.created_at = a.at
      join users w on w.id = c.author_id
      join posts p on p.id = c.post_id
      join users u on u.id = p.author_id
     where ",
            has_words!("comment_terms"),
            "
       and ($10 = '' or c.author_id = $10)
       and w.hidden_at is null
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = c.author_id)
       and (c.author_id = $2
                 or not exists (select 1 from muted_words mw
                                  join comment_terms mt on mt.term = mw.term and mt.at = c.created_at
                                 where mw.user_id = $2))
       and ",
            visible!(),
            "
     order by c.created_at desc
     limit 11"
        )
    };
}

const BY_WORD: &str =
    found!("select at from comment_terms where term = $27 and at < $1 and at >= $3");

const BY_BEGINNING: &str = found!(
    "select distinct at from comment_terms
      where term in ($11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
        and at < $1 and at >= $3 and $27 = ''"
);

const RARITY: &str = "select cast(count(*) as bigint) from (select at from comment_terms where term = $1 limit 1001) few";

/// A comment that was found.
#[derive(Serialize)]
pub struct Said {
    pub id: Id<Comments>,
    pub post: Id<Posts>,
    pub author: Face,
    pub when: Moment,
    #[serde(skip)]
    pub at: Micros,
    pub says: Vec<Piece>,
    pub href: String,
}

/// The newest comments in which everything is that is asked for.
pub async fn find(
    app: &App,
    viewer: &Viewer,
    ask: &Ask,
    author: Option<Id<Users>>,
) -> Result<Vec<Said>> {
    // What only posts have is in no comment.
    let of_posts = |word: &String| word.starts_with('#') || word.starts_with("has:");
    let is_word = ask.words.is_empty() && ask.prefix.is_none();
    if is_word || ask.words.iter().chain(&ask.prefix).any(of_posts) {
        return Ok(Vec::new());
    }
    let beginnings = match &ask.prefix {
        Some(prefix) => words::beginning(app, prefix).await?,
        None => Vec::new(),
    };
    let mut lead: Option<(i64, String)> = None;
    for word in &ask.words {
        let (count,): (i64,) = sqlx::query_as(RARITY)
            .bind(word)
            .fetch_one(app.db.read())
            .await?;
        if lead.as_ref().is_none_or(|(fewest, _)| count < *fewest) {
            lead = Some((count, word.clone()));
        }
    }
    let lead = lead.map(|(_, word)| word);
    let query = match lead {
        Some(_) => BY_WORD,
        None => BY_BEGINNING,
    };
    let mut rows = sqlx::query_as(query)
        .bind(ask.before.unwrap_or(Micros::MAX))
        .bind(reader(Some(viewer.id)))
        .bind(ask.after.unwrap_or(Micros::MIN));
    for n in 0..WORDS {
        let word = ask.words.get(n).filter(|word| Some(*word) != lead.as_ref());
        rows = rows.bind(word.cloned().unwrap_or_default());
    }
    rows = rows.bind(author.map(|id| id.to_string()).unwrap_or_default());
    for n in 0..MOST {
        rows = rows.bind(beginnings.get(n).cloned().unwrap_or_default());
    }
    let rows: Vec<Row> = rows
        .bind(lead.unwrap_or_default())
        .fetch_all(app.db.read())
        .await?;
    let said = |row: Row| Said {
        says: excerpt(&row.body, ask),
        href: format!("/p/{}?c={}#c-{}", row.post_id, row.id, row.id),
        id: row.id,
        post: row.post_id,
        author: Face::new(row.author_id, row.handle, row.name, row.face),
        when: moment(row.created_at, app.settings.utc_offset),
        at: row.created_at,
    };
    Ok(Page::of(rows, PAGE).rows.into_iter().map(said).collect())
}
