//! Notices of desks: those who look after the place, or own a group, hear that something waits for them, and see it gone
//! for all of them when nothing does any more.

use super::kind::Kind;
use super::put::{New, Told, put, take_back};
use crate::account;
use crate::app::{App, Desk, Waiting};
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Groups, Id, Posts, Users};
use crate::post::{self, Queue};

impl From<Desk> for Kind {
    fn from(desk: Desk) -> Kind {
        match desk {
            Desk::Request => Kind::Asks,
            Desk::Post => Kind::Waits,
            Desk::Report(_) => Kind::Reports,
            Desk::GroupRequest(_) => Kind::GroupAsks,
            Desk::Group(_) => Kind::GroupWaits,
        }
    }
}

impl Desk {
    fn group(self) -> Option<Id<Groups>> {
        match self {
            Desk::Request | Desk::Post | Desk::Report(_) => None,
            Desk::GroupRequest(group) | Desk::Group(group) => Some(group),
        }
    }

    /// Whatever waits at one desk is one notice.
    fn subject(self) -> String {
        self.group()
            .map_or("desk".into(), |group| group.to_string())
    }
}

/// So many are told at most.
const OFFICERS: &str = "
    select id from users
     where (is_admin = 1 or is_moderator = 1) and is_active = 1 and hidden_at is null
     order by created_at limit 50";

// Nobody hears of what is said about themselves, and of what is about one of them only administrators do.
const OFFICERS_BUT: &str = "
    select id from users
     where (is_admin = 1 or (is_moderator = 1 and not exists (
               select 1 from users o where o.id = $1 and (o.is_admin = 1 or o.is_moderator = 1))))
       and id <> $1 and is_active = 1 and hidden_at is null
     order by created_at limit 50";

const OWNERS: &str = "
    select m.user_id
      from group_members m
      join users u on u.id = m.user_id
     where m.group_id = $1 and m.office = 'owner' and u.is_active = 1 and u.hidden_at is null
     order by m.since limit 50";

/// Who sits at a desk.
async fn at(tx: &mut Tx, desk: Desk) -> Result<Vec<Id<Users>>> {
    let query = match (desk, desk.group()) {
        (_, Some(group)) => sqlx::query_as(OWNERS).bind(group),
        (Desk::Report(Some(whom)), None) => sqlx::query_as(OFFICERS_BUT).bind(whom),
        (_, None) => sqlx::query_as(OFFICERS),
    };
    let rows: Vec<(Id<Users>,)> = query.fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Something has come to wait.
pub async fn waits(app: &App, tx: &mut Tx, waiting: Waiting) -> Result<()> {
    let Waiting { desk, by } = waiting;
    let subject = desk.subject();
    for to in at(tx, desk).await? {
        let new = New {
            kind: desk.into(),
            to,
            by,
            subject: &subject,
            post: None,
            comment: None,
            group: desk.group(),
        };
        put(app, tx, new).await?;
    }
    Ok(())
}

/// Lets an author know that a post of theirs was looked at: for those who look after the place, or by an owner of the group
/// that it is for.
pub async fn looked(
    app: &App,
    tx: &mut Tx,
    (author, post): (Id<Users>, Id<Posts>),
    owner: Option<Id<Users>>,
) -> Result<()> {
    let new = New {
        kind: match owner {
            None => Kind::Looked,
            Some(_) => Kind::GroupLooked,
        },
        to: author,
        by: owner.unwrap_or(author),
        subject: &post.to_string(),
        post: Some(post),
        comment: None,
        group: None,
    };
    put(app, tx, new).await
}

const CASES: &str = "
    select cast(count(*) as bigint) from (
        select id from cases where state = 'open'
        union all
        select a.measure_id from appeals a join measures m on m.id = a.measure_id
         where a.outcome = '' and m.undone_at is null
        limit 1) one";

const ASK: &str = "
    select cast(count(*) as bigint) from (
        select user_id from group_requests where group_id = $1 and by_id = user_id limit 1) one";

/// Less waits than before, for those who look after the place and the owners of this group: what they were told is taken
/// back of whatever nothing of waits any more.
pub async fn waits_less(app: &App, tx: &mut Tx, group: Option<Id<Groups>>) -> Result<()> {
    let requests = account::requests_waiting(app, tx).await?;
    let posts = post::posts_waiting(tx, Queue::House).await?;
    let (cases,): (i64,) = sqlx::query_as(CASES).fetch_one(&mut **tx).await?;
    let mut desks = vec![
        (Desk::Request, requests),
        (Desk::Post, posts),
        (Desk::Report(None), cases),
    ];
    if let Some(group) = group {
        let (ask,): (i64,) = sqlx::query_as(ASK).bind(group).fetch_one(&mut **tx).await?;
        desks.push((Desk::GroupRequest(group), ask));
        let posts = post::posts_waiting(tx, Queue::Group(group)).await?;
        desks.push((Desk::Group(group), posts));
    }
    for (desk, waiting) in desks {
        if waiting > 0 {
            continue;
        }
        let (kind, subject) = (Kind::from(desk), &*desk.subject());
        for to in at(tx, desk).await? {
            take_back(app, tx, Told { kind, to, subject }).await?;
        }
    }
    Ok(())
}
