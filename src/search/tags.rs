//! Tags that begin so, as far as the viewer sees a post that has one.

use serde::Serialize;

use super::words::beginning;
use crate::app::App;
use crate::auth::Viewer;
use crate::error::Result;
use crate::post::{reader, tag_path, visible};

/// Tags on a page.
const SHOWN: usize = 8;

/// A tag that was found.
#[derive(Serialize)]
pub struct Tag {
    /// Without its sign.
    pub name: String,
    pub href: String,
}

// Among its newest posts: a tag of which only others know is none.
const SEEN: &str = concat!(
    "select p.id
       from (select at from post_terms where term = $1 order by at desc limit 50) a
       join posts p on p.created_at = a.at
       join users u on u.id = p.author_id
      where ",
    visible!(),
    "
      limit 1"
);

/// The most used tags that begin so; with an empty text, of all.
pub async fn find(app: &App, viewer: &Viewer, text: &str) -> Result<Vec<Tag>> {
    let prefix = format!("#{text}");
    let mut tags = Vec::new();
    for term in beginning(app, &prefix).await? {
        let seen = sqlx::query(SEEN)
            .bind(&term)
            .bind(reader(Some(viewer.id)))
            .fetch_optional(app.db.read())
            .await?;
        let name = term.trim_start_matches('#').to_owned();
        if seen.is_some() && !name.is_empty() && tags.len() < SHOWN {
            let href = tag_path(&name);
            tags.push(Tag { name, href });
        }
    }
    Ok(tags)
}
