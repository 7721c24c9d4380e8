//! Keeping away from somebody: a block holds both ways, and nobody is told; whoever is muted is in no feed of one's own.

use super::{follow, words};
use crate::app::App;
use crate::auth::Viewer;
use crate::circle;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::post::faces::{FaceRow, Faces};
use crate::view::Face;

/// How a member keeps away from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Apart {
    Block,
    Mute,
}

impl Apart {
    pub fn name(self) -> &'static str {
        match self {
            Apart::Block => "block",
            Apart::Mute => "mute",
        }
    }
}

/// So many at most, of each kind.
const MOST: i64 = 10_000;

const OTHER: &str = "
    select u.id, u.handle, u.name, u.face from users u where u.handle = $1 and u.hidden_at is null";

const BLOCKS_ME: &str = "
    select other_id from ties where user_id = $1 and other_id = $2 and why = 'blocked'";

const HELD: &str =
    "select why from ties where user_id = $1 and other_id = $2 and why in ('block', 'mute')";

/// Somebody, and how the viewer keeps away from them.
pub struct Kept {
    pub face: Face,
    pub is_blocked: bool,
    pub is_muted: bool,
}

/// The member of that handle. Whoever has blocked the viewer is nobody.
pub async fn find(app: &App, viewer: &Viewer, handle: &str) -> Result<Kept> {
    let mut connection = app.db.read().acquire().await?;
    let row: Option<FaceRow> = sqlx::query_as(OTHER)
        .bind(handle)
        .fetch_optional(&mut *connection)
        .await?;
    let row = row.filter(|row| row.id != viewer.id);
    let row = row.ok_or(Error::NotFound)?;
    let blocks: Option<(Id<Users>,)> = sqlx::query_as(BLOCKS_ME)
        .bind(viewer.id)
        .bind(row.id)
        .fetch_optional(&mut *connection)
        .await?;
    let held: Vec<(String,)> = sqlx::query_as(HELD)
        .bind(viewer.id)
        .bind(row.id)
        .fetch_all(&mut *connection)
        .await?;
    let has = |apart: Apart| held.iter().any(|(why,)| why == apart.name());
    if blocks.is_some() && !has(Apart::Block) {
        return Err(Error::NotFound);
    }
    Ok(Kept {
        is_blocked: has(Apart::Block),
        is_muted: has(Apart::Mute),
        face: row.into(),
    })
}

const COUNT: &str = "
    select cast(count(*) as bigint) from (
        select other_id from ties where user_id = $1 and why = $2 limit 10000) few";

const TIE: &str = "
    insert into ties (user_id, other_id, why, created_at) values ($1, $2, $3, $4)
    on conflict (user_id, other_id, why) do nothing";

const UNTIE: &str = "delete from ties where user_id = $1 and other_id = $2 and why = $3";

/// Keeps the viewer away from somebody, or no more. A block ends that they follow each other.
pub async fn set(
    app: &App,
    viewer: &Viewer,
    (other, apart): (Id<Users>, Apart),
    wanted: bool,
) -> Result<()> {
    let mut tx = app.db.write_in_turn_as(viewer, &app.clock).await?;
    if wanted {
        let (count,): (i64,) = sqlx::query_as(COUNT)
            .bind(viewer.id)
            .bind(apart.name())
            .fetch_one(&mut *tx)
            .await?;
        if count >= MOST {
            return Err(Error::Conflict(format!(
                "You keep away from {MOST} people already. Take somebody out first."
            )));
        }
    }
    let both = [
        (viewer.id, other, apart.name()),
        (other, viewer.id, "blocked"),
    ];
    let rows = match apart {
        Apart::Block => &both[..],
        Apart::Mute => &both[..1],
    };
    let mut changed = false;
    for (one, another, why) in rows {
        let query = sqlx::query(if wanted { TIE } else { UNTIE })
            .bind(one)
            .bind(another)
            .bind(*why);
        let query = if wanted {
            query.bind(app.clock.now())
        } else {
            query
        };
        changed |= query.execute(&mut *tx).await?.rows_affected() > 0;
    }
    if !changed {
        return Ok(());
    }
    if wanted && apart == Apart::Block {
        follow::end(app, &mut tx, (viewer.id, other)).await?;
        follow::end(app, &mut tx, (other, viewer.id)).await?;
    }
    for (one, _, _) in rows {
        let seq = circle::changed(&mut tx, *one, app.clock.now()).await?;
        let hub = app.hub.clone();
        tx.after_commit(move || hub.hint(seq));
    }
    tx.commit().await
}

const LIST: &str = "
    select u.id, u.handle, u.name, u.face
      from ties t
      join users u on u.id = t.other_id
     where t.user_id = $1 and t.why = $2 and t.other_id > $3 and u.hidden_at is null
     order by t.other_id
     limit 51";

/// A page of those whom the viewer keeps away from in that way.
pub async fn list(
    app: &App,
    viewer: &Viewer,
    (apart, after): (Apart, Option<Id<Users>>),
) -> Result<Faces> {
    let rows: Vec<FaceRow> = sqlx::query_as(LIST)
        .bind(viewer.id)
        .bind(apart.name())
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .fetch_all(app.db.read())
        .await?;
    Ok(Faces::of(rows, |row| row.id.to_string()))
}

const SOME: &str = "
    select user_id, other_id, why from ties where user_id = $1
    union all
    select user_id, other_id, why from ties where other_id = $1
    limit $2";

/// Takes so many of a member's ties away, who is gone; false when there were none.
pub async fn take_away(app: &App, user: Id<Users>, count: i64) -> Result<bool> {
    #[derive(sqlx::FromRow)]
    struct Tie {
        user_id: Id<Users>,
        other_id: Id<Users>,
        why: String,
    }
    let mut tx = app.db.write().await?;
    let some: Vec<Tie> = sqlx::query_as(SOME)
        .bind(user)
        .bind(count)
        .fetch_all(&mut *tx)
        .await?;
    for tie in &some {
        sqlx::query(UNTIE)
            .bind(tie.user_id)
            .bind(tie.other_id)
            .bind(&tie.why)
            .execute(&mut *tx)
            .await?;
    }
    words::forget(&mut tx, user).await?;
    tx.commit().await?;
    Ok(!some.is_empty())
}
