//! What those who look after a group do: its owners, and administrators where everybody may know of it.

use super::entry::{begin, drop_request, enter, go, owns_enough, tell};
use super::row::{Group, Tie, find, get, lock, tie};
use super::values::MOST_OWNED;
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::changes;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Groups, Id, Users};
use crate::notice::{self, Kind, Told};
use crate::post::{self, Judgement, Queue};

const OWNERS_DO: &str = "Only the owners of this group do that.";

/// A transaction in which the viewer looks after a group as it is now. What an administrator does in a group that is not
/// theirs stands in the log.
pub(super) async fn manage(
    app: &App,
    viewer: &Viewer,
    (slug, deed): (&str, Deed),
) -> Result<(Tx, Group)> {
    let group = find(app, viewer, slug).await?;
    if !group.is_managed_by(viewer) {
        return Err(Error::Forbidden(OWNERS_DO));
    }
    if group.tie() == Tie::Owner {
        let (tx, group) = begin(app, viewer, slug).await?;
        return match group.tie() {
            Tie::Owner => Ok((tx, group)),
            _ => Err(Error::Forbidden(OWNERS_DO)),
        };
    }
    let id = group.id.to_string();
    let done = Done {
        deed,
        subject: &id,
        detail: &group.name,
    };
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    changes::hold(&mut tx).await?;
    lock(&mut tx, group.id).await?;
    let group = get(&mut tx, (group.id, viewer.id)).await?;
    match group.is_listed() {
        true => Ok((tx, group)),
        false => Err(Error::NotFound),
    }
}

/// So many invited people may not have answered at a time.
const MOST_INVITED: i64 = 200;

const INVITED: &str = "
    select cast(count(*) as bigint) from group_requests where group_id = $1 and by_id <> user_id";

// Who is here, and neither has blocked the other.
const IS_HERE: &str = "
    select id from users u
     where u.id = $1 and u.is_active = 1 and u.hidden_at is null
       and not exists (select 1 from ties t where t.user_id = $2 and t.other_id = u.id and t.why <> 'mute')";

const INVITE: &str = "
    insert into group_requests (group_id, user_id, by_id, at) values ($1, $2, $3, $4)";

/// Lets somebody in who has asked, or invites whoever has not.
pub async fn admit(app: &App, viewer: &Viewer, slug: &str, member: Id<Users>) -> Result<Tie> {
    let (mut tx, group) = manage(app, viewer, (slug, Deed::GroupChanged)).await?;
    let both = (group.id, member);
    let tie = tie(&mut tx, both).await?;
    let now = match tie {
        Tie::Member | Tie::Owner | Tie::Invited => return Ok(tie),
        Tie::Asked => {
            enter(app, &mut tx, both, "").await?;
            tell(
                app,
                &mut tx,
                (Kind::GroupLets, group.id),
                (viewer.id, member),
            )
            .await?;
            Tie::Member
        }
        Tie::None if member == viewer.id => {
            return Err(Error::Forbidden(
                "Whoever looks after the place comes into a group as everybody does.",
            ));
        }
        Tie::None => {
            invite(app, &mut tx, both, viewer.id).await?;
            Tie::Invited
        }
    };
    tx.commit().await?;
    Ok(now)
}

async fn invite(
    app: &App,
    tx: &mut Tx,
    (group, member): (Id<Groups>, Id<Users>),
    by: Id<Users>,
) -> Result<()> {
    let here: Option<(Id<Users>,)> = sqlx::query_as(IS_HERE)
        .bind(member)
        .bind(by)
        .fetch_optional(&mut **tx)
        .await?;
    if here.is_none() {
        return Err(Error::NotFound);
    }
    let (invited,): (i64,) = sqlx::query_as(INVITED)
        .bind(group)
        .fetch_one(&mut **tx)
        .await?;
    if invited >= MOST_INVITED {
        return Err(Error::Conflict(format!(
            "{MOST_INVITED} people are invited and have not answered. Take some of these back first."
        )));
    }
    sqlx::query(INVITE)
        .bind(group)
        .bind(member)
        .bind(by)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    tell(app, tx, (Kind::GroupInvites, group), (by, member)).await
}

/// Takes somebody out of a group, refuses whoever asks, or takes an invitation back. Nobody is told.
pub async fn remove(app: &App, viewer: &Viewer, slug: &str, member: Id<Users>) -> Result<()> {
    let (mut tx, group) = manage(app, viewer, (slug, Deed::GroupChanged)).await?;
    let both = (group.id, member);
    match tie(&mut tx, both).await? {
        Tie::Owner if group.tie() == Tie::Owner => {
            return Err(Error::Forbidden(
                "Nobody takes another owner out. They can leave by themselves.",
            ));
        }
        Tie::Owner | Tie::Member => drop(go(app, &mut tx, both).await?),
        Tie::Asked | Tie::Invited => drop(drop_request(app, &mut tx, both).await?),
        Tie::None => return Ok(()),
    }
    tx.commit().await
}

/// Owners that a group has at most.
pub const MOST_OWNERS: i64 = 20;

const OWNERS: &str = "
    select cast(count(*) as bigint) from group_members where group_id = $1 and office = 'owner'";

const OTHERS: &str = "
    select cast(count(*) as bigint)
      from group_members m
      join users u on u.id = m.user_id
     where m.group_id = $1 and m.user_id <> $2 and m.office = 'owner' and u.is_active = 1 and u.hidden_at is null";

const SET_OFFICE: &str =
    "update group_members set office = $3 where group_id = $1 and user_id = $2";

/// Whether a member is to look after a group.
pub struct Office {
    pub member: Id<Users>,
    pub owns: bool,
}

/// Makes a member an owner, or an owner a member.
pub async fn appoint(app: &App, viewer: &Viewer, slug: &str, office: Office) -> Result<()> {
    let Office { member, owns } = office;
    let (mut tx, group) = manage(app, viewer, (slug, Deed::GroupChanged)).await?;
    let tie = tie(&mut tx, (group.id, member)).await?;
    let (owners,): (i64,) = sqlx::query_as(OWNERS)
        .bind(group.id)
        .fetch_one(&mut *tx)
        .await?;
    let (others,): (i64,) = sqlx::query_as(OTHERS)
        .bind(group.id)
        .bind(member)
        .fetch_one(&mut *tx)
        .await?;
    match (tie, owns) {
        (Tie::None | Tie::Asked | Tie::Invited, _) => return Err(Error::NotFound),
        (Tie::Owner, true) | (Tie::Member, false) => return Ok(()),
        (Tie::Member, true) if owners >= MOST_OWNERS => {
            return Err(Error::Conflict(format!(
                "A group has {MOST_OWNERS} owners at most."
            )));
        }
        (Tie::Member, true) if owns_enough(&mut tx, member).await? => {
            return Err(Error::Conflict(format!(
                "They look after {MOST_OWNED} groups already, as many as one can."
            )));
        }
        (Tie::Owner, false) if others == 0 => {
            return Err(Error::Conflict(
                "Somebody has to look after the group. Make another member an owner first.".into(),
            ));
        }
        (Tie::Owner, false) if member != viewer.id && group.tie() == Tie::Owner => {
            return Err(Error::Forbidden(
                "An owner steps back by themselves, or an administrator asks for it.",
            ));
        }
        (Tie::Member, true) | (Tie::Owner, false) => {}
    }
    sqlx::query(SET_OFFICE)
        .bind(group.id)
        .bind(member)
        .bind(if owns { "owner" } else { "" })
        .execute(&mut *tx)
        .await?;
    let (by, id) = (viewer.id, group.id);
    match owns {
        true if by != member => tell(app, &mut tx, (Kind::GroupOwner, id), (by, member)).await?,
        true => {}
        false => {
            let (kind, to, subject) = (Kind::GroupOwner, member, &*id.to_string());
            notice::take_back(app, &mut tx, Told { kind, to, subject }).await?;
        }
    }
    tx.commit().await
}

/// Shows a post that waits for the owners of a group, or keeps it back.
pub async fn judge(app: &App, viewer: &Viewer, slug: &str, judgement: Judgement<'_>) -> Result<()> {
    let (mut tx, group) = begin(app, viewer, slug).await?;
    if group.tie() != Tie::Owner {
        return Err(Error::Forbidden(OWNERS_DO));
    }
    let by = (viewer.id, Queue::Group(group.id));
    let author = post::judge(app, &mut tx, by, &judgement).await?;
    notice::looked(app, &mut tx, (author, judgement.post), Some(viewer.id)).await?;
    tx.commit().await
}
