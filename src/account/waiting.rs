//! Accounts whose owner is not in so far: kept out until they are let in or their address is confirmed, and gone when that
//! takes too long.

use serde::{Deserialize, Serialize};
use tera::Context;

use super::letter::{self, Letter, Reader};
use super::row::{User, WhyOut};
use crate::app::App;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::jobs::{Failure, Task};

/// So long such an account is kept; after the answer as long again.
const KEPT: Micros = 30 * 86_400 * 1_000_000;

const KEEP_OUT: &str = "
    update users set is_active = 0, why_out = $2, hidden_at = created_at, leaves_at = created_at + $3 where id = $1";

/// Keeps a new account out, for one of the two reasons.
pub async fn keep_out(tx: &mut Tx, id: Id<Users>, why: WhyOut) -> Result<()> {
    sqlx::query(KEEP_OUT)
        .bind(id)
        .bind(why.name())
        .bind(KEPT)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const LET_IN: &str = "
    update users set is_active = 1, why_out = '', hidden_at = null, leaves_at = null
     where id = $1 and why_out <> '' and gone_at is null";

/// Lets in whole who was kept out, for whichever reason; nothing is done to others. Whether they were.
pub async fn let_in(tx: &mut Tx, id: Id<Users>) -> Result<bool> {
    let done = sqlx::query(LET_IN).bind(id).execute(&mut **tx).await?;
    Ok(done.rows_affected() > 0)
}

const KEEP_LONGER: &str = "update users set leaves_at = $2 where id = $1 and why_out <> ''";

/// Keeps the account of somebody who was not let in, so that they can read why.
pub async fn keep_for_the_answer(tx: &mut Tx, id: Id<Users>, now: Micros) -> Result<()> {
    sqlx::query(KEEP_LONGER)
        .bind(id)
        .bind(now + KEPT)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const SUBJECT: &str = "your request was not answered";

/// Nobody has answered a request.
pub static LETTER: Letter = Letter::new(
    "letter.unanswered",
    |app, task| Box::pin(send(app, task)),
    |_| format!("Letter: {SUBJECT}"),
);

/// Whoever it is for is gone when it is sent.
#[derive(Serialize, Deserialize)]
struct Unanswered {
    email: String,
    name: String,
}

/// Lets somebody know whose request nobody has answered, and whose account goes.
pub async fn tell_unanswered(app: &App, tx: &mut Tx, user: &User) -> Result<()> {
    let about = Unanswered {
        email: user.email.clone(),
        name: user.name.clone(),
    };
    letter::put(app, tx, (&LETTER, &Reader::of(user)), &about).await?;
    Ok(())
}

async fn send(app: App, task: Task) -> Result<(), Failure> {
    let about: Unanswered = task.read()?;
    let reader = Reader::confirmed(&about.email, &about.name);
    let words = ("unanswered", SUBJECT);
    letter::send(&app, &LETTER, &reader, words, Context::new()).await
}
