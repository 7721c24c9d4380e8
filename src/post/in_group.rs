//! Posts of a group, many at a time: drawn anew where it is called otherwise now, taken out of it by their author, and put
//! back. Jobs, because they may be many.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::held::draw_anew;
use super::post;
use super::visible::settle;
use crate::app::App;
use crate::changes::{self, Act, Change, LEFT, WHOLE};
use crate::clock::Micros;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::id::{Groups, Id, Posts, Users};
use crate::jobs::{Failure, Kind, Task};

/// Draws the cards of a group's posts anew.
pub static REDRAW: Kind<App> = Kind {
    name: "group.redraw",
    at_once: 1,
    lease: Duration::from_secs(60),
    tries: 20,
    run: |app, task| Box::pin(redraw_all(app, task)),
    given_up: None,
    describe: |_| "Drawing a group's posts anew".into(),
};

#[derive(Serialize, Deserialize)]
struct Renamed {
    group: Id<Groups>,
}

/// The cards of a group's posts say another thing of it from now on.
pub async fn redraw_group(app: &App, tx: &mut Tx, group: Id<Groups>) -> Result<()> {
    app.jobs.put(tx, &REDRAW, &Renamed { group }).await
}

/// Posts at a time.
const PIECE: i64 = 50;

const BEFORE: &str = "
    select id, created_at from posts where audience = $1 and created_at < $2 order by created_at desc limit $3";

async fn redraw_all(app: App, task: Task) -> Result<(), Failure> {
    let Renamed { group } = task.read()?;
    let mut before = Micros::MAX;
    while let Some(last) = redraw_some(&app, group, before).await? {
        before = last;
        task.renew(0).await?;
    }
    Ok(())
}

/// Draws those before this instant anew; the instant of the last of them, where there were any.
async fn redraw_some(app: &App, group: Id<Groups>, before: Micros) -> Result<Option<Micros>> {
    let mut tx = app.db.write().await?;
    let (seq, _) = changes::next(&mut tx, app.clock.now()).await?;
    let some: Vec<(Id<Posts>, Micros)> = sqlx::query_as(BEFORE)
        .bind(group)
        .bind(before)
        .bind(PIECE)
        .fetch_all(&mut *tx)
        .await?;
    for (id, _) in &some {
        draw_anew(&mut tx, *id, seq).await?;
    }
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    tx.commit().await?;
    Ok(some.last().map(|(_, at)| *at))
}

/// Takes what a member has posted for a group out of it, or puts it back.
pub static TAKE_OUT: Kind<App> = Kind {
    name: "group.take-out",
    at_once: 1,
    lease: Duration::from_secs(60),
    tries: 20,
    run: |app, task| Box::pin(take_all(app, task)),
    given_up: None,
    describe: |_| "Taking a member's posts out of a group, or putting them back".into(),
};

#[derive(Serialize, Deserialize)]
struct Taken {
    author: Id<Users>,
    group: Id<Groups>,
    /// Put back, and not taken out.
    back: bool,
}

/// What a member has posted for a group is seen by nobody else from now on, until they give it to others; `back`: those who
/// are in the group see it again.
pub async fn take_out(
    app: &App,
    tx: &mut Tx,
    (author, group): (Id<Users>, Id<Groups>),
    back: bool,
) -> Result<()> {
    let taken = Taken {
        author,
        group,
        back,
    };
    app.jobs.put(tx, &TAKE_OUT, &taken).await
}

const IN_IT: &str = "
    select p.id from posts p
     where p.author_id = $1 and p.meant = $2 and p.meant <> '' and p.meant <> 'followers' and p.audience <> 'gone'
       and not exists (select 1 from withheld w where w.post_id = p.id and w.why = 'author')
     order by p.created_at desc limit $3";

const OUT_OF_IT: &str = "
    select p.id from posts p
      join withheld w on w.post_id = p.id and w.why = 'author' and w.by_id = $1
     where p.author_id = $1 and p.meant = $2 and p.meant <> '' and p.meant <> 'followers' and p.audience <> 'gone'
     order by p.created_at desc limit $3";

const OUT: &str = "
    insert into withheld (post_id, why, by_id, at, was_out)
    select p.id, 'author', $2, $3,
           case when p.audience = 'none'
                then coalesce((select max(w.was_out) from withheld w where w.post_id = p.id), 0) else 1 end
      from posts p where p.id = $1";

const BACK: &str = "delete from withheld where post_id = $1 and why = 'author' and by_id = $2";

/// SQL: how many posts of the member `$1` are for the group `$2`; 1,000 for more.
macro_rules! count {
    ($condition:literal) => {
        concat!(
            "select cast(count(*) as bigint) from (
        select p.id from posts p
         where p.author_id = $1 and p.meant = $2 and p.meant <> '' and p.meant <> 'followers'
           and p.audience <> 'gone' and ",
            $condition,
            "exists (select 1 from withheld w where w.post_id = p.id and w.why = 'author')
         limit 1000) few"
        )
    };
}

/// What a member has posted for a group.
pub struct Posted {
    pub in_it: i64,
    /// They took these out of it.
    pub out_of_it: i64,
}

/// How many posts of a member are for a group; 1,000 for more.
pub async fn posted_in(db: &Db, (author, group): (Id<Users>, Id<Groups>)) -> Result<Posted> {
    let count = async |query: &'static str| -> Result<i64> {
        let (count,) = sqlx::query_as(query)
            .bind(author)
            .bind(group)
            .fetch_one(db.read())
            .await?;
        Ok(count)
    };
    Ok(Posted {
        in_it: count(count!("not ")).await?,
        out_of_it: count(count!("")).await?,
    })
}

/// A group that a member is not in any more, and in which there is something that they posted.
#[derive(sqlx::FromRow, Serialize, ToSchema)]
pub struct Left {
    #[schema(value_type = String, format = Uuid)]
    pub id: Id<Groups>,
    /// As it is called now; empty where it has ended, or others do not know of it.
    #[schema(example = "The choir")]
    pub name: String,
    pub posts: i64,
}

const LEFT_IN: &str = "
    select p.audience as id, coalesce((select g.name from groups g where g.id = p.audience and g.closed_at is null and g.listed = 1), '') as name,
           cast(count(*) as bigint) as posts
      from posts p
     where p.author_id = $1 and p.audience not in ('', 'followers', 'none', 'gone')
       and not exists (select 1 from group_members m where m.group_id = p.audience and m.user_id = $1)
     group by p.audience
     order by 3 desc
     limit 200";

/// Where there is something that a member posted for a group that they are not in any more.
pub async fn left_in(db: &Db, author: Id<Users>) -> Result<Vec<Left>> {
    Ok(sqlx::query_as(LEFT_IN)
        .bind(author)
        .fetch_all(db.read())
        .await?)
}

async fn take_all(app: App, task: Task) -> Result<(), Failure> {
    let taken: Taken = task.read()?;
    while take_some(&app, &taken).await? {
        task.renew(0).await?;
    }
    Ok(())
}

/// Whether there were any.
async fn take_some(app: &App, taken: &Taken) -> Result<bool> {
    let (all, one) = match taken.back {
        false => (IN_IT, OUT),
        true => (OUT_OF_IT, BACK),
    };
    let mut tx = app.db.write().await?;
    changes::hold(&mut tx).await?;
    let some: Vec<(Id<Posts>,)> = sqlx::query_as(all)
        .bind(taken.author)
        .bind(taken.group)
        .bind(PIECE)
        .fetch_all(&mut *tx)
        .await?;
    let mut last = None;
    for (id,) in &some {
        let mut query = sqlx::query(one).bind(id).bind(taken.author);
        let now = app.clock.now();
        if !taken.back {
            query = query.bind(now);
        }
        query.execute(&mut *tx).await?;
        let Some(before) = post::about(&mut tx, *id).await? else {
            continue;
        };
        settle(&mut tx, *id).await?;
        let (seq, _) = changes::next(&mut tx, now).await?;
        draw_anew(&mut tx, *id, seq).await?;
        let Some(about) = post::about(&mut tx, *id).await? else {
            continue;
        };
        let put = Change::of_post(seq, *id, about, (WHOLE, Act::Put));
        changes::record(&mut tx, &put).await?;
        // Those who saw it and see it no more.
        let (seq, _) = changes::next(&mut tx, now).await?;
        let left = Change::of_post(seq, *id, before, (LEFT, Act::Gone));
        changes::record(&mut tx, &left).await?;
        last = Some(seq);
    }
    if !some.is_empty() {
        (app.herald.waits_less)(app, &mut tx, Some(taken.group)).await?;
    }
    if let Some(seq) = last {
        let hub = app.hub.clone();
        tx.after_commit(move || hub.hint(seq));
    }
    tx.commit().await?;
    Ok(!some.is_empty())
}
