//! Where originals and masters are kept: what cannot be made again.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::files::Temporary;
use super::folder::Folder;
use super::key::Kept;

/// The place that is set. Its verbs block, but for `local`.
#[derive(Clone)]
pub enum Place {
    Folder(Folder),
}

impl Place {
    pub fn folder(root: &Path) -> io::Result<Place> {
        Folder::open(root).map(Place::Folder)
    }

    /// Whether what is kept there belongs to the installation of that name; an empty place is given to it.
    pub fn belongs_to(&self, installation: &str, temporary: &Temporary) -> io::Result<bool> {
        match self {
            Place::Folder(folder) => folder.belongs_to(installation, temporary),
        }
    }

    /// Keeps a received file; when this returns, it is safe.
    pub fn keep(&self, temporary: Temporary, key: &str, kept: Kept) -> io::Result<()> {
        match self {
            Place::Folder(folder) => folder.keep(temporary, key, kept),
        }
    }

    /// A file of this machine with these bytes. `NotFound` comes here or when it is opened.
    pub async fn local(&self, key: &str, kept: Kept) -> io::Result<PathBuf> {
        match self {
            Place::Folder(folder) => Ok(folder.path(key, kept)),
        }
    }

    /// The same for who may block.
    pub fn path(&self, key: &str, kept: Kept) -> io::Result<PathBuf> {
        match self {
            Place::Folder(folder) => Ok(folder.path(key, kept)),
        }
    }

    /// Removes one form of a key; what is not there is no error.
    pub fn remove_form(&self, key: &str, kept: Kept) -> io::Result<()> {
        match self {
            Place::Folder(folder) => folder.remove_form(key, kept),
        }
    }

    /// Removes what is kept under a key; what is not there is no error.
    pub fn remove(&self, key: &str) -> io::Result<()> {
        match self {
            Place::Folder(folder) => folder.remove(key),
        }
    }

    /// The keys of what has been there for longer than `age`.
    pub fn old_keys(&self, age: Duration) -> io::Result<Vec<String>> {
        match self {
            Place::Folder(folder) => folder.old_keys(age),
        }
    }

    /// Whether it can be reached.
    pub fn ready(&self) -> io::Result<()> {
        match self {
            Place::Folder(folder) => folder.ready(),
        }
    }
}
