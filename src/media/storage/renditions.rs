//! Renditions: on this machine, under a cap of bytes. Those that nobody asked for longest go first. All of it blocks.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use super::files::{self, Temporary};
use super::key::{is_key, shelf};
use crate::generations::Generations;

/// How exactly it is known when a rendition was last asked for.
const USED_EVERY: Duration = Duration::from_secs(3_600);

/// Begins the name of a note that a picture is shown in a layer of another's rendition.
const USE: &str = "in~";

/// Files up to this length are read at once: every step of a stream is a switch between threads.
const SHORT: u64 = 256 << 10;

/// Short ones stay in memory, twice so many bytes of them at most.
const GENERATION_BYTES: usize = 8 << 20;
/// For so long; then the disk is asked again, so that it knows what is used.
const STANDS_FOR: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub struct Renditions {
    root: PathBuf,
    aside: PathBuf,
    recent: Arc<Mutex<Generations<Rendition, Recent>>>,
}

struct Recent {
    bytes: Arc<[u8]>,
    read_at: Instant,
}

/// Names a rendition: of a key, by a name of hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Rendition {
    key: String,
    name: String,
}

impl Rendition {
    pub fn new(key: &str, name: &str) -> Rendition {
        Rendition {
            key: key.into(),
            name: name.into(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Rendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.key, self.name)
    }
}

/// A rendition, as trimming looks at it.
struct Aged {
    used_at: SystemTime,
    bytes: u64,
    path: PathBuf,
}

/// A rendition that is there.
pub enum Found {
    Short(Arc<[u8]>),
    /// The first bytes, and where all of them are.
    Long {
        head: Vec<u8>,
        path: PathBuf,
    },
}

impl Found {
    pub fn head(&self) -> &[u8] {
        match self {
            Found::Short(bytes) => bytes,
            Found::Long { head, .. } => head,
        }
    }
}

impl Renditions {
    /// `aside` is a folder on the same disk, for what is not done yet.
    pub(super) fn open(root: &Path, aside: &Path) -> io::Result<Self> {
        let root = root.join("renditions");
        fs::create_dir_all(&root)?;
        Ok(Renditions {
            root,
            aside: aside.into(),
            recent: Arc::new(Mutex::new(Generations::of(GENERATION_BYTES))),
        })
    }

    fn folder(&self, key: &str) -> PathBuf {
        self.root.join(shelf(key)).join(key)
    }

    fn path(&self, rendition: &Rendition) -> PathBuf {
        self.folder(&rendition.key).join(&rendition.name)
    }

    pub fn put(&self, rendition: &Rendition, bytes: &[u8]) -> io::Result<()> {
        let temporary = Temporary::new(&self.aside);
        fs::write(temporary.path(), bytes)?;
        files::move_to(temporary, &self.path(rendition))
    }

    /// Keeps a file that was made aside.
    pub fn keep(&self, rendition: &Rendition, made: &Path) -> io::Result<()> {
        let temporary = Temporary::new(&self.aside);
        fs::rename(made, temporary.path())?;
        files::move_to(temporary, &self.path(rendition))
    }

    /// A short rendition that was asked for a moment ago. Does not block.
    pub fn recent(&self, rendition: &Rendition) -> Option<Found> {
        let mut recent = self.recent.lock();
        let recent = recent.find(rendition)?;
        let stands = recent.read_at.elapsed() < STANDS_FOR;
        stands.then(|| Found::Short(recent.bytes.clone()))
    }

    /// Has the disk asked for it the next time: there is a better form by now.
    pub fn forget(&self, rendition: &Rendition) {
        self.recent.lock().remove(rendition);
    }

    /// A rendition that is there, which now counts as asked for.
    pub fn find(&self, rendition: &Rendition) -> io::Result<Option<Found>> {
        let path = self.path(rendition);
        let mut file = match File::options().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let length = touch(&file)?;
        let is_short = length <= SHORT;
        let most = if is_short { length } else { 32 };
        let mut head = Vec::with_capacity(most as usize);
        file.by_ref().take(most).read_to_end(&mut head)?;
        if !is_short {
            return Ok(Some(Found::Long { head, path }));
        }
        let bytes: Arc<[u8]> = head.into();
        let recent = Recent {
            bytes: bytes.clone(),
            read_at: Instant::now(),
        };
        let (rendition, weight) = (rendition.clone(), bytes.len());
        self.recent.lock().keep(rendition, recent, weight);
        Ok(Some(Found::Short(bytes)))
    }

    /// The bytes that it has, if it is there.
    pub fn length(&self, rendition: &Rendition) -> io::Result<u64> {
        Ok(fs::metadata(self.path(rendition))?.len())
    }

    /// What is not there is no error.
    pub fn remove_one(&self, rendition: &Rendition) -> io::Result<()> {
        let removed = files::gone(fs::remove_file(self.path(rendition)));
        self.recent.lock().remove(rendition);
        removed
    }

    /// Notes that a rendition of another key shows this one in a layer, so that it goes when this one goes.
    pub fn note_use(&self, key: &str, by: &Rendition) -> io::Result<()> {
        let folder = self.folder(key);
        fs::create_dir_all(&folder)?;
        File::create(folder.join(format!("{USE}{}~{}", by.key, by.name)))?;
        Ok(())
    }

    /// Removes every rendition of another that shows this key.
    pub(super) fn remove_shown(&self, key: &str) -> io::Result<()> {
        for note in files::entries(&self.folder(key))? {
            if let Some(rendition) = noted(files::name_of(&note)) {
                self.remove_one(&rendition)?;
            }
        }
        Ok(())
    }

    /// Removes all of a key.
    pub(super) fn remove(&self, key: &str) -> io::Result<()> {
        let removed = files::gone(fs::remove_dir_all(self.folder(key)));
        self.recent.lock().retain(|rendition| rendition.key != key);
        removed
    }

    pub(super) fn old_keys(&self, age: Duration) -> io::Result<Vec<String>> {
        files::old_on_shelves(&self.root, age)
    }

    /// Takes renditions away until they fit under `cap` bytes; how many.
    pub fn trim(&self, cap: u64) -> io::Result<usize> {
        let mut found: Vec<Aged> = Vec::new();
        let mut total = 0;
        for item in self.items()? {
            for path in files::entries(&item)? {
                if let Some(rendition) = noted(files::name_of(&path)) {
                    total += on_disk(0);
                    // A note comes before its rendition: a young one waits for it.
                    if !self.path(&rendition).exists() && files::is_old(&path, USED_EVERY) {
                        let _ = fs::remove_file(path);
                    }
                    continue;
                }
                // Deleted in this moment, with its post.
                let Ok(metadata) = fs::metadata(&path) else {
                    continue;
                };
                found.push(Aged {
                    used_at: metadata.modified()?,
                    bytes: on_disk(metadata.len()),
                    path,
                });
            }
        }
        total += found.iter().map(|aged| aged.bytes).sum::<u64>();
        if total <= cap {
            return Ok(0);
        }
        // A little more than has to be, or the next one would do it all again.
        let aim = cap / 10 * 9;
        found.sort_by_key(|aged| aged.used_at);
        let mut removed = 0;
        for Aged { bytes, path, .. } in found {
            if total <= aim {
                break;
            }
            match fs::remove_file(&path) {
                Ok(()) => removed += 1,
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
            total -= bytes;
        }
        Ok(removed)
    }

    /// The folder of each key.
    fn items(&self) -> io::Result<Vec<PathBuf>> {
        let mut items = Vec::new();
        for shelf in files::entries(&self.root)? {
            items.extend(files::entries(&shelf)?);
        }
        Ok(items)
    }
}

/// The rendition that a note stands for.
fn noted(note: &str) -> Option<Rendition> {
    let (key, name) = note.strip_prefix(USE)?.split_once('~')?;
    let whole = is_key(key) && name.bytes().all(|b| b.is_ascii_hexdigit());
    whole.then(|| Rendition::new(key, name))
}

/// Notes that a rendition was asked for; its length. Seldom more than a look at the file's date.
fn touch(file: &File) -> io::Result<u64> {
    let now = SystemTime::now();
    let metadata = file.metadata()?;
    let used = metadata.modified();
    if used.is_ok_and(|used| now.duration_since(used).is_ok_and(|past| past > USED_EVERY)) {
        let _ = file.set_modified(now);
    }
    Ok(metadata.len())
}

/// What a file takes, however short it is.
pub fn on_disk(bytes: u64) -> u64 {
    bytes.next_multiple_of(4_096).max(4_096)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_asked_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let renditions = Renditions::open(folder.path(), folder.path()).unwrap();
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
        assert_eq!(renditions.trim(41_000).unwrap(), 0);
        assert_eq!(renditions.trim(20_480).unwrap(), 6);
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

    #[test]
    fn what_was_asked_for_a_moment_ago_needs_no_disk_and_goes_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let renditions = Renditions::open(folder.path(), folder.path()).unwrap();
        let [one, two, long] = ["one", "two", "long"].map(|name| Rendition::new("key.jpg", name));
        for rendition in [&one, &two] {
            renditions.put(rendition, b"bytes").unwrap();
        }
        renditions.put(&long, &[0; SHORT as usize + 1]).unwrap();
        let kept = || [&one, &two, &long].map(|rendition| renditions.recent(rendition).is_some());
        assert_eq!(kept(), [false; 3]);
        for rendition in [&one, &two, &long] {
            assert!(renditions.find(rendition).unwrap().is_some());
        }
        assert_eq!(kept(), [true, true, false]);
        renditions.remove_one(&one).unwrap();
        assert_eq!(kept(), [false, true, false]);
        renditions.remove("key.jpg").unwrap();
        assert_eq!(kept(), [false; 3]);
    }
}
