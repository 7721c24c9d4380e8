//! `porch admin <email>`: an administrator from the command line.

use super::email::Email;
use super::links::{self, Bound};
use super::names::{DisplayName, Handle};
use super::signup::{Row, Wish, insert};
use super::{row, waiting};
use crate::auth::Sessions;
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;

pub enum Appointed {
    Existing,
    /// An account whose password is chosen at this path of the site: it is new, or nobody had confirmed its address,
    /// so that whoever registered it may be somebody else.
    Chooses {
        path: String,
    },
}

const MAKE_ADMIN: &str = "
    update users
       set is_admin = 1, is_active = 1, is_verified = 1, leaves_at = null
     where id = $1";

const TAKE_PASSWORD: &str = "update users set password_hash = $2 where id = $1";

/// Makes the account with this address an administrator, or makes one that nobody can sign in to
/// until its password was chosen.
pub async fn appoint(
    db: &Db,
    clock: &Clock,
    sessions: &Sessions,
    email: &Email,
) -> Result<Appointed> {
    let mut tx = db.write().await?;
    // No PHC string: no password fits it. Random, so that the link is bound to this account alone.
    let hash = format!("none:{}", crate::id::random_text(26));
    let known = row::find_by_email(&mut tx, email.as_str()).await?;
    let (user, epoch) = match known {
        Some(user) => {
            waiting::let_in(&mut tx, user.id).await?;
            sqlx::query(MAKE_ADMIN)
                .bind(user.id)
                .execute(&mut *tx)
                .await?;
            if user.is_verified() {
                tx.commit().await?;
                return Ok(Appointed::Existing);
            }
            sqlx::query(TAKE_PASSWORD)
                .bind(user.id)
                .bind(&hash)
                .execute(&mut *tx)
                .await?;
            (user.id, sessions.end_all(&mut tx, user.id).await?)
        }
        None => {
            let handle = Handle::of(email);
            let name = DisplayName::new(handle.as_str(), 50).map_err(Error::Unprocessable)?;
            let row = Row {
                id: Id::new(),
                email,
                name: &name,
                hash: &hash,
                admin: true,
                at: clock.now(),
            };
            let made = insert(&mut tx, row, &Wish::made(handle)).await?;
            let none = |_| Error::Conflict("no handle is free for this address".into());
            (made.map_err(none)?, 0)
        }
    };
    tx.commit().await?;
    let bound = Bound {
        user,
        hash: &hash,
        email: email.as_str(),
        epoch,
    };
    Ok(Appointed::Chooses {
        path: links::to_choose_password(sessions.signer(), clock, &bound)?,
    })
}
