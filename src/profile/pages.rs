//! `/@<handle>`: one member's posts, as a wall; `/@<handle>/posts`: the same, whole.

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Route, get, routes};
use tera::Context;

use crate::app::App;
use crate::auth::Viewer;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::post;
use crate::view::{Face, Html, Visit};

pub fn routes() -> Vec<Route> {
    routes![wall, list]
}

/// The handle in `/@ada`. Any other first segment is an address that does not exist, for members and
/// strangers alike.
struct At(String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for At {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        let first = request.uri().path().segments().get(0);
        match first.and_then(|first| first.strip_prefix('@')) {
            Some(handle) => Outcome::Success(At(handle.to_lowercase())),
            None => Outcome::Forward(Status::NotFound),
        }
    }
}

#[derive(sqlx::FromRow)]
struct Member {
    id: Id<Users>,
    handle: String,
    name: String,
    face: Option<String>,
    about: String,
    posts: i64,
}

const FIND: &str = "
    select u.id, u.handle, u.name, u.face, u.about,
           cast((select count(*) from posts p where p.author_id = u.id and p.audience = '') as bigint) as posts
      from users u
     where u.handle = $1 and u.hidden_at is null";

/// What both pages show of a member.
async fn member(app: &App, At(handle): At, viewer: &Viewer) -> Result<(Member, Context)> {
    let member: Option<Member> = sqlx::query_as(FIND)
        .bind(&handle)
        .fetch_optional(app.db.read())
        .await?;
    let member = member.ok_or(Error::NotFound)?;
    let mut context = Context::new();
    context.insert("posts", &member.posts);
    context.insert("about", &member.about);
    context.insert("live", &app.hub.cursor(viewer.as_of));
    let (handle, name) = (member.handle.clone(), member.name.clone());
    let face = Face::new(member.id, handle, name, member.face.clone());
    context.insert("member", &face);
    Ok((member, context))
}

#[get("/<_>?<before>", rank = 20)]
async fn wall(
    before: Option<&str>,
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let (member, mut context) = member(app, at, &viewer).await?;
    let before = post::cursor(before)?;
    let first = before.is_none();
    let wall = post::wall(app, &viewer, (member.id, before)).await?;
    let handle = &member.handle;
    let older = wall.older.map(|older| format!("/@{handle}?before={older}"));
    context.insert("list", &false);
    context.insert("first", &first);
    context.insert("tiles", &wall.tiles);
    context.insert("older", &older);
    let template = match visit.htmx && !first {
        true => "profile/_older.html",
        false => "profile/member.html",
    };
    app.page(&visit, template, context)
}

#[get("/<_>/posts?<before>&<through>", rank = 20)]
async fn list(
    before: Option<&str>,
    through: Option<&str>,
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let (member, mut context) = member(app, at, &viewer).await?;
    let stretch = (post::cursor(before)?, post::cursor(through)?);
    context.insert("list", &true);
    context.insert("first", &stretch.0.is_none());
    let feed = post::of_author(app, &viewer, (member.id, stretch)).await?;
    let path = format!("/@{}/posts", member.handle);
    post::draw_feed(app, &visit, ("profile/list.html", context), (&path, &feed))
}
