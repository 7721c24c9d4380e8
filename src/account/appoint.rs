//! `porch admin <email>`: an administrator from the command line.

use super::email::Email;
use super::reset::link_for;
use super::signup::{Row, insert};
use super::user::{DisplayName, Handle};
use crate::auth::Signer;
use crate::clock::Clock;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::Id;

pub enum Appointed {
    Existing,
    /// A new account, whose password is chosen at this path of the site.
    New {
        path: String,
    },
}

const MAKE_ADMIN: &str = "
    update users set is_admin = 1, is_active = 1, is_verified = 1, leaves_at = null
     where email_lower = $1";

/// Makes the account with this address an administrator, or makes one that nobody can sign in to
/// until its password was chosen.
pub async fn appoint(db: &Db, clock: &Clock, signer: &Signer, email: &Email) -> Result<Appointed> {
    let mut tx = db.write().await?;
    let made = sqlx::query(MAKE_ADMIN)
        .bind(email.lower())
        .execute(&mut *tx)
        .await?;
    if made.rows_affected() == 1 {
        tx.commit().await?;
        return Ok(Appointed::Existing);
    }
    // No PHC string: no password fits it. Random, so that the link is bound to this account alone.
    let hash = format!("none:{}", crate::id::random_text(26));
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
    let id = insert(&mut tx, row, (&handle, false))
        .await?
        .map_err(|_| Error::Conflict("no handle is free for this address".into()))?;
    tx.commit().await?;
    Ok(Appointed::New {
        path: link_for(signer, clock, (id, &hash))?,
    })
}
