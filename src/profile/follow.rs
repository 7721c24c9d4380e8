//! Who follows whom: the verbs. A member may want to be asked first.

use sqlx::AnyConnection;

use crate::app::App;
use crate::auth::Viewer;
use crate::circle;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::notice::{self, Kind};
use crate::post::keep_apart;

/// So many are followed at most.
const MOST: i64 = 10_000;
/// So many wait for an answer at most.
const MOST_REQUESTS: i64 = 1_000;

/// What a member is to another whose page they look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tie {
    /// It is themselves.
    Self_,
    None,
    Requested,
    Following,
    /// And wants to hear of each post of theirs.
    Bell,
}

impl Tie {
    pub fn name(self) -> &'static str {
        match self {
            Tie::Self_ => "self",
            Tie::None => "none",
            Tie::Requested => "requested",
            Tie::Following => "following",
            Tie::Bell => "bell",
        }
    }
}

const TIE: &str = "
    select case when bell = 1 then 'bell' else 'following' end as tie from follows where follower_id = $1 and author_id = $2
    union all
    select 'requested' from follow_requests where follower_id = $1 and author_id = $2";

/// What `viewer` is to `other`.
pub async fn tie(
    connection: &mut AnyConnection,
    viewer: Id<Users>,
    other: Id<Users>,
) -> Result<Tie> {
    if viewer == other {
        return Ok(Tie::Self_);
    }
    let found: Option<(String,)> = sqlx::query_as(TIE)
        .bind(viewer)
        .bind(other)
        .fetch_optional(connection)
        .await?;
    Ok(match found {
        Some((tie,)) if tie == "following" => Tie::Following,
        Some((tie,)) if tie == "bell" => Tie::Bell,
        Some(_) => Tie::Requested,
        None => Tie::None,
    })
}

const ASKS: &str = "
    select asks_followers from users where id = $1 and is_active = 1 and hidden_at is null";

const FOLLOW: &str = "
    insert into follows (follower_id, author_id, created_at) values ($1, $2, $3)
    on conflict (follower_id, author_id) do nothing";

const ASK: &str = "
    insert into follow_requests (follower_id, author_id, created_at) values ($1, $2, $3)
    on conflict (author_id, follower_id) do nothing";

const FOLLOWED: &str = "
    select cast(count(*) as bigint) from (
        select author_id from follows where follower_id = $1 limit 10000) few";

const REQUESTED: &str = "
    select cast(count(*) as bigint) from follow_requests where follower_id = $1";

/// Lets the viewer follow somebody, or ask whether they may.
pub async fn follow(app: &App, viewer: &Viewer, other: Id<Users>) -> Result<Tie> {
    if other == viewer.id {
        return Err(Error::Conflict("Nobody follows themselves.".into()));
    }
    let mut tx = app.db.write_in_turn_as(viewer, &app.clock).await?;
    let asks: Option<(i64,)> = sqlx::query_as(ASKS)
        .bind(other)
        .fetch_optional(&mut *tx)
        .await?;
    let Some((asks,)) = asks else {
        return Err(Error::NotFound);
    };
    if keep_apart(&mut tx, viewer.id, other).await? {
        return Err(Error::NotFound);
    }
    if let found @ (Tie::Following | Tie::Bell) = tie(&mut tx, viewer.id, other).await? {
        return Ok(found);
    }
    let (count, most, said) = match asks {
        1 => (REQUESTED, MOST_REQUESTS, "wait for an answer"),
        _ => (FOLLOWED, MOST, "are followed"),
    };
    let (so_many,): (i64,) = sqlx::query_as(count)
        .bind(viewer.id)
        .fetch_one(&mut *tx)
        .await?;
    if so_many >= most {
        return Err(Error::Conflict(format!(
            "{most} {said} by you already. Leave some first."
        )));
    }
    let tie = match asks {
        1 => {
            link(&mut tx, ASK, (viewer.id, other), app.clock.now()).await?;
            let_know(app, &mut tx, Kind::Request, (viewer.id, other)).await?;
            Tie::Requested
        }
        _ => {
            link(&mut tx, FOLLOW, (viewer.id, other), app.clock.now()).await?;
            counted(app, &mut tx, (viewer.id, other), 1).await?;
            let_know(app, &mut tx, Kind::Follow, (viewer.id, other)).await?;
            Tie::Following
        }
    };
    tx.commit().await?;
    Ok(tie)
}

/// Lets `to` know what `by` did.
async fn let_know(
    app: &App,
    tx: &mut Tx,
    kind: Kind,
    (by, to): (Id<Users>, Id<Users>),
) -> Result<()> {
    let new = notice::New {
        kind,
        to,
        by,
        subject: &by.to_string(),
        post: None,
        comment: None,
        group: None,
    };
    notice::put(app, tx, new).await
}

/// What `by` did is so no more.
async fn take_back(
    app: &App,
    tx: &mut Tx,
    kind: Kind,
    (by, to): (Id<Users>, Id<Users>),
) -> Result<()> {
    let subject = &by.to_string();
    let told = notice::Told { kind, to, subject };
    notice::take_back(app, tx, told).await
}

async fn link(
    tx: &mut Tx,
    query: &'static str,
    (follower, author): (Id<Users>, Id<Users>),
    at: i64,
) -> Result<bool> {
    let done = sqlx::query(query)
        .bind(follower)
        .bind(author)
        .bind(at)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() == 1)
}

const COUNT_FOLLOWERS: &str = "
    insert into user_counts (user_id, followers, dirty) values ($1, $2, 1)
    on conflict (user_id) do update set followers = user_counts.followers + $2, dirty = 1";

const COUNT_FOLLOWING: &str = "
    insert into user_counts (user_id, following, dirty) values ($1, $2, 1)
    on conflict (user_id) do update set following = user_counts.following + $2, dirty = 1";

/// Counts one more or less.
async fn tally(tx: &mut Tx, (follower, author): (Id<Users>, Id<Users>), by: i64) -> Result<()> {
    for (query, user) in [(COUNT_FOLLOWERS, author), (COUNT_FOLLOWING, follower)] {
        sqlx::query(query)
            .bind(user)
            .bind(by)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Counts one more or less, and tells the follower's open pages.
async fn counted(
    app: &App,
    tx: &mut Tx,
    (follower, author): (Id<Users>, Id<Users>),
    by: i64,
) -> Result<()> {
    tally(tx, (follower, author), by).await?;
    if by > 0 {
        notice::follows(tx, follower).await?;
    }
    let seq = circle::changed(tx, follower, app.clock.now()).await?;
    let hub = app.hub.clone();
    tx.after_commit(move || hub.hint(seq));
    Ok(())
}

const UNFOLLOW: &str = "delete from follows where follower_id = $1 and author_id = $2";

const DROP_REQUEST: &str = "delete from follow_requests where follower_id = $1 and author_id = $2";

/// Deletes that `follower` follows `author`, or asks to; whether they did.
async fn delete(tx: &mut Tx, (follower, author): (Id<Users>, Id<Users>)) -> Result<bool> {
    let mut gone = 0;
    for query in [DROP_REQUEST, UNFOLLOW] {
        let done = sqlx::query(query)
            .bind(follower)
            .bind(author)
            .execute(&mut **tx)
            .await?;
        gone = done.rows_affected();
    }
    Ok(gone == 1)
}

/// Ends that `follower` follows `author`, or asks to.
pub(super) async fn end(app: &App, tx: &mut Tx, both: (Id<Users>, Id<Users>)) -> Result<()> {
    if delete(tx, both).await? {
        counted(app, tx, both, -1).await?;
    }
    let (follower, author) = both;
    take_back(app, tx, Kind::Follow, both).await?;
    take_back(app, tx, Kind::Request, both).await?;
    take_back(app, tx, Kind::Lets, (author, follower)).await
}

const SET_BELL: &str = "update follows set bell = $3 where follower_id = $1 and author_id = $2";

/// Lets the viewer hear of each post of somebody whom they follow, or no more.
pub async fn ring(app: &App, viewer: &Viewer, other: Id<Users>, wanted: bool) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let done = sqlx::query(SET_BELL)
        .bind(viewer.id)
        .bind(other)
        .bind(i64::from(wanted))
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 && wanted {
        return Err(Error::Conflict(
            "Follow them first: a bell is for whom one follows.".into(),
        ));
    }
    tx.commit().await
}

/// Lets the viewer follow somebody no more, or asks no more.
pub async fn unfollow(app: &App, viewer: &Viewer, other: Id<Users>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    end(app, &mut tx, (viewer.id, other)).await?;
    tx.commit().await
}

/// Takes somebody out of those who follow the viewer, or refuses their request. Nobody is told.
pub async fn remove(app: &App, viewer: &Viewer, follower: Id<Users>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    end(app, &mut tx, (follower, viewer.id)).await?;
    tx.commit().await
}

const REQUEST: &str = "
    delete from follow_requests where follower_id = $1 and author_id = $2 returning created_at";

/// Lets somebody follow the viewer who has asked.
pub async fn approve(app: &App, viewer: &Viewer, follower: Id<Users>) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let asked: Option<(i64,)> = sqlx::query_as(REQUEST)
        .bind(follower)
        .bind(viewer.id)
        .fetch_optional(&mut *tx)
        .await?;
    if asked.is_none() {
        return Err(Error::NotFound);
    }
    if link(&mut tx, FOLLOW, (follower, viewer.id), app.clock.now()).await? {
        counted(app, &mut tx, (follower, viewer.id), 1).await?;
        let_know(app, &mut tx, Kind::Lets, (viewer.id, follower)).await?;
    }
    take_back(app, &mut tx, Kind::Request, (follower, viewer.id)).await?;
    tx.commit().await
}

const SET_ASKS: &str = "update users set asks_followers = $2 where id = $1";

const OF_ALL: &str = "
    select follower_id from follow_requests where author_id = $1 order by created_at limit 500";

/// Whether the viewer wants to be asked first. Whoever has asked follows when they do not any more.
pub async fn ask_first(app: &App, viewer: &Viewer, wants: bool) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    sqlx::query(SET_ASKS)
        .bind(viewer.id)
        .bind(i64::from(wants))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    if wants {
        return Ok(());
    }
    loop {
        let some: Vec<(Id<Users>,)> = sqlx::query_as(OF_ALL)
            .bind(viewer.id)
            .fetch_all(app.db.read())
            .await?;
        if some.is_empty() {
            return Ok(());
        }
        for (follower,) in some {
            match approve(app, viewer, follower).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(other) => return Err(other),
            }
        }
    }
}

const SOME: &str = "
    select follower_id, author_id from follows where follower_id = $1
    union all
    select follower_id, author_id from follows where author_id = $1
    union all
    select follower_id, author_id from follow_requests where author_id = $1 or follower_id = $1
    limit $2";

const UNCOUNT: &str = "delete from user_counts where user_id = $1";

/// Takes so much of who follows whom away with a member who is gone; false when there was nothing.
pub async fn take_away(app: &App, user: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let some: Vec<(Id<Users>, Id<Users>)> = sqlx::query_as(SOME)
        .bind(user)
        .bind(count)
        .fetch_all(&mut *tx)
        .await?;
    for (follower, author) in &some {
        // Silently: of whoever is gone open pages show nothing any more.
        if delete(&mut tx, (*follower, *author)).await? {
            tally(&mut tx, (*follower, *author), -1).await?;
        }
    }
    if some.is_empty() {
        sqlx::query(UNCOUNT).bind(user).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(!some.is_empty())
}
