//! One post: its row, and the caption as a valid value.

use sqlx::AnyConnection;

use super::held::Held;
use super::meant::Meant;
use super::visible::{reader, there, visible};
use crate::audience::For;
use crate::auth::Viewer;
use crate::changes::{About, Act, Change};
use crate::clock::Micros;
use crate::cursor::Cursor;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::form::clean_text;
use crate::id::{Id, Posts, Users};
use crate::live::Versions;
use crate::media::{Described, PLACES};

/// The words of a card: the part that an edit changes.
pub const TEXT: &str = "text";

/// A post with what its card shows of its author.
#[derive(sqlx::FromRow)]
pub struct Post {
    pub id: Id<Posts>,
    pub caption: String,
    pub created_at: Micros,
    pub edited_at: Option<Micros>,
    pub author_id: Id<Users>,
    pub handle: String,
    pub name: String,
    pub face: Option<String>,
    pub audience: String,
    #[sqlx(try_from = "String")]
    pub meant: Meant,
    #[sqlx(try_from = "String")]
    pub group: For,
    /// Why others do not see it.
    #[sqlx(try_from = "String")]
    pub held: Held,
    #[sqlx(flatten)]
    pub versions: Versions,
}

/// SQL: the columns of a [`Post`], of `p` and its author `u`.
macro_rules! columns {
    () => {
        concat!(
            "p.id, p.caption, p.created_at, p.edited_at, p.author_id, p.audience, p.meant,
           u.handle, u.name, u.face, p.card_seq, coalesce(p.edited_seq, 0) as edited, u.card_version,
           ",
            $crate::audience::named!("p.meant"),
            " as \"group\",
           ",
            $crate::post::held::held!()
        )
    };
}
pub(super) use columns;

const FIND: &str = concat!(
    "select ",
    columns!(),
    "
      from posts p
      join users u on u.id = p.author_id
     where p.id = $1 and ",
    there!()
);

/// A post that is there, whoever may see it: to be drawn for those who may.
pub async fn find(connection: &mut AnyConnection, id: Id<Posts>) -> Result<Option<Post>> {
    Ok(sqlx::query_as(FIND)
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

const GET: &str = concat!(
    "select ",
    columns!(),
    "
      from posts p
      join users u on u.id = p.author_id
     where p.id = $1 and ",
    visible!()
);

/// A post that the viewer may see.
pub async fn get(
    connection: &mut AnyConnection,
    (id, viewer): (Id<Posts>, &Viewer),
) -> Result<Post> {
    sqlx::query_as(GET)
        .bind(id)
        .bind(reader(Some(viewer.id)))
        .fetch_optional(connection)
        .await?
        .ok_or(Error::NotFound)
}

const ABOUT: &str = "select author_id, audience from posts where id = $1";

/// Whose post it is, and for whom.
pub async fn about(connection: &mut AnyConnection, id: Id<Posts>) -> Result<Option<About>> {
    Ok(sqlx::query_as(ABOUT)
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

const IS_CLOSED: &str = "select comments_closed from posts where id = $1";

/// Whether it is closed to comments.
pub async fn is_closed(db: &Db, id: Id<Posts>) -> Result<bool> {
    let closed: Option<(i64,)> = sqlx::query_as(IS_CLOSED)
        .bind(id)
        .fetch_optional(db.read())
        .await?;
    Ok(closed == Some((1,)))
}

const MADE_BY: &str = "select id from posts where author_id = $1 and idempotency_key = $2";

/// The post that a member's form with this key has made, if it has.
pub async fn made_by(
    connection: &mut AnyConnection,
    author: Id<Users>,
    key: &str,
) -> Result<Option<Id<Posts>>> {
    let row: Option<(Id<Posts>,)> = sqlx::query_as(MADE_BY)
        .bind(author)
        .bind(key)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|(id,)| id))
}

impl Post {
    /// Where it stands among all.
    pub fn place(&self) -> Cursor<Posts> {
        Cursor {
            at: self.created_at,
            id: self.id,
        }
    }

    /// What the log says when this became of that part.
    pub fn change(&self, seq: i64, part: &str, act: Act) -> Change {
        Change::of_post(seq, self.id, self.about(), (part, act))
    }

    pub fn about(&self) -> About {
        About {
            author: self.author_id,
            audience: self.audience.clone(),
        }
    }

    pub fn require_author(&self, viewer: &Viewer) -> Result<()> {
        if self.author_id == viewer.id {
            return Ok(());
        }
        Err(Error::Forbidden(
            "Only the author of a post may change or delete it.",
        ))
    }
}

/// A post to be, of items that were taken in before, in their order.
pub struct NewPost {
    pub caption: Caption,
    pub items: Vec<Described>,
    pub meant: Meant,
    /// The form's own: sent twice, it makes one post.
    pub idempotency_key: String,
}

/// What stands under the pictures: may be empty, has no control characters, and an end.
pub struct Caption(String);

impl Caption {
    /// At most `most` Unicode scalar values; the error is for the person who typed it.
    pub fn new(text: &str, most: usize) -> std::result::Result<Self, String> {
        let text = clean_text(text)?;
        let length = text.chars().count();
        if length > most {
            let over = length - most;
            let characters = if over == 1 { "character" } else { "characters" };
            return Err(format!(
                "{over} {characters} too long: at most {most} are taken."
            ));
        }
        Ok(Caption(text))
    }

    /// A caption of another application, whole however long it is, without what cannot be shown.
    pub fn of_old(text: &str) -> Self {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let shown = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
        Caption(
            text.chars()
                .filter(shown)
                .collect::<String>()
                .trim()
                .to_owned(),
        )
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The description of one picture: lines without blanks at their ends.
pub fn alt_text(text: &str, most: usize) -> std::result::Result<String, String> {
    let clean = clean_text(text)?;
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = clean.lines().map(words).collect();
    let text = lines.join("\n");
    if text.chars().count() > most {
        return Err(format!("Too long: at most {most} characters are taken."));
    }
    Ok(text)
}

/// What stays when a picture is cut; nothing for `auto`.
pub fn focus(text: &str) -> std::result::Result<String, String> {
    match text {
        "" | "auto" => Ok(String::new()),
        place if PLACES.contains(&place) => Ok(place.to_owned()),
        _ => Err(format!("Choose auto or one of {}.", PLACES.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_counts_what_people_see_as_characters() {
        assert!(Caption::new(&"é".repeat(10), 10).is_ok());
        let error = Caption::new(&"x".repeat(12), 10).err().unwrap();
        assert_eq!(error, "2 characters too long: at most 10 are taken.");
    }

    #[test]
    fn a_caption_of_another_application_is_kept_whole() {
        let old = format!(" a\0b\u{1b}[31m\r\n{} ", "x".repeat(5_000));
        let kept = Caption::of_old(&old);
        assert_eq!(kept.as_str(), format!("ab[31m\n{}", "x".repeat(5_000)));
    }

    #[test]
    fn newlines_are_one_character_and_control_characters_are_refused() {
        assert_eq!(
            Caption::new(" a\r\nb\t c ", 99).unwrap().as_str(),
            "a\nb\t c"
        );
        assert!(Caption::new("a\0b", 99).is_err());
    }
}
