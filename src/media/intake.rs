//! From a received file to a stored item: recognised by its bytes, checked, cleaned, stored.

use std::fs::{self, File};
use std::path::Path;

use super::item::{self, Item, Purpose};
use super::storage::{Form, Storage, Temporary};
use super::upload::Refused;
use super::{Media, Upload};
use crate::error::Result;
use crate::id::{Id, Users};
use transform::{Format, Refusal, video};

/// So many files one member may have chosen without posting them; then the oldest go.
const STAGED_PER_MEMBER: usize = 60;

/// What the workers found out and stored.
struct Stored {
    key: String,
    format: Format,
    width: u32,
    height: u32,
    frames: u32,
    duration_ms: u64,
    bytes: u64,
    master: Option<Format>,
}

impl Media {
    /// Takes one received file in for its `owner`. The inner error is for the person who chose it.
    pub async fn take_in(
        &self,
        owner: Id<Users>,
        upload: Upload,
        purpose: Purpose,
    ) -> Result<std::result::Result<Item, Refused>> {
        let Upload {
            name,
            format,
            temporary,
            ..
        } = upload;
        let stored = match self.store(format, temporary).await? {
            Ok(stored) => stored,
            Err(refusal) => return Ok(Err(Refused::new(&name, refusal))),
        };
        let item = Item {
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
        };
        // Should this fail, the files stay for the sweeper: a failed commit may have succeeded.
        let mut tx = self.db.write().await?;
        let now = self.clock.now();
        item::insert(&mut tx, &item, purpose, now).await?;
        let mut dropped = Vec::new();
        for old in item::forgotten_by(&mut tx, owner, STAGED_PER_MEMBER).await? {
            dropped.push(item::discard(&mut tx, owner, old, now).await?);
        }
        tx.commit().await?;
        if !dropped.is_empty() {
            self.remove_files_soon(dropped);
        }
        Ok(Ok(item))
    }

    async fn store(
        &self,
        format: Format,
        temporary: Temporary,
    ) -> Result<std::result::Result<Stored, Refusal>> {
        self.storage.require_space(self.limits.min_free_space)?;
        let storage = self.storage.clone();
        let limits = self.limits.pictures;
        if format.is_video() {
            return self
                .workers
                .run(0, move || store_video(&storage, format, temporary))
                .await?;
        }
        if let Format::Heic | Format::Avif = format {
            return self.store_foreign(format, temporary).await;
        }
        // The header tells how large the work is; the bytes do not wait in memory for their turn.
        let path = temporary.path().to_owned();
        let probed = self.workers.run(0, move || {
            fs::read(path).map(|bytes| transform::probe(&bytes, &limits))
        });
        let picture = match probed.await?? {
            Ok(picture) => picture,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let pixels = u64::from(picture.width) * u64::from(picture.height);
        let work = move || store_picture(&storage, fs::read(temporary.path())?, &limits);
        self.workers.run(pixels, work).await?
    }

    /// What a program of this machine opens first: worked on alone, because nobody knows its appetite.
    async fn store_foreign(&self, format: Format, temporary: Temporary) -> Outcome {
        let (media, limits) = (self.clone(), self.limits.pictures);
        let work = move || {
            let programs = &media.programs;
            let open = |folder: &Path| programs.open(format, temporary.path(), folder, &limits);
            match media.storage.in_folder(open)? {
                Ok(bytes) => store_picture(&media.storage, bytes, &limits),
                Err(refusal) => Ok(Err(refusal)),
            }
        };
        self.workers.run(u64::MAX, work).await?
    }
}

type Outcome = Result<std::result::Result<Stored, Refusal>>;

fn store_picture(storage: &Storage, bytes: Vec<u8>, limits: &transform::Limits) -> Outcome {
    let ingested = match transform::ingest(bytes, limits) {
        Ok(ingested) => ingested,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let picture = ingested.picture;
    let key = Storage::new_key(picture.format.extension());
    storage.put(&key, Form::Original, &ingested.original)?;
    if let Some((master, _)) = &ingested.master {
        storage.put(&key, Form::Master, master)?;
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
    }))
}

fn store_video(storage: &Storage, format: Format, temporary: Temporary) -> Outcome {
    let mut file = File::options()
        .read(true)
        .write(true)
        .open(temporary.path())?;
    let video = match video::probe(&mut file, format) {
        Ok(video) => video,
        Err(refusal) => return Ok(Err(refusal)),
    };
    video::scrub(&mut file)?;
    let bytes = file.metadata()?.len();
    drop(file);
    let key = Storage::new_key(format.extension());
    storage.keep(temporary, &key, Form::Original)?;
    Ok(Ok(Stored {
        key,
        format,
        width: video.width,
        height: video.height,
        frames: 1,
        duration_ms: video.duration_ms,
        bytes,
        master: None,
    }))
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
        tokio::fs::metadata(self.storage.root().join("tmp")).await?;
        Ok(())
    }
}

const DONE: &str = "delete from media_gc where key = $1";
