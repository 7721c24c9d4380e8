//! What is done to a case itself: begun, taken, noted on, left as it is, closed, opened again.

use super::case::{Case, get};
use super::report;
use super::row::UNDOABLE;
use super::subject::{self, Subject};
use super::tell;
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::Viewer;
use crate::changes;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Cases, Id, Notes, Users};
use crate::office::Office;

/// Begins a case about something that nobody has reported.
pub async fn begin(app: &App, viewer: &Viewer, subject: Subject) -> Result<Id<Cases>> {
    viewer.require(Office::Moderator)?;
    let mut connection = app.db.read().acquire().await?;
    let found = subject::find(&mut connection, subject).await?;
    drop(connection);
    let whom = found.ok_or(Error::NotFound)?.author.to_string();
    let done = Done {
        deed: Deed::CaseOpened,
        subject: &whom,
        detail: subject.called(),
    };
    let mut tx = app.db.write_in_office(viewer, &app.clock, done).await?;
    let thing = match subject {
        // Also of somebody who is out.
        Subject::Member(_) => subject::find(&mut tx, subject)
            .await?
            .ok_or(Error::NotFound)?,
        _ => subject::seen(&mut tx, viewer, subject).await?,
    };
    changes::hold(&mut tx).await?;
    let id = report::open(&mut tx, &thing, None, app.clock.now()).await?;
    get(&mut tx, viewer, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// What somebody has seen of a case before they do something to it.
#[derive(Clone, Copy)]
pub struct Seen {
    pub case: Id<Cases>,
    pub version: i64,
}

const MET: &str = "
    update cases set version = version + 1, taken_by = $3, taken_at = $4
     where id = $1 and version = $2 and state = 'open'";

/// A case that is still as the viewer has seen it, held for this transaction. The error says that somebody was faster.
pub async fn meet(app: &App, tx: &mut Tx, viewer: &Viewer, seen: Seen) -> Result<Case> {
    changes::hold(tx).await?;
    let case = get(tx, viewer, seen.case).await?;
    let met = sqlx::query(MET)
        .bind(seen.case)
        .bind(seen.version)
        .bind(viewer.id)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    match met.rows_affected() {
        1 => Ok(case),
        _ => Err(Error::Conflict(
            "Somebody else has done something here since you looked. Look again, then decide."
                .into(),
        )),
    }
}

const FREE: &str = "update cases set taken_by = null, taken_at = null where id = $1";

/// Says that the viewer looks at a case, or does so no more.
pub async fn take(app: &App, viewer: &Viewer, seen: Seen, is_taken: bool) -> Result<()> {
    viewer.require(Office::Moderator)?;
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let case = meet(app, &mut tx, viewer, seen).await?;
    let others = case.looked_at_by(app.clock.now());
    if let Some(other) = others.filter(|other| *other != viewer.id) {
        let name = case.taker.unwrap_or_default();
        tracing::debug!(%other, "a case is somebody else's");
        return Err(Error::Conflict(format!(
            "{name} looks at this in this moment."
        )));
    }
    if !is_taken {
        sqlx::query(FREE).bind(seen.case).execute(&mut *tx).await?;
    }
    tx.commit().await
}

const NOTE: &str = "
    insert into case_notes (id, case_id, by_id, words, at) values ($1, $2, $3, $4, $5)";

const NOTED: &str = "
    select cast(count(*) as bigint) from case_notes where case_id = $1";

/// Notes have an end.
const MOST_NOTES: i64 = 100;

/// Writes down something for the others who look at it.
pub async fn note(app: &App, viewer: &Viewer, seen: Seen, text: &str) -> Result<()> {
    viewer.require(Office::Moderator)?;
    let words = report::words(text).map_err(Error::Unprocessable)?;
    if words.is_empty() {
        return Err(Error::Unprocessable("Write something first.".into()));
    }
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    meet(app, &mut tx, viewer, seen).await?;
    let (noted,): (i64,) = sqlx::query_as(NOTED)
        .bind(seen.case)
        .fetch_one(&mut *tx)
        .await?;
    if noted >= MOST_NOTES {
        return Err(Error::Conflict(format!(
            "{MOST_NOTES} notes are the most that a case takes."
        )));
    }
    sqlx::query(NOTE)
        .bind(Id::<Notes>::new())
        .bind(seen.case)
        .bind(viewer.id)
        .bind(words)
        .bind(app.clock.now())
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

const CLOSE: &str = "
    update cases set state = 'closed', closed_at = $2, closed_by = $3, outcome = $4, taken_by = null, taken_at = null
     where id = $1 and state = 'open'";

/// Closes a case, and answers all who reported it in ten minutes.
pub async fn close(
    app: &App,
    tx: &mut Tx,
    (case, by): (Id<Cases>, Option<Id<Users>>),
    outcome: &str,
) -> Result<()> {
    sqlx::query(CLOSE)
        .bind(case)
        .bind(app.clock.now())
        .bind(by)
        .bind(outcome)
        .execute(&mut **tx)
        .await?;
    (app.herald.waits_less)(app, tx, None).await?;
    tell::answer_later(app, tx, case).await
}

/// A transaction for what is done to a case in an office, which stands in the log.
async fn in_office(app: &App, viewer: &Viewer, (deed, id): (Deed, Id<Cases>)) -> Result<Tx> {
    let mut connection = app.db.read().acquire().await?;
    let case = get(&mut connection, viewer, id).await?;
    drop(connection);
    let whom = case.author_id.to_string();
    let done = Done {
        deed,
        subject: &whom,
        detail: case.subject()?.called(),
    };
    app.db.write_in_office(viewer, &app.clock, done).await
}

/// Looked at, and left as it is.
pub async fn keep(app: &App, viewer: &Viewer, seen: Seen) -> Result<()> {
    let mut tx = in_office(app, viewer, (Deed::CaseKept, seen.case)).await?;
    meet(app, &mut tx, viewer, seen).await?;
    close(app, &mut tx, (seen.case, Some(viewer.id)), "kept").await?;
    tx.commit().await
}

const REOPEN: &str = "
    update cases set state = 'open', closed_at = null, closed_by = null, outcome = '', version = version + 1
     where id = $1 and state = 'closed' and closed_at > $2 and ($3 = '' or outcome = $3)
       and not exists (select 1 from cases o where o.kind = cases.kind and o.subject = cases.subject and o.state = 'open')";

/// Opens a case again that was closed since then, with that outcome where one is named; false where it was not, or there is a
/// newer one.
pub async fn reopen(tx: &mut Tx, case: Id<Cases>, since: Micros, outcome: &str) -> Result<bool> {
    let opened = sqlx::query(REOPEN)
        .bind(case)
        .bind(since)
        .bind(outcome)
        .execute(&mut **tx)
        .await?;
    Ok(opened.rows_affected() == 1)
}

/// Opens a case again that was closed within ten minutes: nobody was answered so far.
pub async fn think_again(app: &App, viewer: &Viewer, id: Id<Cases>) -> Result<()> {
    let mut tx = in_office(app, viewer, (Deed::CaseOpened, id)).await?;
    changes::hold(&mut tx).await?;
    match reopen(&mut tx, id, app.clock.now() - UNDOABLE, "").await? {
        true => tx.commit().await,
        false => Err(Error::Conflict(
            "It is too late: who reported it was answered. Begin anew, from the thing itself."
                .into(),
        )),
    }
}
