//! How a member stands: what was decided about them and why, until when, and what they can do about it. Also for who is out.

use serde::Serialize;

use super::appeal;
use super::case::Case;
use super::row::{Act, Appeal, Measure, SEALED, UNDOABLE, appeal_of, measures};
use super::subject::Subject;
use super::why::Why;
use crate::account;
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::error::Result;
use crate::id::{Id, Measures, Posts, Users};
use crate::office::Office;
use crate::post;
use crate::view::{Moment, moment};

// What was taken back at once is as if it had not been.
const OF: &str = measures!(
    "m.member_id = $1
       and (m.undone_at is null or m.undone_at - m.at > $2 or exists (select 1 from appeals a where a.measure_id = m.id))
     order by m.at desc limit 50"
);

/// A decision as who it is about reads it.
pub struct Decision {
    pub measure: Measure,
    pub appeal: Option<Appeal>,
    /// They may still ask to think again.
    pub may_ask: bool,
    /// The post that it is about, as long as they see it.
    post: Option<Id<Posts>>,
}

/// What was decided about a member, the newest first: 50 at most.
pub async fn of(app: &App, member: Id<Users>) -> Result<Vec<Decision>> {
    let now = app.clock.now();
    let mut connection = app.db.read().acquire().await?;
    let measures: Vec<Measure> = sqlx::query_as(OF)
        .bind(member)
        .bind(UNDOABLE)
        .fetch_all(&mut *connection)
        .await?;
    let mut decisions = Vec::new();
    for measure in measures {
        let appeal = appeal_of(&mut connection, measure.id).await?;
        let post = match measure.subject()? {
            Subject::Post(id) if post::see(&mut connection, Some(member), id).await? => Some(id),
            _ => None,
        };
        decisions.push(Decision {
            may_ask: appeal.is_none() && appeal::may_ask(&measure, now),
            measure,
            appeal,
            post,
        });
    }
    Ok(decisions)
}

/// The same on a page.
#[derive(Serialize)]
pub struct Row {
    id: Id<Measures>,
    /// Where the post is that it is about, while they see it.
    href: Option<String>,
    /// What was done, as a sentence.
    says: String,
    because: &'static str,
    words: String,
    at: Moment,
    undone: Option<Moment>,
    ended: bool,
    undone_words: String,
    may_ask: bool,
    until: Moment,
    appeal: Option<AppealRow>,
    read: bool,
    warns: bool,
}

#[derive(Serialize)]
struct AppealRow {
    words: String,
    outcome: String,
    answer: String,
}

/// What a measure does, to whom it is about.
pub fn says(act: Act, thing: &str, measure: &Measure, day: impl Fn(Micros) -> String) -> String {
    let ends = measure.ends_at.map(&day).unwrap_or_default();
    let last = measure.final_at.map(&day).unwrap_or_default();
    let posts = match measure.is_away() {
        true => "Your posts are out of sight.",
        false => "Your posts stay where they are.",
    };
    match act {
        Act::Remind => "A friendly note.".into(),
        Act::Warn => "A warning. It counts for a year.".into(),
        Act::Hide => format!("Your {thing} is out of sight: only you see it. Nothing is erased."),
        Act::Remove => format!(
            "Your {thing} was removed. Until {last} it is locked away; after that it is erased for good."
        ),
        Act::Erase => format!("Your {thing} was erased."),
        Act::Review => "What you post is looked at before others see it.".into(),
        Act::Suspend => format!("Your account is closed until {ends}. {posts}"),
        Act::Ban => format!("Your account is closed for good. {posts}"),
    }
}

pub fn row(app: &App, decision: Decision) -> Result<Row> {
    let day = |at: Micros| moment(at, app.settings.utc_offset);
    let Decision {
        measure,
        appeal,
        may_ask,
        post,
    } = decision;
    let act = measure.act()?;
    Ok(Row {
        id: measure.id,
        href: post.map(|id| format!("/p/{id}")),
        says: says(act, measure.subject()?.called(), &measure, |at| {
            account::instant(app, at)
        }),
        because: measure.why().because(),
        at: day(measure.at),
        undone: measure.undone_at.map(day),
        ended: measure.has_ended(),
        until: day(measure.at + SEALED),
        appeal: appeal.map(|appeal| AppealRow {
            words: appeal.words,
            outcome: appeal.outcome,
            answer: appeal.answer,
        }),
        read: measure.read_at.is_some(),
        warns: act == Act::Warn,
        words: measure.words,
        undone_words: measure.undone_words,
        may_ask,
    })
}

const READ: &str = "
    update measures set read_at = $3 where id = $1 and member_id = $2 and read_at is null";

/// A member has read a decision about them.
pub async fn mark_read(app: &App, viewer: &Viewer, id: Id<Measures>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    sqlx::query(READ)
        .bind(id)
        .bind(viewer.id)
        .bind(app.clock.now())
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// Asks to think again about a decision about the viewer.
pub async fn appeal(app: &App, viewer: &Viewer, id: Id<Measures>, words: &str) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    appeal::ask(app, &mut tx, (viewer.id, id), words).await?;
    tx.commit().await
}

const ABOUT: &str = measures!("m.member_id = $1 order by m.at desc limit 20");

/// A measure as those see it who look at a case.
#[derive(Serialize)]
pub struct MeasureRow {
    id: Id<Measures>,
    label: &'static str,
    because: &'static str,
    words: String,
    at: Moment,
    /// Taken back, and when.
    undone: Option<Moment>,
    ended: bool,
    /// It can be taken back as if it had not been.
    is_fresh: bool,
    /// The viewer can take it back at all.
    may_undo: bool,
    /// Of the case that is looked at.
    is_here: bool,
}

/// What was done about whom a case is about, the newest first: 20 at most.
pub async fn measures_of(app: &App, office: Office, case: &Case) -> Result<Vec<MeasureRow>> {
    let found: Vec<Measure> = sqlx::query_as(ABOUT)
        .bind(case.author_id)
        .fetch_all(app.db.read())
        .await?;
    let when = |at| moment(at, app.settings.utc_offset);
    let now = app.clock.now();
    let row = |one: Measure| -> Result<MeasureRow> {
        let (act, is_fresh) = (one.act()?, now - one.at <= UNDOABLE);
        Ok(MeasureRow {
            may_undo: office >= act.office() && (is_fresh || act != Act::Erase),
            id: one.id,
            label: act.label(),
            because: Why::because(one.why()),
            at: when(one.at),
            undone: one.undone_at.map(when),
            ended: one.has_ended(),
            is_fresh,
            is_here: one.case_id == Some(case.id),
            words: one.words,
        })
    };
    found.into_iter().map(row).collect()
}
