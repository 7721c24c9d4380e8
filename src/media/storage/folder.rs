//! A folder of this machine that keeps originals and masters. All of it blocks.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::{self, Temporary};
use super::key::{Kept, shelf};

#[derive(Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    pub fn open(root: &Path) -> io::Result<Self> {
        for kept in Kept::ALL {
            fs::create_dir_all(root.join(kept.folder()))?;
        }
        Ok(Folder { root: root.into() })
    }

    /// Whether the files in it belong to the installation of that name. A folder without files is given to it;
    /// `temporary` is a name on the same disk.
    pub fn belongs_to(&self, installation: &str, temporary: &Temporary) -> io::Result<bool> {
        let path = self.root.join("installation");
        match fs::read_to_string(&path) {
            Ok(known) => Ok(known == installation),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let originals = self.root.join(Kept::Original.folder());
                let empty = fs::read_dir(originals)?.next().is_none();
                if empty {
                    // Whole or not at all, whenever the process ends.
                    fs::write(temporary.path(), installation)?;
                    fs::rename(temporary.path(), path)?;
                }
                Ok(empty)
            }
            Err(e) => Err(e),
        }
    }

    pub fn path(&self, key: &str, kept: Kept) -> PathBuf {
        self.root.join(kept.folder()).join(shelf(key)).join(key)
    }

    /// Keeps a received file durably.
    pub fn keep(&self, temporary: Temporary, key: &str, kept: Kept) -> io::Result<()> {
        files::move_to(temporary, &self.path(key, kept))
    }

    /// Removes every form of a key; what is not there is no error.
    pub fn remove(&self, key: &str) -> io::Result<()> {
        Kept::ALL
            .into_iter()
            .try_for_each(|kept| self.remove_form(key, kept))
    }

    /// Removes one form of a key; what is not there is no error.
    pub fn remove_form(&self, key: &str, kept: Kept) -> io::Result<()> {
        files::gone(fs::remove_file(self.path(key, kept)))
    }

    /// The keys of files that are older than `age`; one with several forms may come as often.
    pub fn old_keys(&self, age: Duration) -> io::Result<Vec<String>> {
        let mut keys = Vec::new();
        for kept in Kept::ALL {
            keys.extend(files::old_on_shelves(&self.root.join(kept.folder()), age)?);
        }
        Ok(keys)
    }

    /// Whether it can be looked into.
    pub fn ready(&self) -> io::Result<()> {
        fs::read_dir(self.root.join(Kept::Original.folder())).map(drop)
    }
}
