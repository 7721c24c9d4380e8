//! Why others do not see a post, and how one waits until somebody has looked at it.

use super::visible::settle;
use crate::app::{App, Desk, Waiting};
use crate::audience;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Groups, Id, Posts, Users};

/// Who looks at posts before others see them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Looks {
    /// Those who look after the place.
    House,
    /// The owners of the group that the post is for.
    Owners,
}

impl Looks {
    /// The reason for which a post waits for them, and the one for which they keep it back.
    pub fn reasons(self) -> (&'static str, &'static str) {
        match self {
            Looks::House => ("review", "house"),
            Looks::Owners => ("group", "owners"),
        }
    }
}

/// Why others do not see a post, as its author is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Held {
    No,
    /// Nobody of these has looked at it yet.
    Waits(Looks),
    /// Who looked at it keeps it back, and says why, in words that may be empty.
    KeptBack(Looks, String),
    /// Those who look after the place have hidden it, with these words.
    Hidden(String),
    /// They have removed it: it is erased unless they think again.
    Removed(String),
    /// Its author has taken it out of the group that it was for.
    TakenOut,
}

/// SQL: why the post `p` is held; empty for most. Of several reasons the one that its author can do most about.
macro_rules! held {
    () => {
        "case when p.audience <> 'none' then ''
                else coalesce((select case when w.why = 'house' and w.case_id is not null then 'hidden' else w.why end
                                      || ':' || w.words from withheld w
                                where w.post_id = p.id
                                  and w.why in ('review', 'house', 'removed', 'group', 'owners', 'author')
                                order by case w.why when 'removed' then 0 when 'house' then 1 when 'owners' then 2
                                                    when 'author' then 3 else 4 end,
                                         w.why desc
                                limit 1), '') end as held"
    };
}
pub(super) use held;

impl TryFrom<String> for Held {
    type Error = std::io::Error;

    fn try_from(text: String) -> std::result::Result<Held, Self::Error> {
        let Some((why, words)) = text.split_once(':') else {
            return Ok(Held::No);
        };
        Ok(match why {
            "review" => Held::Waits(Looks::House),
            "group" => Held::Waits(Looks::Owners),
            "house" => Held::KeptBack(Looks::House, words.to_owned()),
            "owners" => Held::KeptBack(Looks::Owners, words.to_owned()),
            "hidden" => Held::Hidden(words.to_owned()),
            "removed" => Held::Removed(words.to_owned()),
            "author" => Held::TakenOut,
            other => {
                let message = format!("no such reason to hold a post: {other}");
                return Err(std::io::Error::other(message));
            }
        })
    }
}

/// So many posts of a member wait at most.
const MOST_WAITING: i64 = 20;

const COUNT_OF: &str = "
    select cast(count(distinct w.post_id) as bigint) from withheld w join posts p on p.id = w.post_id
     where p.author_id = $1
       and (w.why = 'review'
            or (w.why = 'group' and exists (select 1 from groups g where g.id = p.meant and g.closed_at is null)))";

const WAIT: &str = "
    insert into withheld (post_id, why, by_id, at, was_out) values ($1, $2, $3, $4, $5)";

const NEVER_OUT: &str = "
    select w.post_id from withheld w
     where w.post_id = $1 and w.why in ('review', 'house', 'removed', 'group', 'owners', 'author')
       and not exists (select 1 from withheld x where x.post_id = $1 and x.was_out = 1)
     limit 1";

/// Whether nobody but its author has ever seen a post, which is withheld.
pub(super) async fn is_new_to_others(tx: &mut Tx, id: Id<Posts>) -> Result<bool> {
    let found: Option<(Id<Posts>,)> = sqlx::query_as(NEVER_OUT)
        .bind(id)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.is_some())
}

/// A post and what decides who looks at it.
pub(super) struct Put {
    pub id: Id<Posts>,
    pub author: Id<Users>,
    pub group: Option<Id<Groups>>,
    /// Others have seen it.
    pub was_out: bool,
}

/// Who looks first at what this member posts, for this group or for none. The error says why they may not post it now.
pub(super) async fn who_looks(
    app: &App,
    tx: &mut Tx,
    (author, group): (Id<Users>, Option<Id<Groups>>),
) -> Result<Vec<Looks>> {
    let mut looks = Vec::new();
    if let Some(group) = group
        && audience::is_looked_at_first(tx, (group, author)).await?
    {
        looks.push(Looks::Owners);
    }
    if (app.herald.looks_first)(tx, author).await? {
        looks.push(Looks::House);
    }
    if !looks.is_empty() {
        require_room(tx, author).await?;
    }
    Ok(looks)
}

/// The error says that too many posts of this member wait.
async fn require_room(tx: &mut Tx, author: Id<Users>) -> Result<()> {
    let (waiting,): (i64,) = sqlx::query_as(COUNT_OF)
        .bind(author)
        .fetch_one(&mut **tx)
        .await?;
    match waiting >= MOST_WAITING {
        false => Ok(()),
        true => Err(Error::Conflict(format!(
            "{MOST_WAITING} of your posts wait to be looked at. Post this one when somebody has."
        ))),
    }
}

/// Lets a post wait until these have looked at it, and tells them.
pub(super) async fn wait(
    app: &App,
    tx: &mut Tx,
    (put, looks): (&Put, &[Looks]),
    at: Micros,
) -> Result<()> {
    for one in looks {
        sqlx::query(WAIT)
            .bind(put.id)
            .bind(one.reasons().0)
            .bind(put.author)
            .bind(at)
            .bind(i64::from(put.was_out))
            .execute(&mut **tx)
            .await?;
        tell(app, tx, put, *one).await?;
    }
    settle(tx, put.id).await?;
    Ok(())
}

/// Tells those who look that this waits for them.
async fn tell(app: &App, tx: &mut Tx, put: &Put, looks: Looks) -> Result<()> {
    let desk = match (looks, put.group) {
        (Looks::Owners, Some(group)) => Desk::Group(group),
        _ => Desk::Post,
    };
    let by = put.author;
    (app.herald.waits)(app, tx, Waiting { desk, by }).await
}

const MOVE: &str = "
    delete from withheld where post_id = $1 and why in ('group', 'owners', 'author')";

/// A post is for somebody else now than for this group: what that had to say of it is over, and the owners of the
/// new one may look first. The error says why its author may not post for it.
pub(super) async fn is_moved(
    app: &App,
    tx: &mut Tx,
    (put, was): (&Put, Option<Id<Groups>>),
    at: Micros,
) -> Result<()> {
    sqlx::query(MOVE).bind(put.id).execute(&mut **tx).await?;
    if was.is_some() {
        (app.herald.waits_less)(app, tx, was).await?;
    }
    match put.group {
        Some(group) if audience::is_looked_at_first(tx, (group, put.author)).await? => {
            require_room(tx, put.author).await?;
            wait(app, tx, (put, &[Looks::Owners]), at).await
        }
        _ => Ok(()),
    }
}

const ASK_AGAIN: &str = "
    update withheld set why = case why when 'house' then 'review' else 'group' end, words = '', at = $2
     where post_id = $1 and why in ('house', 'owners') and case_id is null
    returning why";

const DRAW_ANEW: &str = "update posts set card_seq = $1 where id = $2";

/// What was kept back and is changed now is looked at once more; whether it was.
pub(super) async fn ask_again(
    app: &App,
    tx: &mut Tx,
    put: &Put,
    (seq, at): (i64, Micros),
) -> Result<bool> {
    let asked: Vec<(String,)> = sqlx::query_as(ASK_AGAIN)
        .bind(put.id)
        .bind(at)
        .fetch_all(&mut **tx)
        .await?;
    for (why,) in &asked {
        let looks = match &**why {
            "group" => Looks::Owners,
            _ => Looks::House,
        };
        tell(app, tx, put, looks).await?;
    }
    if asked.is_empty() {
        return Ok(false);
    }
    draw_anew(tx, put.id, seq).await?;
    Ok(true)
}

/// The card is another one from this change on.
pub(super) async fn draw_anew(tx: &mut Tx, id: Id<Posts>, seq: i64) -> Result<()> {
    sqlx::query(DRAW_ANEW)
        .bind(seq)
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
