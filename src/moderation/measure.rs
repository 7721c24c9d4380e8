//! Measures: what is done to a member or to something of theirs, for a reason that they read, and how it is undone.
//!
//! Nobody judges what is their own, nor somebody who holds as high an office as they do. For ten minutes everything can be
//! undone as if it had not been; what cannot be undone, letters too, waits that long.

use super::desk_acts::{self, Seen, close, meet};
use super::effects::{self, give_back};
use super::report;
use super::row::{Act, DAY, SEALED, UNDOABLE, find};
use super::tell;
use super::why::Why;
use crate::account;
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Cases, Id, Measures, Users};
use crate::office::Office;

/// A decision about a case.
pub struct Decided<'a> {
    pub seen: Seen,
    pub act: Act,
    pub why: Why,
    /// To whoever it is about; may be empty.
    pub words: &'a str,
    /// Of a closed account: for so many days.
    pub days: Option<i64>,
    /// Of a closed account: its posts are out of sight meanwhile.
    pub away: bool,
    /// The case stays open.
    pub goes_on: bool,
}

/// A moderator closes an account for so many days at most, an administrator for longer.
const MOST_DAYS: (i64, i64) = (30, 365);

const PUT: &str = "
    insert into measures (id, case_id, member_id, by_id, act, kind, subject, reason, words, away, at, ends_at, final_at, closes)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

async fn office(tx: &mut Tx, member: Id<Users>) -> Result<Office> {
    let user = account::find(tx, member).await?;
    Ok(user.map_or(Office::Member, |user| user.office()))
}

/// Refuses who may not judge this member: themselves, and who holds as high an office.
pub async fn require_above(tx: &mut Tx, viewer: &Viewer, member: Id<Users>) -> Result<()> {
    if member == viewer.id {
        return Err(Error::Forbidden("Nobody judges what is their own."));
    }
    // As it is now, and not as it was when the request began. Somebody who is gone stands above nobody.
    let [ours, theirs] = [office(tx, viewer.id).await?, office(tx, member).await?];
    match theirs < ours {
        true => Ok(()),
        false => Err(Error::Forbidden(
            "This is about somebody who looks after this place. An administrator takes their office first.",
        )),
    }
}

fn ends(viewer: &Viewer, decided: &Decided<'_>, now: Micros) -> Result<Option<Micros>> {
    if decided.act != Act::Suspend {
        return Ok(None);
    }
    let most = match viewer.is_admin() {
        true => MOST_DAYS.1,
        false => MOST_DAYS.0,
    };
    match decided.days {
        Some(days) if (1..=most).contains(&days) => Ok(Some(now + days * DAY)),
        _ => Err(Error::Unprocessable(format!(
            "Say for how many days: 1 to {most}."
        ))),
    }
}

/// Does something about a case, for a reason; its measure.
pub async fn take(app: &App, viewer: &Viewer, decided: Decided<'_>) -> Result<Id<Measures>> {
    viewer.require(decided.act.office())?;
    let words = report::words(decided.words).map_err(Error::Unprocessable)?;
    let now = app.clock.now();
    let ends_at = ends(viewer, &decided, now)?;
    let mut connection = app.db.read().acquire().await?;
    let case = super::case::get(&mut connection, viewer, decided.seen.case).await?;
    drop(connection);
    if !decided.act.suits(case.subject()?) {
        return Err(Error::Unprocessable("This is not done to a member.".into()));
    }
    let target = decided.act.target(case.subject()?, case.author_id);
    let whom = case.author_id.to_string();
    let detail = format!(
        "{}: {} ({})",
        target.called(),
        decided.act.name(),
        decided.why.name()
    );
    let done = Done {
        deed: match decided.act.office() {
            Office::Administrator => Deed::Barred,
            _ => Deed::MeasureTaken,
        },
        subject: &whom,
        detail: &detail,
    };
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    meet(app, &mut tx, viewer, decided.seen).await?;
    require_above(&mut tx, viewer, case.author_id).await?;
    let id = Id::<Measures>::new();
    let final_at = match decided.act {
        Act::Remove => Some(now + SEALED),
        Act::Erase => Some(now + UNDOABLE),
        _ => None,
    };
    sqlx::query(PUT)
        .bind(id)
        .bind(case.id)
        .bind(case.author_id)
        .bind(viewer.id)
        .bind(decided.act.name())
        .bind(target.kind())
        .bind(target.id())
        .bind(decided.why.name())
        .bind(words)
        .bind(i64::from(decided.away))
        .bind(now)
        .bind(ends_at)
        .bind(final_at)
        .bind(i64::from(!decided.goes_on))
        .execute(&mut *tx)
        .await?;
    let measure = find(&mut tx, id).await?.ok_or(Error::NotFound)?;
    effects::begin(app, &mut tx, &measure).await?;
    tell::tell_later(app, &mut tx, &measure).await?;
    if !decided.goes_on {
        close(app, &mut tx, (case.id, Some(viewer.id)), "acted").await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Undoes a measure: within ten minutes as if it had not been, later with a reason that the member reads.
pub async fn undo(app: &App, viewer: &Viewer, id: Id<Measures>, words: &str) -> Result<()> {
    viewer.require(Office::Moderator)?;
    let words = report::words(words).map_err(Error::Unprocessable)?;
    let mut connection = app.db.read().acquire().await?;
    let measure = find(&mut connection, id).await?.ok_or(Error::NotFound)?;
    drop(connection);
    let act = measure.act()?;
    viewer.require(act.office())?;
    let now = app.clock.now();
    let is_early = now - measure.at <= UNDOABLE;
    if !is_early && words.is_empty() {
        return Err(Error::Unprocessable("Say why: they read it.".into()));
    }
    if act == Act::Erase && !is_early {
        return Err(Error::Conflict("It is too late: it was erased.".into()));
    }
    let whom = measure.member_id.to_string();
    let detail = format!("{}: {}", measure.subject()?.called(), act.name());
    let done = Done {
        deed: match act.office() {
            Office::Administrator => Deed::BarLifted,
            _ => Deed::MeasureUndone,
        },
        subject: &whom,
        detail: &detail,
    };
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    crate::changes::hold(&mut tx).await?;
    require_above(&mut tx, viewer, measure.member_id).await?;
    if !give_back(app, &mut tx, &measure, (Some(viewer.id), &words)).await? {
        return Err(Error::Conflict("This is undone already.".into()));
    }
    match (is_early, measure.case_id) {
        (true, Some(case)) if measure.closes() => {
            desk_acts::reopen(&mut tx, case, measure.at - 1, "acted").await?;
        }
        (true, _) => {}
        (false, _) => tell::tell_undone(app, &mut tx, &measure).await?,
    }
    tx.commit().await
}

/// The case of a measure, where it has one.
pub async fn case_of(app: &App, id: Id<Measures>) -> Result<Option<Id<Cases>>> {
    let mut connection = app.db.read().acquire().await?;
    let found = find(&mut connection, id).await?;
    Ok(found.ok_or(Error::NotFound)?.case_id)
}
