//! The letters that tell an account's owner that what opens it was changed.

use serde::{Deserialize, Serialize};
use tera::Context;

use super::letter::{self, Address, Letter, Reader};
use super::links;
use super::row::User;
use crate::app::App;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::jobs::{Failure, Task};

const PASSWORD: &str = "your password was changed";
const ADDRESS: &str = "your address was changed";

pub static PASSWORD_LETTER: Letter = Letter::new(
    "letter.password_changed",
    |app, task| Box::pin(send_password(app, task)),
    |payload| letter::describe(PASSWORD, payload),
);

pub static ADDRESS_LETTER: Letter = Letter::new(
    "letter.address_changed",
    |app, task| Box::pin(send_address(app, task)),
    |_| format!("Letter: {ADDRESS}"),
);

/// Has the owner told that there is another password, at the address that the account has.
pub async fn password_changed(app: &App, tx: &mut Tx, user: &User) -> Result<()> {
    let about = Address {
        email: user.email.clone(),
    };
    letter::put(app, tx, (&PASSWORD_LETTER, &Reader::of(user)), &about).await?;
    Ok(())
}

async fn send_password(app: App, task: Task) -> Result<(), Failure> {
    let Address { email } = task.read()?;
    let reader = confirmed(&email);
    let words = ("password_changed", PASSWORD);
    letter::send(&app, &PASSWORD_LETTER, &reader, words, Context::new()).await
}

#[derive(Serialize, Deserialize)]
struct Moved {
    /// Who moved; nobody in what was put in by an older version.
    user: Option<Id<Users>>,
    old: String,
    new: String,
}

/// Has the owner told that there is another address, at the old one, with a way back.
pub async fn address_changed(app: &App, tx: &mut Tx, user: &User, new: &str) -> Result<()> {
    let about = Moved {
        user: Some(user.id),
        old: user.email.clone(),
        new: new.to_owned(),
    };
    letter::put(app, tx, (&ADDRESS_LETTER, &Reader::of(user)), &about).await?;
    Ok(())
}

async fn send_address(app: App, task: Task) -> Result<(), Failure> {
    let Moved { user, old, new } = task.read()?;
    let token = user.map(|user| links::to_go_back(&app, user, &old));
    let back = token.transpose()?;
    let back = back.map(|token| format!("{}/back?token={token}", letter::home(&app)));
    let mut context = Context::new();
    context.insert("new", &new);
    context.insert("back", &back);
    let words = ("address_changed", ADDRESS);
    letter::send(&app, &ADDRESS_LETTER, &confirmed(&old), words, context).await
}

/// These are only put in for addresses that were confirmed then.
fn confirmed(email: &str) -> Reader<'_> {
    Reader {
        email,
        confirmed: true,
        name: None,
    }
}
