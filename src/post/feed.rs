//! Lists of cards, newest first, a page at a time.

use std::sync::Arc;

use super::drawers::{self, Loading};
use super::post::Versions;
use super::visible::visible;
use crate::app::App;
use crate::clock::Micros;
use crate::cursor::{Cursor, Page};
use crate::error::{Error, Result};
use crate::gzip::Run;
use crate::id::{Id, Posts, Users};
use crate::live::Newest;

const PAGE: usize = 20;
/// A page that leads back to somebody's place holds so many at most.
const LONGEST: usize = 200;

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
    let mut page = home(app, (None, None)).await?;
    if !page.cards.is_empty() {
        // Deflated as one it is a third of what the cards are apart.
        page.cards = vec![Run::of(page.cards.iter().map(|run| run.text()).collect())];
    }
    Ok(app.fragments.keep_newest(as_of, page))
}

/// Where a page begins and which post it reaches, where that is asked for.
pub type Stretch = (Option<Cursor<Posts>>, Option<Cursor<Posts>>);

/// A cursor as an address has it.
pub fn cursor(text: Option<&str>) -> Result<Option<Cursor<Posts>>> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| Error::NotFound)
}

/// Everybody's posts, from the cursor on or from the newest.
pub async fn home(app: &App, (before, through): Stretch) -> Result<Feed> {
    let loading = begins(&before);
    let (at, id) = start(before);
    let rows = sqlx::query_as(HOME)
        .bind(at)
        .bind(id)
        .bind(most(&through) as i64 + 1);
    let rows = rows.fetch_all(app.db.read()).await?;
    page(app, (rows, through), loading).await
}

/// How many posts such a page holds at most.
fn most(through: &Option<Cursor<Posts>>) -> usize {
    match through {
        None => PAGE,
        Some(_) => LONGEST,
    }
}

/// One member's posts.
pub async fn of_author(app: &App, author: Id<Users>, (before, through): Stretch) -> Result<Feed> {
    let loading = begins(&before);
    let (at, id) = start(before);
    let rows = sqlx::query_as(OF_AUTHOR)
        .bind(at)
        .bind(id)
        .bind(most(&through) as i64 + 1)
        .bind(author);
    let rows = rows.fetch_all(app.db.read()).await?;
    page(app, (rows, through), loading).await
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

async fn page(
    app: &App,
    (rows, through): (Vec<Row>, Option<Cursor<Posts>>),
    mut loading: Loading,
) -> Result<Feed> {
    let length = match &through {
        None => PAGE,
        Some(through) => {
            let through = through.to_string();
            let newer = |row: &&Row| place(row).to_string() > through;
            (rows.iter().take_while(newer).count() + 1).clamp(PAGE, LONGEST)
        }
    };
    let page = Page::of(rows, length);
    let last = page.rows.last().filter(|_| page.more);
    let older = last.map(|row| place(row).to_string());
    let mut cards = Vec::with_capacity(page.rows.len());
    for row in &page.rows {
        match std::mem::replace(&mut loading, Loading::Lazy) {
            Loading::Lazy => cards.extend(drawers::run(app, (row.id, row.versions)).await?),
            first => {
                let mut html = String::new();
                drawers::write(app, (row.id, row.versions), first, &mut html).await?;
                cards.push(Run::of(html));
            }
        }
    }
    Ok(Feed { cards, older })
}

fn place(row: &Row) -> Cursor<Posts> {
    Cursor {
        at: row.created_at,
        id: row.id,
    }
}
