//! The folder that holds media. Every file is written aside, synced, and renamed to its place, and the
//! place's folder is synced too: once `put` returns, a power failure does not take the file away.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

#[derive(Clone)]
pub struct Storage {
    root: PathBuf,
}

/// The stored forms of one key.
#[derive(Clone, Copy)]
pub enum Form<'a> {
    Original,
    /// The smaller upright copy that is served.
    Master,
    /// A derived size, by the name of its file.
    Rendition(&'a str),
}

/// Begins the name of a note that a picture is shown in a layer of another's rendition.
const USE: &str = "in~";

impl Storage {
    pub fn open(root: PathBuf) -> io::Result<Self> {
        for folder in ["tmp", "originals", "masters", "renditions"] {
            fs::create_dir_all(root.join(folder))?;
        }
        Ok(Storage { root })
    }

    /// Whether this folder's files belong to the installation of that name. A folder without files is
    /// given to it. Blocking.
    pub fn belongs_to(&self, installation: &str) -> io::Result<bool> {
        let path = self.root.join("installation");
        match fs::read_to_string(&path) {
            Ok(known) => Ok(known == installation),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let empty = fs::read_dir(self.root.join("originals"))?.next().is_none();
                if empty {
                    // Whole or not at all, whenever the process ends.
                    let temporary = self.temporary();
                    fs::write(&temporary.0, installation)?;
                    fs::rename(&temporary.0, path)?;
                }
                Ok(empty)
            }
            Err(e) => Err(e),
        }
    }

    /// A new name: nothing to guess, and its extension says what it is.
    pub fn new_key(extension: &str) -> String {
        format!("{}.{extension}", crate::id::random_text(26))
    }

    /// True for a text that `new_key` can have made.
    pub fn is_key(text: &str) -> bool {
        text.split_once('.').is_some_and(|(name, extension)| {
            name.len() == 26
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b))
                && extension.len() <= 4
                && extension
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
    }

    /// A fresh file to receive an upload; removed when it is dropped and was not moved away.
    pub fn temporary(&self) -> Temporary {
        Temporary(self.root.join("tmp").join(crate::id::random_text(26)))
    }

    /// Works in a fresh folder, which is removed afterwards. Blocking.
    pub fn in_folder<T>(&self, work: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        let folder = self.temporary();
        fs::create_dir(folder.path())?;
        work(folder.path())
    }

    pub fn path(&self, key: &str, form: Form<'_>) -> PathBuf {
        let shelf = key.get(..2).unwrap_or("xx");
        match form {
            Form::Original => self.root.join("originals").join(shelf).join(key),
            Form::Master => self.root.join("masters").join(shelf).join(key),
            Form::Rendition(name) => self.renditions(key).join(name),
        }
    }

    fn renditions(&self, key: &str) -> PathBuf {
        self.root
            .join("renditions")
            .join(key.get(..2).unwrap_or("xx"))
            .join(key)
    }

    /// Stores `bytes` durably. Blocking.
    pub fn put(&self, key: &str, form: Form<'_>, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.temporary();
        let mut file = File::create_new(temporary.path())?;
        file.write_all(bytes)?;
        drop(file);
        self.keep(temporary, key, form)
    }

    /// Stores a received file durably under its final name. Blocking.
    pub fn keep(&self, temporary: Temporary, key: &str, form: Form<'_>) -> io::Result<()> {
        let place = self.path(key, form);
        let folder = place.parent().expect("every place has a folder");
        let fresh = !folder.exists();
        fs::create_dir_all(folder)?;
        File::open(temporary.path())?.sync_all()?;
        fs::rename(temporary.path(), &place)?;
        File::open(folder)?.sync_all()?;
        if fresh && let Some(above) = folder.parent() {
            File::open(above)?.sync_all()?;
        }
        Ok(())
    }

    /// Notes that a rendition of another key shows this one in a layer, so that it goes when this one goes.
    /// Blocking.
    pub fn note_use(&self, key: &str, (other, rendition): (&str, &str)) -> io::Result<()> {
        let folder = self.renditions(key);
        fs::create_dir_all(&folder)?;
        File::create(folder.join(format!("{USE}{other}~{rendition}")))?;
        Ok(())
    }

    /// The rendition that a note stands for.
    pub(super) fn noted(&self, note: &str) -> Option<PathBuf> {
        let (key, rendition) = note.strip_prefix(USE)?.split_once('~')?;
        let whole = Storage::is_key(key) && rendition.bytes().all(|b| b.is_ascii_hexdigit());
        whole.then(|| self.path(key, Form::Rendition(rendition)))
    }

    /// Removes everything stored under `key`, and every rendition that shows it. Blocking; what is not there
    /// is no error.
    pub fn remove(&self, key: &str) -> io::Result<()> {
        if let Ok(entries) = fs::read_dir(self.renditions(key)) {
            for entry in entries {
                let name = entry?.file_name();
                if let Some(path) = name.to_str().and_then(|name| self.noted(name)) {
                    gone(fs::remove_file(path))?;
                }
            }
        }
        for form in [Form::Original, Form::Master] {
            gone(fs::remove_file(self.path(key, form)))?;
        }
        gone(fs::remove_dir_all(self.renditions(key)))
    }

    /// Bytes that may still be written on this disk.
    pub fn free_space(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.root)?;
        Ok(stat.f_bavail * stat.f_frsize)
    }

    /// Refuses to take more in when the disk is nearly full, so that reading goes on.
    pub fn require_space(&self, least: u64) -> Result<()> {
        if self.free_space()? < least {
            Err(Error::NoSpace)
        } else {
            Ok(())
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// A file or a folder, which goes with it.
pub struct Temporary(PathBuf);

impl Temporary {
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After `keep` there is nothing here any more.
        if fs::remove_file(&self.0).is_err() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_ours_are_keys() {
        assert!(Storage::is_key(&Storage::new_key("jpg")));
        for bad in [
            "",
            "x.jpg",
            "../../../etc/passwd",
            "aaaaaaaaaaaaaaaaaaaaaaaaaa.j/g",
        ] {
            assert!(!Storage::is_key(bad), "{bad}");
        }
    }

    #[test]
    fn removing_takes_every_form_and_may_be_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path().into()).unwrap();
        let key = Storage::new_key("png");
        for form in [Form::Original, Form::Master, Form::Rendition("w-640.webp")] {
            storage.put(&key, form, b"bytes").unwrap();
            assert!(storage.path(&key, form).exists());
        }
        storage.remove(&key).unwrap();
        storage.remove(&key).unwrap();
        assert!(!storage.path(&key, Form::Rendition("w-640.webp")).exists());
        assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    }
}
