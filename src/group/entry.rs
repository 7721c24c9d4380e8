//! Coming into a group and going out of it: the one place where either happens, and the verbs by which members do so
//! themselves.

use super::row::{Group, Tie, find, get, lock};
use super::values::{Joining, Level, MOST_OWNED, words};
use crate::app::{App, Desk, Waiting};
use crate::audience::MOST;
use crate::auth::Viewer;
use crate::circle;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Groups, Id, Users};
use crate::notice::{self, Kind, New, Told};
use crate::post;

const SO_MANY: &str = "
    select cast(count(*) as bigint) from (
        select group_id from group_members where user_id = $1 limit 200) few";

const ENTER: &str = "
    insert into group_members (group_id, user_id, office, since) values ($1, $2, $3, $4)
    on conflict (group_id, user_id) do nothing";

const COUNT: &str = "update groups set members = members + $2 where id = $1";

const DROP_REQUEST: &str =
    "delete from group_requests where group_id = $1 and user_id = $2 returning by_id";

/// Lets a member into a group, in this office. `tx` holds the feed's counter.
pub(super) async fn enter(
    app: &App,
    tx: &mut Tx,
    (group, member): (Id<Groups>, Id<Users>),
    office: &str,
) -> Result<()> {
    lock(tx, group).await?;
    let (so_many,): (i64,) = sqlx::query_as(SO_MANY)
        .bind(member)
        .fetch_one(&mut **tx)
        .await?;
    if so_many >= MOST {
        return Err(Error::Conflict(format!(
            "Nobody is in more than {MOST} groups. One has to be left first."
        )));
    }
    let now = app.clock.now();
    let entered = sqlx::query(ENTER)
        .bind(group)
        .bind(member)
        .bind(office)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    if entered.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query(COUNT)
        .bind(group)
        .bind(1)
        .execute(&mut **tx)
        .await?;
    drop_request(app, tx, (group, member)).await?;
    changed(app, tx, member).await
}

const OWNED: &str = "
    select cast(count(*) as bigint) from (
        select group_id from group_members where user_id = $1 and office = 'owner' limit 20) few";

/// Whether a member looks after as many groups as one can.
pub(super) async fn owns_enough(tx: &mut Tx, member: Id<Users>) -> Result<bool> {
    let (owned,): (i64,) = sqlx::query_as(OWNED)
        .bind(member)
        .fetch_one(&mut **tx)
        .await?;
    Ok(owned >= MOST_OWNED)
}

/// The member's open pages show what they may see now.
async fn changed(app: &App, tx: &mut Tx, member: Id<Users>) -> Result<()> {
    let seq = circle::changed(tx, member, app.clock.now()).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}

/// Forgets that somebody asks to come in or was invited, and what was told of it; whether there was any of that.
pub(super) async fn drop_request(
    app: &App,
    tx: &mut Tx,
    (group, member): (Id<Groups>, Id<Users>),
) -> Result<bool> {
    let by: Option<(Id<Users>,)> = sqlx::query_as(DROP_REQUEST)
        .bind(group)
        .bind(member)
        .fetch_optional(&mut **tx)
        .await?;
    match by {
        None => return Ok(false),
        Some((by,)) if by == member => (app.herald.waits_less)(app, tx, Some(group)).await?,
        Some(_) => {
            let subject = &group.to_string();
            let (kind, to) = (Kind::GroupInvites, member);
            notice::take_back(app, tx, Told { kind, to, subject }).await?;
        }
    }
    Ok(true)
}

const GO: &str = "
    delete from group_members where group_id = $1 and user_id = $2 returning office";

// Somebody who is here looks after it, or it has ended.
const IS_KEPT: &str = "
    select m.user_id
      from group_members m
      join users u on u.id = m.user_id
     where m.group_id = $1 and m.office = 'owner' and u.is_active = 1 and u.hidden_at is null
    union all
    select id from groups where id = $1 and closed_at is not null
    limit 1";

// Whoever is away for now rather than nobody: a group with people in it has not ended.
const HEIR: &str = "
    select m.user_id
      from group_members m
      join users u on u.id = m.user_id
     where m.group_id = $1
     order by case when u.is_active = 1 and u.hidden_at is null then 0 else 1 end, m.since, m.user_id
     limit 1";

const MAKE_OWNER: &str =
    "update group_members set office = 'owner' where group_id = $1 and user_id = $2";

/// Takes a member out of a group; false where they are not in it. Who has been there longest looks after it where nobody
/// else does; one that nobody is left in has ended. `tx` holds the feed's counter.
pub(super) async fn go(
    app: &App,
    tx: &mut Tx,
    (group, member): (Id<Groups>, Id<Users>),
) -> Result<bool> {
    lock(tx, group).await?;
    let gone: Option<(String,)> = sqlx::query_as(GO)
        .bind(group)
        .bind(member)
        .fetch_optional(&mut **tx)
        .await?;
    let Some((office,)) = gone else {
        return Ok(false);
    };
    sqlx::query(COUNT)
        .bind(group)
        .bind(-1)
        .execute(&mut **tx)
        .await?;
    notice::forget_group(tx, (group, member)).await?;
    changed(app, tx, member).await?;
    if office == "owner" {
        bequeath(app, tx, (group, member)).await?;
    }
    Ok(true)
}

const IS_HERE: &str = "select id from users where id = $1 and gone_at is null";

async fn is_here(tx: &mut Tx, member: Id<Users>) -> Result<bool> {
    let found: Option<(Id<Users>,)> = sqlx::query_as(IS_HERE)
        .bind(member)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}

async fn bequeath(app: &App, tx: &mut Tx, (group, by): (Id<Groups>, Id<Users>)) -> Result<()> {
    let one = async |tx: &mut Tx, query: &'static str| -> Result<Option<Id<Users>>> {
        let found: Option<(Id<Users>,)> = sqlx::query_as(query)
            .bind(group)
            .fetch_optional(&mut **tx)
            .await?;
        Ok(found.map(|(id,)| id))
    };
    if one(tx, IS_KEPT).await?.is_some() {
        return Ok(());
    }
    match one(tx, HEIR).await? {
        Some(heir) => {
            sqlx::query(MAKE_OWNER)
                .bind(group)
                .bind(heir)
                .execute(&mut **tx)
                .await?;
            // Whoever leaves the place itself names nobody.
            let by = if is_here(tx, by).await? { by } else { heir };
            tell(app, tx, (Kind::GroupOwner, group), (by, heir)).await
        }
        None => end_empty(app, tx, group).await,
    }
}

const END_EMPTY: &str =
    "update groups set closes_at = $2, closed_at = $2 where id = $1 and closed_at is null";

/// A group that nobody is in has ended.
async fn end_empty(app: &App, tx: &mut Tx, group: Id<Groups>) -> Result<()> {
    sqlx::query(END_EMPTY)
        .bind(group)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    post::redraw_group(app, tx, group).await
}

/// Lets `to` know what `by` did.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    (kind, group): (Kind, Id<Groups>),
    (by, to): (Id<Users>, Id<Users>),
) -> Result<()> {
    let new = New {
        kind,
        to,
        by,
        subject: &group.to_string(),
        post: None,
        comment: None,
        group: Some(group),
    };
    notice::put(app, tx, new).await
}

/// A transaction in which the viewer does something with a group as it is now, which nobody else changes meanwhile.
pub(super) async fn begin(app: &App, viewer: &Viewer, slug: &str) -> Result<(Tx, Group)> {
    let group = find(app, viewer, slug).await?;
    let mut tx = app.db.write_in_turn_as(viewer, &app.clock).await?;
    lock(&mut tx, group.id).await?;
    let group = get(&mut tx, (group.id, viewer.id)).await?;
    Ok((tx, group))
}

/// So many wait for an answer at most: of one member, and in one group.
const MOST_ASKED: i64 = 20;
const MOST_ASKING: i64 = 1_000;

const ASKED: &str = "
    select cast(count(*) as bigint) from group_requests where user_id = $1 and by_id = $1";

const ASKING: &str = "
    select cast(count(*) as bigint) from group_requests where group_id = $1 and by_id = user_id";

const ASK: &str = "
    insert into group_requests (group_id, user_id, by_id, words, at) values ($1, $2, $2, $3, $4)";

/// Lets the viewer come in, where they are invited or everybody may; or else ask, with these words to the owners.
pub async fn join(app: &App, viewer: &Viewer, slug: &str, said: &str) -> Result<Tie> {
    let said = words(said).map_err(Error::Unprocessable)?;
    let (mut tx, group) = begin(app, viewer, slug).await?;
    let now = match (group.tie(), group.joining) {
        (Tie::Member | Tie::Owner, _) | (Tie::Asked, Joining::Request | Joining::Invitation) => {
            return Ok(group.tie());
        }
        (Tie::Invited, _) | (Tie::None | Tie::Asked, Joining::Open) => {
            enter(app, &mut tx, (group.id, viewer.id), "").await?;
            Tie::Member
        }
        (Tie::None, Joining::Request) => {
            ask(app, &mut tx, (group.id, viewer.id), &said).await?;
            Tie::Asked
        }
        (Tie::None, Joining::Invitation) => {
            return Err(Error::Forbidden(
                "Only whoever an owner invites comes into this group.",
            ));
        }
    };
    tx.commit().await?;
    Ok(now)
}

async fn ask(
    app: &App,
    tx: &mut Tx,
    (group, member): (Id<Groups>, Id<Users>),
    said: &str,
) -> Result<()> {
    let (asked,): (i64,) = sqlx::query_as(ASKED)
        .bind(member)
        .fetch_one(&mut **tx)
        .await?;
    let (asking,): (i64,) = sqlx::query_as(ASKING)
        .bind(group)
        .fetch_one(&mut **tx)
        .await?;
    if asked >= MOST_ASKED {
        return Err(Error::Conflict(format!(
            "You have asked {MOST_ASKED} groups already. Wait for an answer, or take one back."
        )));
    }
    if asking >= MOST_ASKING {
        return Err(Error::Conflict(
            "So many ask to come in already that no more are taken now.".into(),
        ));
    }
    sqlx::query(ASK)
        .bind(group)
        .bind(member)
        .bind(said)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    let (desk, by) = (Desk::GroupRequest(group), member);
    (app.herald.waits)(app, tx, Waiting { desk, by }).await
}

/// Lets the viewer go, or ask no more, or take no invitation. `takes`: what they have posted in it goes with them.
/// Whether they were in it.
pub async fn leave(app: &App, viewer: &Viewer, slug: &str, takes: bool) -> Result<bool> {
    let (mut tx, group) = begin(app, viewer, slug).await?;
    let both = (group.id, viewer.id);
    let was_in = group.tie().is_in();
    if !drop_request(app, &mut tx, both).await? {
        go(app, &mut tx, both).await?;
        if takes && was_in {
            post::take_out(app, &mut tx, (viewer.id, group.id), false).await?;
        }
    }
    tx.commit().await?;
    Ok(was_in)
}

/// What a member wants of a group that they are in; what is left out stays.
#[derive(Default)]
pub struct Wishes {
    pub level: Option<Level>,
    /// Its posts stand in their feeds.
    pub home: Option<bool>,
}

const WISH: &str = "
    update group_members set level = coalesce($3, level), home = coalesce($4, home) where group_id = $1 and user_id = $2";

/// Sets what the viewer wants of a group.
pub async fn wish(app: &App, viewer: &Viewer, slug: &str, wishes: Wishes) -> Result<()> {
    let (mut tx, group) = begin(app, viewer, slug).await?;
    if !group.tie().is_in() {
        return Err(Error::NotFound);
    }
    sqlx::query(WISH)
        .bind(group.id)
        .bind(viewer.id)
        .bind(wishes.level.map(Level::name))
        .bind(wishes.home.map(i64::from))
        .execute(&mut *tx)
        .await?;
    if wishes.home.is_some_and(|home| home != group.is_at_home()) {
        changed(app, &mut tx, viewer.id).await?;
    }
    tx.commit().await
}

/// Takes out of a group what the viewer has posted in it, in which they need not be any more.
pub async fn take_out(app: &App, viewer: &Viewer, group: Id<Groups>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    post::take_out(app, &mut tx, (viewer.id, group), false).await?;
    tx.commit().await
}

/// Takes what the viewer has posted in a group that they are in out of it, or puts it back.
pub async fn move_posts(app: &App, viewer: &Viewer, slug: &str, back: bool) -> Result<()> {
    let (mut tx, group) = begin(app, viewer, slug).await?;
    if !group.tie().is_in() {
        return Err(Error::NotFound);
    }
    post::take_out(app, &mut tx, (viewer.id, group.id), back).await?;
    tx.commit().await
}
