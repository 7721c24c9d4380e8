//! What those who look after the place do to a post: out of sight, removed, erased; and how it comes back. Each is a reason
//! beside the post, named after the measure that gave it, so that lifting one gives back exactly what it took.

use super::held::{Held, Looks, draw_anew, is_new_to_others};
use super::post::{self, Post};
use super::release;
use super::visible::settle;
use super::withdraw;
use crate::app::App;
use crate::changes::{self, Act, LEFT, WHOLE};
use crate::circle::{GONE, NONE};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Measures, Posts, Users};

/// Why a post is out of sight for the house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HouseWhy {
    /// Its author alone sees it.
    Hidden,
    /// The same, and it is erased when the time to ask again is over.
    Removed,
    /// Nobody sees it.
    Erased,
}

impl HouseWhy {
    fn name(self) -> &'static str {
        match self {
            HouseWhy::Hidden => "house",
            HouseWhy::Removed => "removed",
            HouseWhy::Erased => "erased",
        }
    }
}

/// A decision about a post.
pub struct ByHouse<'a> {
    pub why: HouseWhy,
    pub measure: Id<Measures>,
    pub by: Option<Id<Users>>,
    /// To its author.
    pub words: &'a str,
}

const WITHHOLD: &str = "
    insert into withheld (post_id, why, case_id, by_id, words, at, was_out)
    select p.id, $2, $3, $4, $5, $6,
           case when p.audience = 'none'
                then coalesce((select max(w.was_out) from withheld w where w.post_id = p.id), 0) else 1 end
      from posts p where p.id = $1
    on conflict (post_id, why) do nothing";

/// Takes a post out of sight. `tx` holds the feed's counter.
pub async fn withhold_by_house(
    app: &App,
    tx: &mut Tx,
    id: Id<Posts>,
    by: &ByHouse<'_>,
) -> Result<()> {
    let before = post::find(tx, id).await?.ok_or(Error::NotFound)?;
    if matches!(before.held, Held::Waits(Looks::House)) {
        return Err(Error::Conflict(
            "This post waits to be looked at. Decide that first, under Posts.".into(),
        ));
    }
    let done = sqlx::query(WITHHOLD)
        .bind(id)
        .bind(by.why.name())
        .bind(by.measure)
        .bind(by.by)
        .bind(by.words)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    if done.rows_affected() == 0 {
        return Err(Error::Conflict("It is out of sight already.".into()));
    }
    changed(app, tx, &before).await
}

const LIFT: &str = "delete from withheld where post_id = $1 and case_id = $2";

/// Gives back what that measure took; nothing where the post is no more.
pub async fn give_back(app: &App, tx: &mut Tx, id: Id<Posts>, measure: Id<Measures>) -> Result<()> {
    let before: Option<Post> = post::find(tx, id).await?;
    let is_new = is_new_to_others(tx, id).await?;
    let lifted = sqlx::query(LIFT)
        .bind(id)
        .bind(measure)
        .execute(&mut **tx)
        .await?;
    if lifted.rows_affected() == 0 {
        return Ok(());
    }
    match before {
        Some(before) => {
            let audience = settle(tx, id).await?;
            match is_new && ![NONE, GONE].contains(&&*audience) {
                // Nobody has seen it so far.
                true => release::put_out_now(app, tx, id).await,
                false => changed(app, tx, &before).await,
            }
        }
        // It was gone for everybody, or its author is out of sight.
        None => {
            settle(tx, id).await?;
            match post::find(tx, id).await? {
                Some(post) => put(app, tx, &post).await,
                None => Ok(()),
            }
        }
    }
}

/// Draws the conclusion for a post, and tells those who see it and those who see it no more.
async fn changed(app: &App, tx: &mut Tx, before: &Post) -> Result<()> {
    let audience = settle(tx, before.id).await?;
    let is_gone = audience == GONE;
    if !is_gone && let Some(post) = post::find(tx, before.id).await? {
        put(app, tx, &post).await?;
    }
    let was_shown = before.audience != NONE;
    if is_gone || (was_shown && audience == NONE) {
        let (seq, _) = changes::next(tx, app.clock.now()).await?;
        let part = match is_gone {
            true => {
                changes::forget(tx, before.id).await?;
                WHOLE
            }
            // Those who saw it and see it no more.
            false => LEFT,
        };
        changes::record(tx, &before.change(seq, part, Act::Gone)).await?;
        let hub = app.hub.clone();
        tx.after_commit(move || hub.hint(seq));
    }
    (app.herald.waits_less)(app, tx, before.meant.group()).await
}

async fn put(app: &App, tx: &mut Tx, post: &Post) -> Result<()> {
    let (seq, _) = changes::next(tx, app.clock.now()).await?;
    draw_anew(tx, post.id, seq).await?;
    changes::record(tx, &post.change(seq, WHOLE, Act::Put)).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}

const ERASED: &str = "
    update withheld set why = 'erased', case_id = null, at = $3 where post_id = $1 and case_id = $2";

/// Takes away for good what a measure has removed, by the job that does so for everybody.
pub async fn erase_by_house(
    app: &App,
    tx: &mut Tx,
    id: Id<Posts>,
    measure: Id<Measures>,
) -> Result<()> {
    let before = post::find(tx, id).await?;
    let erased = sqlx::query(ERASED)
        .bind(id)
        .bind(measure)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    if erased.rows_affected() == 0 {
        return Ok(());
    }
    match before {
        Some(before) => changed(app, tx, &before).await?,
        None => drop(settle(tx, id).await?),
    }
    withdraw::erase_now(app, tx, id).await
}
