//! The one way in which a member writes: session, account and office are looked at inside the transaction, because
//! a body may take its time, and any of them may have ended since the request began.

use super::kind::Kind;
use super::viewer::Viewer;
use crate::audit::{self, Done};
use crate::changes;
use crate::clock::{Clock, Micros};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::office::Office;

/// An office is used within so long after signing in.
pub const FRESH: Micros = 3_600 * 1_000_000;

const STILL: &str = "
    select u.is_admin, u.is_moderator
      from sessions s
      join users u on u.id = s.user_id
     where s.id = $1 and s.user_id = $2 and s.expires_at > $3 and u.is_active = 1";

/// The same where several write at once: whoever ends the session waits for us, or we for them.
const STILL_LOCKED: &str = "
    select u.is_admin, u.is_moderator
      from sessions s
      join users u on u.id = s.user_id
     where s.id = $1 and s.user_id = $2 and s.expires_at > $3 and u.is_active = 1
       for no key update of s";

/// The same, and what else this member asks for alone waits for us.
const STILL_ALONE: &str = "
    select u.is_admin, u.is_moderator
      from sessions s
      join users u on u.id = s.user_id
     where s.id = $1 and s.user_id = $2 and s.expires_at > $3 and u.is_active = 1
       for no key update of s, u";

/// A member who still stands, in the transaction that has seen it.
struct Standing {
    tx: Tx,
    office: Office,
}

impl Db {
    /// A transaction for what `viewer` asks for. `Unauthenticated` when their session or account has ended.
    pub async fn write_as(&self, viewer: &Viewer, clock: &Clock) -> Result<Tx> {
        Ok(self.standing(viewer, clock, STILL_LOCKED).await?.tx)
    }

    /// The same, one after the other for each member: for what has a bound that counts what the member has.
    pub async fn write_alone_as(&self, viewer: &Viewer, clock: &Clock) -> Result<Tx> {
        Ok(self.standing(viewer, clock, STILL_ALONE).await?.tx)
    }

    /// The same, one after the other for everybody: for what changes what members are to each other. The feed's counter comes
    /// before the row of any member, as when somebody publishes; the other way round two would wait for each other.
    pub async fn write_in_turn_as(&self, viewer: &Viewer, clock: &Clock) -> Result<Tx> {
        let mut tx = self.write_as(viewer, clock).await?;
        changes::hold(&mut tx).await?;
        Ok(tx)
    }

    /// A transaction for what `viewer` does in an office: they hold it now, and have signed in within the hour, by the
    /// password. An access token holds none. What is done stands in the log with it.
    pub async fn write_in_office(
        &self,
        viewer: &Viewer,
        clock: &Clock,
        done: Done<'_>,
    ) -> Result<Tx> {
        let standing = self.standing(viewer, clock, STILL_LOCKED).await?;
        let wanted = done.deed.office();
        if standing.office < wanted {
            return Err(Error::Forbidden(wanted.refusal()));
        }
        viewer.require_fresh(clock)?;
        let mut tx = standing.tx;
        audit::note(&mut tx, done, (Some(viewer.id), clock.now())).await?;
        Ok(tx)
    }

    /// A transaction for what several members ask for, each of whom is looked at in it.
    pub(super) async fn write_together(&self) -> Result<Together> {
        Ok(Together(self.write().await?))
    }

    async fn standing(
        &self,
        viewer: &Viewer,
        clock: &Clock,
        locked: &'static str,
    ) -> Result<Standing> {
        let mut tx = self.write().await?;
        let still: Option<(i64, i64)> =
            sqlx::query_as(if self.has_one_writer() { STILL } else { locked })
                .bind(viewer.session_id)
                .bind(viewer.id)
                .bind(clock.now())
                .fetch_optional(&mut *tx)
                .await?;
        let (admin, moderator) = still.ok_or(Error::Unauthenticated)?;
        Ok(Standing {
            tx,
            office: Office::of(admin == 1, moderator == 1),
        })
    }
}

/// An open transaction for several members.
pub(super) struct Together(Tx);

impl Together {
    /// The transaction for what `viewer` asks for; or (the inner error) they stand no more.
    pub async fn of(&mut self, viewer: &Viewer, clock: &Clock) -> Result<Result<&mut Tx>> {
        let still: Option<(i64, i64)> = sqlx::query_as(STILL)
            .bind(viewer.session_id)
            .bind(viewer.id)
            .bind(clock.now())
            .fetch_optional(&mut *self.0)
            .await?;
        Ok(match still {
            Some(_) => Ok(&mut self.0),
            None => Err(Error::Unauthenticated),
        })
    }

    pub async fn commit(self) -> Result<()> {
        self.0.commit().await
    }
}

impl Viewer {
    /// Whether they have signed in within the hour.
    pub fn require_fresh(&self, clock: &Clock) -> Result<()> {
        self.require_no_token()?;
        match clock.now() - self.since <= FRESH {
            true => Ok(()),
            false => Err(Error::Stale),
        }
    }

    /// Whether they have signed in, and no token speaks for them.
    pub fn require_no_token(&self) -> Result<()> {
        match self.kind {
            Kind::Token => Err(Error::Forbidden(
                "An access token may not do this. Log in with your password first.",
            )),
            Kind::Api | Kind::Browser => Ok(()),
        }
    }
}
