//! A member reports something: it becomes a case, or joins the one that is open.

use serde::Serialize;

use super::subject::{self, Subject, Thing};
use super::why::Why;
use crate::app::{App, Desk, Waiting};
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::form::clean_text;
use crate::id::{Cases, Id, Reports, Users};
use crate::view::{Moment, moment};

/// Characters of what somebody says to it.
pub const MOST_WORDS: usize = 1_000;

/// So many reports a member sends within a day.
const MOST_A_DAY: i64 = 10;
const DAY: Micros = 86_400 * 1_000_000;

/// The words beside a report, a note or a measure, as they are kept; the error says what is wrong.
pub fn words(text: &str) -> std::result::Result<String, String> {
    let words = clean_text(text)?.trim().to_owned();
    match words.chars().count() > MOST_WORDS {
        false => Ok(words),
        true => Err(format!("At most {MOST_WORDS} characters are taken.")),
    }
}

/// What somebody reports, why, and in which words; these may be none.
pub struct Reported<'a> {
    pub subject: Subject,
    pub why: Why,
    pub words: &'a str,
}

const SENT: &str = "
    select cast(count(*) as bigint) from reports where by_id = $1 and at > $2";

const OPEN: &str = "
    insert into cases (id, kind, subject, author_id, urgent, reports, opened_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (kind, subject) where state = 'open'
    do update set reports = cases.reports + excluded.reports, urgent = case when excluded.urgent = 1 then 1 else cases.urgent end
    returning id";

const MINE: &str = "
    select r.id from reports r join cases c on c.id = r.case_id
     where c.kind = $1 and c.subject = $2 and c.state = 'open' and r.by_id = $3";

const SAY: &str = "
    insert into reports (id, case_id, by_id, why, words, seen, at) values ($1, $2, $3, $4, $5, $6, $7)";

const SAY_ANEW: &str = "update reports set why = $2, words = $3, seen = $4, at = $5 where id = $1";

const URGENT: &str = "
    update cases set urgent = 1 where urgent = 0 and id = (select case_id from reports where id = $1)";

/// Reports what the viewer sees. A second report of the same thing takes the place of the first.
pub async fn report(app: &App, viewer: &Viewer, reported: Reported<'_>) -> Result<()> {
    let Reported {
        subject,
        why,
        words,
    } = reported;
    let words = self::words(words).map_err(Error::Unprocessable)?;
    let now = app.clock.now();
    let mut tx = app.db.write_alone_as(viewer, &app.clock).await?;
    let thing = subject::seen(&mut tx, viewer, subject).await?;
    if is_only_judge(&mut tx, thing.author).await? {
        return Err(Error::Conflict(
            "This is about the only person here who could decide about it, so nothing would come of a report. \
             Talk to them, or to somebody whom you trust."
                .into(),
        ));
    }
    let mine: Option<(Id<Reports>,)> = sqlx::query_as(MINE)
        .bind(subject.kind())
        .bind(subject.id())
        .bind(viewer.id)
        .fetch_optional(&mut *tx)
        .await?;
    if let Some((mine,)) = mine {
        sqlx::query(SAY_ANEW)
            .bind(mine)
            .bind(why.name())
            .bind(words)
            .bind(&thing.words)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        if why.is_urgent() {
            sqlx::query(URGENT).bind(mine).execute(&mut *tx).await?;
        }
        return tx.commit().await;
    }
    let (sent,): (i64,) = sqlx::query_as(SENT)
        .bind(viewer.id)
        .bind(now - DAY)
        .fetch_one(&mut *tx)
        .await?;
    if sent >= MOST_A_DAY {
        return Err(Error::Conflict(format!(
            "You have sent {MOST_A_DAY} reports since yesterday. They are looked at; send this one tomorrow. \
             If somebody is in danger now, call for help where you are."
        )));
    }
    let case = open(&mut tx, &thing, Some(why), now).await?;
    sqlx::query(SAY)
        .bind(Id::<Reports>::new())
        .bind(case)
        .bind(viewer.id)
        .bind(why.name())
        .bind(words)
        .bind(&thing.words)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    let desk = Desk::Report(Some(thing.author));
    let by = viewer.id;
    (app.herald.waits)(app, &mut tx, Waiting { desk, by }).await?;
    tx.commit().await
}

const JUDGES: &str = "
    select a.id from users a
     where a.id = $1 and a.is_admin = 1
       and not exists (select 1 from users o where o.is_admin = 1 and o.is_active = 1 and o.id <> $1)";

/// Whether nobody but this member could judge what is reported of them.
async fn is_only_judge(tx: &mut Tx, member: Id<Users>) -> Result<bool> {
    let found: Option<(Id<Users>,)> = sqlx::query_as(JUDGES)
        .bind(member)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}

/// The open case of a thing, made where there is none; `why` it is reported, or nobody does and somebody who looks after the
/// place begins it.
pub async fn open(tx: &mut Tx, thing: &Thing, why: Option<Why>, now: Micros) -> Result<Id<Cases>> {
    let (case,) = sqlx::query_as(OPEN)
        .bind(Id::<Cases>::new())
        .bind(thing.subject.kind())
        .bind(thing.subject.id())
        .bind(thing.author)
        .bind(i64::from(why.is_some_and(Why::is_urgent)))
        .bind(i64::from(why.is_some()))
        .bind(now)
        .fetch_one(&mut **tx)
        .await?;
    Ok(case)
}

/// A report as its author sees it.
#[derive(sqlx::FromRow)]
pub struct Own {
    pub kind: String,
    pub why: String,
    pub words: String,
    pub seen: String,
    pub at: Micros,
    /// What came of it, once they were told: `acted`, `kept` or `gone`; empty until then.
    pub outcome: String,
}

const OWN: &str = "
    select c.kind, r.why, r.words, r.seen, r.at, case when r.told_at is null then '' else c.outcome end as outcome
      from reports r
      join cases c on c.id = r.case_id
     where r.by_id = $1
     order by r.at desc limit 50";

/// What a member has reported, the newest first: 50 at most.
pub async fn own(app: &App, member: Id<Users>) -> Result<Vec<Own>> {
    Ok(sqlx::query_as(OWN)
        .bind(member)
        .fetch_all(app.db.read())
        .await?)
}

/// What came of a report, in words for its author.
pub fn came_of(outcome: &str) -> &'static str {
    match outcome {
        "acted" => "We looked, and did something about it.",
        "kept" => "We looked, and left it: as we read our rules, it may stay.",
        "gone" => "It was already gone.",
        _ => "Somebody will look at it, usually within a day.",
    }
}

/// One of them on a page.
#[derive(Serialize)]
pub struct OwnRow {
    kind: String,
    why: &'static str,
    words: String,
    seen: String,
    at: Moment,
    came_of: &'static str,
}

impl OwnRow {
    pub fn of(app: &App, own: Own) -> OwnRow {
        OwnRow {
            why: Why::named(&own.why).map_or("", Why::asks),
            came_of: came_of(&own.outcome),
            at: moment(own.at, app.settings.utc_offset),
            kind: own.kind,
            words: own.words,
            seen: own.seen,
        }
    }
}
