//! Choosing a password by a link: from a letter, or printed by `porch admin`.

use tera::Context;

use crate::account::links::{self, Bound};
use crate::account::{self, Address as Mailbox, Letter, Reader, User};
use crate::app::App;
use crate::auth::NewPassword;
use crate::error::Result;
use crate::jobs::{Failure, Task};
use crate::limit::{Act, Address, Key};

const SUBJECT: &str = "choose a new password";

/// A link under which a new password is chosen; nothing when nobody has this address.
pub static LETTER: Letter = Letter::to_anybody(
    "letter.reset",
    |app, task| Box::pin(send(app, task)),
    |payload| account::describe_letter(SUBJECT, payload),
);

async fn send(app: App, task: Task) -> Result<(), Failure> {
    let Mailbox { email } = task.read()?;
    let user = account::by_email(&app, &email).await?;
    let Some(user) = user.filter(User::is_active) else {
        return Ok(());
    };
    let signer = app.sessions.signer();
    let path = links::to_choose_password(signer, &app.clock, &Bound::to(&user))?;
    let mut context = Context::new();
    context.insert("link", &format!("{}{path}", account::letter_home(&app)));
    account::send_letter(
        &app,
        &LETTER,
        &Reader::of(&user),
        ("reset", SUBJECT),
        context,
    )
    .await
}

/// Has a letter sent to this address, if it is somebody's. Whether it is, is only found out then: asking is answered
/// alike, and takes as long, for every address.
pub async fn ask(app: &App, address: Address, email: &str) -> Result<()> {
    app.limiter
        .spend(Act::AskLetter, Key::Address(address), 1)
        .await?;
    account::ask_letter(app, &LETTER, email).await
}

/// Whoever has opened the link has this mailbox: the address is confirmed by it.
const SET_PASSWORD: &str = "
    update users set password_hash = $1, is_verified = 1
     where id = $2 and password_hash = $3 and email = $4 and session_epoch = $5 and is_active = 1";

/// Replaces the password of the token's holder and ends every session; the epoch with which a new one
/// begins. `None` when what the token is bound to was changed meanwhile, so that it is used up.
pub async fn redeem(app: &App, holder: &User, new: NewPassword) -> Result<Option<i64>> {
    let hash = app.passwords.hash(new).await?;
    let mut tx = app.db.write().await?;
    let set = sqlx::query(SET_PASSWORD)
        .bind(hash)
        .bind(holder.id)
        .bind(&holder.password_hash)
        .bind(&holder.email)
        .bind(holder.session_epoch)
        .execute(&mut *tx)
        .await?;
    if set.rows_affected() == 0 {
        return Ok(None);
    }
    let epoch = account::end_all_sessions(app, &mut tx, holder.id).await?;
    let holder = account::get(&mut tx, holder.id).await?;
    account::password_changed(app, &mut tx, &holder).await?;
    tx.commit().await?;
    Ok(Some(epoch))
}
