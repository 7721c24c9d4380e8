//! What follows a decision ten minutes later, if it still stands: the member is told, those who reported it are answered, and
//! what is to go goes. Jobs, so that no restart loses any of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tera::Context;

use super::effects::{self, give_back};
use super::row::{self, Act, Measure, UNDOABLE};
use crate::account::{self, Letter, Reader, User};
use crate::app::App;
use crate::changes;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Cases, Id, Measures, Reports, Users};
use crate::jobs::{Failure, Kind, Task};
use crate::notice;

const fn kind(
    name: &'static str,
    run: fn(App, Task) -> futures::future::BoxFuture<'static, std::result::Result<(), Failure>>,
    describe: fn(&str) -> String,
) -> Kind<App> {
    Kind {
        name,
        at_once: 1,
        lease: Duration::from_secs(60),
        tries: 20,
        run,
        given_up: None,
        describe,
    }
}

/// Tells a member of a measure.
pub static TELL: Kind<App> = kind(
    "measure.tell",
    |app, task| Box::pin(tell(app, task)),
    |_| "Telling a member what was decided".into(),
);

/// Answers those who reported something.
pub static ANSWER: Kind<App> = kind(
    "case.answer",
    |app, task| Box::pin(answer(app, task)),
    |_| "Answering who has reported something".into(),
);

/// Ends a measure whose time is over, or makes final what one has removed.
pub static DUE: Kind<App> = kind(
    "measure.due",
    |app, task| Box::pin(due(app, task)),
    |_| "Ending what was decided for a while".into(),
);

#[derive(Serialize, Deserialize)]
struct About {
    measure: Id<Measures>,
}

#[derive(Serialize, Deserialize)]
struct Answered {
    case: Id<Cases>,
}

fn until(at: Micros, now: Micros) -> Duration {
    Duration::from_micros((at - now).max(0) as u64)
}

/// Has everything done that follows a measure.
pub async fn tell_later(app: &App, tx: &mut Tx, measure: &Measure) -> Result<()> {
    let about = About {
        measure: measure.id,
    };
    let soon = Duration::from_micros(UNDOABLE as u64);
    app.jobs.put_for(tx, &TELL, &about, soon).await?;
    let now = app.clock.now();
    for at in [measure.ends_at, measure.final_at].into_iter().flatten() {
        app.jobs.put_for(tx, &DUE, &about, until(at, now)).await?;
    }
    Ok(())
}

/// Has those answered who reported what a case is about.
pub async fn answer_later(app: &App, tx: &mut Tx, case: Id<Cases>) -> Result<()> {
    let soon = Duration::from_micros(UNDOABLE as u64);
    app.jobs
        .put_for(tx, &ANSWER, &Answered { case }, soon)
        .await
}

/// Lets a member know what those who look after the place have decided about them.
async fn notice(app: &App, tx: &mut Tx, (member, subject): (Id<Users>, &str)) -> Result<()> {
    let new = notice::New {
        kind: notice::Kind::House,
        to: member,
        by: member,
        subject,
        post: None,
        comment: None,
        group: None,
    };
    notice::put(app, tx, new).await
}

/// A measure was lifted: its member hears of it now.
pub async fn tell_undone(app: &App, tx: &mut Tx, measure: &Measure) -> Result<()> {
    let about = About {
        measure: measure.id,
    };
    notice(app, tx, (measure.member_id, &measure.id.to_string())).await?;
    put_letter(app, tx, (measure.member_id, &about)).await
}

async fn put_letter(app: &App, tx: &mut Tx, (member, about): (Id<Users>, &About)) -> Result<()> {
    if let Some(user) = account::find(tx, member).await? {
        account::put_letter(app, tx, (&LETTER, &Reader::of(&user)), about).await?;
    }
    Ok(())
}

async fn tell(app: App, task: Task) -> std::result::Result<(), Failure> {
    let about: About = task.read()?;
    let mut tx = app.db.write().await?;
    let found = row::find(&mut tx, about.measure).await?;
    let Some(measure) = found.filter(|measure| measure.undone_at.is_none()) else {
        return Ok(());
    };
    notice(&app, &mut tx, (measure.member_id, &measure.id.to_string())).await?;
    put_letter(&app, &mut tx, (measure.member_id, &about)).await?;
    tx.commit().await?;
    Ok(())
}

const REPORTERS: &str = "
    select r.id, r.by_id from reports r
      join cases c on c.id = r.case_id
     where r.case_id = $1 and c.state = 'closed' and c.closed_at <= $2 and r.told_at is null and r.by_id is not null
     order by r.id limit 100";

const TOLD: &str = "update reports set told_at = $2 where id = $1 and told_at is null";

async fn answer(app: App, task: Task) -> std::result::Result<(), Failure> {
    let Answered { case } = task.read()?;
    loop {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let some: Vec<(Id<Reports>, Id<Users>)> = sqlx::query_as(REPORTERS)
            .bind(case)
            .bind(now - UNDOABLE)
            .fetch_all(&mut *tx)
            .await
            .map_err(Error::from)?;
        if some.is_empty() {
            return Ok(());
        }
        for (report, member) in some {
            sqlx::query(TOLD)
                .bind(report)
                .bind(now)
                .execute(&mut *tx)
                .await
                .map_err(Error::from)?;
            let new = notice::New {
                kind: notice::Kind::Answered,
                to: member,
                by: member,
                subject: &report.to_string(),
                post: None,
                comment: None,
                group: None,
            };
            notice::put(&app, &mut tx, new).await?;
        }
        tx.commit().await?;
        task.renew(0).await?;
    }
}

async fn due(app: App, task: Task) -> std::result::Result<(), Failure> {
    let About { measure } = task.read()?;
    make_due(&app, measure).await?;
    Ok(())
}

/// Does what is due of a measure: its end, or that what it removed is erased. An appeal that nobody has answered holds the
/// second.
async fn make_due(app: &App, id: Id<Measures>) -> Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    let found = row::find(&mut tx, id).await?;
    let Some(measure) = found.filter(|measure| measure.undone_at.is_none()) else {
        return Ok(());
    };
    if measure.ends_at.is_some_and(|at| at <= now) {
        give_back(app, &mut tx, &measure, (None, "")).await?;
        return tx.commit().await;
    }
    if measure.final_at.is_none_or(|at| at > now) {
        return Ok(());
    }
    if row::waits_for_an_answer(&mut tx, id).await? {
        let later = Duration::from_micros(row::DAY as u64);
        app.jobs
            .put_for(&mut tx, &DUE, &About { measure: id }, later)
            .await?;
        return tx.commit().await;
    }
    effects::make_final(app, &mut tx, &measure).await?;
    tx.commit().await
}

/// Ends what keeps a member out, where its time is over: they are just signing in.
pub async fn end_if_due(app: &App, member: Id<Users>) -> Result<bool> {
    let mut connection = app.db.read().acquire().await?;
    let out = row::keeps_out(&mut connection, member, None).await?;
    drop(connection);
    match out {
        Some(one) if one.ends_at.is_some_and(|at| at <= app.clock.now()) => {
            make_due(app, one.id).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

const OVERDUE: &str = "
    select id from measures
     where undone_at is null
       and (ends_at <= $1
            or (final_at <= $1 and (kept <> '' or exists (select 1 from withheld w where w.case_id = measures.id))
                and not exists (select 1 from appeals a where a.measure_id = measures.id and a.outcome = '')))
     limit 100";

/// Ends what should have ended long ago, and whose job is no more.
pub async fn end_overdue(app: &App) -> Result<()> {
    let late = app.clock.now() - UNDOABLE;
    let some: Vec<(Id<Measures>,)> = sqlx::query_as(OVERDUE)
        .bind(late)
        .fetch_all(app.db.read())
        .await?;
    for (id,) in some {
        make_due(app, id).await?;
    }
    Ok(())
}

const SUBJECT: &str = "about what you have here";

/// What was decided, or is decided otherwise now.
pub static LETTER: Letter = Letter::warning(
    "letter.measure",
    |app, task| Box::pin(send(app, task)),
    |_| "Letter: what was decided about a member".into(),
);

async fn send(app: App, task: Task) -> std::result::Result<(), Failure> {
    let about: About = task.read()?;
    let mut connection = app.db.read().acquire().await.map_err(Error::from)?;
    let Some(measure) = row::find(&mut connection, about.measure).await? else {
        return Ok(());
    };
    let Some(user) = account::find(&mut connection, measure.member_id).await? else {
        return Ok(());
    };
    let appeal = row::appeal_of(&mut connection, about.measure).await?;
    drop(connection);
    let mut context = words(&app, &user, &measure)?;
    // It stays as it was decided, and somebody has said why.
    let upheld = appeal.filter(|appeal| appeal.outcome == "upheld");
    let by = upheld.as_ref().map(|appeal| appeal.decided_by);
    context.insert("another", &by.is_some_and(|by| by != measure.by_id));
    context.insert("answer", &upheld.map(|appeal| appeal.answer));
    let (reader, named) = (Reader::of(&user), ("measure", SUBJECT));
    account::send_letter(&app, &LETTER, &reader, named, context).await
}

/// What a letter says of a measure.
fn words(app: &App, user: &User, measure: &Measure) -> Result<Context> {
    let instant = |at: Micros| account::instant(app, at);
    let act = measure.act()?;
    let mut context = Context::new();
    context.insert("act", act.name());
    context.insert("thing", measure.subject()?.called());
    context.insert("because", measure.why().because());
    context.insert("words", &measure.words);
    context.insert("undone", &measure.undone_at.is_some());
    context.insert("undone_words", &measure.undone_words);
    context.insert("away", &measure.is_away());
    context.insert("ends", &measure.ends_at.map(instant));
    context.insert("final", &measure.final_at.map(instant));
    context.insert("until", &instant(measure.at + row::SEALED));
    // Whoever is out reads it by this link, without a session.
    let path = match act {
        Act::Suspend | Act::Ban if measure.undone_at.is_none() => {
            account::links::to_standing(app, user)?
        }
        _ => "/standing".to_owned(),
    };
    context.insert("link", &format!("{}{path}", account::letter_home(app)));
    Ok(context)
}
