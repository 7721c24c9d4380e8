//! What crashes and changed minds leave behind, taken away: every hour, and at the start.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use super::media::Media;
use super::{cache, discard, item};
use crate::changes;
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
    /// Beyond the cap of bytes, and not asked for lately.
    pub renditions: usize,
}

/// No upload takes this long.
const TEMPORARY_AGE: Duration = Duration::from_secs(3_600);
/// Rows are worked off in pieces of this size, so that no transaction is long.
const AT_ONCE: i64 = 500;

const QUEUED: &str =
    "select key from media_gc where queued_at <= $1 and key > $2 order by key limit $3";

const ON_SHELF: &str = "select key from media where key >= $1 and key < $2";

const UNPOSTED: &str = "
    select id, owner_id from media
     where post_id is null and purpose = 'post' and created_at < $1
       and id not in (select media_id from draft_items where media_id is not null)
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
    swept.renditions = cache::trim(media).await?;
    swept.files = empty_queue(media, now).await?;
    let (storage, installation) = (
        media.storage.clone(),
        changes::installation(&media.db).await?,
    );
    let age = media.intervals.orphan_age;
    let found = tokio::task::spawn_blocking(move || {
        let temporaries = storage.clear_aside(TEMPORARY_AGE.min(age))?;
        let ours = storage.belongs_to(&installation)?;
        let old = if ours {
            storage.old_keys(age)?
        } else {
            BTreeMap::new()
        };
        std::io::Result::Ok((temporaries, ours, old))
    });
    let (temporaries, ours, old) = found.await??;
    swept.temporaries = temporaries;
    if !ours {
        tracing::warn!(
            "the media folder belongs to another database than this one: no file in it is swept"
        );
    }
    for (shelf, keys) in old {
        swept.files += remove_orphans(media, &shelf, keys).await?;
    }
    Ok(swept)
}

/// Removes the files of deleted rows; one that cannot be removed waits for the next sweep.
async fn empty_queue(media: &Media, now: Micros) -> Result<usize> {
    let (mut removed, mut last) = (0, String::new());
    loop {
        let keys: Vec<(String,)> = sqlx::query_as(QUEUED)
            .bind(now)
            .bind(&last)
            .bind(AT_ONCE)
            .fetch_all(media.db.read())
            .await?;
        let Some((key,)) = keys.last() else {
            return Ok(removed);
        };
        last = key.clone();
        for (key,) in keys {
            match media.remove_files(vec![key.clone()]).await {
                Ok(()) => removed += 1,
                Err(error) => tracing::error!(key, %error, "files cannot be removed"),
            }
        }
    }
}

/// Removes those of a shelf's keys that have no row.
async fn remove_orphans(media: &Media, shelf: &str, keys: BTreeSet<String>) -> Result<usize> {
    let known: Vec<(String,)> = sqlx::query_as(ON_SHELF)
        .bind(shelf)
        .bind(format!("{shelf}~"))
        .fetch_all(media.db.read())
        .await?;
    let known: HashSet<String> = known.into_iter().map(|(key,)| key).collect();
    let mut removed = 0;
    for key in keys {
        // Asked once more by itself: what is removed here is gone for good.
        if known.contains(&key) || item::find(&media.db, &key).await?.is_some() {
            continue;
        }
        media.remove_files(vec![key]).await?;
        removed += 1;
    }
    Ok(removed)
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
            match discard::discard(&mut tx, owner, id, before).await {
                Ok(_) => count += 1,
                // Posted in this moment.
                Err(Error::NotFound) => {}
                Err(other) => return Err(other),
            }
        }
        tx.commit().await?;
    }
}
