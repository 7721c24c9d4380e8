//! A member asks to think again about a measure: once, within thirty days, answered by somebody else than who decided, where
//! there is somebody else.

use super::effects::give_back;
use super::measure::require_above;
use super::report;
use super::row::{self, Act, Measure, SEALED};
use super::tell;
use crate::app::{App, Desk, Waiting};
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::changes;
use crate::clock::Micros;
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::id::{Id, Measures, Users};
use crate::office::Office;

/// Whether a member may still ask about a measure about which they have not.
pub fn may_ask(measure: &Measure, now: Micros) -> bool {
    // What was erased nobody brings back.
    let is_gone =
        matches!(measure.act(), Ok(Act::Erase)) && measure.final_at.is_some_and(|at| at <= now);
    measure.undone_at.is_none() && !is_gone && now - measure.at <= SEALED
}

const ASK: &str = "
    insert into appeals (measure_id, words, at) values ($1, $2, $3) on conflict (measure_id) do nothing";

/// Asks to think again. `tx` is the member's own, or opened for who has shown their password and is out.
pub async fn ask(
    app: &App,
    tx: &mut Tx,
    (member, id): (Id<Users>, Id<Measures>),
    text: &str,
) -> Result<()> {
    let words = report::words(text).map_err(Error::Unprocessable)?;
    if words.is_empty() {
        return Err(Error::Unprocessable(
            "Say why we should think again.".into(),
        ));
    }
    let found = row::find(tx, id).await?;
    let measure = found.filter(|measure| measure.member_id == member);
    let measure = measure.ok_or(Error::NotFound)?;
    let now = app.clock.now();
    if !may_ask(&measure, now) {
        return Err(Error::Conflict("It is too late to ask about this.".into()));
    }
    let asked = sqlx::query(ASK)
        .bind(id)
        .bind(words)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    if asked.rows_affected() == 0 {
        return Err(Error::Conflict("You have asked about this already.".into()));
    }
    let (desk, by) = (Desk::Report(Some(member)), member);
    (app.herald.waits)(app, tx, Waiting { desk, by }).await
}

/// An appeal that waits, with what it is about.
#[derive(sqlx::FromRow)]
pub struct Waits {
    pub measure_id: Id<Measures>,
    pub words: String,
    pub at: Micros,
    pub handle: Option<String>,
    pub name: Option<String>,
    pub act: String,
    pub kind: String,
    pub subject: String,
    pub reason: String,
    pub said: String,
    pub decided_at: Micros,
    pub by_id: Option<Id<Users>>,
    /// Who decided, as they are called now.
    pub by: Option<String>,
}

const WAITING: &str = "
    select a.measure_id, a.words, a.at, u.handle, u.name, m.act, m.kind, m.subject, m.reason, m.words as said,
           m.at as decided_at, m.by_id, o.name as by
      from appeals a
      join measures m on m.id = a.measure_id
      left join users u on u.id = m.member_id and u.gone_at is null
      left join users o on o.id = m.by_id and o.gone_at is null
     where a.outcome = '' and m.member_id <> $1 and m.undone_at is null
       and ($2 = 1 or m.act not in ('erase', 'ban'))
       and ($2 = 1 or not exists (
               select 1 from users x where x.id = m.member_id and (x.is_admin = 1 or x.is_moderator = 1)))
     order by a.at limit 50";

/// Appeals that wait and that the viewer could answer, the longest first: 50 at most.
pub async fn waiting(app: &App, viewer: &Viewer) -> Result<Vec<Waits>> {
    viewer.require(Office::Moderator)?;
    Ok(sqlx::query_as(WAITING)
        .bind(viewer.id)
        .bind(i64::from(viewer.is_admin()))
        .fetch_all(app.db.read())
        .await?)
}

const OTHERS: &str = "
    select id from users
     where is_active = 1 and id <> $1 and id <> $2 and (is_admin = 1 or (is_moderator = 1 and $3 = 0))
     limit 1";

/// Whether somebody else could answer than who decided.
pub async fn has_another(db: &Db, measure: &Measure) -> Result<bool> {
    let Some(by) = measure.by_id else {
        return Ok(true);
    };
    let needs_admin = measure.act()?.office() == Office::Administrator;
    let found: Option<(Id<Users>,)> = sqlx::query_as(OTHERS)
        .bind(by)
        .bind(measure.member_id)
        .bind(i64::from(needs_admin))
        .fetch_optional(db.read())
        .await?;
    Ok(found.is_some())
}

const DECIDE: &str = "
    update appeals set outcome = $2, answer = $3, decided_at = $4, decided_by = $5 where measure_id = $1 and outcome = ''";

/// What is answered.
pub struct Answer<'a> {
    /// The measure is taken back.
    pub is_lifted: bool,
    pub words: &'a str,
}

/// Answers an appeal: lifts the measure, or leaves it, in words that the member reads.
pub async fn decide(
    app: &App,
    viewer: &Viewer,
    id: Id<Measures>,
    answer: Answer<'_>,
) -> Result<()> {
    viewer.require(Office::Moderator)?;
    let Answer { is_lifted, words } = answer;
    let answer = report::words(words).map_err(Error::Unprocessable)?;
    if answer.is_empty() {
        return Err(Error::Unprocessable("Say why: they read it.".into()));
    }
    let mut connection = app.db.read().acquire().await?;
    let measure = row::find(&mut connection, id)
        .await?
        .ok_or(Error::NotFound)?;
    drop(connection);
    viewer.require(measure.act()?.office())?;
    if measure.undone_at.is_some() {
        return Err(Error::Conflict("This was taken back already.".into()));
    }
    if measure.by_id == Some(viewer.id) && has_another(&app.db, &measure).await? {
        return Err(Error::Forbidden(
            "Somebody else than who decided answers this: there is somebody.",
        ));
    }
    let whom = measure.member_id.to_string();
    let outcome = if is_lifted { "lifted" } else { "upheld" };
    let done = Done {
        deed: Deed::AppealAnswered,
        subject: &whom,
        detail: outcome,
    };
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    changes::hold(&mut tx).await?;
    require_above(&mut tx, viewer, measure.member_id).await?;
    let decided = sqlx::query(DECIDE)
        .bind(id)
        .bind(outcome)
        .bind(&answer)
        .bind(app.clock.now())
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if decided.rows_affected() == 0 {
        return Err(Error::Conflict(
            "Somebody has answered this already.".into(),
        ));
    }
    if is_lifted {
        give_back(app, &mut tx, &measure, (Some(viewer.id), &answer)).await?;
    }
    (app.herald.waits_less)(app, &mut tx, None).await?;
    tell::tell_undone(app, &mut tx, &measure).await?;
    tx.commit().await
}
