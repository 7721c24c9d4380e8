//! One comment: its row, and its text as a valid value.

use sqlx::AnyConnection;

use crate::clock::Micros;
use crate::error::Result;
use crate::form::{clean_text, is_seen};
use crate::id::{Comments, Id, Posts, Users};

/// Unicode scalar values that a comment holds at most.
pub const MOST: usize = 1_000;

/// The text of a comment.
#[derive(Clone)]
pub struct Body(String);

impl Body {
    /// The error is for the person who typed it.
    pub fn new(text: &str) -> std::result::Result<Body, String> {
        let text = clean_text(text)?;
        let length = text.chars().count();
        match length {
            _ if !is_seen(&text) => Err("Write something first.".into()),
            0..=MOST => Ok(Body(text)),
            _ => {
                let over = length - MOST;
                let characters = if over == 1 { "character" } else { "characters" };
                Err(format!(
                    "{over} {characters} too long: at most {MOST} are taken."
                ))
            }
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A comment with what is shown of its author.
#[derive(Clone, sqlx::FromRow)]
pub struct Comment {
    pub id: Id<Comments>,
    pub post_id: Id<Posts>,
    /// Nobody where it only holds the place of its answers.
    pub author_id: Option<Id<Users>>,
    /// The comment under which it stands; empty where it stands by itself.
    pub root_id: String,
    pub body: String,
    pub replies: i64,
    pub created_at: Micros,
    pub edited_at: Option<Micros>,
    pub handle: Option<String>,
    pub name: Option<String>,
    pub face: Option<String>,
    /// Whom it answers, where that is not the comment under which it stands.
    pub answers: Option<String>,
    /// Whom the post is for, and who shows it.
    pub audience: String,
    pub host_id: Id<Users>,
    /// Since when it is out of sight for everybody: its words lie with those who look after the place.
    pub hidden_at: Option<Micros>,
}

/// SQL: the columns of a [`Comment`] and where they come from: `c`, its author `u`, its post `p`.
macro_rules! comments {
    ($rest:literal) => {
        concat!(
            "select c.id, c.post_id, c.author_id, c.root_id, c.body, c.replies, c.created_at, c.edited_at,
           u.handle, u.name, u.face, p.audience, p.author_id as host_id, c.hidden_at,
           (select x.handle from comments y join users x on x.id = y.author_id
             where y.id = c.parent_id and c.parent_id <> c.root_id and x.hidden_at is null) as answers
      from comments c
      join posts p on p.id = c.post_id
      left join users u on u.id = c.author_id
     where ",
            $rest
        )
    };
}
pub(super) use comments;

const FIND: &str = comments!("c.id = $1 and (c.author_id is null or u.hidden_at is null)");

/// A comment that is there, whoever may see it.
pub async fn find(connection: &mut AnyConnection, id: Id<Comments>) -> Result<Option<Comment>> {
    Ok(sqlx::query_as(FIND)
        .bind(id)
        .fetch_optional(connection)
        .await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_says_something_and_ends() {
        assert_eq!(
            Body::new("  Hello\r\nthere ").unwrap().as_str(),
            "Hello\nthere"
        );
        assert!(Body::new(&"é".repeat(MOST)).is_ok());
        for (wrong, said) in [
            (String::new(), "Write something"),
            (" \u{200b} ".into(), "Write something"),
            ("é".repeat(MOST + 1), "1 character too long"),
            ("a\0".into(), "cannot be shown"),
        ] {
            let error = Body::new(&wrong).err().unwrap();
            assert!(error.contains(said), "{error}");
        }
    }
}
