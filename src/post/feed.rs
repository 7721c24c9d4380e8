//! Lists of cards, newest first, a page at a time.

use std::sync::Arc;

use super::drawers::{self, Loading};
use super::filter::{self, Filter, Of};
use super::lists::{
    EVERYONE, EVERYONE_SPARSE, FOLLOWED, FOLLOWED_SPARSE, NEWEST, OF_AUTHOR, OF_GROUP, OF_THESE,
    THESE,
};
use super::marks;
use super::visible::reader;
use crate::app::App;
use crate::auth::Viewer;
use crate::changes::About;
use crate::clock::Micros;
use crate::cursor::{Cursor, Page};
use crate::error::{Error, Result};
use crate::gzip::Run;
use crate::id::{Groups, Id, Posts, Users};
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
    /// The newest post of the page.
    pub newest: Micros,
    /// All of it is newer than the line, and there is one.
    pub is_all_new: bool,
}

/// Stands between what the reader has seen and what is new.
const LINE: &str = "<div class=\"upto\" id=\"upto\"><p>You are up to here</p></div>";

/// Up to where the reader had read, and where a page begins.
#[derive(Clone, Copy)]
struct Line {
    at: Micros,
    from: Micros,
}

impl Line {
    /// Before which of the cards it stands; nothing where nothing is new above, or all of the page is. Of a page that
    /// begins with what was seen the one before ended with what is new.
    fn place(self, keys: &[Key]) -> Option<usize> {
        let seen = keys.iter().position(|key| key.created_at <= self.at)?;
        let goes_on = self.from != Micros::MAX && self.from > self.at;
        (self.at > 0 && (seen > 0 || goes_on)).then_some(seen)
    }
}

impl Feed {
    fn of(cards: Vec<Arc<Run>>, older: Option<String>, (keys, line): (&[Key], Line)) -> Feed {
        let newest = keys.first().map_or(0, |key| key.created_at);
        let oldest = keys.last().map_or(0, |key| key.created_at);
        let mut feed = Feed {
            cards,
            older,
            newest,
            is_all_new: line.at > 0 && oldest > line.at,
        };
        if let Some(at) = line.place(keys) {
            feed.cards
                .insert(at.min(feed.cards.len()), Run::of(LINE.to_owned()));
        }
        feed
    }
}

/// The newest posts of a feed. The keys of the newest of all are kept as long as the feed's number stays the same, and a
/// page that looks alike for several readers is put together once.
pub async fn newest(app: &App, viewer: &Viewer, (of, line): (Of, Micros)) -> Result<Feed> {
    let newest = match app.fragments.newest(viewer.as_of) {
        Some(newest) => newest,
        None => read_newest(app, viewer.as_of).await?,
    };
    let circle = app.circles.at(viewer.id, viewer.circle).await?;
    let belongs =
        |about: &About| circle.wants(about) && (of == Of::Everyone || circle.follows(about.author));
    let wanted = newest.keys.iter().filter(|key| belongs(&key.about));
    let keys: Vec<Key> = wanted.take(PAGE + 1).cloned().collect();
    if circle.mutes_words() || (keys.len() <= PAGE && !newest.all) {
        return home(app, viewer, (of, (None, None)), line).await;
    }
    let (keys, older) = cut(keys, PAGE);
    let shown = marked(app, viewer, &keys).await?;
    let line = Line {
        at: line,
        from: Micros::MAX,
    };
    let is_whole = line.place(&keys).is_none();
    if let Some(page) = app.fragments.page(&shown).filter(|_| is_whole) {
        return Ok(Feed::of(vec![page], older, (&keys, line)));
    }
    let mut cards = draw(app, &shown, Loading::First).await?;
    // What has gone meanwhile makes a page that nobody asks for again.
    if is_whole && !cards.is_empty() && cards.len() == shown.len() {
        // Deflated as one it is a third of what the cards are apart.
        let whole = Run::of(cards.iter().map(|run| run.text()).collect());
        app.fragments.keep_page(shown, whole.clone());
        cards = vec![whole];
    }
    Ok(Feed::of(cards, older, (&keys, line)))
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
    line: Micros,
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
    let by_heads = match of {
        Of::Followed if most == PAGE => followed(app, viewer, start(&before)).await?,
        _ => None,
    };
    let rows = match by_heads {
        Some(rows) => rows,
        None => {
            let rows = ask(dense).await?;
            match rows.len() > most {
                true => rows,
                false => ask(sparse).await?,
            }
        }
    };
    page(app, viewer, (rows, line), (before, through)).await
}

/// The posts before an instant of those whom the viewer follows, one more than a page shows. Nothing where too many of
/// them may have posted any: from a place far back almost all have posted since.
async fn followed(app: &App, viewer: &Viewer, at: Micros) -> Result<Option<Vec<Key>>> {
    let circle = app.circles.at(viewer.id, viewer.circle).await?;
    let wanted = (viewer.as_of, THESE + 1);
    let Some(heads) = app.heads.of(circle.followed(), wanted).await? else {
        return Ok(None);
    };
    let later = heads.iter().take_while(|head| head.at >= at).count();
    // Those who have posted since, and as many as a page can need of the others.
    for asked in [later + PAGE + 1, THESE] {
        if asked > THESE {
            break;
        }
        let (these, others) = heads.split_at(asked.min(heads.len()));
        let mut query = sqlx::query_as(OF_THESE)
            .bind(at)
            .bind(reader(Some(viewer.id)));
        for n in 0..THESE {
            let author = these.get(n).map(|head| head.author.to_string());
            query = query.bind(author.unwrap_or_default());
        }
        let rows: Vec<Key> = query.fetch_all(app.db.read()).await?;
        let last = rows.get(PAGE).map_or(Micros::MIN, |key| key.created_at);
        if others.first().is_none_or(|next| next.at < last) {
            return Ok(Some(rows));
        }
    }
    Ok(None)
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
    let none = Line {
        at: 0,
        from: Micros::MAX,
    };
    Ok(Feed::of(cards, older, (&keys, none)))
}

/// How many posts such a page holds at most.
fn most(through: &Option<Cursor<Posts>>) -> usize {
    match through {
        None => PAGE,
        Some(_) => LONGEST,
    }
}

/// What is for one group, whoever of those who are in it asks.
pub async fn of_group(
    app: &App,
    viewer: &Viewer,
    (group, (before, through)): (Id<Groups>, Stretch),
) -> Result<Feed> {
    of_one(
        app,
        viewer,
        (OF_GROUP, group.to_string()),
        (before, through),
    )
    .await
}

/// One member's posts.
pub async fn of_author(
    app: &App,
    viewer: &Viewer,
    (author, (before, through)): (Id<Users>, Stretch),
) -> Result<Feed> {
    of_one(
        app,
        viewer,
        (OF_AUTHOR, author.to_string()),
        (before, through),
    )
    .await
}

async fn of_one(
    app: &App,
    viewer: &Viewer,
    (query, one): ([&'static str; 2], String),
    (before, through): Stretch,
) -> Result<Feed> {
    let rows = sqlx::query_as(query[usize::from(through.is_some())])
        .bind(start(&before))
        .bind(reader(Some(viewer.id)))
        .bind(one);
    let rows = rows.fetch_all(app.db.read()).await?;
    page(app, viewer, (rows, 0), (before, through)).await
}

fn start(before: &Option<Cursor<Posts>>) -> Micros {
    before.as_ref().map_or(Micros::MAX, |cursor| cursor.at)
}

async fn page(
    app: &App,
    viewer: &Viewer,
    (rows, line): (Vec<Key>, Micros),
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
    let line = Line {
        at: line,
        from: start(&before),
    };
    Ok(Feed::of(cards, older, (&keys, line)))
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
