//! What is found, in JSON.

use rocket::{Route, get, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::everything;
use super::mark::Piece;
use super::pages::typed;
use crate::api::{self, Json, time_stamp};
use crate::app::App;
use crate::auth::Viewer;
use crate::error::Result;
use crate::post::faces::Person;

pub fn routes() -> Vec<Route> {
    routes![search]
}

/// A post or a comment that was found
#[derive(Serialize, ToSchema)]
pub struct Hit {
    #[schema(format = Uuid)]
    post_id: String,
    /// Null where it is the post itself.
    comment_id: Option<String>,
    author: Person,
    /// The part of its words around what was looked for.
    text: String,
    #[schema(example = "2026-11-23T12:34:56.123456")]
    created_at: String,
}

/// What was found
#[derive(Serialize, ToSchema)]
pub struct Hits {
    people: Vec<Person>,
    /// Without their sign.
    tags: Vec<String>,
    posts: Vec<Hit>,
    comments: Vec<Hit>,
    /// Given as `cursor`, it brings posts further back; null when there are none.
    next: Option<String>,
}

fn text(says: &[Piece]) -> String {
    says.iter().map(|piece| piece.text.as_str()).collect()
}

/// Look for people, tags, posts and comments
///
/// Words in any script, the last one as the beginning of one; `from:ada`, `tag:walk` or `#walk`, `has:video`, `has:photo`,
/// `before:2026-08`, `after:2026-08-31`.
#[utoipa::path(tag = "people", security(("password" = [])), params(("q" = Option<String>, Query, description = "What to look for, 200 characters at most", example = "ridge from:ada"), ("cursor" = Option<String>, Query, description = "`next` of the page before: it brings posts alone")), responses(
    (status = 200, description = "The newest first", body = Hits)))]
#[get("/search/results?<q>&<cursor>")]
async fn search(
    q: Option<&str>,
    cursor: Option<&str>,
    viewer: Viewer,
    app: &App,
) -> Result<Json<Hits>> {
    let before = cursor
        .map(|text| text.parse().map_err(|_| api::wrong_cursor(text)))
        .transpose()?;
    let found = everything::find(app, &viewer, (&typed(q), before)).await?;
    let posts = found.results.posts.into_iter().map(|post| Hit {
        post_id: post.id.to_string(),
        comment_id: None,
        text: text(&post.says),
        created_at: time_stamp(post.at),
        author: post.author.into(),
    });
    let comments = found.comments.into_iter().map(|said| Hit {
        post_id: said.post.to_string(),
        comment_id: Some(said.id.to_string()),
        text: text(&said.says),
        created_at: time_stamp(said.at),
        author: said.author.into(),
    });
    Ok(Json(Hits {
        posts: posts.collect(),
        comments: comments.collect(),
        people: found.people.into_iter().map(Person::from).collect(),
        tags: found.tags.into_iter().map(|tag| tag.name).collect(),
        next: found.results.next,
    }))
}
