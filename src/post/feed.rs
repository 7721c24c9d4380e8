//! Lists of cards, newest first, a page at a time.

use std::sync::Arc;

use super::drawers::{self, Loading};
use super::post::Versions;
use super::visible::visible;
use crate::app::App;
use crate::clock::Micros;
use crate::cursor::{Cursor, Page};
use crate::error::Result;
use crate::id::{Id, Posts, Users};
use crate::live::Newest;

const PAGE: usize = 20;

/// A page of cards, drawn, and where the next one begins.
pub type Feed = Newest;

/// Just enough to find a kept card.
#[derive(sqlx::FromRow)]
struct Row {
    id: Id<Posts>,
    created_at: Micros,
    #[sqlx(flatten)]
    versions: Versions,
}

const HOME: &str = concat!(
    "select p.id, p.created_at, p.card_seq, coalesce(p.edited_seq, 0) as edited, u.card_version
      from posts p
      join users u on u.id = p.author_id
     where (p.created_at, p.id) < ($1, $2)
       and ",
    visible!(),
    "
     order by p.created_at desc, p.id desc
     limit $3"
);

const OF_AUTHOR: &str = concat!(
    "select p.id, p.created_at, p.card_seq, coalesce(p.edited_seq, 0) as edited, u.card_version
      from posts p
      join users u on u.id = p.author_id
     where p.author_id = $4 and (p.created_at, p.id) < ($1, $2)
       and ",
    visible!(),
    "
     order by p.created_at desc, p.id desc
     limit $3"
);

/// Everybody's newest posts. As long as the feed's number stays the same, so does this page: it is put
/// together once per change.
pub async fn newest(app: &App, as_of: i64) -> Result<Arc<Feed>> {
    if let Some(page) = app.fragments.newest(as_of) {
        return Ok(page);
    }
    let page = home(app, None).await?;
    Ok(app.fragments.keep_newest(as_of, page))
}

/// Everybody's posts, from the cursor on or from the newest.
pub async fn home(app: &App, before: Option<Cursor<Posts>>) -> Result<Feed> {
    let loading = begins(&before);
    let (at, id) = start(before);
    let rows = sqlx::query_as(HOME).bind(at).bind(id).bind(PAGE as i64 + 1);
    page(app, rows.fetch_all(app.db.read()).await?, loading).await
}

/// One member's posts.
pub async fn of_author(
    app: &App,
    author: Id<Users>,
    before: Option<Cursor<Posts>>,
) -> Result<Feed> {
    let loading = begins(&before);
    let (at, id) = start(before);
    let rows = sqlx::query_as(OF_AUTHOR)
        .bind(at)
        .bind(id)
        .bind(PAGE as i64 + 1)
        .bind(author);
    page(app, rows.fetch_all(app.db.read()).await?, loading).await
}

/// The newest page begins with what a visitor sees first.
fn begins(before: &Option<Cursor<Posts>>) -> Loading {
    match before {
        None => Loading::First,
        Some(_) => Loading::Lazy,
    }
}

fn start(before: Option<Cursor<Posts>>) -> (Micros, String) {
    before.map_or((Micros::MAX, String::new()), |cursor| {
        (cursor.at, cursor.id.to_string())
    })
}

async fn page(app: &App, rows: Vec<Row>, mut loading: Loading) -> Result<Feed> {
    let page = Page::of(rows, PAGE);
    let last = page.rows.last().filter(|_| page.more);
    let older = last.map(|row| {
        Cursor {
            at: row.created_at,
            id: row.id,
        }
        .to_string()
    });
    let mut html = String::new();
    for row in &page.rows {
        drawers::write(app, (row.id, row.versions), loading, &mut html).await?;
        loading = Loading::Lazy;
    }
    Ok(Feed { html, older })
}
