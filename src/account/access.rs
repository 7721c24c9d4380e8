//! What opens an account: its address, its password, and whether it is open at all.

use super::access_letters::{address_changed, password_changed, went_back};
use super::email::Email;
use super::links::WayBack;
use super::row::{self, User};
use super::{confirm, out, sessions, waiting};
use crate::app::App;
use crate::audit::{Deed, Done};
use crate::auth::{NewPassword, Viewer};
use crate::db::Tx;
use crate::error::{Error, Result, is_duplicate};
use crate::form::{Wrong, wrong};
use crate::id::{Id, Users};
use crate::limit::{Act, Key};

/// Said when a form asks for the current password and it is another one.
pub const WRONG_PASSWORD: &str = "This is not your password. Look at it and try again.";

/// Another address, after the password.
pub async fn change_email(
    app: &App,
    viewer: &Viewer,
    (email, password): (Email, &str),
) -> Result<Result<(), Wrong>> {
    if verified(app, viewer, password).await?.is_none() {
        return Ok(Err(wrong("password", WRONG_PASSWORD)));
    }
    let changes = Changes {
        email: Some(email),
        ..Changes::default()
    };
    Ok(match update(app, viewer, viewer.id, changes).await? {
        Ok(_) => Ok(()),
        Err(EmailTaken) => Err(wrong(
            "email",
            "There is another account with this address.",
        )),
    })
}

/// A new password, after the old one. Every other session ends.
pub async fn change_password(
    app: &App,
    viewer: &Viewer,
    (old, new): (&str, NewPassword),
) -> Result<Result<(), Wrong>> {
    if verified(app, viewer, old).await?.is_none() {
        return Ok(Err(wrong("password", WRONG_PASSWORD)));
    }
    let changes = Changes {
        password: Some(new),
        ..Changes::default()
    };
    match update(app, viewer, viewer.id, changes).await? {
        Ok(_) => Ok(Ok(())),
        Err(EmailTaken) => unreachable!("the address was not changed"),
    }
}

/// What may change about an account's way in; `None` leaves it as it is.
#[derive(Default)]
pub struct Changes {
    pub email: Option<Email>,
    pub password: Option<NewPassword>,
    pub active: Option<bool>,
    pub admin: Option<bool>,
    pub verified: Option<bool>,
}

impl Changes {
    /// What an officer does who changes this of an account.
    fn deed(&self, before: &User) -> Deed {
        let admin = self.admin.filter(|admin| *admin != before.is_admin());
        let active = self.active.filter(|active| *active != before.is_active());
        match (admin, active) {
            (Some(true), _) => Deed::OfficeGiven,
            (_, Some(false)) => Deed::ShutOut,
            (_, Some(true)) => Deed::LetIn,
            (Some(false), None) => Deed::OfficeTaken,
            (None, None) => Deed::AccountChanged,
        }
    }

    /// What is set, in words; never what it is set to where that is a secret.
    fn words(&self) -> String {
        let flag = |name: &str, value: Option<bool>| value.map(|value| format!("{name}: {value}"));
        let parts = [
            self.email.as_ref().map(|_| "address".to_owned()),
            self.password.as_ref().map(|_| "password".to_owned()),
            flag("active", self.active),
            flag("administrator", self.admin),
            flag("confirmed", self.verified),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Another account has this address, or the same one in another spelling.
#[derive(Debug)]
pub struct EmailTaken;

/// Takes the row for this transaction, so that what is read stays true.
const LOCK: &str = "update users set card_version = card_version where id = $1";

const UPDATE: &str = "
    update users
       set email = $2, email_lower = $3, password_hash = $4, is_active = $5, is_admin = $6,
           is_verified = $7
     where id = $1";

const OTHER_ADMINS: &str = "
    select cast(count(*) as bigint)
      from users
     where is_admin = 1 and is_active = 1 and leaves_at is null and id <> $1";

/// Changes an account, its owner's or (for an administrator) anybody's. Who gets another password or is
/// shut out is signed out everywhere, the viewer's own session excepted.
pub async fn update(
    app: &App,
    viewer: &Viewer,
    id: Id<Users>,
    changes: Changes,
) -> Result<Result<User, EmailTaken>> {
    let shuts_out = changes.active == Some(false) || changes.admin == Some(false);
    let sets_flags = [changes.active, changes.admin, changes.verified];
    let in_office = id != viewer.id || sets_flags.iter().any(Option::is_some);
    let deed = match in_office {
        true => {
            let before = row::by_id(app, id).await?.ok_or(Error::NotFound)?;
            Some((changes.deed(&before), changes.words()))
        }
        false => None,
    };
    let new_hash = match changes.password {
        Some(new) => Some(app.passwords.hash(new).await?),
        None => None,
    };
    if changes.email.is_some() {
        // Before it is looked up: that an address is known is worth asking for.
        let account = Key::Account(viewer.id);
        app.limiter.spend(Act::MoveAddress, account, 1).await?;
    }
    let mut tx = match &deed {
        Some((deed, words)) => {
            let whom = id.to_string();
            let done = Done {
                deed: *deed,
                subject: &whom,
                detail: words,
            };
            app.db.write_in_office(viewer, &app.clock, done).await?
        }
        None => app.db.write_as(viewer, &app.clock).await?,
    };
    if shuts_out {
        // Of two administrators who shut each other out, one comes first.
        crate::changes::hold(&mut tx).await?;
    }
    sqlx::query(LOCK).bind(id).execute(&mut *tx).await?;
    let user = row::get(&mut tx, id).await?;
    let moved = changes.email.filter(|email| email.as_str() != user.email);
    if let Some(email) = &moved
        && row::find_by_email(&mut tx, email.as_str()).await?.is_some()
    {
        return Ok(Err(EmailTaken));
    }
    let active = changes.active.unwrap_or(user.is_active());
    let admin = changes.admin.unwrap_or(user.is_admin());
    if user.is_admin() && user.is_active() && !(admin && active) {
        require_other_admin(&mut tx, id).await?;
    }
    let confirmed = user.is_verified() && moved.is_none();
    let email = moved.as_ref().map_or(user.email.as_str(), Email::as_str);
    let updated = sqlx::query(UPDATE)
        .bind(id)
        .bind(email)
        .bind(email.to_lowercase())
        .bind(new_hash.as_ref().unwrap_or(&user.password_hash))
        .bind(i64::from(active))
        .bind(i64::from(admin))
        .bind(i64::from(changes.verified.unwrap_or(confirmed)))
        .execute(&mut *tx)
        .await;
    match updated {
        Ok(_) => {}
        Err(e) if is_duplicate(&e) => return Ok(Err(EmailTaken)),
        Err(e) => return Err(e.into()),
    }
    if active && !user.is_active() {
        out::open_again(&mut tx, id).await?;
    }
    if changes.active.is_some() {
        (app.herald.by_hand)(&mut tx, id, app.clock.now()).await?;
    }
    if active {
        let was_out = waiting::let_in(&mut tx, id).await?;
        if was_out {
            (app.herald.waits_less)(app, &mut tx, None).await?;
        }
    }
    if new_hash.is_some() || !active {
        match id == viewer.id && active {
            true => sessions::end_others(app, &mut tx, viewer).await?,
            false => sessions::end_all(app, &mut tx, id).await.map(drop)?,
        }
    }
    if new_hash.is_some() {
        password_changed(app, &mut tx, &user).await?;
    }
    if let Some(email) = &moved {
        address_changed(app, &mut tx, &user, email.as_str()).await?;
        confirm::put(app, &mut tx, email.as_str()).await?;
    }
    let user = row::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Ok(user))
}

/// Refuses what would leave nobody to look after the site. The caller holds the feed's counter
/// (`changes::hold`), so that two cannot leave at once.
pub async fn require_other_admin(tx: &mut Tx, id: Id<Users>) -> Result<()> {
    let (others,): (i64,) = sqlx::query_as(OTHER_ADMINS)
        .bind(id)
        .fetch_one(&mut **tx)
        .await?;
    if others > 0 {
        return Ok(());
    }
    Err(Error::Conflict(
        "This is the only administrator. Make somebody else one first.".into(),
    ))
}

const GO_BACK: &str = "
    update users
       set email = $2, email_lower = $3, is_verified = 1, password_hash = $4, went_back_at = $5, went_back_by = $6
     where id = $1 and gone_at is null and email_lower <> $3 and (went_back_by > $6 or went_back_at < $6)";

/// Gives an account the address back that a letter to it holds, ends every session and takes the password, which
/// whoever moved the account knows; and tells the address that it had until now. `None` when it has it, when another
/// account does, or when an older letter was obeyed since this one was written.
pub async fn go_back(app: &App, way: &WayBack) -> Result<Option<User>> {
    let none = format!("none:{}", crate::id::random_text(26));
    let (user, email) = (way.user, &way.email);
    let mut tx = app.db.write().await?;
    let Some(before) = row::find(&mut tx, user).await? else {
        return Ok(None);
    };
    let moved = sqlx::query(GO_BACK)
        .bind(user)
        .bind(email)
        .bind(email.to_lowercase())
        .bind(none)
        .bind(app.clock.now())
        .bind(way.moved_at)
        .execute(&mut *tx)
        .await;
    match moved {
        Ok(done) if done.rows_affected() == 1 => {}
        Ok(_) => return Ok(None),
        Err(e) if is_duplicate(&e) => return Ok(None),
        Err(e) => return Err(e.into()),
    }
    sessions::end_all(app, &mut tx, user).await?;
    went_back(app, &mut tx, &before, email).await?;
    let user = row::get(&mut tx, user).await?;
    tx.commit().await?;
    Ok(Some(user))
}

/// The viewer's account, if `password` is the viewer's. An access token opens nothing for which a password is asked.
pub async fn verified(app: &App, viewer: &Viewer, password: &str) -> Result<Option<User>> {
    viewer.require_no_token()?;
    let account = Key::Account(viewer.id);
    app.limiter.spend(Act::Password, account, 1).await?;
    let user = row::by_id(app, viewer.id).await?;
    let user = user.ok_or(Error::Unauthenticated)?;
    let fits = app
        .passwords
        .verify(password, Some(&user.password_hash))
        .await?;
    Ok(fits.then_some(user))
}
