//! What can be reported and judged: a post, a comment, a member.

use sqlx::AnyConnection;

use crate::api::Fields;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::id::{Comments, Id, Posts, Users};
use crate::post;
use crate::talk;

/// A thing that is reported or judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    Post(Id<Posts>),
    Comment(Id<Comments>),
    Member(Id<Users>),
}

/// The kinds of them, as the database and programs name them.
const KINDS: [&str; 3] = ["post", "comment", "member"];

impl Subject {
    pub fn kind(self) -> &'static str {
        match self {
            Subject::Post(_) => KINDS[0],
            Subject::Comment(_) => KINDS[1],
            Subject::Member(_) => KINDS[2],
        }
    }

    pub fn id(self) -> String {
        match self {
            Subject::Post(id) => id.to_string(),
            Subject::Comment(id) => id.to_string(),
            Subject::Member(id) => id.to_string(),
        }
    }

    /// Of a kind and an id in any spelling.
    pub fn named(kind: &str, id: &str) -> Option<Subject> {
        Some(match kind {
            "post" => Subject::Post(Id::from_any_spelling(id)?),
            "comment" => Subject::Comment(Id::from_any_spelling(id)?),
            "member" => Subject::Member(Id::from_any_spelling(id)?),
            _ => return None,
        })
    }

    /// Out of a body of the JSON API, which is refused where it names no kind; nothing where there can be no such thing.
    pub fn of(fields: &mut Fields<'_>) -> Option<Subject> {
        let (kind, id) = (fields.text("kind"), fields.text("id"));
        if !KINDS.contains(&kind) {
            let kinds = KINDS.join(", ");
            fields.refuse("kind", &format!("Value error, one of {kinds}"), &kinds);
        }
        Subject::named(kind, id)
    }

    /// As an address has it: `post:<id>`.
    pub fn read(text: &str) -> Option<Subject> {
        let (kind, id) = text.split_once(':')?;
        Subject::named(kind, id)
    }

    /// In the sentences of letters and pages: "your …", "the …".
    pub fn called(self) -> &'static str {
        match self {
            Subject::Post(_) => "post",
            Subject::Comment(_) => "comment",
            Subject::Member(_) => "account",
        }
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kind(), self.id())
    }
}

/// A thing as it is now.
pub struct Thing {
    pub subject: Subject,
    pub author: Id<Users>,
    pub handle: String,
    pub name: String,
    /// What it says.
    pub words: String,
    /// The post that it is, or stands under.
    pub post: Option<Id<Posts>>,
}

#[derive(sqlx::FromRow)]
struct Member {
    handle: String,
    name: String,
    about: String,
}

const MEMBER: &str = "
    select handle, name, about from users where id = $1 and gone_at is null";

/// A thing, whoever may see it; nothing once it is gone.
pub async fn find(connection: &mut AnyConnection, subject: Subject) -> Result<Option<Thing>> {
    let (author, words, post) = match subject {
        Subject::Post(id) => match post::find(connection, id).await? {
            Some(post) => (post.author_id, Some(post.caption), Some(id)),
            None => return Ok(None),
        },
        Subject::Comment(id) => match talk::find(connection, id).await? {
            Some(comment) => match comment.author_id {
                Some(author) => (author, Some(comment.body), Some(comment.post_id)),
                None => return Ok(None),
            },
            None => return Ok(None),
        },
        Subject::Member(id) => (id, None, None),
    };
    let member: Option<Member> = sqlx::query_as(MEMBER)
        .bind(author)
        .fetch_optional(connection)
        .await?;
    Ok(member.map(|member| Thing {
        subject,
        author,
        handle: member.handle,
        name: member.name,
        words: words.unwrap_or(member.about),
        post,
    }))
}

const SHOWN: &str = "select id from users where id = $1 and hidden_at is null";

/// A thing that the viewer sees, and which is not their own.
pub async fn seen(
    connection: &mut AnyConnection,
    viewer: &Viewer,
    subject: Subject,
) -> Result<Thing> {
    let sees = match subject {
        Subject::Post(id) => post::see(connection, Some(viewer.id), id).await?,
        Subject::Comment(id) => {
            let seen = talk::seen(connection, viewer, id).await?;
            seen.is_some_and(|comment| comment.hidden_at.is_none())
        }
        Subject::Member(id) => {
            let shown: Option<(Id<Users>,)> = sqlx::query_as(SHOWN)
                .bind(id)
                .fetch_optional(&mut *connection)
                .await?;
            shown.is_some() && !post::keep_apart(connection, viewer.id, id).await?
        }
    };
    let thing = match sees {
        true => find(connection, subject).await?,
        false => None,
    };
    let thing = thing.ok_or(Error::NotFound)?;
    match thing.author == viewer.id {
        false => Ok(thing),
        true => Err(Error::Conflict("This is your own.".into())),
    }
}

/// The same, outside of a transaction.
pub async fn shown(app: &App, viewer: &Viewer, subject: Subject) -> Result<Thing> {
    let mut connection = app.db.read().acquire().await?;
    seen(&mut connection, viewer, subject).await
}
