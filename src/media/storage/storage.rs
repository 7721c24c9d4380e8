//! The one door to files: kept ones in their place, renditions and work under way on this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::{self, Temporary};
use super::key::{Kept, shelf};
use super::place::Place;
use super::renditions::Renditions;
use crate::error::{Error, Result};

#[derive(Clone)]
pub struct Storage {
    place: Place,
    /// What is derived from kept files, and what is on its way.
    pub renditions: Renditions,
    aside: PathBuf,
    pieces: PathBuf,
}

impl Storage {
    /// Opens a folder of media, which is made where there is none. Blocking.
    pub fn open(root: &Path) -> io::Result<Self> {
        let aside = root.join("tmp");
        fs::create_dir_all(&aside)?;
        let pieces = root.join("uploads");
        fs::create_dir_all(&pieces)?;
        Ok(Storage {
            place: Place::folder(root)?,
            renditions: Renditions::open(root, &aside)?,
            aside,
            pieces,
        })
    }

    /// Whether what is kept belongs to the installation of that name. An empty place is given to it. Blocking.
    pub fn belongs_to(&self, installation: &str) -> io::Result<bool> {
        self.place.belongs_to(installation, &self.temporary())
    }

    /// Where the pieces of an upload come together; its id is a name of ours.
    pub fn pieces(&self, id: &str) -> PathBuf {
        self.pieces.join(id)
    }

    /// The ids of uploads of which nothing has come for longer than `age`. Blocking.
    pub fn old_pieces(&self, age: Duration) -> io::Result<Vec<String>> {
        let mut old = files::entries(&self.pieces)?;
        old.retain(|path| files::is_old(path, age));
        Ok(old
            .iter()
            .map(|path| files::name_of(path).to_owned())
            .collect())
    }

    /// A fresh file to receive an upload; removed when it is dropped and was not moved away.
    pub fn temporary(&self) -> Temporary {
        Temporary::new(&self.aside)
    }

    /// Works in a fresh folder, which is removed afterwards. Blocking.
    pub fn in_folder<T>(&self, work: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        let folder = self.temporary();
        fs::create_dir(folder.path())?;
        // However long it takes, nobody sweeps it away.
        let _held = files::hold(folder.path())?;
        work(folder.path())
    }

    /// Keeps `bytes`. Blocking.
    pub fn put(&self, key: &str, kept: Kept, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.temporary();
        fs::write(temporary.path(), bytes)?;
        self.keep(temporary, key, kept)
    }

    /// Keeps a received file. Blocking.
    pub fn keep(&self, temporary: Temporary, key: &str, kept: Kept) -> io::Result<()> {
        self.place.keep(temporary, key, kept)
    }

    /// A file of this machine with what is kept. `NotFound` comes here or when it is opened.
    pub async fn local(&self, key: &str, kept: Kept) -> Result<PathBuf> {
        Ok(self.place.local(key, kept).await?)
    }

    /// The same for work on a blocking thread.
    pub fn path(&self, key: &str, kept: Kept) -> io::Result<PathBuf> {
        self.place.path(key, kept)
    }

    /// Removes one form of a key. Blocking; what is not there is no error.
    pub fn remove_form(&self, key: &str, kept: Kept) -> io::Result<()> {
        self.place.remove_form(key, kept)
    }

    /// Removes everything of a key, and every rendition that shows it. Blocking; what is not there is no error.
    pub fn remove(&self, key: &str) -> io::Result<()> {
        self.renditions.remove_shown(key)?;
        self.place.remove(key)?;
        self.renditions.remove(key)
    }

    /// Removes what was on its way for longer than `age`; how much. Blocking.
    pub fn clear_aside(&self, age: Duration) -> io::Result<usize> {
        let mut removed = 0;
        for path in files::entries(&self.aside)? {
            // A folder is what a program worked in when the server was killed.
            let gone = |path: &Path| match path.is_dir() {
                true => fs::remove_dir_all(path),
                false => fs::remove_file(path),
            };
            if files::is_old(&path, age) && !files::is_held(&path) && gone(&path).is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// The keys of everything that has been here for longer than `age`, by shelf. Blocking.
    pub fn old_keys(&self, age: Duration) -> io::Result<BTreeMap<String, BTreeSet<String>>> {
        let mut shelves: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let kept = self.place.old_keys(age)?;
        for key in kept.into_iter().chain(self.renditions.old_keys(age)?) {
            shelves
                .entry(shelf(&key).to_owned())
                .or_default()
                .insert(key);
        }
        Ok(shelves)
    }

    /// Whether files can be read and received. Blocking.
    pub fn ready(&self) -> io::Result<()> {
        fs::metadata(&self.aside)?;
        self.place.ready()
    }

    /// Bytes that may still be written on this machine's disk.
    pub fn free_space(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.aside)?;
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
}

#[cfg(test)]
mod tests {
    use super::super::{Rendition, new_key};
    use super::*;

    #[rocket::async_test]
    async fn removing_takes_every_form_and_may_be_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path()).unwrap();
        let key = new_key("png");
        for kept in Kept::ALL {
            storage.put(&key, kept, b"bytes").unwrap();
            assert!(storage.local(&key, kept).await.unwrap().exists());
        }
        let other = new_key("png");
        let (own, shows_it) = (Rendition::new(&key, "ab"), Rendition::new(&other, "cd"));
        storage.renditions.note_use(&key, &shows_it).unwrap();
        for rendition in [&own, &shows_it] {
            storage
                .renditions
                .put(rendition, b"GIF89a of its own")
                .unwrap();
            assert!(storage.renditions.find(rendition).unwrap().is_some());
        }
        storage.remove(&key).unwrap();
        storage.remove(&key).unwrap();
        for kept in Kept::ALL {
            assert!(!storage.local(&key, kept).await.unwrap().exists());
        }
        for rendition in [&own, &shows_it] {
            assert!(storage.renditions.find(rendition).unwrap().is_none());
        }
        assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_is_worked_in_is_never_swept() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path()).unwrap();
        let kept = storage.in_folder(|work| {
            fs::write(work.join("half"), "made")?;
            assert_eq!(storage.clear_aside(Duration::ZERO)?, 0);
            fs::read(work.join("half"))
        });
        assert_eq!(kept.unwrap(), b"made");
        // What a killed server leaves is held by nobody.
        fs::create_dir(folder.path().join("tmp/left")).unwrap();
        drop(files::hold(&folder.path().join("tmp/left")).unwrap());
        assert_eq!(storage.clear_aside(Duration::ZERO).unwrap(), 1);
    }

    #[test]
    fn what_is_older_than_an_age_is_named_once_however_many_forms_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Storage::open(folder.path()).unwrap();
        let [whole, bare, rest] = ["jpg", "png", "gif"].map(new_key);
        for key in [&whole, &bare] {
            for kept in Kept::ALL {
                storage.put(key, kept, b"bytes").unwrap();
            }
        }
        // What stays of a picture whose files somebody took away.
        for key in [&whole, &rest] {
            let rendition = Rendition::new(key, "ab");
            storage.renditions.put(&rendition, b"GIF89a").unwrap();
        }
        let shelves = storage.old_keys(Duration::ZERO).unwrap();
        for (name, keys) in &shelves {
            assert!(keys.iter().all(|key| shelf(key) == name));
        }
        let named: BTreeSet<String> = shelves.into_values().flatten().collect();
        assert_eq!(named, BTreeSet::from([whole, bare, rest]));
        assert!(
            storage
                .old_keys(Duration::from_secs(60))
                .unwrap()
                .is_empty()
        );
    }
}
