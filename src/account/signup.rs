//! Becoming a member.

use super::confirm;
use super::email::Email;
use super::names::{DisplayName, Handle};
use super::row::{self, User, WhyOut};
use super::{invites, newcomers, requests, waiting, words};
use crate::app::App;
use crate::auth::NewPassword;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::form::{Fields, Wrong, wrong};
use crate::house::Joining;
use crate::id::{Id, Users};

/// A member to be; name and handle are made of the address where none were chosen.
pub struct NewMember {
    pub email: Email,
    pub name: DisplayName,
    pub handle: Wish,
    pub password: NewPassword,
}

impl NewMember {
    pub fn from(fields: &Fields, most_name: usize) -> Result<Self, Wrong> {
        let mut wrong = Wrong::new();
        let email = Email::new(fields.text("email"));
        let password = NewPassword::new(fields.text("password"));
        let made = email.as_ref().ok().map(Handle::of);
        let handle_chosen = !fields.text("handle").trim().is_empty();
        let handle = match (handle_chosen, &made) {
            (true, _) => Handle::new(fields.text("handle")),
            (false, Some(made)) => Ok(made.clone()),
            (false, None) => Err(""),
        };
        let name = match (fields.text("name").trim(), &handle) {
            ("", Ok(handle)) => DisplayName::new(handle.as_str(), most_name),
            ("", Err(_)) => Err(String::new()),
            (name, _) => DisplayName::new(name, most_name),
        };
        let mut note = |field: &str, message: &str| {
            if !message.is_empty() {
                wrong.insert(field.into(), message.into());
            }
        };
        email
            .as_ref()
            .err()
            .into_iter()
            .for_each(|bad| note("email", bad.sentence()));
        password
            .as_ref()
            .err()
            .into_iter()
            .for_each(|message| note("password", message));
        handle
            .as_ref()
            .err()
            .into_iter()
            .for_each(|message| note("handle", message));
        name.as_ref()
            .err()
            .into_iter()
            .for_each(|message| note("name", message));
        match (email, password, handle, name) {
            (Ok(email), Ok(password), Ok(handle), Ok(name)) => Ok(NewMember {
                email,
                name,
                handle: Wish {
                    handle,
                    is_own: handle_chosen,
                },
                password,
            }),
            _ => Err(wrong),
        }
    }
}

const INSERT: &str = "
    insert into users (id, email, email_lower, handle, name, password_hash, is_admin, is_verified,
                       created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict do nothing";

const TAKEN: &str = "
    select cast(coalesce(sum(case when email_lower = $1 then 1 else 0 end), 0) as bigint)
      from users
     where email_lower = $1";

/// How many made-up handles are tried before giving up.
const TRIES: usize = 30;

/// What somebody brings who wants to become a member.
#[derive(Default)]
pub struct Brings<'a> {
    /// The code of an invitation.
    pub invite: Option<&'a str>,
    /// What they say of themselves, where whoever comes is looked at first.
    pub words: Option<&'a str>,
    /// They have typed into a page, and get the letter that confirms their address.
    pub is_at_page: bool,
}

/// By which way somebody becomes a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    AtOnce,
    /// As soon as the address is confirmed.
    Confirmed,
    /// When somebody lets them in.
    LetIn,
}

async fn way(app: &App, new: &NewMember, brings: &Brings<'_>) -> Result<Way> {
    let rules = app.house.rules().await?;
    let is_welcome = rules.welcomes(new.email.as_str());
    match rules.joining() {
        Joining::Closed => Err(Error::Forbidden("Nobody new is let in at present.")),
        _ if brings.invite.is_some() => Ok(Way::AtOnce),
        Joining::Open => Ok(Way::AtOnce),
        _ if is_welcome => Ok(Way::Confirmed),
        Joining::Request => Ok(Way::LetIn),
        Joining::Invitation => Err(Error::Forbidden(
            "Only those who were invited are let in here. Ask a member for an invitation.",
        )),
    }
}

/// The one door by which somebody becomes a member, or waits to. Accounts that are not open yet say so themselves. The inner
/// error is for the form.
pub async fn register(
    app: &App,
    new: NewMember,
    brings: Brings<'_>,
) -> Result<Result<User, Wrong>> {
    let way = way(app, &new, &brings).await?;
    let hash = app.passwords.hash(new.password).await?;
    let mut tx = app.db.write().await?;
    let row = Row {
        id: Id::new(),
        email: &new.email,
        name: &new.name,
        hash: &hash,
        admin: false,
        at: app.clock.now(),
    };
    let id = match insert(&mut tx, row, &new.handle).await? {
        Ok(id) => id,
        Err(wrong) => return Ok(Err(wrong)),
    };
    if let Some(code) = brings.invite
        && !invites::claim(app, &mut tx, (code, id)).await?
    {
        let text = "This invitation does not work any more. Ask for another one.";
        return Ok(Err(wrong("invite", text)));
    }
    let out = match way {
        Way::AtOnce => None,
        Way::Confirmed => Some(WhyOut::Confirm),
        Way::LetIn => Some(WhyOut::Waiting),
    };
    if let Some(why) = out {
        waiting::keep_out(&mut tx, id, why).await?;
    }
    if way == Way::LetIn {
        let words = brings.words.unwrap_or_default();
        requests::ask(app, &mut tx, (id, words)).await?;
    }
    // Whoever was invited or is looked at by somebody is known; whoever just came is not.
    if brings.invite.is_none() && way != Way::LetIn {
        let first = app.house.rules().await?.looked_at_first();
        newcomers::give(&mut tx, id, first).await?;
    }
    let user = row::get(&mut tx, id).await?;
    if brings.is_at_page || way != Way::AtOnce {
        confirm::put(app, &mut tx, &user.email).await?;
    }
    tx.commit().await?;
    Ok(Ok(user))
}

/// The handle that a new account is to have.
pub struct Wish {
    pub handle: Handle,
    /// It is the member's own wish, so another one will not do.
    pub is_own: bool,
}

impl Wish {
    /// One that was made for them, which may get a number.
    pub fn made(handle: Handle) -> Wish {
        Wish {
            handle,
            is_own: false,
        }
    }
}

pub struct Row<'a> {
    pub id: Id<Users>,
    pub email: &'a Email,
    pub name: &'a DisplayName,
    pub hash: &'a str,
    /// An administrator, whose address needs no confirmation: who sets a place up was let in by its key.
    pub admin: bool,
    pub at: Micros,
}

const KEPT_BACK: &str = "
    select handle from freed_handles where handle = $1 and freed_at > $2 and (user_id is null or user_id <> $3)";

/// A handle that somebody gave up is nobody's for so long.
const KEPT_BACK_FOR: Micros = 90 * 86_400 * 1_000_000;

/// Whether a handle was given up so lately that nobody but (`by`) who had it may take it.
pub async fn is_kept_back(
    tx: &mut Tx,
    handle: &str,
    (at, by): (Micros, Option<Id<Users>>),
) -> Result<bool> {
    let kept: Option<(String,)> = sqlx::query_as(KEPT_BACK)
        .bind(handle)
        .bind(at - KEPT_BACK_FOR)
        .bind(by.map(|id| id.to_string()).unwrap_or_default())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(kept.is_some())
}

const FREE: &str = "
    insert into freed_handles (handle, user_id, freed_at) values ($1, $2, $3)
    on conflict (handle) do update set user_id = excluded.user_id, freed_at = excluded.freed_at";

/// Notes that `by` gave a handle up.
pub async fn free_handle(
    tx: &mut Tx,
    handle: &str,
    (at, by): (Micros, Option<Id<Users>>),
) -> Result<()> {
    sqlx::query(FREE)
        .bind(handle)
        .bind(by.map(|id| id.to_string()))
        .bind(at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const FORGET_FREED: &str = "delete from freed_handles where freed_at < $1";

/// Forgets which handles were given up so long ago that anybody may have them.
pub async fn forget_freed(app: &App) -> Result<()> {
    let mut tx = app.db.write().await?;
    sqlx::query(FORGET_FREED)
        .bind(app.clock.now() - KEPT_BACK_FOR)
        .execute(&mut *tx)
        .await?;
    tx.commit().await
}

/// Writes the row; unique keys decide, not a look beforehand.
pub async fn insert(tx: &mut Tx, row: Row<'_>, wish: &Wish) -> Result<Result<Id<Users>, Wrong>> {
    let id = row.id;
    let tries = if wish.is_own { 1 } else { TRIES };
    for n in 0..tries {
        let handle = wish.handle.numbered(n);
        if is_kept_back(tx, handle.as_str(), (row.at, None)).await? {
            continue;
        }
        let inserted = sqlx::query(INSERT)
            .bind(id)
            .bind(row.email.as_str())
            .bind(row.email.lower())
            .bind(handle.as_str())
            .bind(row.name.as_str())
            .bind(row.hash)
            .bind(i64::from(row.admin))
            .bind(i64::from(row.admin))
            .bind(row.at)
            .execute(&mut **tx)
            .await?;
        if inserted.rows_affected() == 1 {
            words::write(tx, id, (row.name.as_str(), handle.as_str())).await?;
            return Ok(Ok(id));
        }
        let (email_taken,): (i64,) = sqlx::query_as(TAKEN)
            .bind(row.email.lower())
            .fetch_one(&mut **tx)
            .await?;
        if email_taken > 0 {
            let text = "There is an account with this address. Sign in instead.";
            return Ok(Err(wrong("email", text)));
        }
    }
    let text = "This handle is taken. Choose another.";
    Ok(Err(wrong("handle", text)))
}
