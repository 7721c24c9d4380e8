//! What stands on a member's cards: name, handle, picture.

use super::names::{DisplayName, Handle};
use super::signup;
use crate::app::App;
use crate::auth::Viewer;
use crate::changes;
use crate::db::Tx;
use crate::error::{Result, is_duplicate};
use crate::form::{Wrong, wrong};
use crate::media::{self, Purpose, Upload};

/// What stands on cards changes: a number like any other to whoever keeps pages of cards; there is no
/// frame for it. Before anything else in `tx`, because posting takes the counter before the member's
/// row too, and PostgreSQL would find a deadlock.
async fn change_of_cards(app: &App, tx: &mut Tx) -> Result<()> {
    changes::next(tx, app.clock.now()).await?;
    Ok(())
}

const TAKEN: &str = "This handle is taken. Choose another.";

const HANDLE: &str = "select handle from users where id = $1";

const RENAME: &str = "
    update users set name = $1, handle = $2, card_version = card_version + 1 where id = $3";

/// Name and handle, as they stand on every card.
pub async fn rename(
    app: &App,
    viewer: &Viewer,
    (name, handle): (DisplayName, Handle),
) -> Result<Result<(), Wrong>> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    change_of_cards(app, &mut tx).await?;
    let (at, by) = (app.clock.now(), Some(viewer.id));
    let (before,): (String,) = sqlx::query_as(HANDLE)
        .bind(viewer.id)
        .fetch_one(&mut *tx)
        .await?;
    if handle.as_str() != before {
        if signup::is_kept_back(&mut tx, handle.as_str(), (at, by)).await? {
            return Ok(Err(wrong("handle", TAKEN)));
        }
        signup::free_handle(&mut tx, &before, (at, by)).await?;
    }
    let renamed = sqlx::query(RENAME)
        .bind(name.as_str())
        .bind(handle.as_str())
        .bind(viewer.id)
        .execute(&mut *tx)
        .await;
    match renamed {
        Ok(_) => tx.commit().await.map(Ok),
        Err(e) if is_duplicate(&e) => Ok(Err(wrong("handle", TAKEN))),
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
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
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
