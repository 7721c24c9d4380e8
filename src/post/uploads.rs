//! Files that come in pieces: what of them is there, and what becomes of them when they are whole.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::{drafts, twins};
use crate::app::App;
use crate::auth::Viewer;
use crate::clock::Micros;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Media, Users};
use crate::jobs::{Failure, Kind, Task};
use crate::media::Purpose;

/// One file on its way.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Sending {
    pub id: String,
    pub owner_id: Id<Users>,
    pub draft_id: String,
    pub name: String,
    pub bytes: i64,
    /// Safe on the disk.
    pub received: i64,
    pub known_by: String,
    /// `open`, `taking`, `refused` or `taken`.
    pub state: String,
    pub reason: String,
    pub media_id: Option<Id<Media>>,
}

/// What is to be sent.
pub struct Announced {
    pub bytes: u64,
    pub name: String,
    pub draft: String,
    pub known_by: String,
}

/// So many files of a member are on their way at once, and so many bytes.
const MOST: i64 = 10;
const MOST_BYTES: i64 = 4 << 30;

const OPEN: &str = "
    select cast(count(*) as bigint), cast(coalesce(sum(bytes), 0) as bigint)
      from uploads where owner_id = $1 and state in ('open', 'taking')";

/// What all open ones still want of the disk.
const WANTED: &str = "
    select cast(coalesce(sum(bytes - received), 0) as bigint) from uploads where state = 'open'";

const INSERT: &str = "
    insert into uploads (id, owner_id, draft_id, name, bytes, known_by, state, created_at, touched_at)
    values ($1, $2, $3, $4, $5, $6, 'open', $7, $7)";

/// Begins one; its id.
pub async fn begin(app: &App, viewer: &Viewer, new: &Announced) -> Result<String> {
    let largest = app.media.largest_video().max(app.settings.limits.photo);
    if new.bytes > largest {
        return Err(Error::TooLarge(format!(
            "{}: {} MB are over the limit of {} MB. Shorten it or save it in a smaller size.",
            new.name,
            new.bytes >> 20,
            largest >> 20
        )));
    }
    let mut tx = app.db.write_alone_as(viewer, &app.clock).await?;
    let (count, bytes): (i64, i64) = sqlx::query_as(OPEN)
        .bind(viewer.id)
        .fetch_one(&mut *tx)
        .await?;
    if count >= MOST || bytes + new.bytes as i64 > MOST_BYTES {
        return Err(Error::Conflict(format!(
            "{}: {count} files of yours are on their way already. Let one of them finish, or cancel it.",
            new.name
        )));
    }
    if let Some(said) = app
        .media
        .over_quota(&mut tx, (viewer.id, new.bytes))
        .await?
    {
        return Err(Error::TooLarge(format!("{}: {said}", new.name)));
    }
    let (wanted,): (i64,) = sqlx::query_as(WANTED).fetch_one(&mut *tx).await?;
    let needed = app.settings.limits.min_free_space + wanted as u64 + new.bytes;
    app.media.storage.require_space(needed)?;
    let (id, now) = (crate::id::random_text(26), app.clock.now());
    sqlx::query(INSERT)
        .bind(&id)
        .bind(viewer.id)
        .bind(&new.draft)
        .bind(&new.name)
        .bind(new.bytes as i64)
        .bind(&new.known_by)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(id)
}

const FIND: &str = "
    select id, owner_id, draft_id, name, bytes, received, known_by, state, reason, media_id
      from uploads where id = $1 and owner_id = $2";

/// The viewer's; nobody else's is found.
pub async fn find(connection: &mut AnyConnection, viewer: &Viewer, id: &str) -> Result<Sending> {
    sqlx::query_as(FIND)
        .bind(id)
        .bind(viewer.id)
        .fetch_optional(connection)
        .await?
        .ok_or(Error::NotFound)
}

const OF_OWNER: &str = "
    select id, owner_id, draft_id, name, bytes, received, known_by, state, reason, media_id
      from uploads where owner_id = $1 and state = 'open'
     order by touched_at desc, id
     limit 10";

/// What of the viewer's is not whole yet.
pub async fn unfinished(app: &App, viewer: &Viewer) -> Result<Vec<Sending>> {
    Ok(sqlx::query_as(OF_OWNER)
        .bind(viewer.id)
        .fetch_all(app.db.read())
        .await?)
}

const NOTE: &str = "
    update uploads set received = $2, touched_at = $3
     where id = $1 and owner_id = $4 and state = 'open' and received <= $2";

const WHOLE: &str = "
    update uploads set state = 'taking' where id = $1 and state = 'open' and received = bytes";

/// Writes down how much is safe, by a member who may still write; a whole file is taken in next.
pub async fn note(app: &App, viewer: &Viewer, id: &str, received: u64) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let noted = sqlx::query(NOTE)
        .bind(id)
        .bind(received as i64)
        .bind(app.clock.now())
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if noted.rows_affected() == 0 {
        return Err(Error::Conflict("This upload goes on elsewhere.".into()));
    }
    let whole = sqlx::query(WHOLE).bind(id).execute(&mut *tx).await?;
    if whole.rows_affected() == 1 {
        let whole = Whole {
            upload: id.to_owned(),
        };
        app.jobs.put(&mut tx, &TAKE, &whole).await?;
    }
    tx.commit().await
}

const DROP: &str = "delete from uploads where id = $1 and owner_id = $2";

/// Forgets one, with what has arrived.
pub async fn cancel(app: &App, viewer: &Viewer, id: &str) -> Result<()> {
    let mut tx = app.db.write_as(viewer, &app.clock).await?;
    let dropped = sqlx::query(DROP)
        .bind(id)
        .bind(viewer.id)
        .execute(&mut *tx)
        .await?;
    if dropped.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    app.media.drop_pieces(id).await
}

/// Takes a whole file in.
pub static TAKE: Kind<App> = Kind {
    name: "upload.take",
    at_once: 2,
    lease: Duration::from_secs(60),
    tries: 10,
    run: |app, task| Box::pin(take(app, task)),
    given_up: Some(|app, task| Box::pin(not_taken(app, task))),
    describe: |_| "Taking an uploaded file in".into(),
};

#[derive(Serialize, Deserialize)]
struct Whole {
    upload: String,
}

const TAKING: &str = "
    select id, owner_id, draft_id, name, bytes, received, known_by, state, reason, media_id
      from uploads where id = $1 and state = 'taking'";

const REFUSE: &str = "
    update uploads set state = 'refused', reason = $2, touched_at = $3 where id = $1 and state = 'taking'";

const TAKEN: &str = "
    update uploads set state = 'taken', media_id = $2, touched_at = $3 where id = $1 and state = 'taking'";

async fn take(app: App, task: Task) -> Result<(), Failure> {
    let Whole { upload } = task.read()?;
    Ok(task.renewing(take_one(&app, &upload)).await??)
}

async fn not_taken(app: App, task: Task) -> Result<(), Failure> {
    let Whole { upload } = task.read()?;
    let mut tx = app.db.write().await?;
    let reason = "The server could not take it in. Choose it again.";
    refuse(&app, &mut tx, &upload, reason).await?;
    tx.commit().await?;
    Ok(app.media.drop_pieces(&upload).await?)
}

async fn take_one(app: &App, id: &str) -> Result<()> {
    let sending: Option<Sending> = sqlx::query_as(TAKING)
        .bind(id)
        .fetch_optional(app.db.read())
        .await?;
    // Cancelled, or taken in by a run that could not say so.
    let Some(sending) = sending else {
        return app.media.drop_pieces(id).await;
    };
    let (media, owned) = (app.media.clone(), sending.clone());
    let assembled =
        tokio::task::spawn_blocking(move || media.assembled(&owned.id, &owned.name)).await??;
    let stored = match assembled {
        Ok(upload) => match app.media.stored(sending.owner_id, upload).await? {
            Ok(item) => Ok(item),
            Err(refused) => Err(refused.sentence),
        },
        Err(refusal) => Err(refusal.to_string()),
    };
    let mut tx = app.db.write().await?;
    let item = match stored {
        Err(reason) => {
            refuse(app, &mut tx, id, &reason).await?;
            tx.commit().await?;
            return app.media.drop_pieces(id).await;
        }
        Ok(item) => item,
    };
    // The same file was in its draft already.
    let twin = twins::find(&mut tx, (&sending.draft_id, item.owner_id), &item).await?;
    // What was announced is counted already.
    let more = (item.bytes - sending.bytes).max(0) as u64;
    if twin.is_none()
        && let Some(said) = app.media.over_quota(&mut tx, (item.owner_id, more)).await?
    {
        refuse(app, &mut tx, id, &said).await?;
        tx.commit().await?;
        app.media.remove_files_soon(vec![item.key]);
        return app.media.drop_pieces(id).await;
    }
    let taken = sqlx::query(TAKEN)
        .bind(id)
        .bind(twin.unwrap_or(item.id))
        .bind(app.clock.now())
        .execute(&mut *tx)
        .await?;
    if twin.is_some() {
        tx.commit().await?;
        app.media.remove_files_soon(vec![item.key]);
        return app.media.drop_pieces(id).await;
    }
    if taken.rows_affected() == 0 {
        drop(tx);
        app.media.remove_files_soon(vec![item.key]);
        return app.media.drop_pieces(id).await;
    }
    app.media.note_in(&mut tx, &item, Purpose::Post).await?;
    let draft = (&*sending.draft_id, item.id);
    match drafts::add_in(app, &mut tx, sending.owner_id, draft).await {
        // The file is here all the same, for the page that sent it.
        Ok(_) | Err(Error::NotFound | Error::Conflict(_)) => {}
        Err(other) => return Err(other),
    }
    tx.commit().await?;
    app.media.drop_pieces(id).await
}

/// Says why a file is not taken.
async fn refuse(app: &App, tx: &mut Tx, id: &str, reason: &str) -> Result<()> {
    sqlx::query(REFUSE)
        .bind(id)
        .bind(reason)
        .bind(app.clock.now())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const OLD: &str = "select id from uploads where touched_at < $1 order by touched_at limit 100";

const FORGET: &str = "delete from uploads where id = $1 and touched_at < $2";

/// Forgets what nobody has gone on with for some days, and what was taken in.
pub async fn forget_old(app: &App) -> Result<()> {
    let before = app.clock.now() - app.settings.intervals.upload_kept.as_micros() as Micros;
    loop {
        let old: Vec<(String,)> = sqlx::query_as(OLD)
            .bind(before)
            .fetch_all(app.db.read())
            .await?;
        if old.is_empty() {
            break;
        }
        for (id,) in old {
            let mut tx = app.db.write().await?;
            sqlx::query(FORGET)
                .bind(&id)
                .bind(before)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            app.media.drop_pieces(&id).await?;
        }
    }
    // What a server that was killed between row and file has left.
    for id in app
        .media
        .old_pieces(app.settings.intervals.orphan_age)
        .await?
    {
        let row: Option<(String,)> = sqlx::query_as(EXISTS)
            .bind(&id)
            .fetch_optional(app.db.read())
            .await?;
        if row.is_none() {
            app.media.drop_pieces(&id).await?;
        }
    }
    Ok(())
}

const EXISTS: &str = "select id from uploads where id = $1";
