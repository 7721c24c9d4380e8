//! Lists of cards, newest first, a page at a time.

use std::sync::Arc;

use super::drawers::{self, Loading};
use super::filter::{self, Filter, Of, columns};
use super::marks;
use super::visible::{reader, there, visible, wanted};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::{Cursor, Page};
use crate::error::{Error, Result};
use crate::gzip::Run;
use crate::id::{Id, Posts, Users};
use crate::live::{Key, Newest, Shown};

const PAGE: usize = 20;
/// A page that leads back to somebody's place holds so many at most.
const LONGEST: usize = 200;
/// So many of the newest posts are kept for everybody's first page.
const WINDOW: usize = 500;

/// A page of cards, drawn, and where the next one begins.
pub struct Feed {
    /// Nothing where there are no posts.
    pub cards: Vec<Arc<Run>>,
    /// The cursor at which the next page begins.
    pub older: Option<String>,
}

const NEWEST: &str = concat!(
    "select ",
    columns!(),
    "
      from posts p
      join users u on u.id = p.author_id
     where ",
    there!(),
    "
     order by p.created_at desc
     limit 501"
);

/// The newest of a window of the whole feed that the reader wants: exact where enough of it is for them.
macro_rules! of_window {
    ($most:literal) => {
        concat!(
            "select ",
            columns!(),
            "
      from (select * from posts where created_at < $1 order by created_at desc limit 500) p
      join users u on u.id = p.author_id
     where ",
            wanted!(),
            "
     order by p.created_at desc
     limit ",
            $most
        )
    };
}

/// The newest of each audience of the reader, put together: exact whatever share of the feed is for them.
macro_rules! of_audiences {
    ($most:literal, $before_last:literal) => {
        concat!(
            "with mine as (
           select '' as audience
           union all
           select a.audience from audience_members a where a.user_id = $2
       ),
       newest as (
           select q.id
             from mine
             join posts q on q.audience = mine.audience and q.created_at < $1
              and q.created_at >= coalesce(
                  (select x.created_at from posts x
                    where x.audience = mine.audience and x.created_at < $1
                      and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = x.author_id)
                    order by x.created_at desc limit 1 offset ",
            $before_last,
            "), 0)
           union
           select q.id
             from follows f
             join posts q on q.author_id = f.author_id and q.audience = 'followers' and q.created_at < $1
              and q.created_at >= coalesce(
                  (select x.created_at from posts x
                    where x.author_id = f.author_id and x.audience = 'followers' and x.created_at < $1
                    order by x.created_at desc limit 1 offset ",
            $before_last,
            "), 0)
            where f.follower_id = $2
           union
           select q.id from (
               select id from posts where author_id = $2 and created_at < $1 order by created_at desc limit ",
            $most,
            ") q
       )
       select ",
            columns!(),
            "
         from newest n
         join posts p on p.id = n.id
         join users u on u.id = p.author_id
        where ",
            wanted!(),
            "
        order by p.created_at desc
        limit ",
            $most
        )
    };
}

/// The same of a window, but of those whom the reader follows, and of themselves.
macro_rules! followed_of_window {
    ($most:literal) => {
        concat!(
            "select ",
            columns!(),
            "
      from (select * from posts where created_at < $1 order by created_at desc limit 500) p
      join users u on u.id = p.author_id
     where ",
            wanted!(),
            "
       and (p.author_id = $2
            or exists (select 1 from follows f where f.follower_id = $2 and f.author_id = p.author_id))
     order by p.created_at desc
     limit ",
            $most
        )
    };
}

/// The newest of the 21 authors whose newest is newest: among them are all that a page shows.
macro_rules! of_heads {
    ($most:literal, $before_last:literal) => {
        concat!(
            "with heads as (
           select h.author_id, coalesce(
                  (select q.created_at from posts q
                    where q.author_id = h.author_id and q.created_at < $1
                      and (q.audience in ('', 'followers')
                           or exists (select 1 from audience_members a where a.user_id = $2 and a.audience = q.audience))
                    order by q.created_at desc limit 1), 0) as head
             from (select f.author_id from follows f where f.follower_id = $2
                   union all
                   select id from users where id = $2) h
            where not exists (select 1 from ties t where t.user_id = $2 and t.other_id = h.author_id)
            order by 2 desc
            limit ",
            $most,
            "
       ),
       newest as (
           select q.id
             from heads h
             join posts q on q.author_id = h.author_id and q.created_at < $1
              and q.created_at >= coalesce(
                  (select x.created_at from posts x
                    where x.author_id = h.author_id and x.created_at < $1
                      and (x.audience in ('', 'followers')
                           or exists (select 1 from audience_members a where a.user_id = $2 and a.audience = x.audience))
                    order by x.created_at desc limit 1 offset ",
            $before_last,
            "), 0)
       )
       select ",
            columns!(),
            "
         from newest n
         join posts p on p.id = n.id
         join users u on u.id = p.author_id
        where ",
            wanted!(),
            "
        order by p.created_at desc
        limit ",
            $most
        )
    };
}

/// SQL: one member's posts that the reader may see.
macro_rules! of_author {
    ($most:literal) => {
        concat!(
            "select ",
            columns!(),
            "
      from posts p
      join users u on u.id = p.author_id
     where p.author_id = $3 and p.created_at < $1
       and ",
            visible!(),
            "
     order by p.created_at desc
     limit ",
            $most
        )
    };
}

const EVERYONE: [&str; 2] = [of_window!("21"), of_window!("201")];
const EVERYONE_SPARSE: [&str; 2] = [of_audiences!("21", "20"), of_audiences!("201", "200")];
const FOLLOWED: [&str; 2] = [followed_of_window!("21"), followed_of_window!("201")];
const FOLLOWED_SPARSE: [&str; 2] = [of_heads!("21", "20"), of_heads!("201", "200")];
const OF_AUTHOR: [&str; 2] = [of_author!("21"), of_author!("201")];

/// Everybody's newest posts. The keys of the newest are kept as long as the feed's number stays the same, and a page that
/// looks alike for several readers is put together once.
pub async fn newest(app: &App, viewer: &Viewer) -> Result<Feed> {
    let newest = match app.fragments.newest(viewer.as_of) {
        Some(newest) => newest,
        None => read_newest(app, viewer.as_of).await?,
    };
    let circle = app.circles.at(viewer.id, viewer.circle).await?;
    let wanted = newest.keys.iter().filter(|key| circle.wants(&key.about));
    let keys: Vec<Key> = wanted.take(PAGE + 1).cloned().collect();
    if keys.len() <= PAGE && !newest.all {
        return home(app, viewer, (Of::Everyone, (None, None))).await;
    }
    let (keys, older) = cut(keys, PAGE);
    let shown = marked(app, viewer, &keys).await?;
    if let Some(page) = app.fragments.page(&shown) {
        let cards = vec![page];
        return Ok(Feed { cards, older });
    }
    let mut cards = draw(app, &shown, Loading::First).await?;
    // What has gone meanwhile makes a page that nobody asks for again.
    if !cards.is_empty() && cards.len() == shown.len() {
        // Deflated as one it is a third of what the cards are apart.
        let whole = Run::of(cards.iter().map(|run| run.text()).collect());
        app.fragments.keep_page(shown, whole.clone());
        cards = vec![whole];
    }
    Ok(Feed { cards, older })
}

async fn read_newest(app: &App, as_of: i64) -> Result<Arc<Newest>> {
    let rows: Vec<Key> = sqlx::query_as(NEWEST).fetch_all(app.db.read()).await?;
    let Page { rows: keys, more } = Page::of(rows, WINDOW);
    Ok(app
        .fragments
        .keep_newest(as_of, Newest { keys, all: !more }))
}

/// Where a page begins and which post it reaches, where that is asked for.
pub type Stretch = (Option<Cursor<Posts>>, Option<Cursor<Posts>>);

/// A cursor as an address has it.
pub fn cursor(text: Option<&str>) -> Result<Option<Cursor<Posts>>> {
    text.map(str::parse)
        .transpose()
        .map_err(|_| Error::NotFound)
}

/// A feed of the reader's, from the cursor on or from the newest.
pub async fn home(
    app: &App,
    viewer: &Viewer,
    (of, (before, through)): (Of, Stretch),
) -> Result<Feed> {
    let (dense, sparse) = match of {
        Of::Everyone => (EVERYONE, EVERYONE_SPARSE),
        Of::Followed => (FOLLOWED, FOLLOWED_SPARSE),
    };
    let most = most(&through);
    let ask = async |query: [&'static str; 2]| -> Result<Vec<Key>> {
        Ok(sqlx::query_as(query[usize::from(most != PAGE)])
            .bind(start(&before))
            .bind(reader(Some(viewer.id)))
            .fetch_all(app.db.read())
            .await?)
    };
    let mut rows = ask(dense).await?;
    if rows.len() <= most {
        rows = ask(sparse).await?;
    }
    page(app, viewer, rows, (before, through)).await
}

/// A page of what is asked of a feed, from the cursor on or from the newest.
pub async fn filtered(
    app: &App,
    viewer: &Viewer,
    filter: &Filter,
    before: Option<Cursor<Posts>>,
) -> Result<Feed> {
    let loading = match before {
        None => Loading::First,
        Some(_) => Loading::Lazy,
    };
    let found = filter::find(app, viewer, filter, (before, PAGE)).await?;
    let (keys, older) = cut(found.keys, PAGE);
    let shown = marked(app, viewer, &keys).await?;
    let cards = draw(app, &shown, loading).await?;
    let older = older.or(found.goes_on);
    Ok(Feed { cards, older })
}

/// How many posts such a page holds at most.
fn most(through: &Option<Cursor<Posts>>) -> usize {
    match through {
        None => PAGE,
        Some(_) => LONGEST,
    }
}

/// One member's posts.
pub async fn of_author(
    app: &App,
    viewer: &Viewer,
    (author, (before, through)): (Id<Users>, Stretch),
) -> Result<Feed> {
    let query = OF_AUTHOR[usize::from(through.is_some())];
    let rows = sqlx::query_as(query)
        .bind(start(&before))
        .bind(reader(Some(viewer.id)))
        .bind(author);
    let rows = rows.fetch_all(app.db.read()).await?;
    page(app, viewer, rows, (before, through)).await
}

fn start(before: &Option<Cursor<Posts>>) -> Micros {
    before.as_ref().map_or(Micros::MAX, |cursor| cursor.at)
}

async fn page(
    app: &App,
    viewer: &Viewer,
    rows: Vec<Key>,
    (before, through): Stretch,
) -> Result<Feed> {
    let length = match &through {
        None => PAGE,
        Some(through) => {
            let newer = |key: &&Key| key.created_at > through.at;
            (rows.iter().take_while(newer).count() + 1).clamp(PAGE, LONGEST)
        }
    };
    let (keys, older) = cut(rows, length);
    // The newest page begins with what a visitor sees first.
    let loading = match before {
        None => Loading::First,
        Some(_) => Loading::Lazy,
    };
    let shown = marked(app, viewer, &keys).await?;
    let cards = draw(app, &shown, loading).await?;
    Ok(Feed { cards, older })
}

/// The posts as this reader sees them.
async fn marked(app: &App, viewer: &Viewer, keys: &[Key]) -> Result<Vec<Shown>> {
    let ids: Vec<Id<Posts>> = keys.iter().map(|key| key.id).collect();
    let marks = marks::of(app, Some(viewer.id), &ids).await?;
    let shown = |key: &Key| Shown {
        post: key.id,
        versions: key.versions,
        mark: marks.get(&key.id).copied().unwrap_or_default(),
    };
    Ok(keys.iter().map(shown).collect())
}

/// The first so many, and the cursor of the others where there are any.
fn cut(keys: Vec<Key>, length: usize) -> (Vec<Key>, Option<String>) {
    let page = Page::of(keys, length);
    let last = page.rows.last().filter(|_| page.more);
    let older = last.map(|key| place(key).to_string());
    (page.rows, older)
}

async fn draw(app: &App, all: &[Shown], mut loading: Loading) -> Result<Vec<Arc<Run>>> {
    let mut cards = Vec::with_capacity(all.len());
    for shown in all {
        match std::mem::replace(&mut loading, Loading::Lazy) {
            Loading::Lazy => cards.extend(drawers::run(app, shown).await?),
            first => {
                let mut html = String::new();
                drawers::write(app, shown, first, &mut html).await?;
                cards.extend((!html.is_empty()).then(|| Run::of(html)));
            }
        }
    }
    Ok(cards)
}

fn place(key: &Key) -> Cursor<Posts> {
    Cursor {
        at: key.created_at,
        id: key.id,
    }
}
