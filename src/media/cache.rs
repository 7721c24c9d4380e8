//! Renditions on the disk, under a cap of bytes: those that nobody asked for longest go first.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use super::media::Media;
use super::storage::Storage;
use crate::error::Result;

/// After so much of the cap has been written, all is looked over.
const PART: u64 = 8;
/// How exactly it is known when a rendition was last asked for.
const USED_EVERY: Duration = Duration::from_secs(3_600);

impl Media {
    /// Notes that a rendition of so many bytes was made.
    pub(super) fn note_rendition(&self, bytes: u64) {
        let (cap, bytes) = (self.limits.renditions, on_disk(bytes));
        if self.written.fetch_add(bytes, Ordering::Relaxed) + bytes < cap / PART {
            return;
        }
        self.written.store(0, Ordering::Relaxed);
        let media = self.clone();
        tokio::spawn(async move {
            if let Err(error) = trim(&media).await {
                tracing::warn!(%error, "the renditions could not be trimmed");
            }
        });
    }
}

/// Notes that a rendition was asked for; its length. Blocking, and seldom more than a look at the file's date.
pub(super) fn touch(file: &File) -> std::io::Result<u64> {
    let now = SystemTime::now();
    let metadata = file.metadata()?;
    let used = metadata.modified();
    if used.is_ok_and(|used| now.duration_since(used).is_ok_and(|past| past > USED_EVERY)) {
        let _ = file.set_modified(now);
    }
    Ok(metadata.len())
}

/// Takes renditions away until they fit under the cap; how many.
pub async fn trim(media: &Media) -> Result<usize> {
    let (storage, cap) = (media.storage.clone(), media.limits.renditions);
    Ok(tokio::task::spawn_blocking(move || trim_to(&storage, cap)).await??)
}

fn trim_to(storage: &Storage, cap: u64) -> std::io::Result<usize> {
    let root = &storage.root().join("renditions");
    let mut found: Vec<(SystemTime, u64, PathBuf)> = Vec::new();
    let mut total = 0;
    for shelf in entries(root)? {
        for item in entries(&shelf)? {
            for path in entries(&item)? {
                let name = path.file_name().and_then(|name| name.to_str());
                if let Some(rendition) = name.and_then(|name| storage.noted(name)) {
                    total += on_disk(0);
                    if !rendition.exists() && is_old(&path) {
                        let _ = fs::remove_file(path);
                    }
                    continue;
                }
                // Deleted in this moment, with its post.
                let Ok(metadata) = fs::metadata(&path) else {
                    continue;
                };
                found.push((metadata.modified()?, on_disk(metadata.len()), path));
            }
        }
    }
    total += found.iter().map(|(_, bytes, _)| bytes).sum::<u64>();
    if total <= cap {
        return Ok(0);
    }
    // A little more than has to be, or the next one would do it all again.
    let aim = cap / 10 * 9;
    found.sort();
    let mut removed = 0;
    for (_, bytes, path) in found {
        if total <= aim {
            break;
        }
        match fs::remove_file(&path) {
            Ok(()) => removed += 1,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        total -= bytes;
    }
    Ok(removed)
}

/// What a file takes, however short it is.
fn on_disk(bytes: u64) -> u64 {
    bytes.next_multiple_of(4_096).max(4_096)
}

/// A note comes before its rendition: a young one waits for it.
fn is_old(note: &Path) -> bool {
    let age = fs::metadata(note).and_then(|metadata| metadata.modified());
    age.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > USED_EVERY))
}

/// What is in a folder; nothing when it was deleted meanwhile.
fn entries(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asked_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path().to_owned()).unwrap();
        let item = folder.path().join("renditions/ab/key.jpg");
        fs::create_dir_all(&item).unwrap();
        for n in 0..10_u64 {
            let path = item.join(format!("{n}"));
            fs::write(&path, [0; 100]).unwrap();
            let at = SystemTime::now() - Duration::from_secs(100_000 - n);
            File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_modified(at)
                .unwrap();
        }
        touch(&File::options().write(true).open(item.join("0")).unwrap()).unwrap();
        assert_eq!(trim_to(&storage, 41_000).unwrap(), 0);
        assert_eq!(trim_to(&storage, 20_480).unwrap(), 6);
        let left: Vec<bool> = (0..10)
            .map(|n| item.join(format!("{n}")).exists())
            .collect();
        assert_eq!(
            left,
            [
                true, false, false, false, false, false, false, true, true, true
            ]
        );
    }
}
