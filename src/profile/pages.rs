//! `/@<handle>`: one member's posts.

use rocket::request::FromParam;
use rocket::{Route, get, routes};
use tera::Context;

use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::post;
use crate::view::{Face, Html, Visit};

pub fn routes() -> Vec<Route> {
    routes![member]
}

/// The path segment `@ada`.
struct At<'a>(&'a str);

impl<'a> FromParam<'a> for At<'a> {
    type Error = &'a str;

    fn from_param(segment: &'a str) -> std::result::Result<Self, &'a str> {
        segment.strip_prefix('@').map(At).ok_or(segment)
    }
}

#[derive(sqlx::FromRow)]
struct Member {
    id: Id<Users>,
    handle: String,
    name: String,
    face: Option<String>,
    posts: i64,
}

const FIND: &str = "
    select u.id, u.handle, u.name, u.face,
           cast((select count(*) from posts p where p.author_id = u.id) as bigint) as posts
      from users u
     where u.handle = $1";

#[get("/<handle>?<before>", rank = 20)]
async fn member(
    handle: std::result::Result<At<'_>, &str>,
    before: Option<&str>,
    _viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let At(handle) = handle.map_err(|_| Error::NotFound)?;
    let cursor = app.hub.cursor();
    let member: Option<Member> = sqlx::query_as(FIND)
        .bind(handle.to_lowercase())
        .fetch_optional(app.db.read())
        .await?;
    let member = member.ok_or(Error::NotFound)?;
    let before = before
        .map(str::parse)
        .transpose()
        .map_err(|_| Error::NotFound)?;
    let first = before.is_none();
    let feed = post::of_author(app, member.id, before).await?;
    let path = format!("/@{}", member.handle);
    if visit.htmx && !first {
        return post::older(app, &visit, &path, &feed);
    }
    let mut context = Context::new();
    context.insert("posts", &member.posts);
    context.insert("first", &first);
    context.insert("live", &cursor);
    post::insert_feed(&mut context, &path, &feed);
    context.insert(
        "member",
        &Face::new(member.id, member.handle, member.name, member.face),
    );
    app.page(&visit, "profile/member.html", context)
}
