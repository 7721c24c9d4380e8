//! Changing one's own account: name, handle, picture, address, password.

use super::email::Email;
use super::letter::{LETTER, Letter};
use super::session;
use super::signup::Wrong;
use super::user::{self, DisplayName, Handle, User};
use crate::app::App;
use crate::auth::{NewPassword, Viewer};
use crate::db::Tx;
use crate::error::{Error, Result, is_duplicate};
use crate::id::{Id, Users};
use crate::live;
use crate::media::{self, Purpose, Upload};

/// Said when a form asks for the current password and it is another one.
pub const WRONG_PASSWORD: &str = "This is not your password. Look at it and try again.";

pub fn wrong(field: &str, message: impl Into<String>) -> Wrong {
    Wrong::from_iter([(field.to_owned(), message.into().into())])
}

/// What stands on cards changes: a number like any other to whoever keeps pages of cards; there is no
/// frame for it. Before anything else in `tx`, because posting takes the counter before the member's
/// row too, and PostgreSQL would find a deadlock.
async fn change_of_cards(app: &App, tx: &mut Tx) -> Result<()> {
    live::next(tx, app.clock.now()).await?;
    Ok(())
}

const RENAME: &str = "
    update users set name = $1, handle = $2, card_version = card_version + 1 where id = $3";

/// Name and handle, as they stand on every card.
pub async fn rename(
    app: &App,
    viewer: &Viewer,
    (name, handle): (DisplayName, Handle),
) -> Result<Result<(), Wrong>> {
    let mut tx = app.db.write().await?;
    change_of_cards(app, &mut tx).await?;
    let renamed = sqlx::query(RENAME)
        .bind(name.as_str())
        .bind(handle.as_str())
        .bind(viewer.id)
        .execute(&mut *tx)
        .await;
    match renamed {
        Ok(_) => tx.commit().await.map(Ok),
        Err(e) if is_duplicate(&e) => Ok(Err(wrong(
            "handle",
            "This handle is taken. Choose another.",
        ))),
        Err(e) => Err(e.into()),
    }
}

const SHOW_FACE: &str = "
    update users set face = $1, card_version = card_version + 1 where id = $2";

/// Takes a picture in as the member's face, or (`None`) goes back to the letter.
pub async fn change_face(
    app: &App,
    viewer: &Viewer,
    upload: Option<Upload>,
) -> Result<Result<(), Wrong>> {
    let most = app.settings.limits.face;
    let item = match upload {
        None => None,
        Some(upload) if upload.format.is_video() => {
            return Ok(Err(wrong(
                "face",
                "A video cannot be a profile picture. Choose a photo.",
            )));
        }
        Some(upload) if upload.bytes > most => {
            let text = format!(
                "The picture is over the limit of {} MB. Save it smaller.",
                most >> 20
            );
            return Ok(Err(wrong("face", text)));
        }
        Some(upload) => match app.media.take_in(viewer.id, upload, Purpose::Face).await? {
            Ok(item) => Some(item),
            Err(refused) => return Ok(Err(wrong("face", refused.sentence))),
        },
    };
    let mut tx = app.db.write().await?;
    change_of_cards(app, &mut tx).await?;
    let key = item.as_ref().map(|item| item.key.clone());
    sqlx::query(SHOW_FACE)
        .bind(key)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if let Some(before) = &viewer.face
        && let Some(id) = media::find_face(&mut tx, viewer.id, before).await?
    {
        let key = media::discard(&mut tx, viewer.id, id, app.clock.now()).await?;
        let media = app.media.clone();
        tx.after_commit(move || media.remove_files_soon(vec![key]));
    }
    tx.commit().await?;
    Ok(Ok(()))
}

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
    let new_hash = match changes.password {
        Some(new) => Some(app.passwords.hash(new).await?),
        None => None,
    };
    let mut tx = app.db.write().await?;
    if shuts_out {
        // Of two administrators who shut each other out, one comes first.
        live::hold(&mut tx).await?;
    }
    sqlx::query(LOCK).bind(id).execute(&mut *tx).await?;
    let sets_flags = [changes.active, changes.admin, changes.verified];
    let is_admin = app.sessions.require_still(&mut tx, viewer).await?;
    if (id != viewer.id || sets_flags.iter().any(Option::is_some)) && !is_admin {
        return Err(Error::Forbidden("Only an administrator may do that."));
    }
    let user = user::get(&mut tx, id).await?;
    let moved = changes.email.filter(|email| email.as_str() != user.email);
    if let Some(email) = &moved
        && user::find_by_email(&mut tx, email.as_str())
            .await?
            .is_some()
    {
        return Ok(Err(EmailTaken));
    }
    if moved.is_some() {
        app.limiter.move_address(viewer.id.to_string())?;
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
    if new_hash.is_some() || !active {
        match id == viewer.id && active {
            true => session::end_others(app, &mut tx, viewer).await?,
            false => session::end_all(app, &mut tx, id).await.map(drop)?,
        }
    }
    if new_hash.is_some() {
        let email = user.email.clone();
        let letter = Letter::PasswordChanged { email };
        app.jobs.put(&mut tx, &LETTER, &letter).await?;
    }
    if let Some(email) = moved {
        let (old, new) = (user.email, email.as_str().to_owned());
        let told = Letter::EmailChanged {
            old,
            new: new.clone(),
        };
        app.jobs.put(&mut tx, &LETTER, &told).await?;
        app.jobs
            .put(&mut tx, &LETTER, &Letter::Verify { email: new })
            .await?;
    }
    let user = user::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Ok(user))
}

/// Refuses what would leave nobody to look after the site. The caller holds the feed's counter
/// (`live::hold`), so that two cannot leave at once.
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

/// Signs out every browser but this one.
pub async fn end_other_sessions(app: &App, viewer: &Viewer) -> Result<()> {
    let mut tx = app.db.write().await?;
    session::end_others(app, &mut tx, viewer).await?;
    tx.commit().await
}

const NAME_SITE: &str = "
    insert into site (id, name, created_at) values (1, $1, $2)
    on conflict (id) do update set name = excluded.name";

/// Another name for the whole site, by an administrator.
pub async fn name_site(app: &App, viewer: &Viewer, name: DisplayName) -> Result<()> {
    viewer.require_admin()?;
    let mut tx = app.db.write().await?;
    sqlx::query(NAME_SITE)
        .bind(name.as_str())
        .bind(app.clock.now())
        .execute(&mut *tx)
        .await?;
    let site = app.site.clone();
    tx.after_commit(move || site.opened(name.as_str().to_owned()));
    tx.commit().await
}

/// The viewer's account, if `password` is the viewer's.
pub async fn verified(app: &App, viewer: &Viewer, password: &str) -> Result<Option<User>> {
    app.limiter.password(viewer.id.to_string())?;
    let user = {
        let mut connection = app.db.read().acquire().await?;
        user::get(&mut connection, viewer.id).await?
    };
    let fits = app
        .passwords
        .verify(password, Some(&user.password_hash))
        .await?;
    Ok(fits.then_some(user))
}
