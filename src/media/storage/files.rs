//! Files that are not there by halves: written aside, synced, and renamed to their place. All of it blocks.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};

/// A file or a folder, which goes with it.
pub struct Temporary(PathBuf);

impl Temporary {
    /// One with a name of its own in this folder.
    pub(super) fn new(folder: &Path) -> Temporary {
        Temporary(folder.join(crate::id::random_text(26)))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After it was moved away there is nothing here any more.
        if fs::remove_file(&self.0).is_err() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// Moves a file to its place. The place's folder is synced too: once this returns, a power failure does not take the
/// file away.
pub fn move_to(temporary: Temporary, place: &Path) -> io::Result<()> {
    let folder = place.parent().expect("every place has a folder");
    let fresh = !folder.exists();
    fs::create_dir_all(folder)?;
    File::open(temporary.path())?.sync_all()?;
    fs::rename(temporary.path(), place)?;
    File::open(folder)?.sync_all()?;
    if fresh && let Some(above) = folder.parent() {
        File::open(above)?.sync_all()?;
    }
    Ok(())
}

/// What is not there was removed.
pub fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Whether a file was written so long ago; not when it is gone meanwhile.
pub fn is_old(path: &Path, age: Duration) -> bool {
    let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|at| {
        SystemTime::now()
            .duration_since(at)
            .is_ok_and(|past| past >= age)
    })
}

/// In a folder that somebody works in, a file that is locked as long as they do.
const HELD: &str = ".held";

/// Marks a folder as worked in, until the answer is dropped or this process ends.
pub fn hold(folder: &Path) -> io::Result<File> {
    let file = File::create(folder.join(HELD))?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}

/// Whether somebody works in this folder; a file is never held.
pub fn is_held(path: &Path) -> bool {
    let Ok(file) = File::open(path.join(HELD)) else {
        return false;
    };
    flock(&file, FlockOperation::NonBlockingLockShared).is_err()
}

/// What is in a folder; nothing when it was deleted meanwhile.
pub fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

/// The last part of a path.
pub fn name_of(path: &Path) -> &str {
    path.file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("")
}

/// The names of what is older than `age` in the shelves of `folder`.
pub fn old_on_shelves(folder: &Path, age: Duration) -> io::Result<Vec<String>> {
    let mut old = Vec::new();
    for shelf in entries(folder)? {
        for path in entries(&shelf)? {
            if is_old(&path, age) {
                old.push(name_of(&path).to_owned());
            }
        }
    }
    Ok(old)
}
