//! Changing one's own account: name, handle, picture, address, password.

use super::session;
use super::signup::Wrong;
use super::user::{self, DisplayName, Email, Handle};
use crate::app::App;
use crate::auth::{NewPassword, Viewer};
use crate::db::Tx;
use crate::error::{Error, Result, is_duplicate};
use crate::id::{Id, Users};
use crate::live;
use crate::media::{self, Purpose, Upload};

/// Said when a form asks for the current password and it is another one.
const WRONG_PASSWORD: &str = "This is not your password. Look at it and try again.";

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
        Some(upload) => match app.media.take_in(viewer, upload, Purpose::Face).await? {
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

const MOVE: &str = "update users set email = $1, email_lower = $2 where id = $3";

/// Another address, after the password.
pub async fn change_email(
    app: &App,
    viewer: &Viewer,
    (email, password): (Email, &str),
) -> Result<Result<(), Wrong>> {
    if verified(app, viewer, password).await?.is_none() {
        return Ok(Err(wrong("password", WRONG_PASSWORD)));
    }
    let mut tx = app.db.write().await?;
    let moved = sqlx::query(MOVE)
        .bind(email.as_str())
        .bind(email.lower())
        .bind(viewer.id)
        .execute(&mut *tx)
        .await;
    match moved {
        Ok(_) => tx.commit().await.map(Ok),
        Err(e) if is_duplicate(&e) => Ok(Err(wrong(
            "email",
            "There is another account with this address.",
        ))),
        Err(e) => Err(e.into()),
    }
}

const SET_PASSWORD: &str =
    "update users set password_hash = $1 where id = $2 and password_hash = $3";

/// A new password, after the old one. Every other session ends.
pub async fn change_password(
    app: &App,
    viewer: &Viewer,
    (old, new): (&str, NewPassword),
) -> Result<Result<(), Wrong>> {
    let Some(before) = verified(app, viewer, old).await? else {
        return Ok(Err(wrong("password", WRONG_PASSWORD)));
    };
    let mut tx = replace_password(app, viewer.id, &before, new).await?;
    session::end_others(app, &mut tx, viewer).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Begins to replace the password that `before` is the hash of. `Conflict` when it was changed
/// meanwhile.
pub async fn replace_password(
    app: &App,
    user: Id<Users>,
    before: &str,
    new: NewPassword,
) -> Result<Tx> {
    let hash = app.passwords.hash(new).await?;
    let mut tx = app.db.write().await?;
    let set = sqlx::query(SET_PASSWORD)
        .bind(hash)
        .bind(user)
        .bind(before)
        .execute(&mut *tx)
        .await?;
    if set.rows_affected() == 0 {
        return Err(Error::Conflict(
            "The password was changed meanwhile. Try again.".into(),
        ));
    }
    Ok(tx)
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
    if !viewer.is_admin() {
        return Err(Error::Forbidden("Only an administrator may do that."));
    }
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

/// The hash that `password` fits, if it is the viewer's.
async fn verified(app: &App, viewer: &Viewer, password: &str) -> Result<Option<String>> {
    app.limiter.password(viewer.id.to_string())?;
    let user = {
        let mut connection = app.db.read().acquire().await?;
        user::get(&mut connection, viewer.id).await?
    };
    let fits = app
        .passwords
        .verify(password, Some(&user.password_hash))
        .await?;
    Ok(fits.then_some(user.password_hash))
}
