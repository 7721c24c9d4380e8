//! `/groups`: the groups that there are, founding one, coming in and going, for programs.

use rocket::http::Status;
use rocket::response::status::Custom;
use rocket::{Route, delete, get, patch, post, put, routes};
use serde::Serialize;
use utoipa::ToSchema;

use super::closing;
use super::entry::{self, Wishes};
use super::found::{self, Said};
use super::lists;
use super::row::{self, Group as Row};
use super::values::Level;
use crate::api::{self, Body, Fields, Flag, Json, time_stamp};
use crate::app::App;
use crate::auth::{Caller, Viewer};
use crate::error::{Error, Result};
use crate::form::Wrong;
use crate::id::Id;
use crate::post::{self, Left};

pub fn routes() -> Vec<Route> {
    routes![
        all, found_one, one, change, join, wish, leave, take_out, put_back, close, keep_open
    ]
}

/// A group as you meet it
#[derive(Serialize, ToSchema)]
pub struct Group {
    #[schema(format = Uuid)]
    id: String,
    /// Behind `/~` in its address.
    #[schema(example = "choir")]
    slug: String,
    #[schema(example = "The choir")]
    name: String,
    about: String,
    /// How others come in: `open`, `request` or `invitation`.
    #[schema(example = "request")]
    joining: &'static str,
    /// Others know that it is there.
    listed: bool,
    /// Who posts: `members`, `owners`, or `review`: members, after an owner has looked.
    #[schema(example = "members")]
    posting: &'static str,
    members: i64,
    #[schema(example = "2026-11-23T12:34:56.123456")]
    created_at: String,
    /// When it closes; null unless that is decided.
    closes_at: Option<String>,
    /// What you are to it: `none`, `asked`, `invited`, `member` or `owner`.
    #[schema(example = "member")]
    tie: &'static str,
    /// What you hear of it: `all`, `mentions` or `none`; null where you are not in it.
    #[schema(example = "mentions")]
    level: Option<&'static str>,
    /// Its posts stand in your feeds.
    home: bool,
}

impl From<Row> for Group {
    fn from(row: Row) -> Group {
        Group {
            id: row.id.to_string(),
            joining: row.joining.name(),
            listed: row.is_listed(),
            posting: row.posting.name(),
            members: row.members,
            created_at: time_stamp(row.created_at),
            closes_at: row.closes_at.map(time_stamp),
            tie: row.tie().name(),
            level: row.level().map(Level::name),
            home: row.is_at_home(),
            slug: row.slug,
            name: row.name,
            about: row.about,
        }
    }
}

/// Groups
#[derive(Serialize, ToSchema)]
pub struct Groups {
    /// Which you are in.
    mine: Vec<Group>,
    /// Into which you are invited.
    invited: Vec<Group>,
    /// The others that everybody may know of, by name.
    others: Vec<Group>,
    /// Given as `cursor`, it brings the others that follow; null when there are none.
    next: Option<String>,
    /// Which you are not in any more, and in which there is something that you posted.
    left: Vec<Left>,
}

/// The groups that there are
#[utoipa::path(tag = "groups", security(("password" = [])), params(("cursor" = Option<String>, Query, description = "`next` of the page before")), responses(
    (status = 200, description = "Yours, and 50 of the others at most", body = Groups)))]
#[get("/groups?<cursor>")]
async fn all(cursor: Option<&str>, viewer: Viewer, app: &App) -> Result<Json<Groups>> {
    let listed = match (lists::all(app, &viewer, cursor).await, cursor) {
        (Err(Error::NotFound), Some(cursor)) => return Err(api::wrong_cursor(cursor)),
        (listed, _) => listed?,
    };
    let shapes = |rows: Vec<Row>| rows.into_iter().map(Group::from).collect();
    Ok(Json(Groups {
        mine: shapes(listed.mine),
        invited: shapes(listed.invited),
        others: shapes(listed.others),
        next: listed.next,
        left: post::left_in(&app.db, viewer.id).await?,
    }))
}

/// What a group is called and how it is kept; what is left out stays
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct GroupChanges {
    /// 50 characters at most.
    #[schema(example = "The choir")]
    name: Option<String>,
    /// 2 to 40 of the letters a to z, digits, hyphens and underscores; made of the name when left out.
    #[schema(example = "choir")]
    slug: Option<String>,
    /// 500 characters at most.
    about: Option<String>,
    /// `open`, `request` or `invitation`.
    #[schema(example = "request")]
    joining: Option<String>,
    listed: Option<Flag>,
    /// `members`, `owners` or `review`.
    #[schema(example = "members")]
    posting: Option<String>,
}

fn said(fields: &mut Fields<'_>) -> Said {
    let mut text = |name: &str| fields.text_or_null(name).map(str::to_owned);
    let (name, slug, about) = (text("name"), text("slug"), text("about"));
    let (joining, posting) = (text("joining"), text("posting"));
    Said {
        name,
        slug,
        about,
        joining,
        listed: fields.flag("listed"),
        posting,
    }
}

/// What is wrong with a body, as the contract says it.
fn refused(wrong: Wrong) -> Error {
    let mistakes = wrong.iter().map(|(field, says)| {
        let says = says.as_str().unwrap_or_default();
        let message = format!("Value error, {says}");
        api::mistake("value_error", &["body", field], &message, says.into())
    });
    api::invalid(mistakes.collect())
}

/// Found a group
///
/// Its first owner is you.
#[utoipa::path(tag = "groups", security(("password" = [])), request_body = GroupChanges, responses(
    (status = 201, description = "The group", body = Group),
    (status = 403, description = "Only those who look after the place found groups here", body = crate::api::Detail),
    (status = 409, description = "You look after as many as one can", body = crate::api::Detail)))]
#[post("/groups", data = "<body>")]
async fn found_one(caller: Caller, body: Body, app: &App) -> Result<Custom<Json<Group>>> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let said = said(&mut fields);
    fields.done()?;
    let slug = found::found(app, &viewer, &said).await?.map_err(refused)?;
    let group = row::find(app, &viewer, &slug).await?;
    Ok(Custom(Status::Created, Json(group.into())))
}

/// A group
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), responses(
    (status = 200, description = "The group", body = Group),
    (status = 404, description = "None that you know of", body = crate::api::Detail)))]
#[get("/groups/<slug>")]
async fn one(slug: &str, viewer: Viewer, app: &App) -> Result<Json<Group>> {
    Ok(Json(row::find(app, &viewer, slug).await?.into()))
}

/// Change a group
///
/// For its owners, and administrators where everybody may know of it.
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), request_body = GroupChanges, responses(
    (status = 200, description = "The group as it is now", body = Group),
    (status = 403, description = "You do not look after it", body = crate::api::Detail),
    (status = 404, description = "None that you know of", body = crate::api::Detail)))]
#[patch("/groups/<slug>", data = "<body>")]
async fn change(slug: &str, caller: Caller, body: Body, app: &App) -> Result<Json<Group>> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let said = said(&mut fields);
    fields.done()?;
    let changed = found::change(app, &viewer, (slug, &said)).await?;
    let slug = changed.map_err(refused)?;
    Ok(Json(row::find(app, &viewer, &slug).await?.into()))
}

/// What you say to the owners
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct AskIn {
    /// Where you have to ask: who you are to them. 500 characters at most.
    #[schema(example = "I sing alto.")]
    words: Option<String>,
}

/// What you are to a group now
#[derive(Serialize, ToSchema)]
pub struct GroupTie {
    /// `none`, `asked`, `invited`, `member` or `owner`.
    #[schema(example = "member")]
    pub(super) tie: &'static str,
}

/// Come into a group
///
/// Where you are invited or everybody may; or else ask to.
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), request_body = AskIn, responses(
    (status = 200, description = "What you are to it now", body = GroupTie),
    (status = 403, description = "Only whoever is invited comes in", body = crate::api::Detail),
    (status = 404, description = "None that you know of", body = crate::api::Detail),
    (status = 409, description = "You are in as many as one can, or so many ask", body = crate::api::Detail)))]
#[put("/groups/<slug>/membership", data = "<body>")]
async fn join(slug: &str, caller: Caller, body: Body, app: &App) -> Result<Json<GroupTie>> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let words = fields.text_or_null("words").unwrap_or_default().to_owned();
    fields.done()?;
    let joined = entry::join(app, &viewer, slug, &words).await;
    let tie = joined.map_err(api::of_body)?;
    Ok(Json(GroupTie { tie: tie.name() }))
}

/// What you want of a group; what is left out stays
#[derive(ToSchema)]
#[allow(dead_code)]
pub struct GroupWishes {
    /// What you hear of: `all`, `mentions` or `none`.
    #[schema(example = "mentions")]
    level: Option<String>,
    /// Its posts stand in your feeds.
    home: Option<Flag>,
}

/// Say what you want of a group
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), request_body = GroupWishes, responses(
    (status = 204, description = "Noted"),
    (status = 404, description = "None that you are in", body = crate::api::Detail)))]
#[patch("/groups/<slug>/membership", data = "<body>")]
async fn wish(slug: &str, caller: Caller, body: Body, app: &App) -> Result<Status> {
    let viewer = caller.viewer()?;
    let mut fields = body.object()?;
    let level = fields.text_or_null("level").map(Level::named);
    if level == Some(None) {
        let takes = format!("Input should be one of {}", Level::NAMES.join(", "));
        fields.refuse("level", &takes, "a level");
    }
    let home = fields.flag("home");
    fields.done()?;
    let level = level.flatten();
    entry::wish(app, &viewer, slug, Wishes { level, home }).await?;
    Ok(Status::NoContent)
}

/// Leave a group, ask no more, or take no invitation
///
/// With `posts=take` what you have posted in it is seen by you alone from then on; otherwise it stays.
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir"), ("posts" = Option<String>, Query, description = "`stay` or `take`", example = "stay")), responses(
    (status = 204, description = "You are not in it"),
    (status = 404, description = "None that you know of", body = crate::api::Detail)))]
#[delete("/groups/<slug>/membership?<posts>")]
async fn leave(slug: &str, posts: Option<&str>, viewer: Viewer, app: &App) -> Result<Status> {
    let takes = match posts {
        None | Some("stay") => false,
        Some("take") => true,
        Some(other) => return Err(api::wrong_query("posts", other, "stay or take")),
    };
    entry::leave(app, &viewer, slug, takes).await?;
    Ok(Status::NoContent)
}

/// Take what you have posted in a group out of it
///
/// Also where you are not in it any more: you alone see it then, and may give it to others.
#[utoipa::path(tag = "groups", security(("password" = [])), params(("id" = String, Path, description = "The group's id")), responses(
    (status = 202, description = "It is done one after the other")))]
#[delete("/users/me/groups/<id>/posts")]
async fn take_out(id: &str, viewer: Viewer, app: &App) -> Result<Status> {
    let group = Id::from_any_spelling(id).ok_or(Error::NotFound)?;
    entry::take_out(app, &viewer, group).await?;
    Ok(Status::Accepted)
}

/// Put back what you took out of a group
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), responses(
    (status = 202, description = "It is done one after the other"),
    (status = 404, description = "None that you are in", body = crate::api::Detail)))]
#[put("/groups/<slug>/posts")]
async fn put_back(slug: &str, viewer: Viewer, app: &App) -> Result<Status> {
    entry::move_posts(app, &viewer, slug, true).await?;
    Ok(Status::Accepted)
}

/// Close a group
///
/// In a day, until which it can be undone. What was posted in it is seen by its authors alone then; nothing is deleted.
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), responses(
    (status = 202, description = "It closes in a day"),
    (status = 403, description = "You do not look after it", body = crate::api::Detail),
    (status = 404, description = "None that you know of", body = crate::api::Detail)))]
#[put("/groups/<slug>/closing")]
async fn close(slug: &str, viewer: Viewer, app: &App) -> Result<Status> {
    closing::close(app, &viewer, slug).await?;
    Ok(Status::Accepted)
}

/// Keep a group open that was to close
#[utoipa::path(tag = "groups", security(("password" = [])), params(("slug" = String, Path, description = "What stands behind `/~`", example = "choir")), responses(
    (status = 204, description = "It stays open"),
    (status = 403, description = "You do not look after it", body = crate::api::Detail),
    (status = 404, description = "None that you know of", body = crate::api::Detail)))]
#[delete("/groups/<slug>/closing")]
async fn keep_open(slug: &str, viewer: Viewer, app: &App) -> Result<Status> {
    closing::keep_open(app, &viewer, slug).await?;
    Ok(Status::NoContent)
}
