//! The letter that asks to confirm an address.

use tera::Context;

use super::letter::{self, Address, Letter, Reader};
use super::links;
use super::row;
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::jobs::{Failure, Task};

const SUBJECT: &str = "confirm your address";

/// A link that confirms the address; nothing when there is nobody to confirm it for.
pub static LETTER: Letter = Letter::to_anybody(
    "letter.confirm",
    |app, task| Box::pin(send(app, task)),
    |payload| letter::describe(SUBJECT, payload),
);

async fn send(app: App, task: Task) -> Result<(), Failure> {
    let Address { email } = task.read()?;
    let user = row::by_email(&app, &email).await?;
    let Some(user) = user.filter(|user| user.is_expected() && !user.is_verified()) else {
        return Ok(());
    };
    let token = links::to_confirm(&app, &user)?;
    let mut context = Context::new();
    context.insert("email", &user.email);
    context.insert(
        "link",
        &format!("{}/verify?token={token}", letter::home(&app)),
    );
    letter::send(
        &app,
        &LETTER,
        &Reader::of(&user),
        ("confirm", SUBJECT),
        context,
    )
    .await
}

/// Has it sent to a member's new address once `tx` is committed.
pub async fn put(app: &App, tx: &mut Tx, email: &str) -> Result<()> {
    let about = Address {
        email: email.to_owned(),
    };
    letter::put(app, tx, (&LETTER, &Reader::unknown(email)), &about).await?;
    Ok(())
}
