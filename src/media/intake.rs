//! From a received file to a stored item: recognised by its bytes, checked, cleaned, stored.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::discard;
use super::fingerprint;
use super::item::{self, Item, Purpose, State};
use super::media::Media;
use super::ready;
use super::storage::{Kept, Storage, Temporary, new_key};
use super::stored::{Outcome, Stored, keep_poster, store_video};
use super::upload::{Refused, Upload};
use super::video::Failed;
use super::workers::{Lane, patience};
use crate::auth::Viewer;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::id::{Id, Users};
use transform::{Format, Refusal};

/// So many files one member may have chosen without posting them; then the oldest go.
const STAGED_PER_MEMBER: usize = 60;

impl Media {
    /// Takes one received file in for its sender. The inner error is for the person who chose it.
    pub async fn take_in(
        &self,
        viewer: &Viewer,
        upload: Upload,
        purpose: Purpose,
    ) -> Result<std::result::Result<Item, Refused>> {
        let item = match self.stored(viewer.id, upload).await? {
            Ok(item) => item,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut tx = match self.db.write_alone_as(viewer, &self.clock).await {
            Ok(tx) => tx,
            Err(error) => {
                self.remove_files_soon(vec![item.key]);
                return Err(error);
            }
        };
        let more = (viewer.id, item.bytes as u64);
        if let Some(said) = self.over_quota(&mut tx, more).await? {
            self.remove_files_soon(vec![item.key]);
            return Ok(Err(Refused::over(&item.file_name, said)));
        }
        // Should this fail, the files stay for the sweeper: a failed commit may have succeeded.
        self.note(tx, &item, purpose).await?;
        Ok(Ok(item))
    }

    /// Takes in the picture that a browser made of a video which was just taken in. One that cannot be used is left.
    pub async fn take_poster(
        &self,
        viewer: &Viewer,
        item: &mut Item,
        upload: Upload,
    ) -> Result<()> {
        if !item.is_video() || item.master.is_some() || upload.format != Format::Jpeg {
            return Ok(());
        }
        let (storage, limits, key) = (self.storage.clone(), self.limits.pictures, item.key.clone());
        let until = Instant::now() + patience(Lane::Upload);
        let path = upload.temporary.path().to_owned();
        let probe = move || fs::read(path).map(|bytes| transform::probe(&bytes, &limits));
        let probed = self.workers.run((Lane::Upload, 0), until, probe).await??;
        let Ok(picture) = probed else {
            return Ok(());
        };
        let pixels = u64::from(picture.width) * u64::from(picture.height);
        let work = move || -> Result<Option<Format>> {
            let limits = transform::Limits {
                until: Some(work_until()),
                ..limits
            };
            let bytes = fs::read(upload.temporary.path())?;
            Ok(keep_poster(&storage, &key, bytes, &limits)?)
        };
        let Some(format) = self
            .workers
            .run((Lane::Upload, pixels), until, work)
            .await??
        else {
            return Ok(());
        };
        let mut tx = self.db.write_as(viewer, &self.clock).await?;
        if item::has_poster(&mut tx, (item.id, viewer.id), format).await? {
            tx.commit().await?;
            item.master = Some(format.extension().into());
        }
        Ok(())
    }

    /// The same for a file of a member that the house itself brings in.
    pub async fn bring_in(
        &self,
        owner: Id<Users>,
        upload: Upload,
    ) -> Result<std::result::Result<Item, Refused>> {
        let item = match self.stored(owner, upload).await? {
            Ok(item) => item,
            Err(refused) => return Ok(Err(refused)),
        };
        let tx = self.db.write().await?;
        self.note(tx, &item, Purpose::Post).await?;
        if item.state == State::Ready {
            return Ok(Ok(item));
        }
        // Nobody waits here for the answer, so it is made anew at once.
        let refusal = match self.convert(&item, Arc::default()).await? {
            Ok(converted) => {
                let mut tx = self.db.write().await?;
                ready::is_converted(&mut tx, item.id, &converted).await?;
                tx.commit().await?;
                self.let_source_go(&item, &converted).await?;
                return Ok(Ok(item));
            }
            Err(Failed::Refused(refusal)) => refusal,
            Err(Failed::Stopped) => Refusal::late(),
        };
        let mut tx = self.db.write().await?;
        let key = discard::discard(&mut tx, owner, item.id, self.clock.now()).await?;
        tx.commit().await?;
        self.remove_files_soon(vec![key]);
        Ok(Err(Refused::new(&item.file_name, refusal)))
    }

    /// Writes an item's row, and lets go of what its owner has staged too long ago.
    async fn note(&self, mut tx: Tx, item: &Item, purpose: Purpose) -> Result<()> {
        self.note_in(&mut tx, item, purpose).await?;
        tx.commit().await
    }

    /// The same in a transaction that does more.
    pub async fn note_in(&self, tx: &mut Tx, item: &Item, purpose: Purpose) -> Result<()> {
        let now = self.clock.now();
        item::insert(tx, item, purpose, now).await?;
        if item.state == State::Waiting || item.wants_small {
            (self.put_conversion)(tx, item.id, item.owner_id).await?;
        }
        let mut dropped = Vec::new();
        for old in item::forgotten_by(tx, item.owner_id, STAGED_PER_MEMBER).await? {
            match discard::discard(tx, item.owner_id, old, now).await {
                Ok(key) => dropped.push(key),
                // Posted in this moment.
                Err(Error::NotFound) => {}
                Err(other) => return Err(other),
            }
        }
        if !dropped.is_empty() {
            let media = self.clone();
            tx.after_commit(move || media.remove_files_soon(dropped));
        }
        Ok(())
    }

    /// The item of a file that is stored, before there is a row. The inner error is for the person who chose it.
    pub async fn stored(
        &self,
        owner: Id<Users>,
        upload: Upload,
    ) -> Result<std::result::Result<Item, Refused>> {
        let Upload {
            name,
            format,
            temporary,
            bytes,
        } = upload;
        let path = temporary.path().to_owned();
        let fingerprint = tokio::task::spawn_blocking(move || fingerprint::of(&path)).await??;
        let stored = match self.store(format, temporary).await? {
            Ok(stored) => stored,
            Err(refusal) => return Ok(Err(Refused::new(&name, refusal))),
        };
        Ok(Ok(Item {
            poster: false,
            stripped: (stored.bytes as u64) < bytes && stored.format == format,
            id: Id::new(),
            key: stored.key,
            owner_id: owner,
            post_id: None,
            format: stored.format.extension().into(),
            width: i64::from(stored.width),
            height: i64::from(stored.height),
            frames: i64::from(stored.frames),
            duration_ms: stored.duration_ms as i64,
            bytes: stored.bytes as i64,
            master: stored.master.map(|format| format.extension().into()),
            alt: String::new(),
            focus: String::new(),
            file_name: name,
            state: stored.state,
            reason: String::new(),
            progress: 0,
            source: stored.source.map(|format| format.extension().into()),
            small: 0,
            sound: i64::from(stored.sound),
            captions: 0,
            captions_language: String::new(),
            fingerprint,
            wants_small: stored.wants_small,
        }))
    }

    async fn store(
        &self,
        format: Format,
        temporary: Temporary,
    ) -> Result<std::result::Result<Stored, Refusal>> {
        self.storage.require_space(self.limits.min_free_space)?;
        let (storage, limits) = (self.storage.clone(), self.limits.pictures);
        let until = Instant::now() + patience(Lane::Upload);
        let lane = |pixels: u64| (Lane::Upload, pixels);
        if format.is_video() {
            if let Some(films) = self.films.clone() {
                let work = move || films.store(format, temporary, work_until());
                return self.workers.run((Lane::Program, 0), until, work).await?;
            }
            let work = move || store_video(&storage, format, temporary, work_until());
            return self.workers.run(lane(0), until, work).await?;
        }
        let temporary = match format {
            Format::Heic | Format::Avif => match self.opened(format, temporary).await? {
                Ok(temporary) => temporary,
                Err(refusal) => return Ok(Err(refusal)),
            },
            _ => temporary,
        };
        // The header tells how large the work is; the bytes do not wait in memory for their turn.
        let path = temporary.path().to_owned();
        let probe = move || fs::read(path).map(|bytes| transform::probe(&bytes, &limits));
        let picture = match self.workers.run(lane(0), until, probe).await?? {
            Ok(picture) => picture,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let pixels = u64::from(picture.width) * u64::from(picture.height);
        let work = move || {
            let limits = transform::Limits {
                until: Some(work_until()),
                ..limits
            };
            store_picture(&storage, fs::read(temporary.path())?, &limits)
        };
        self.workers.run(lane(pixels), until, work).await?
    }

    /// A file that a program of this machine has opened, as a JPEG or PNG. Another process does that work, one at
    /// a time, and takes no place from anybody.
    async fn opened(
        &self,
        format: Format,
        temporary: Temporary,
    ) -> Result<std::result::Result<Temporary, Refusal>> {
        let (media, limits) = (self.clone(), self.limits.pictures);
        let work = move || -> Result<_> {
            let programs = &media.programs;
            let open = |folder: &Path| programs.open(format, temporary.path(), folder, &limits);
            Ok(match media.storage.in_folder(open)? {
                Ok(bytes) => {
                    let opened = media.storage.temporary();
                    fs::write(opened.path(), bytes)?;
                    Ok(opened)
                }
                Err(refusal) => Err(refusal),
            })
        };
        let until = Instant::now() + patience(Lane::Program);
        self.workers.run((Lane::Program, 0), until, work).await?
    }
}

/// No file takes longer to be checked and stored, once it is its turn.
const WORK: Duration = Duration::from_secs(60);

fn work_until() -> Instant {
    Instant::now() + WORK
}

fn store_picture(storage: &Storage, bytes: Vec<u8>, limits: &transform::Limits) -> Outcome {
    let ingested = match transform::ingest(bytes, limits) {
        Ok(ingested) => ingested,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let picture = ingested.picture;
    let key = new_key(picture.format.extension());
    storage.put(&key, Kept::Original, &ingested.original)?;
    if let Some((master, _)) = &ingested.master {
        storage.put(&key, Kept::Master, master)?;
    }
    Ok(Ok(Stored {
        key,
        format: picture.format,
        width: picture.width,
        height: picture.height,
        frames: picture.frames,
        duration_ms: 0,
        bytes: ingested.original.len() as u64,
        master: ingested.master.map(|(_, format)| format),
        state: State::Ready,
        source: None,
        sound: false,
        wants_small: false,
    }))
}

/// Deletes so many of what a member who goes owns, with their files; false when there was nothing.
pub async fn take_away(media: &Media, owner: Id<Users>, count: i64) -> Result<bool> {
    let mut tx = media.db.write().await?;
    let keys = discard::discard_some(&mut tx, owner, (media.clock.now(), count)).await?;
    tx.commit().await?;
    let any = !keys.is_empty();
    if any {
        media.remove_files_soon(keys);
    }
    Ok(any)
}

impl Media {
    /// Removes the files of rows that are gone, and then their entries in the queue.
    pub async fn remove_files(&self, keys: Vec<String>) -> Result<()> {
        let storage = self.storage.clone();
        let removing = keys.clone();
        tokio::task::spawn_blocking(move || {
            removing.iter().try_for_each(|key| storage.remove(key))
        })
        .await??;
        let mut tx = self.db.write().await?;
        for key in &keys {
            sqlx::query(DONE).bind(key).execute(&mut *tx).await?;
        }
        tx.commit().await
    }

    /// The same, behind the answer's back; the sweeper repeats what fails here.
    pub fn remove_files_soon(&self, keys: Vec<String>) {
        let media = self.clone();
        tokio::spawn(async move {
            if let Err(error) = media.remove_files(keys).await {
                tracing::warn!(%error, "deleted files are left to the sweeper");
            }
        });
    }

    /// Ready: the folder is there. A full disk refuses uploads, but reading goes on.
    pub async fn ready(&self) -> Result<()> {
        let storage = self.storage.clone();
        Ok(tokio::task::spawn_blocking(move || storage.ready()).await??)
    }
}

const DONE: &str = "delete from media_gc where key = $1";
