//! What stands on a member's cards: name, handle, picture.

use super::names::{DisplayName, Handle};
use super::signup;
use crate::app::App;
use crate::auth::Viewer;
use crate::changes;
use crate::db::Tx;
use crate::error::{Result, is_duplicate};
use crate::form::{Wrong, clean_text, wrong};
use crate::id::{Id, Users};
use crate::media::{self, Purpose, Upload};

/// What stands on cards changes: a number like any other to whoever keeps pages of cards; there is no
/// frame for it. Before anything else in `tx`, because posting takes the counter before the member's
/// row too, and PostgreSQL would find a deadlock.
async fn change_of_cards(app: &App, tx: &mut Tx) -> Result<()> {
    changes::next(tx, app.clock.now()).await?;
    Ok(())
}

const TAKEN: &str = "This handle is taken. Choose another.";

/// So many characters a member says of themselves.
pub const ABOUT: usize = 200;

/// A sentence about oneself: may be empty, is one line, and has an end.
pub struct About(String);

impl About {
    /// At most [`ABOUT`] Unicode scalar values; the error is for the person who typed it.
    pub fn new(text: &str) -> std::result::Result<Self, String> {
        let text = clean_text(text)?.replace('\n', " ");
        match text.chars().count() {
            0..=ABOUT => Ok(About(text)),
            _ => Err(format!("Too long: at most {ABOUT} characters are taken.")),
        }
    }
}

const SAYS: &str = "select about from users where id = $1";

/// What a member says of themselves.
pub async fn about(app: &App, user: Id<Users>) -> Result<String> {
    let (about,): (String,) = sqlx::query_as(SAYS)
        .bind(user)
        .fetch_one(app.db.read())
        .await?;
    Ok(about)
}

const HANDLE: &str = "select handle from users where id = $1";

const RENAME: &str = "
    update users
       set name = $1, handle = $2, about = coalesce($3, about), card_version = card_version + 1
     where id = $4";

/// How a member is shown.
pub struct Profile {
    pub name: DisplayName,
    pub handle: Handle,
    /// Stays as it is where nothing is said of it.
    pub about: Option<About>,
}

/// Shows a member so, on every card and on their page.
pub async fn rename(app: &App, viewer: &Viewer, profile: Profile) -> Result<Result<(), Wrong>> {
    let Profile {
        name,
        handle,
        about,
    } = profile;
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
        .bind(about.map(|About(text)| text))
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
