//! The letters that tell an account's owner that what opens it was changed.

use serde::{Deserialize, Serialize};
use tera::Context;

use super::letter::{self, Address, Letter, Reader};
use super::links::{self, WayBack};
use super::row::User;
use crate::app::App;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{Id, Users};
use crate::jobs::{Failure, Task};

const PASSWORD: &str = "your password was changed";
const ADDRESS: &str = "your address was changed";

pub static PASSWORD_LETTER: Letter = Letter::warning(
    "letter.password_changed",
    |app, task| Box::pin(send_password(app, task)),
    |payload| letter::describe(PASSWORD, payload),
);

pub static ADDRESS_LETTER: Letter = Letter::warning(
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
    /// Who may go back; nobody where the way back was taken.
    user: Option<Id<Users>>,
    old: String,
    new: String,
    #[serde(default)]
    at: Micros,
}

/// Has the owner told that there is another address, at the old one, with a way back.
pub async fn address_changed(app: &App, tx: &mut Tx, user: &User, new: &str) -> Result<()> {
    let about = Moved {
        user: Some(user.id),
        old: user.email.clone(),
        new: new.to_owned(),
        at: app.clock.now(),
    };
    letter::put(app, tx, (&ADDRESS_LETTER, &Reader::of(user)), &about).await?;
    Ok(())
}

/// Has whoever has the account's address until now told that it goes back to a former one.
pub async fn went_back(app: &App, tx: &mut Tx, before: &User, new: &str) -> Result<()> {
    let about = Moved {
        user: None,
        old: before.email.clone(),
        new: new.to_owned(),
        at: app.clock.now(),
    };
    letter::put(app, tx, (&ADDRESS_LETTER, &Reader::of(before)), &about).await?;
    Ok(())
}

async fn send_address(app: App, task: Task) -> Result<(), Failure> {
    let Moved { user, old, new, at } = task.read()?;
    let way = user.map(|user| WayBack {
        user,
        email: old.clone(),
        moved_at: at,
    });
    let token = way.map(|way| links::to_go_back(&app, &way));
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
        confirmed: true,
        ..Reader::unknown(email)
    }
}
