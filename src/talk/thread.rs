//! What was said to a post, in two levels, the oldest first, a page at a time.

use serde::Serialize;
use sqlx::AnyConnection;

use super::comment::{Comment, comments};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::cursor::Page;
use crate::error::{Error, Result};
use crate::id::{Comments, Id, Posts};
use crate::post::{self, Span, reader, spans};
use crate::view::{Face, Moment, moment};

/// Comments on a page, and answers that each of them shows at once.
const PAGE: usize = 20;
const SHOWN: usize = 3;
/// Answers on a page of their own.
const ANSWERS: usize = 50;

/// A comment as a page shows it, the same for every reader.
#[derive(Serialize)]
pub struct Said {
    pub id: Id<Comments>,
    pub post: Id<Posts>,
    pub k: String,
    /// The comment under which it stands, or nothing.
    pub root: String,
    /// Nobody where it only holds the place of its answers, or is out of sight.
    pub author: Option<Face>,
    /// Those who look after the place have hidden it.
    pub hidden: bool,
    pub at: Moment,
    #[serde(skip)]
    pub created_at: Micros,
    pub text: Vec<Span>,
    pub to: Option<String>,
    pub edited: bool,
    pub answers: Vec<Said>,
    /// So many answers are not shown here.
    pub more: i64,
}

impl Said {
    pub async fn of(app: &App, connection: &mut AnyConnection, comment: Comment) -> Result<Said> {
        let whole = (comment.post_id, Some(comment.id));
        let named = post::named(connection, whole, &comment.body).await?;
        let face = |id| {
            let name = comment.name.clone().unwrap_or_default();
            let handle = comment.handle.clone().unwrap_or_default();
            Face::new(id, handle, name, comment.face.clone())
        };
        Ok(Said {
            id: comment.id,
            post: comment.post_id,
            k: format!("{:016}", comment.created_at),
            author: comment
                .author_id
                .filter(|_| comment.hidden_at.is_none())
                .map(face),
            hidden: comment.hidden_at.is_some(),
            created_at: comment.created_at,
            at: moment(comment.created_at, app.settings.utc_offset),
            text: spans(&comment.body, &named),
            to: comment.answers,
            edited: comment.edited_at.is_some(),
            answers: Vec::new(),
            more: comment.replies,
            root: comment.root_id,
        })
    }
}

/// A page of what was said.
#[derive(Default, Serialize)]
pub struct Thread {
    pub comments: Vec<Said>,
    /// It does not begin with the first.
    pub later: bool,
    /// Where the next page begins.
    pub next: Option<String>,
    /// The comment whose answers these are.
    pub of: Option<Said>,
}

const ROOTS: &str = comments!(
    "c.post_id = $1 and c.root_id = '' and c.created_at > $3
       and (c.author_id is null or (u.hidden_at is null
            and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = c.author_id)
            and (c.author_id = $2
                 or not exists (select 1 from muted_words mw
                                  join comment_terms mt on mt.term = mw.term and mt.at = c.created_at
                                 where mw.user_id = $2))))
     order by c.created_at
     limit 21"
);

const FIRST_ANSWERS: &str = comments!(
    "c.post_id = $1 and c.root_id in (
           select r.id from comments r
            where r.post_id = $1 and r.root_id = '' and r.replies > 0 and r.created_at > $3
            order by r.created_at
            limit 20)
       and c.created_at <= coalesce(
           (select x.created_at from comments x
             where x.post_id = c.post_id and x.root_id = c.root_id
             order by x.created_at
             limit 1 offset 2), 9000000000000000)
       and u.hidden_at is null
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = c.author_id)
       and (c.author_id = $2
                 or not exists (select 1 from muted_words mw
                                  join comment_terms mt on mt.term = mw.term and mt.at = c.created_at
                                 where mw.user_id = $2))
     order by c.root_id, c.created_at"
);

const ANSWERS_OF: &str = comments!(
    "c.post_id = $1 and c.root_id = $4 and c.created_at > $3
       and u.hidden_at is null
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = c.author_id)
       and (c.author_id = $2
                 or not exists (select 1 from muted_words mw
                                  join comment_terms mt on mt.term = mw.term and mt.at = c.created_at
                                 where mw.user_id = $2))
     order by c.created_at
     limit 51"
);

const ONE: &str = comments!("c.post_id = $1 and c.id = $2");

/// Which part of a thread is asked for.
#[derive(Default)]
pub struct Part {
    /// After this instant, or from the first on.
    pub after: Option<Micros>,
    /// The answers to this comment.
    pub of: Option<Id<Comments>>,
}

async fn one(
    connection: &mut AnyConnection,
    post: Id<Posts>,
    id: Id<Comments>,
) -> Result<Option<Comment>> {
    Ok(sqlx::query_as(ONE)
        .bind(post)
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

/// The part of a post's thread that shows this comment.
pub async fn part_with(app: &App, post: Id<Posts>, id: Id<Comments>) -> Result<Part> {
    let mut connection = app.db.read().acquire().await?;
    let found = one(&mut connection, post, id).await?;
    let found = found.ok_or(Error::NotFound)?;
    let of = match found.root_id.as_str() {
        "" => None,
        root => Some(root.parse().map_err(|_| Error::NotFound)?),
    };
    Ok(Part {
        after: Some(found.created_at - 1),
        of,
    })
}

/// A part of what was said to a post that the viewer may see.
pub async fn read(app: &App, viewer: &Viewer, (post, part): (Id<Posts>, Part)) -> Result<Thread> {
    let mut connection = app.db.read().acquire().await?;
    let sight = post::sight(&mut connection, Some(viewer.id), post).await?;
    if !sight.sees() {
        return Err(Error::NotFound);
    }
    if !sight.reads_talk() {
        return Ok(Thread::default());
    }
    let after = part.after.unwrap_or(0);
    let reader = reader(Some(viewer.id));
    if let Some(root) = part.of {
        let of = one(&mut connection, post, root).await?;
        let of = of.ok_or(Error::NotFound)?;
        let rows: Vec<Comment> = sqlx::query_as(ANSWERS_OF)
            .bind(post)
            .bind(reader)
            .bind(after)
            .bind(root)
            .fetch_all(&mut *connection)
            .await?;
        let page = Page::of(rows, ANSWERS);
        return Ok(Thread {
            next: next(&page),
            later: after > 0,
            comments: all(app, &mut connection, page.rows).await?,
            of: Some(Said::of(app, &mut connection, of).await?),
        });
    }
    let ask = |query: &'static str| sqlx::query_as(query).bind(post).bind(&reader).bind(after);
    let rows: Vec<Comment> = ask(ROOTS).fetch_all(&mut *connection).await?;
    let page = Page::of(rows, PAGE);
    let mut thread = Thread {
        next: next(&page),
        later: after > 0,
        comments: all(app, &mut connection, page.rows).await?,
        of: None,
    };
    if thread.comments.iter().any(|one| one.more > 0) {
        let answers: Vec<Comment> = ask(FIRST_ANSWERS).fetch_all(&mut *connection).await?;
        for answer in answers {
            let root = &answer.root_id;
            let root = thread
                .comments
                .iter_mut()
                .find(|one| one.id.to_string() == *root);
            if let Some(root) = root.filter(|root| root.answers.len() < SHOWN) {
                let answer = Said::of(app, &mut connection, answer).await?;
                root.answers.push(answer);
                root.more -= 1;
            }
        }
    }
    Ok(thread)
}

async fn all(
    app: &App,
    connection: &mut AnyConnection,
    comments: Vec<Comment>,
) -> Result<Vec<Said>> {
    let mut said = Vec::with_capacity(comments.len());
    for comment in comments {
        said.push(Said::of(app, connection, comment).await?);
    }
    Ok(said)
}

fn next(page: &Page<Comment>) -> Option<String> {
    let last = page.rows.last().filter(|_| page.more);
    last.map(|last| last.created_at.to_string())
}
