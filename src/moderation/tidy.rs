//! What time does to cases and measures, and what is left of a member who is gone.

use super::desk_acts::close;
use super::tell;
use crate::app::App;
use crate::changes;
use crate::clock::Micros;
use crate::error::Result;
use crate::id::{Cases, Id, Users};

const DAY: Micros = 86_400 * 1_000_000;

// What is gone for everybody, and what nobody can see any more.
const GONE: &str = "
    select c.id from cases c
     where c.state = 'open'
       and ((c.kind = 'post' and not exists (select 1 from posts p where p.id = c.subject and p.audience <> 'gone'))
            or (c.kind = 'comment' and not exists (
                    select 1 from comments x where x.id = c.subject and x.author_id is not null))
            or (c.kind = 'member' and not exists (select 1 from users u where u.id = c.subject and u.gone_at is null)))
     order by c.opened_at limit 100";

/// Closes cases about what is no more, and says so to who reported it.
async fn close_gone(app: &App) -> Result<()> {
    let gone: Vec<(Id<Cases>,)> = sqlx::query_as(GONE).fetch_all(app.db.read()).await?;
    for (case,) in gone {
        let mut tx = app.db.write().await?;
        changes::hold(&mut tx).await?;
        close(app, &mut tx, (case, None), "gone").await?;
        tx.commit().await?;
    }
    Ok(())
}

/// What is written is kept for so long after a case is closed, and what was decided for so long.
const WORDS_KEPT: Micros = 183 * DAY;
const KEPT: Micros = 730 * DAY;

const WORDS: &str = "
    update reports set words = '', seen = '' where id in (
        select r.id from reports r join cases c on c.id = r.case_id
         where c.state = 'closed' and c.closed_at < $1 and (r.words <> '' or r.seen <> '') limit 500)";

const NOTES: &str = "
    delete from case_notes where id in (
        select n.id from case_notes n join cases c on c.id = n.case_id
         where c.state = 'closed' and c.closed_at < $1 limit 500)";

/// SQL: a measure `m` before `$1` that holds nobody and nothing any more.
macro_rules! past {
    () => {
        "m.at < $1 and (m.undone_at is not null or m.act not in ('suspend', 'ban', 'hide', 'review'))"
    };
}

const APPEALS: &str = concat!(
    "delete from appeals where measure_id in (
        select a.measure_id from appeals a join measures m on m.id = a.measure_id where ",
    past!(),
    " limit 500)"
);

const MEASURES: &str = concat!(
    "delete from measures where id in (
        select m.id from measures m
         where not exists (select 1 from appeals a where a.measure_id = m.id) and ",
    past!(),
    " order by m.at limit 500)"
);

const REPORTS: &str = "
    delete from reports where id in (
        select r.id from reports r join cases c on c.id = r.case_id
         where c.state = 'closed' and c.closed_at < $1 limit 500)";

const CASES: &str = "
    delete from cases where id in (
        select c.id from cases c
         where c.state = 'closed' and c.closed_at < $1
           and not exists (select 1 from reports r where r.case_id = c.id)
           and not exists (select 1 from case_notes n where n.case_id = c.id)
         limit 500)";

// Its author took it away, or it went with its post.
const KEPT_WORDS: &str = "
    update measures set kept = ''
     where kind = 'comment' and kept <> ''
       and not exists (select 1 from comments c where c.id = measures.subject and c.hidden_at is not null)";

/// Keeps no words of a hidden comment that is no more.
async fn forget_words(app: &App) -> Result<()> {
    let mut tx = app.db.write().await?;
    sqlx::query(KEPT_WORDS).execute(&mut *tx).await?;
    tx.commit().await
}

/// Forgets what is too old to matter, in pieces.
async fn forget_old(app: &App) -> Result<()> {
    let now = app.clock.now();
    let ages = [
        (WORDS, WORDS_KEPT),
        (NOTES, WORDS_KEPT),
        (APPEALS, KEPT),
        (MEASURES, KEPT),
        (REPORTS, KEPT),
        (CASES, KEPT),
    ];
    for (query, kept) in ages {
        loop {
            let mut tx = app.db.write().await?;
            let done = sqlx::query(query)
                .bind(now - kept)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            if done.rows_affected() == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Once an hour: closes what is about nothing, ends what is overdue, forgets what is old.
pub async fn keep_order(app: &App) -> Result<()> {
    close_gone(app).await?;
    tell::end_overdue(app).await?;
    forget_words(app).await?;
    forget_old(app).await
}

const REPORTED: &str = "
    update reports set by_id = null where id in (select r.id from reports r where r.by_id = $1 limit $2)";

const APPEALED: &str = "
    delete from appeals where measure_id in (
        select a.measure_id from appeals a join measures m on m.id = a.measure_id where m.member_id = $1 limit $2)";

const MEASURED: &str = "
    delete from measures where id in (
        select m.id from measures m
         where m.member_id = $1 and not exists (select 1 from appeals a where a.measure_id = m.id) limit $2)";

/// Takes so much of a member away, who is gone: what they reported stays without them. False when there was nothing.
pub async fn take_away(app: &App, user: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let mut some = false;
    for query in [REPORTED, APPEALED, MEASURED] {
        let done = sqlx::query(query)
            .bind(user)
            .bind(count)
            .execute(&mut *tx)
            .await?;
        some |= done.rows_affected() > 0;
    }
    tx.commit().await?;
    Ok(some)
}
