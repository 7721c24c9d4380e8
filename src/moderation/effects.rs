//! What each measure does, and how exactly that is given back.

use super::row::{Act, Measure, keeps_out, measures};
use super::subject::Subject;
use crate::account;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Measures, Users};
use crate::post::{self, HouseWhy};
use crate::talk;

const KEEP: &str = "update measures set kept = $2 where id = $1";

async fn keep(tx: &mut Tx, id: Id<Measures>, words: &str) -> Result<()> {
    sqlx::query(KEEP)
        .bind(id)
        .bind(words)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Does what a new measure is for. `tx` holds the feed's counter.
pub async fn begin(app: &App, tx: &mut Tx, measure: &Measure) -> Result<()> {
    let member = measure.member_id;
    let act = measure.act()?;
    match (act, measure.subject()?) {
        (Act::Remind | Act::Warn, _) => Ok(()),
        (Act::Hide | Act::Remove | Act::Erase, Subject::Post(id)) => {
            post::withhold_by_house(app, tx, id, &held(measure, act)).await
        }
        (Act::Hide | Act::Remove | Act::Erase, Subject::Comment(id)) => {
            let words = match others(tx, measure).await?.into_iter().next() {
                // Out of sight already, for another reason.
                Some(other) => other.kept,
                None => talk::hide(app, tx, id).await?,
            };
            keep(tx, measure.id, &words).await
        }
        (Act::Hide | Act::Remove | Act::Erase, Subject::Member(_)) => {
            Err(Error::Unprocessable("This is not done to a member.".into()))
        }
        (Act::Review, _) => {
            let before = account::look_first(tx, member).await?;
            keep(tx, measure.id, &before.to_string()).await
        }
        (Act::Suspend | Act::Ban, _) => {
            let is_in = account::get(tx, member).await?.is_active();
            let other = keeps_out(tx, member, Some(measure.id)).await?;
            if !is_in && other.is_none() {
                return Err(Error::Conflict("This account is closed already.".into()));
            }
            let away = measure.is_away() || other.is_some_and(|other| other.is_away());
            account::shut_out(app, tx, member, away).await
        }
    }
}

const OTHERS: &str = measures!(
    "m.id <> $1 and m.kind = $2 and m.subject = $3 and m.undone_at is null
       and (m.act = $4 or ($4 in ('hide', 'remove', 'erase') and m.act in ('hide', 'remove', 'erase')))
     order by m.at desc limit 20"
);

/// Other measures that stand and do the same to the same, the newest first.
async fn others(tx: &mut Tx, measure: &Measure) -> Result<Vec<Measure>> {
    let subject = measure.subject()?;
    Ok(sqlx::query_as(OTHERS)
        .bind(measure.id)
        .bind(subject.kind())
        .bind(subject.id())
        .bind(measure.act()?.name())
        .fetch_all(&mut **tx)
        .await?)
}

fn held(measure: &Measure, act: Act) -> post::ByHouse<'_> {
    post::ByHouse {
        why: match act {
            Act::Remove => HouseWhy::Removed,
            Act::Erase => HouseWhy::Erased,
            _ => HouseWhy::Hidden,
        },
        measure: measure.id,
        by: measure.by_id,
        words: &measure.words,
    }
}

/// Gives back what a measure has taken, and nothing else.
async fn end(app: &App, tx: &mut Tx, measure: &Measure) -> Result<()> {
    let member = measure.member_id;
    let act = measure.act()?;
    match (act, measure.subject()?) {
        (Act::Hide | Act::Remove | Act::Erase, Subject::Post(id)) => {
            post::give_back(app, tx, id, measure.id).await
        }
        (Act::Hide | Act::Remove | Act::Erase, Subject::Comment(id)) => {
            if others(tx, measure).await?.is_empty() {
                talk::show(app, tx, id, &measure.kept).await?;
            }
            keep(tx, measure.id, "").await
        }
        (Act::Review, _) => match others(tx, measure).await?.into_iter().next_back() {
            // The oldest that stands knows from now on how it was before.
            Some(oldest) => match oldest.at > measure.at {
                true => keep(tx, oldest.id, &measure.kept).await,
                false => Ok(()),
            },
            None => {
                let before = measure.kept.parse().unwrap_or_default();
                account::look_as_before(tx, member, before).await
            }
        },
        (Act::Suspend | Act::Ban, _) => {
            // Another one may still keep them out.
            match keeps_out(tx, member, Some(measure.id)).await? {
                Some(other) => account::shut_out(app, tx, member, other.is_away()).await,
                None => {
                    account::open_again(tx, member).await?;
                    post::publish_ready(app, tx, member).await
                }
            }
        }
        (Act::Remind | Act::Warn, _) | (_, Subject::Member(_)) => Ok(()),
    }
}

const UNDO: &str = "
    update measures set undone_at = $2, undone_by = $3, undone_words = $4 where id = $1 and undone_at is null";

const ANSWER: &str = "
    update appeals set outcome = 'lifted', decided_at = $2, decided_by = $3, answer = $4
     where measure_id = $1 and outcome = ''";

/// Marks a measure as undone, which answers whoever spoke against it, and gives back exactly what it took. False when somebody else has done that.
pub async fn give_back(
    app: &App,
    tx: &mut Tx,
    measure: &Measure,
    (by, words): (Option<Id<Users>>, &str),
) -> Result<bool> {
    let undone = sqlx::query(UNDO)
        .bind(measure.id)
        .bind(app.clock.now())
        .bind(by)
        .bind(words)
        .execute(&mut **tx)
        .await?;
    if undone.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(ANSWER)
        .bind(measure.id)
        .bind(app.clock.now())
        .bind(by)
        .bind(words)
        .execute(&mut **tx)
        .await?;
    end(app, tx, measure).await?;
    Ok(true)
}

const LIFT: &str = "
    update measures set undone_at = $2 where member_id = $1 and act in ('suspend', 'ban') and undone_at is null";

/// An account was opened or closed by hand: that holds, and no measure any more.
pub static BY_HAND: account::ByHand = |tx, member, now| {
    Box::pin(async move {
        sqlx::query(LIFT)
            .bind(member)
            .bind(now)
            .execute(&mut **tx)
            .await?;
        Ok(())
    })
};

/// Takes away for good what a measure has removed.
pub async fn make_final(app: &App, tx: &mut Tx, measure: &Measure) -> Result<()> {
    match measure.subject()? {
        Subject::Post(id) => post::erase_by_house(app, tx, id, measure.id).await,
        Subject::Comment(id) => {
            talk::erase_hidden(app, tx, id).await?;
            keep(tx, measure.id, "").await
        }
        Subject::Member(_) => Ok(()),
    }
}
