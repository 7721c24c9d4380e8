//! What stands on a member's cards: name, handle, picture.

use super::names::{DisplayName, Handle};
use super::signup;
use super::words;
use crate::app::App;
use crate::auth::Viewer;
use crate::changes;
use crate::db::Tx;
use crate::error::{Result, is_duplicate};
use crate::form::{Wrong, clean_text, wrong};
use crate::id::{Id, Media, Users};
use crate::media::{self, Purpose, Upload};

/// What stands on cards changes: a number like any other to whoever keeps pages of cards; there is no
/// frame for it. Before anything else in `tx`, because posting takes the counter before the member's
/// row too, and PostgreSQL would find a deadlock.
async fn change_of_cards(app: &App, tx: &mut Tx) -> Result<()> {
    changes::next(tx, app.clock.now()).await?;
    Ok(())
}

const TAKEN: &str = "This handle is taken. Choose another.";
const NOT_THEIRS: &str = "This picture is not in a post of yours any more. Choose another.";

/// So many characters a member says of themselves, in so many lines.
pub const ABOUT: usize = 500;
const ABOUT_LINES: usize = 10;

/// A few sentences about oneself: may be empty, and has an end.
pub struct About(String);

impl About {
    /// At most [`ABOUT`] Unicode scalar values; the error is for the person who typed it.
    pub fn new(text: &str) -> std::result::Result<Self, String> {
        let text = clean_text(text)?;
        if text.chars().count() > ABOUT {
            return Err(format!("Too long: at most {ABOUT} characters are taken."));
        }
        if text.lines().count() > ABOUT_LINES {
            return Err(format!("Too long: at most {ABOUT_LINES} lines are taken."));
        }
        Ok(About(text))
    }
}

/// So many characters a member says of where they are.
pub const PLACE: usize = 60;

/// Where somebody is, in their own words: may be empty, is one line, and has an end.
pub struct Place(String);

impl Place {
    /// At most [`PLACE`] Unicode scalar values; the error is for the person who typed it.
    pub fn new(text: &str) -> std::result::Result<Self, String> {
        let text = clean_text(text)?.replace('\n', " ");
        match text.chars().count() {
            0..=PLACE => Ok(Place(text)),
            _ => Err(format!("Too long: at most {PLACE} characters are taken.")),
        }
    }
}

/// What a member says of themselves.
#[derive(sqlx::FromRow)]
pub struct Says {
    pub about: String,
    pub place: String,
    /// The id of a picture of theirs.
    pub cover: Option<String>,
}

const SAYS: &str = "select about, place, cover from users where id = $1";

/// What a member says of themselves.
pub async fn says(app: &App, user: Id<Users>) -> Result<Says> {
    let says = sqlx::query_as(SAYS).bind(user);
    Ok(says.fetch_one(app.db.read()).await?)
}

/// Sets what is given of how a member is shown; what is left out stays.
#[derive(Default)]
pub struct Profile {
    pub name: Option<DisplayName>,
    pub handle: Option<Handle>,
    pub about: Option<About>,
    pub place: Option<Place>,
    /// A picture in a post of theirs to hang across the head of their page, or none.
    pub cover: Option<Option<Id<Media>>>,
}

const RENAME: &str = "
    update users
       set name = coalesce($1, name), handle = coalesce($2, handle), about = coalesce($3, about),
           place = coalesce($4, place), card_version = card_version + 1
     where id = $5
    returning name, handle";

const HANG: &str = "update users set cover = $1 where id = $2";

const THEIRS: &str = "
    select m.id
      from media m
      join posts p on p.id = m.post_id
     where m.id = $1 and m.owner_id = $2 and m.duration_ms = 0 and p.audience <> 'gone'";

/// Shows a member so, on every card and on their page.
pub async fn rename(app: &App, viewer: &Viewer, profile: Profile) -> Result<Result<(), Wrong>> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    change_of_cards(app, &mut tx).await?;
    let (at, by) = (app.clock.now(), Some(viewer.id));
    let handle = profile.handle.as_ref().map(Handle::as_str);
    if let Some(handle) = handle.filter(|handle| *handle != viewer.handle) {
        if signup::is_kept_back(&mut tx, handle, (at, by)).await? {
            return Ok(Err(wrong("handle", TAKEN)));
        }
        signup::free_handle(&mut tx, &viewer.handle, (at, by)).await?;
    }
    if let Some(cover) = profile.cover {
        if let Some(picture) = cover {
            let theirs = sqlx::query(THEIRS).bind(picture).bind(viewer.id);
            if theirs.fetch_optional(&mut *tx).await?.is_none() {
                return Ok(Err(wrong("cover", NOT_THEIRS)));
            }
        }
        sqlx::query(HANG)
            .bind(cover.map(|id| id.to_string()))
            .bind(viewer.id)
            .execute(&mut *tx)
            .await?;
    }
    let renamed = sqlx::query_as(RENAME)
        .bind(profile.name.as_ref().map(DisplayName::as_str))
        .bind(handle)
        .bind(profile.about.map(|About(text)| text))
        .bind(profile.place.map(|Place(text)| text))
        .bind(viewer.id)
        .fetch_one(&mut *tx)
        .await;
    let (name, handle): (String, String) = match renamed {
        Ok(row) => row,
        Err(e) if is_duplicate(&e) => return Ok(Err(wrong("handle", TAKEN))),
        Err(e) => return Err(e.into()),
    };
    words::write(&mut tx, viewer.id, (&name, &handle)).await?;
    tx.commit().await.map(Ok)
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
