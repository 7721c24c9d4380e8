//! What crashes and changed minds leave behind, taken away: every hour, and at the start.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::{Media, item};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::id::{Id, Media as MediaTable, Users};

/// How much was taken away.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub temporaries: usize,
    /// Chosen in a composer and never posted.
    pub unposted: usize,
    /// Files without a row, and files whose row was deleted.
    pub files: usize,
}

/// No upload takes this long.
const TEMPORARY_AGE: Duration = Duration::from_secs(3_600);
/// Rows are worked off in pieces of this size, so that no transaction is long.
const AT_ONCE: i64 = 500;

const QUEUED: &str = "select key from media_gc where queued_at < $1 order by queued_at limit $2";

const UNPOSTED: &str = "
    select id, owner_id from media
     where post_id is null and purpose = 'post' and created_at < $1
     limit $2";

const FACES_LEFT: &str = "
    select m.id, m.owner_id from media m join users u on u.id = m.owner_id
     where m.purpose = 'face' and m.created_at < $1 and (u.face is null or u.face <> m.key)
     limit $2";

pub async fn sweep(media: &Media) -> Result<Swept> {
    let now = media.clock.now();
    let old = now - media.intervals.orphan_age.as_micros() as Micros;
    let mut swept = Swept {
        unposted: let_go(media, UNPOSTED, old).await?,
        ..Swept::default()
    };
    let_go(media, FACES_LEFT, old).await?;
    loop {
        let keys: Vec<(String,)> = sqlx::query_as(QUEUED)
            .bind(now)
            .bind(AT_ONCE)
            .fetch_all(media.db.read())
            .await?;
        if keys.is_empty() {
            break;
        }
        swept.files += keys.len();
        media
            .remove_files(keys.into_iter().map(|(key,)| key).collect())
            .await?;
    }
    let root = media.storage.root().to_owned();
    let age = media.intervals.orphan_age;
    let (temporaries, candidates) = tokio::task::spawn_blocking(move || {
        let temporaries = remove_old(&root.join("tmp"), TEMPORARY_AGE.min(age))?;
        std::io::Result::Ok((temporaries, old_keys(&root, age)?))
    })
    .await??;
    swept.temporaries = temporaries;
    for key in candidates {
        if item::find(&media.db, &key).await?.is_none() {
            media.remove_files(vec![key]).await?;
            swept.files += 1;
        }
    }
    Ok(swept)
}

/// Deletes rows that nothing hangs on and queues their files.
async fn let_go(media: &Media, query: &'static str, before: Micros) -> Result<usize> {
    let mut count = 0;
    loop {
        let found: Vec<(Id<MediaTable>, Id<Users>)> = sqlx::query_as(query)
            .bind(before)
            .bind(AT_ONCE)
            .fetch_all(media.db.read())
            .await?;
        if found.is_empty() {
            return Ok(count);
        }
        let mut tx = media.db.write().await?;
        for (id, owner) in found {
            match item::discard(&mut tx, owner, id, before).await {
                Ok(_) => count += 1,
                // Posted in this moment.
                Err(Error::NotFound) => {}
                Err(other) => return Err(other),
            }
        }
        tx.commit().await?;
    }
}

fn is_old(path: &Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| {
        SystemTime::now()
            .duration_since(at)
            .is_ok_and(|past| past >= age)
    })
}

fn remove_old(folder: &Path, age: Duration) -> std::io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if is_old(&path, age) && fs::remove_file(&path).is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

/// The keys of stored files that are older than any upload under way.
fn old_keys(root: &Path, age: Duration) -> std::io::Result<Vec<String>> {
    let mut keys = Vec::new();
    for form in ["originals", "masters", "renditions"] {
        for shelf in fs::read_dir(root.join(form))? {
            for entry in fs::read_dir(shelf?.path())? {
                let entry = entry?;
                if is_old(&entry.path(), age) {
                    keys.push(entry.file_name().to_string_lossy().into_owned());
                }
            }
        }
    }
    keys.sort();
    keys.dedup();
    Ok(keys)
}
