//! Confirming an address: a link in a letter, whose token dies when the address changes.

use crate::account::links;
use crate::account::{self, CONFIRM_LETTER, User, WhyOut};
use crate::app::App;
use crate::error::Result;
use crate::limit::{Act, Address, Key};

/// Has a letter sent to this address, if it belongs to somebody who has not confirmed it.
pub async fn ask(app: &App, address: Address, email: &str) -> Result<()> {
    app.limiter
        .spend(Act::AskLetter, Key::Address(address), 1)
        .await?;
    account::ask_letter(app, &CONFIRM_LETTER, email).await
}

/// What a token can be.
pub enum Redeemed {
    Now(User),
    Before,
    Bad,
}

const CONFIRM: &str = "
    update users
       set is_verified = 1
     where id = $1 and email = $2 and is_verified = 0";

/// Confirms the address that `token` was sent to.
pub async fn redeem(app: &App, token: &str) -> Result<Redeemed> {
    let Some((id, email)) = links::confirms(app, token) else {
        return Ok(Redeemed::Bad);
    };
    let mut tx = app.db.write().await?;
    let confirmed = sqlx::query(CONFIRM)
        .bind(id)
        .bind(&email)
        .execute(&mut *tx)
        .await?;
    let user = account::find(&mut tx, id).await?;
    match user.filter(|user| user.email == email && user.is_expected()) {
        Some(user) if confirmed.rows_affected() == 1 => {
            match user.why_out() {
                WhyOut::Confirm => drop(account::let_in(&mut tx, id).await?),
                WhyOut::Waiting if app.letters_go_out() => {
                    account::request_arrives(app, &mut tx, id).await?;
                }
                WhyOut::Waiting | WhyOut::Closed => {}
            }
            tx.commit().await?;
            Ok(Redeemed::Now(user))
        }
        Some(_) => Ok(Redeemed::Before),
        None => Ok(Redeemed::Bad),
    }
}
