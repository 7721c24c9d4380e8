//! What a card shows of what others made of a post, and of its reader: counts, and whether they like it.

use std::collections::HashMap;
use std::sync::Arc;

use super::visible::reader;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::Result;
use crate::id::{Id, Posts, Users};
use crate::known::Moment;
use crate::live::Mark;

pub type Marks = HashMap<Id<Posts>, Mark>;

#[derive(sqlx::FromRow)]
struct Row {
    post_id: Id<Posts>,
    likes: i64,
    comments: i64,
    liked: i64,
}

/// Posts that are asked for at a time.
const AT_ONCE: usize = 20;

/// The marks of twenty posts (`$2` on) for a reader (`$1`).
pub const MARKS: &str = "
    select c.post_id, c.likes, c.comments,
           cast(coalesce((select 1 from likes l where l.post_id = c.post_id and l.user_id = $1), 0) as bigint) as liked
      from post_counts c
     where c.post_id in ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";

/// The marks of these posts for a reader, or for nobody. A post without any has none.
pub async fn of(app: &App, viewer: Option<Id<Users>>, posts: &[Id<Posts>]) -> Result<Arc<Marks>> {
    let moment = Moment {
        version: app.db.version(),
        now: app.clock.now(),
    };
    let reader = reader(viewer);
    // What is asked for again is a page, not a program's list.
    let is_page = posts.len() <= AT_ONCE;
    let key = match is_page {
        true => posts
            .iter()
            .fold(reader.clone(), |key, post| key + &post.to_string()),
        false => String::new(),
    };
    let known = app.fragments.marks.find(&key, moment);
    if let Some(known) = known.filter(|_| is_page) {
        return Ok(known);
    }
    let mut marks = Marks::new();
    for posts in posts.chunks(AT_ONCE) {
        let mut query = sqlx::query_as(MARKS).bind(&reader);
        for n in 0..AT_ONCE {
            query = query.bind(posts.get(n).map(Id::to_string).unwrap_or_default());
        }
        let rows: Vec<Row> = query.fetch_all(app.db.read()).await?;
        marks.extend(rows.into_iter().map(|row| {
            let mark = Mark {
                likes: row.likes,
                comments: row.comments,
                liked: row.liked == 1,
            };
            (row.post_id, mark)
        }));
    }
    let marks = Arc::new(marks);
    if is_page {
        app.fragments.marks.keep(key, moment, marks.clone());
    }
    Ok(marks)
}

/// The mark of one post.
pub async fn of_one(app: &App, viewer: Option<Id<Users>>, post: Id<Posts>) -> Result<Mark> {
    let marks = of(app, viewer, &[post]).await?;
    Ok(marks.get(&post).copied().unwrap_or_default())
}

/// Who liked a post last, as far as the reader sees them, and how many others.
#[derive(serde::Serialize)]
pub struct Likers {
    name: String,
    others: i64,
}

const LAST: &str = "
    select u.name
      from post_counts c
      join users u on u.id = c.liker_id
     where c.post_id = $1 and u.hidden_at is null
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = u.id and t.why <> 'mute')";

pub async fn likers(
    app: &App,
    viewer: &Viewer,
    (post, mark): (Id<Posts>, Mark),
) -> Result<Option<Likers>> {
    if mark.likes == 0 {
        return Ok(None);
    }
    let last: Option<(String,)> = sqlx::query_as(LAST)
        .bind(post)
        .bind(reader(Some(viewer.id)))
        .fetch_optional(app.db.read())
        .await?;
    let others = mark.likes - i64::from(last.is_some());
    let name = last.map(|(name,)| name).unwrap_or_default();
    Ok(Some(Likers { name, others }))
}

/// A mark in the words of a page.
#[derive(serde::Serialize)]
pub struct Acts {
    /// Of the button: whether it is pressed, and what pressing it does.
    pub pressed: &'static str,
    pub verb: &'static str,
    pub like: String,
    pub talk: String,
    /// Empty instead of 0.
    pub likes: String,
    pub comments: String,
}

impl Acts {
    pub fn of(mark: Mark) -> Acts {
        let number = |count: i64| match count {
            0 => String::new(),
            some => some.to_string(),
        };
        Acts {
            pressed: if mark.liked { "true" } else { "false" },
            verb: if mark.liked { "delete" } else { "put" },
            like: format!("Like, {} so far", mark.likes),
            talk: match mark.comments {
                1 => "1 comment".into(),
                count => format!("{count} comments"),
            },
            likes: number(mark.likes),
            comments: number(mark.comments),
        }
    }

    /// What stands in a place of a drawn card.
    pub fn part(&self, name: &str) -> Option<&str> {
        Some(match name {
            "pressed" => self.pressed,
            "verb" => self.verb,
            "like" => &self.like,
            "talk" => &self.talk,
            "likes" => &self.likes,
            "comments" => &self.comments,
            _ => return None,
        })
    }

    /// The names of those places, for the template that leaves them.
    pub fn places() -> HashMap<&'static str, tera::Value> {
        let names = ["pressed", "verb", "like", "talk", "likes", "comments"];
        let place = |name| (name, crate::view::rendered(&format!("<!--part:{name}-->")));
        names.into_iter().map(place).collect()
    }
}
