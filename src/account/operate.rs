//! `porch member` and `porch invite`: what whoever has the server's command line does with accounts when the browser is no
//! help. Each stands in the log, by nobody.

use futures::future::BoxFuture;

use super::access::require_other_admin;
use super::email::Email;
use super::invites::{self, MOST_PEOPLE, New};
use super::links::{self, Bound};
use super::row::{self, User};
use crate::audit::{self, Deed, Done};
use crate::auth::Sessions;
use crate::changes;
use crate::clock::{Clock, Micros};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use crate::office::Office;

/// What is to become of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// Nobody signs in to it any more; what is signed in ends.
    Close,
    Open,
    /// Another password is chosen by a link.
    Password,
    Office(Office),
}

impl Order {
    pub const NAMES: &str = "close, open, password, moderator, administrator, nothing";

    pub fn named(name: &str) -> Option<Order> {
        Some(match name {
            "close" => Order::Close,
            "open" => Order::Open,
            "password" => Order::Password,
            "moderator" => Order::Office(Office::Moderator),
            "administrator" => Order::Office(Office::Administrator),
            "nothing" => Order::Office(Office::Member),
            _ => return None,
        })
    }
}

/// Told in the transaction in which an account is opened or closed by hand.
pub type ByHand = for<'a> fn(&'a mut Tx, Id<Users>, Micros) -> BoxFuture<'a, Result<()>>;

/// Whoever has the command line.
pub struct Operator<'a> {
    pub db: &'a Db,
    pub clock: &'a Clock,
    pub sessions: &'a Sessions,
}

const HANDLE: &str = "select handle from users where id = $1";

const SESSIONS: &str = "
    select cast(count(*) as bigint) from sessions where user_id = $1 and expires_at > $2";

const CLOSE: &str = "update users set is_active = 0 where id = $1 and why_out = ''";

const OPEN: &str = "
    update users set is_active = 1, hidden_at = null, why_out = '', leaves_at = null where id = $1 and gone_at is null";

const SET_OFFICE: &str = "update users set is_admin = $2, is_moderator = $3 where id = $1";

/// So long an invitation of the command line holds.
const DAYS: i64 = 7;

const SOMEBODY: &str = "
    select id from users where is_admin = 1 and is_active = 1 order by created_at limit 1";

impl Operator<'_> {
    async fn find(&self, tx: &mut Tx, email: &Email) -> Result<User> {
        let found = row::find_by_email(tx, email.as_str()).await?;
        found.ok_or_else(|| Error::Conflict("nobody here has that address".into()))
    }

    /// How somebody stands, in one line.
    pub async fn describe(&self, email: &Email) -> Result<String> {
        let mut tx = self.db.write().await?;
        let user = self.find(&mut tx, email).await?;
        let (handle,): (String,) = sqlx::query_as(HANDLE)
            .bind(user.id)
            .fetch_one(&mut *tx)
            .await?;
        let (sessions,): (i64,) = sqlx::query_as(SESSIONS)
            .bind(user.id)
            .bind(self.clock.now())
            .fetch_one(&mut *tx)
            .await?;
        let standing = match (user.is_active(), user.why_out().name()) {
            (true, _) => "",
            (false, "") => ", closed",
            (false, _) => ", not in so far",
        };
        let confirmed = if user.is_verified() {
            ""
        } else {
            ", address not confirmed"
        };
        let office = user.office().name();
        Ok(format!(
            "@{handle} {} <{}>: {office}{standing}{confirmed}; sessions: {sessions}",
            user.name, user.email
        ))
    }

    /// Does it; a path under which a password is chosen, where one is. `by_hand` says to the other rooms that an account was opened or closed.
    pub async fn order(
        &self,
        email: &Email,
        order: Order,
        by_hand: ByHand,
    ) -> Result<Option<String>> {
        let mut tx = self.db.write().await?;
        changes::hold(&mut tx).await?;
        let user = self.find(&mut tx, email).await?;
        let (deed, detail) = match order {
            Order::Close => (Deed::ShutOut, ""),
            Order::Open => (Deed::LetIn, ""),
            Order::Password => (Deed::AccountChanged, "a link to choose a password"),
            Order::Office(Office::Member) => (Deed::OfficeTaken, "member"),
            Order::Office(office) => (Deed::OfficeGiven, office.name()),
        };
        let keeps_office = matches!(
            order,
            Order::Open | Order::Password | Order::Office(Office::Administrator)
        );
        if user.is_admin() && user.is_active() && !keeps_office {
            require_other_admin(&mut tx, user.id).await?;
        }
        let mut path = None;
        match order {
            Order::Close => {
                sqlx::query(CLOSE).bind(user.id).execute(&mut *tx).await?;
                self.sessions.end_all(&mut tx, user.id).await?;
            }
            Order::Open => {
                sqlx::query(OPEN).bind(user.id).execute(&mut *tx).await?;
            }
            Order::Password => {
                let signer = self.sessions.signer();
                path = Some(links::to_choose_password(
                    signer,
                    self.clock,
                    &Bound::to(&user),
                )?);
            }
            Order::Office(office) => {
                if !user.is_active() {
                    return Err(Error::Conflict(
                        "this account is closed: open it first".into(),
                    ));
                }
                sqlx::query(SET_OFFICE)
                    .bind(user.id)
                    .bind(i64::from(office == Office::Administrator))
                    .bind(i64::from(office == Office::Moderator))
                    .execute(&mut *tx)
                    .await?;
            }
        }
        if matches!(order, Order::Close | Order::Open) {
            by_hand(&mut tx, user.id, self.clock.now()).await?;
        }
        let whom = user.id.to_string();
        let done = Done {
            deed,
            subject: &whom,
            detail,
        };
        audit::note(&mut tx, done, (None, self.clock.now())).await?;
        tx.commit().await?;
        Ok(path)
    }

    /// Makes an invitation for so many people, as the first administrator's; the path of its link.
    pub async fn invite(&self, people: i64) -> Result<String> {
        if !(1..=MOST_PEOPLE).contains(&people) {
            return Err(Error::Conflict(format!(
                "an invitation is for 1 to {MOST_PEOPLE} people"
            )));
        }
        let mut tx = self.db.write().await?;
        let by: Option<(Id<Users>,)> = sqlx::query_as(SOMEBODY).fetch_optional(&mut *tx).await?;
        let (by,) = by.ok_or_else(|| {
            Error::Conflict("there is no administrator yet: `porch admin <email>` makes one".into())
        })?;
        let now = self.clock.now();
        let new = New {
            people,
            days: DAYS,
            note: String::new(),
        };
        let signer = self.sessions.signer();
        let path = invites::put_by_operator(&mut tx, signer, (by, now), new).await?;
        tx.commit().await?;
        Ok(path)
    }
}
