//! Invitations: links by which others come in. The code of one is its id and letters that only this installation can
//! work out; a look at it uses nothing up, because programs look at links too.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::{self, Deed, Done};
use crate::auth::{Signer, Viewer, link};
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Invites, Users};
use crate::office::Office;

const PURPOSE: &str = "porch:invitation";
/// Open ones that a member may have, and who looks after the place.
const MOST_OPEN: i64 = 5;
const MOST_OF_OFFICERS: i64 = 100;
pub const MOST_PEOPLE: i64 = 500;
pub const MOST_DAYS: i64 = 90;
const DAY: Micros = 86_400 * 1_000_000;

/// What stands behind `/join/`.
fn code(app: &App, id: Id<Invites>) -> String {
    link::code(app.sessions.signer(), PURPOSE, id)
}

/// The invitation of such a code, if it is one of this installation's.
fn read(app: &App, code: &str) -> Option<Id<Invites>> {
    link::read(app.sessions.signer(), PURPOSE, code)
}

/// An invitation to be.
pub struct New {
    pub people: i64,
    pub days: i64,
    pub note: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Id<Invites>,
    note: String,
    most: i64,
    used: i64,
    expires_at: Micros,
    created_at: Micros,
}

/// An invitation as its maker sees it.
#[derive(Serialize, ToSchema)]
pub struct Invitation {
    #[schema(example = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10")]
    pub id: String,
    /// The address to hand on.
    #[schema(
        example = "https://porch.example.org/join/019aa5f07c1e7b3a9d520f5a3a1f9c10-abcdEFGH12345678"
    )]
    pub link: String,
    /// For whom it is, in one's own words.
    #[schema(example = "Aunt Mo")]
    pub note: String,
    /// So many may come in by it, and so many have.
    pub people: i64,
    pub used: i64,
    /// Unix seconds.
    pub expires_at: i64,
    pub created_at: i64,
}

fn shown(app: &App, row: Row) -> Invitation {
    let home = app.settings.address_url(app.settings.port);
    Invitation {
        link: format!("{home}/join/{}", code(app, row.id)),
        id: row.id.to_string(),
        note: row.note,
        people: row.most,
        used: row.used,
        expires_at: row.expires_at / 1_000_000,
        created_at: row.created_at / 1_000_000,
    }
}

/// SQL: of the member `$1`, somebody can still come in by it at `$2`.
macro_rules! open_ones {
    ($columns:literal) => {
        concat!(
            "select ",
            $columns,
            " from invites
     where by_id = $1 and revoked_at is null and used < most and expires_at > $2"
        )
    };
}

const OPEN: &str = concat!(
    open_ones!("id, note, most, used, expires_at, created_at"),
    " order by created_at desc, id desc limit 100"
);

/// The viewer's invitations by which somebody can still come in, the newest first.
pub async fn open(app: &App, viewer: &Viewer) -> Result<Vec<Invitation>> {
    let rows: Vec<Row> = sqlx::query_as(OPEN)
        .bind(viewer.id)
        .bind(app.clock.now())
        .fetch_all(app.db.read())
        .await?;
    Ok(rows.into_iter().map(|row| shown(app, row)).collect())
}

/// Whether the viewer may invite at all.
pub async fn may_invite(app: &App, viewer: &Viewer) -> Result<bool> {
    Ok(viewer.office() >= Office::Moderator || app.house.rules().await?.members_invite())
}

const COUNT: &str = open_ones!("cast(count(*) as bigint)");

const INSERT: &str = "
    insert into invites (id, by_id, note, most, expires_at, created_at) values ($1, $2, $3, $4, $5, $6)";

/// Writes one down.
async fn put(tx: &mut Tx, (by, now): (Id<Users>, Micros), new: New) -> Result<Row> {
    let row = Row {
        id: Id::new(),
        note: new.note,
        most: new.people,
        used: 0,
        expires_at: now + new.days * DAY,
        created_at: now,
    };
    sqlx::query(INSERT)
        .bind(row.id)
        .bind(by)
        .bind(&row.note)
        .bind(row.most)
        .bind(row.expires_at)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(row)
}

/// Makes one for whoever has the command line, as if `by` had; the path of its link.
pub async fn put_by_operator(
    tx: &mut Tx,
    signer: &Signer,
    (by, now): (Id<Users>, Micros),
    new: New,
) -> Result<String> {
    let row = put(tx, (by, now), new).await?;
    let id = row.id.to_string();
    audit::note(tx, Done::to(Deed::Invited, &id), (None, now)).await?;
    Ok(format!("/join/{}", link::code(signer, PURPOSE, row.id)))
}

/// Makes one.
pub async fn invite(app: &App, viewer: &Viewer, new: New) -> Result<Invitation> {
    if !may_invite(app, viewer).await? {
        return Err(Error::Forbidden(
            "Only those who look after this place invite others.",
        ));
    }
    let is_officer = viewer.office() >= Office::Moderator;
    let now = app.clock.now();
    let mut tx = app.db.write_alone_as(viewer, &app.clock).await?;
    let (so_many,): (i64,) = sqlx::query_as(COUNT)
        .bind(viewer.id)
        .bind(now)
        .fetch_one(&mut *tx)
        .await?;
    let most = if is_officer {
        MOST_OF_OFFICERS
    } else {
        MOST_OPEN
    };
    if so_many >= most {
        return Err(Error::Conflict(format!(
            "You have {most} open invitations already. End one first, or wait until somebody uses it."
        )));
    }
    let row = put(&mut tx, (viewer.id, now), new).await?;
    if is_officer {
        let id = row.id.to_string();
        let done = Done::to(Deed::Invited, &id);
        audit::note(&mut tx, done, (Some(viewer.id), now)).await?;
    }
    tx.commit().await?;
    Ok(shown(app, row))
}

const END: &str = "
    update invites set revoked_at = $3 where id = $1 and by_id = $2 and revoked_at is null";

/// Ends one of the viewer's: nobody comes in by it any more.
pub async fn end(app: &App, viewer: &Viewer, id: Id<Invites>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let now = app.clock.now();
    let ended = sqlx::query(END)
        .bind(id)
        .bind(viewer.id)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    if ended.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    if viewer.office() >= Office::Moderator {
        let id = id.to_string();
        let done = Done::to(Deed::InvitationEnded, &id);
        audit::note(&mut tx, done, (Some(viewer.id), now)).await?;
    }
    tx.commit().await
}

/// SQL: somebody can come in by the invitation `i`, made by `u`, at `$2`.
macro_rules! holds {
    () => {
        "i.revoked_at is null and i.used < i.most and i.expires_at > $2
       and u.is_active = 1 and u.hidden_at is null and u.leaves_at is null"
    };
}

const LOOK: &str = concat!(
    "select u.name from invites i join users u on u.id = i.by_id where i.id = $1 and ",
    holds!()
);

/// Who invites by this code; nothing where nobody can come in by it (any more).
pub async fn look(app: &App, code: &str) -> Result<Option<String>> {
    let Some(id) = read(app, code) else {
        return Ok(None);
    };
    let by: Option<(String,)> = sqlx::query_as(LOOK)
        .bind(id)
        .bind(app.clock.now())
        .fetch_optional(app.db.read())
        .await?;
    Ok(by.map(|(name,)| name))
}

const CLAIM: &str = concat!(
    "update invites set used = used + 1
      where id = (select i.id from invites i join users u on u.id = i.by_id where i.id = $1 and ",
    holds!(),
    ") and used < most"
);

const USE: &str = "insert into invite_uses (invite_id, user_id, at) values ($1, $2, $3)";

/// Uses an invitation up for a new member, in the transaction that makes them one; false where it opens nothing.
pub async fn claim(app: &App, tx: &mut Tx, (code, user): (&str, Id<Users>)) -> Result<bool> {
    let Some(id) = read(app, code) else {
        return Ok(false);
    };
    let now = app.clock.now();
    let claimed = sqlx::query(CLAIM)
        .bind(id)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    if claimed.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(USE)
        .bind(id)
        .bind(user)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(true)
}

const TAKE: [&str; 3] = [
    "delete from invite_uses where user_id = $1",
    "delete from invite_uses where invite_id in (select id from invites where by_id = $1)",
    "delete from invites where by_id = $1",
];

const TAKE_REQUEST: &str = "delete from applications where user_id = $1";

/// Takes away what a member who is gone has of all this; there is little of it.
pub async fn take_away(app: &App, user: Id<Users>) -> Result<bool> {
    let mut tx = app.db.write().await?;
    for query in TAKE.into_iter().chain([TAKE_REQUEST]) {
        sqlx::query(query).bind(user).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(false)
}
