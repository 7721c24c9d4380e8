//! `/@<handle>`: one member's posts.

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
    routes![member]
}

/// The handle in `/@ada`. Any other first segment is an address that does not exist, for members and
/// strangers alike.
struct At(String);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for At {
    type Error = std::convert::Infallible;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        match request.uri().path().as_str().strip_prefix("/@") {
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
    posts: i64,
}

const FIND: &str = "
    select u.id, u.handle, u.name, u.face,
           cast((select count(*) from posts p where p.author_id = u.id and p.withdrawn_at is null) as bigint) as posts
      from users u
     where u.handle = $1 and u.hidden_at is null";

#[get("/<_>?<before>&<through>", rank = 20)]
async fn member(
    before: Option<&str>,
    through: Option<&str>,
    at: At,
    viewer: Viewer,
    visit: Visit,
    app: &App,
) -> Result<Html> {
    let member: Option<Member> = sqlx::query_as(FIND)
        .bind(&at.0)
        .fetch_optional(app.db.read())
        .await?;
    let member = member.ok_or(Error::NotFound)?;
    let stretch = (post::cursor(before)?, post::cursor(through)?);
    let first = stretch.0.is_none();
    let feed = post::of_author(app, member.id, stretch).await?;
    let path = format!("/@{}", member.handle);
    let mut context = Context::new();
    context.insert("posts", &member.posts);
    context.insert("first", &first);
    context.insert("live", &app.hub.cursor(viewer.as_of));
    context.insert(
        "member",
        &Face::new(member.id, member.handle, member.name, member.face),
    );
    post::draw_feed(
        app,
        &visit,
        ("profile/member.html", context),
        (&path, &feed),
    )
}
