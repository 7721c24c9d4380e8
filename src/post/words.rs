//! The words of a post, by which it is found: those of its caption and descriptions, its tags, and what it shows.
//! Written in the transaction that changes them; the sweep fills in what is older. Words are rows that many share: whoever
//! writes some holds the feed's counter, as publishing does, or two would wait for each other.

use sqlx::AnyConnection;

use super::spans::{Marked, marked};
use crate::app::App;
use crate::changes;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Posts};
use crate::terms::terms;

#[derive(sqlx::FromRow)]
struct Row {
    created_at: Micros,
    caption: String,
    alt: Option<String>,
    duration_ms: Option<i64>,
}

const READ: &str = "
    select p.created_at, p.caption, m.alt, m.duration_ms
      from posts p
      left join media m on m.post_id = p.id
     where p.id = $1
     order by m.position";

/// The words of a post at its instant.
#[derive(Default)]
pub struct Words {
    at: Micros,
    terms: Vec<String>,
}

impl Words {
    /// The words alone.
    pub fn into_terms(self) -> Vec<String> {
        self.terms
    }
}

/// How a tag stands among words.
pub fn tag_term(tag: &str) -> String {
    format!("#{tag}")
}

/// The words of a post as it is now.
pub async fn of(connection: &mut AnyConnection, post: Id<Posts>) -> Result<Words> {
    let rows: Vec<Row> = sqlx::query_as(READ)
        .bind(post)
        .fetch_all(connection)
        .await?;
    let Some(first) = rows.first() else {
        return Ok(Words::default());
    };
    let mut text = first.caption.clone();
    let mut all = Vec::new();
    for row in &rows {
        if let Some(alt) = &row.alt {
            text = text + "\n" + alt;
        }
        match row.duration_ms {
            Some(0) => all.push("has:photo".to_owned()),
            Some(_) => all.push("has:video".to_owned()),
            None => {}
        }
    }
    for mark in marked(&first.caption) {
        if let Marked::Tag(tag) = mark.of {
            all.push(tag_term(&tag));
        }
    }
    all.extend(terms(&text));
    all.sort_unstable();
    all.dedup();
    Ok(Words {
        at: first.created_at,
        terms: all,
    })
}

const KEEP: &str =
    "insert into post_terms (term, at) values ($1, $2) on conflict (term, at) do nothing";

const DROP: &str = "delete from post_terms where term = $1 and at = $2";

// How often a word is used, for whoever is typing one. Of use as a rank alone: nobody is shown a word by it.
const USED: &str = "
    insert into terms (term, uses) values ($1, $2)
    on conflict (term) do update set uses = terms.uses + $2";

const KEPT: &str = "update posts set has_terms = 1 where id = $1 and has_terms = 0";

const NOT_KEPT: &str = "update posts set has_terms = 0 where id = $1";

/// From now on a post is found by its words as they are now, and no more by those from before that are not among them.
pub async fn write(tx: &mut Tx, post: Id<Posts>, before: &Words) -> Result<()> {
    let now = of(tx, post).await?;
    for gone in before.terms.iter().filter(|term| !now.terms.contains(term)) {
        one(tx, DROP, (gone, before.at)).await?;
    }
    for term in now.terms.iter().filter(|term| !before.terms.contains(term)) {
        one(tx, KEEP, (term, now.at)).await?;
    }
    Ok(())
}

async fn one(tx: &mut Tx, query: &'static str, (term, at): (&str, Micros)) -> Result<()> {
    let done = sqlx::query(query)
        .bind(term)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    match done.rows_affected() {
        0 => Ok(()),
        _ => count_use(tx, term, if query == KEEP { 1 } else { -1 }).await,
    }
}

/// A word is used once more, or less.
pub async fn count_use(tx: &mut Tx, term: &str, by: i64) -> Result<()> {
    sqlx::query(USED)
        .bind(term)
        .bind(by)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Writes the words of a post that has none so far.
pub async fn begin(tx: &mut Tx, post: Id<Posts>) -> Result<()> {
    write(tx, post, &Words::default()).await?;
    sqlx::query(KEPT).bind(post).execute(&mut **tx).await?;
    Ok(())
}

/// Lets a post be found no more, by anything; until the sweep comes by, where it stays.
pub async fn forget(tx: &mut Tx, post: Id<Posts>) -> Result<()> {
    let now = of(tx, post).await?;
    for term in &now.terms {
        one(tx, DROP, (term, now.at)).await?;
    }
    sqlx::query(NOT_KEPT).bind(post).execute(&mut **tx).await?;
    Ok(())
}

const WITHOUT: &str = "
    select id from posts where has_terms = 0 and audience <> 'gone' order by created_at desc limit 5";

/// Lets posts be found that came before there was a search, the newest first.
pub async fn fill(app: &App) -> Result<()> {
    loop {
        let mut tx = app.db.write().await?;
        changes::hold(&mut tx).await?;
        let some: Vec<(Id<Posts>,)> = sqlx::query_as(WITHOUT).fetch_all(&mut *tx).await?;
        if some.is_empty() {
            return Ok(());
        }
        for (post,) in some {
            begin(&mut tx, post).await?;
        }
        tx.commit().await?;
        // Whoever waits to write comes in between.
        tokio::task::yield_now().await;
    }
}
