//! Notices of the desk: those who look after the place hear that something waits for them, and see it gone for all of
//! them when nothing does any more.

use super::kind::Kind;
use super::put::{New, Told, put, take_back};
use crate::app::{App, Desk, Waiting};
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};

/// Whatever waits of a kind is one notice.
const SUBJECT: &str = "desk";

impl From<Desk> for Kind {
    fn from(desk: Desk) -> Kind {
        match desk {
            Desk::Request => Kind::Asks,
            Desk::Post => Kind::Waits,
        }
    }
}

/// So many are told at most.
const OFFICERS: &str = "
    select id from users
     where (is_admin = 1 or is_moderator = 1) and is_active = 1 and hidden_at is null
     order by created_at limit 50";

async fn officers(tx: &mut Tx) -> Result<Vec<Id<Users>>> {
    let rows: Vec<(Id<Users>,)> = sqlx::query_as(OFFICERS).fetch_all(&mut **tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Something has come to wait.
pub async fn waits(app: &App, tx: &mut Tx, waiting: Waiting) -> Result<()> {
    let (kind, by) = (Kind::from(waiting.desk), waiting.by);
    for to in officers(tx).await? {
        let new = New {
            kind,
            to,
            by,
            subject: SUBJECT,
            post: None,
            comment: None,
        };
        put(app, tx, new).await?;
    }
    Ok(())
}

/// Nothing of this kind waits any more.
pub async fn is_clear(app: &App, tx: &mut Tx, desk: Desk) -> Result<()> {
    let kind = Kind::from(desk);
    for to in officers(tx).await? {
        let subject = SUBJECT;
        take_back(app, tx, Told { kind, to, subject }).await?;
    }
    Ok(())
}
