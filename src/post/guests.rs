//! Links by which somebody without an account sees one post: made and ended by its author, asked for at every picture.

use serde::Serialize;
use sqlx::AnyConnection;
use utoipa::ToSchema;

use super::held::Held;
use super::post;
use crate::api::time_stamp;
use crate::app::App;
use crate::auth::{Viewer, link};
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::form::clean_text;
use crate::id::{GuestLinks, Id, Posts};

const PURPOSE: &str = "porch:guest";
const DAY: Micros = 86_400 * 1_000_000;
pub const MOST_DAYS: i64 = 90;
/// Links that hold at a time: of one post, and of one member.
const MOST_OF_POST: i64 = 5;
const MOST_OF_MEMBER: i64 = 50;
/// Characters of a note.
const MOST_NOTE: usize = 100;

/// What stands behind `/g/`.
fn code(app: &App, id: Id<GuestLinks>) -> String {
    link::code(app.sessions.signer(), PURPOSE, id)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<GuestLinks>,
    note: String,
    locked: i64,
    expires_at: Micros,
    visits: i64,
    created_at: Micros,
}

/// A link that shows a post to somebody without an account
#[derive(Serialize, ToSchema)]
pub struct GuestLink {
    #[schema(value_type = String, format = Uuid)]
    pub id: Id<GuestLinks>,
    /// To hand on.
    #[schema(
        example = "https://porch.example.org/g/019aa5f07c1e7b3a9d520f5a3a1f9c10-abcdefghijklmnop"
    )]
    pub link: String,
    /// For whom, in your own words; only you see it.
    pub note: String,
    /// It asks for a password.
    pub locked: bool,
    #[schema(example = "2026-11-30T12:34:56.123456")]
    pub expires_at: String,
    /// How often it was opened, a minute apart at least.
    pub visits: i64,
    pub created_at: String,
    #[serde(skip)]
    pub until: Micros,
}

fn shape(app: &App, row: Row) -> GuestLink {
    let home = app.settings.address_url(app.settings.port);
    GuestLink {
        link: format!("{home}/g/{}", code(app, row.id)),
        id: row.id,
        note: row.note,
        locked: row.locked == 1,
        expires_at: time_stamp(row.expires_at),
        visits: row.visits,
        created_at: time_stamp(row.created_at),
        until: row.expires_at,
    }
}

const OF_POST: &str = "
    select id, note, cast(case when password_hash is null then 0 else 1 end as bigint) as locked,
           expires_at, visits, created_at
      from guest_links
     where post_id = $1 and by_id = $2 and revoked_at is null and expires_at > $3
     order by created_at desc
     limit 5";

/// The links of a post of the viewer's that hold, the newest first.
pub async fn links(app: &App, viewer: &Viewer, id: Id<Posts>) -> Result<Vec<GuestLink>> {
    let mut connection = app.db.read().acquire().await?;
    post::get(&mut connection, (id, viewer))
        .await?
        .require_author(viewer)?;
    let rows: Vec<Row> = sqlx::query_as(OF_POST)
        .bind(id)
        .bind(viewer.id)
        .bind(app.clock.now())
        .fetch_all(&mut *connection)
        .await?;
    Ok(rows.into_iter().map(|row| shape(app, row)).collect())
}

/// A link to be.
pub struct New {
    pub days: i64,
    /// Empty for none.
    pub password: String,
    pub note: String,
}

const COUNT: &str = "
    select cast(count(*) as bigint) from guest_links
     where by_id = $1 and ($2 = '' or post_id = $2) and revoked_at is null and expires_at > $3";

const INSERT: &str = "
    insert into guest_links (id, post_id, by_id, note, password_hash, expires_at, created_at)
    values ($1, $2, $3, $4, $5, $6, $7)";

/// Whether members may show posts to guests here.
pub async fn may(app: &App) -> Result<bool> {
    Ok(app.house.rules().await?.members_have_guests())
}

/// Makes a link to a post of the viewer's.
pub async fn make(app: &App, viewer: &Viewer, id: Id<Posts>, new: New) -> Result<GuestLink> {
    if !may(app).await? {
        return Err(Error::Forbidden("Nobody here shows posts to guests."));
    }
    if !viewer.is_verified() && app.letters_go_out() {
        return Err(Error::Forbidden("Confirm your e-mail address first."));
    }
    let wrong = |says: String| Err(Error::Unprocessable(says));
    if !(1..=MOST_DAYS).contains(&new.days) {
        return wrong(format!("For a whole number of days from 1 to {MOST_DAYS}."));
    }
    let note = clean_text(&new.note).map_err(|says| Error::Unprocessable(says.into()))?;
    if note.chars().count() > MOST_NOTE {
        return wrong(format!("A note has {MOST_NOTE} characters at most."));
    }
    let password = match new.password.is_empty() {
        true => None,
        false => Some(
            app.passwords
                .hash(
                    crate::auth::NewPassword::new(&new.password)
                        .map_err(|says| Error::Unprocessable(says.into()))?,
                )
                .await?,
        ),
    };
    let mut tx = app.db.write_alone_as(viewer, &app.clock).await?;
    let post = post::get(&mut tx, (id, viewer)).await?;
    post.require_author(viewer)?;
    if post.held != Held::No || post.meant.group().is_some() {
        return Err(Error::Conflict(
            "What nobody else sees, and what is for a group, is shown to no guest.".into(),
        ));
    }
    if (app.herald.looks_first)(&mut tx, viewer.id).await? {
        return Err(Error::Forbidden(
            "Guests come later: what you post is looked at first so far.",
        ));
    }
    let now = app.clock.now();
    for (of, most) in [
        (id.to_string(), MOST_OF_POST),
        (String::new(), MOST_OF_MEMBER),
    ] {
        let (count,): (i64,) = sqlx::query_as(COUNT)
            .bind(viewer.id)
            .bind(of)
            .bind(now)
            .fetch_one(&mut *tx)
            .await?;
        if count >= most {
            return Err(Error::Conflict(format!(
                "{most} links hold already. End one of them first."
            )));
        }
    }
    let row = Row {
        id: Id::new(),
        note: note.trim().to_owned(),
        locked: i64::from(password.is_some()),
        expires_at: now + new.days * DAY,
        visits: 0,
        created_at: now,
    };
    sqlx::query(INSERT)
        .bind(row.id)
        .bind(id)
        .bind(viewer.id)
        .bind(&row.note)
        .bind(password)
        .bind(row.expires_at)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(shape(app, row))
}

const END: &str = "
    update guest_links set revoked_at = $4
     where id = $1 and post_id = $2 and by_id = $3 and revoked_at is null";

/// Ends a link of the viewer's: with the next request it shows nothing.
pub async fn end(
    app: &App,
    viewer: &Viewer,
    (post, id): (Id<Posts>, Id<GuestLinks>),
) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let ended = sqlx::query(END)
        .bind(id)
        .bind(post)
        .bind(viewer.id)
        .bind(app.clock.now())
        .execute(&mut *tx)
        .await?;
    if ended.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await
}

/// A link that holds, as whoever opens it meets it.
#[derive(sqlx::FromRow)]
pub struct Opened {
    pub id: Id<GuestLinks>,
    pub post_id: Id<Posts>,
    pub password_hash: Option<String>,
    pub expires_at: Micros,
}

const LOOK: &str = "
    select id, post_id, password_hash, expires_at from guest_links
     where id = $1 and revoked_at is null and expires_at > $2";

/// The link of that code, where it holds.
pub async fn look(app: &App, code: &str) -> Result<Opened> {
    if !may(app).await? {
        return Err(Error::NotFound);
    }
    let id: Id<GuestLinks> =
        link::read(app.sessions.signer(), PURPOSE, code).ok_or(Error::NotFound)?;
    let found: Option<Opened> = sqlx::query_as(LOOK)
        .bind(id)
        .bind(app.clock.now())
        .fetch_optional(app.db.read())
        .await?;
    found.ok_or(Error::NotFound)
}

const HOLDS: &str = "
    select g.id
      from guest_links g
      join users u on u.id = g.by_id and u.is_active = 1
     where g.id = $1 and g.post_id = $2 and g.revoked_at is null and g.expires_at > $3";

/// Whether a link shows this post at that instant.
pub(super) async fn holds(
    connection: &mut AnyConnection,
    (id, post): (Id<GuestLinks>, Id<Posts>),
    now: Micros,
) -> Result<bool> {
    let found: Option<(Id<GuestLinks>,)> = sqlx::query_as(HOLDS)
        .bind(id)
        .bind(post)
        .bind(now)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

/// Visits of one link count when they are so far apart.
const APART: Micros = 60 * 1_000_000;

const VISIT: &str = "
    update guest_links set visits = visits + 1, visited_at = $2
     where id = $1 and coalesce(visited_at, 0) < $2 - $3";

/// Counts that a link was opened.
pub async fn visit(app: &App, id: Id<GuestLinks>) -> Result<()> {
    let mut tx = app.db.write().await?;
    sqlx::query(VISIT)
        .bind(id)
        .bind(app.clock.now())
        .bind(APART)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

const OF_GONE: &str = "delete from guest_links where post_id = $1";

/// Takes the links of a post away that goes.
pub(super) async fn forget_post(tx: &mut Tx, post: Id<Posts>) -> Result<()> {
    sqlx::query(OF_GONE).bind(post).execute(&mut **tx).await?;
    Ok(())
}

/// A link that has ended is forgotten after so long.
const KEPT: Micros = 30 * DAY;

const OLD: &str = "
    delete from guest_links where id in (select g.id from guest_links g where g.expires_at < $1 limit 500)";

/// Forgets links that ended long ago.
pub async fn forget_old(app: &App) -> Result<()> {
    let mut tx = app.db.write().await?;
    sqlx::query(OLD)
        .bind(app.clock.now() - KEPT)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}
