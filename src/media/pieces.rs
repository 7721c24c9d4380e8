//! The bytes of files that come in pieces: appended under the lock of one writer, and safe on the disk before anybody is
//! told so.

use std::fs;
use std::io;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use futures::future::BoxFuture;
use rocket::data::{Data, ToByteUnit};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use tokio::time::timeout;

use super::media::Media;
use super::upload::{Upload, fits, known};
use super::writers::Alone;
use crate::error::{Error, Result};
use transform::{Format, Refusal};

/// A sender who says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);
/// What arrives is safe in steps of so much: no more is sent again after a crash.
const CHECKPOINT: u64 = 16 << 20;
const BUFFER: usize = 64 << 10;
/// So much of a file is enough to recognise it.
const HEAD: usize = 4 << 10;

/// How a piece ended.
#[derive(Debug)]
pub enum Arrived {
    /// All of it is there.
    Whole,
    /// The line broke, or somebody took over: what came before is safe.
    Broken,
    /// It is no file that is taken.
    Refused(Refusal),
    /// The bytes are others than were sent: none of the piece is kept.
    Altered,
}

/// What a piece's digest is to be, as its sender has worked it out.
pub struct Checksum {
    context: Context,
    expected: Vec<u8>,
}

impl Checksum {
    /// The algorithms, by their names in tus 1.0.
    pub const NAMES: &str = "sha1,sha256";

    /// Nothing for an algorithm that is not known, or a digest that is none of its.
    pub fn new(name: &str, expected: Vec<u8>) -> Option<Checksum> {
        let algorithm = match name {
            "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => &SHA256,
            _ => return None,
        };
        (expected.len() == algorithm.output_len()).then(|| Checksum {
            context: Context::new(algorithm),
            expected,
        })
    }

    fn holds(self) -> bool {
        self.context.finish().as_ref() == self.expected
    }
}

impl Media {
    /// Alone with an upload: who writes it now is told to leave.
    pub async fn alone_with(&self, id: &str) -> Result<Alone> {
        self.writers.alone_with(id).await
    }

    /// Writes what arrives behind the first `received` bytes, up to `bytes` in all. `safe` hears after each step how much
    /// is safe on the disk, and may refuse to go on; of a piece with a checksum that is once, when all of it has come.
    pub async fn receive(
        &self,
        (id, alone): (&str, &Alone),
        (received, bytes): (u64, u64),
        (data, mut checksum): (Data<'_>, Option<Checksum>),
        mut safe: impl FnMut(u64) -> BoxFuture<'static, Result<()>> + Send,
    ) -> Result<Arrived> {
        let path = self.storage.pieces(id);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .await?;
        let there = file.metadata().await?.len();
        if there < received {
            return Err(Error::Internal(format!(
                "of the upload {id} {there} bytes are left"
            )));
        }
        // What was written and never noted comes once more.
        file.set_len(received).await?;
        file.seek(io::SeekFrom::Start(received)).await?;
        let mut head = vec![0; HEAD.min(received as usize)];
        if !head.is_empty() {
            file.seek(io::SeekFrom::Start(0)).await?;
            file.read_exact(&mut head).await?;
            file.seek(io::SeekFrom::Start(received)).await?;
        }
        let mut stream = data.open((bytes - received).bytes());
        let (mut at, mut noted) = (received, received);
        let mut buffer = vec![0; BUFFER];
        let mut arrived = Arrived::Broken;
        while at < bytes {
            let read = tokio::select! {
                read = timeout(SILENCE, stream.read(&mut buffer)) => read,
                () = alone.told_to_leave() => break,
            };
            let Ok(Ok(length)) = read else { break };
            if length == 0 {
                arrived = Arrived::Whole;
                break;
            }
            if head.len() < HEAD {
                head.extend(buffer[..length].iter().take(HEAD - head.len()));
                let enough = head.len() == HEAD || at + length as u64 == bytes;
                if enough && let Err(refusal) = self.recognised(&head, bytes) {
                    return Ok(Arrived::Refused(refusal));
                }
            }
            file.write_all(&buffer[..length]).await?;
            at += length as u64;
            if let Some(checksum) = &mut checksum {
                checksum.context.update(&buffer[..length]);
            } else if at - noted >= CHECKPOINT {
                self.storage.require_space(self.limits.min_free_space)?;
                file.flush().await?;
                file.sync_data().await?;
                safe(at).await?;
                noted = at;
            }
        }
        if at == bytes {
            arrived = Arrived::Whole;
        }
        if let Some(checksum) = checksum {
            match arrived {
                Arrived::Whole if checksum.holds() => {}
                Arrived::Whole => return Ok(Arrived::Altered),
                broken => return Ok(broken),
            }
        }
        if at > noted {
            file.flush().await?;
            file.sync_data().await?;
            safe(at).await?;
        }
        Ok(arrived)
    }

    /// The format that its first bytes tell, if a file of that length is taken.
    fn recognised(&self, head: &[u8], bytes: u64) -> Result<Format, Refusal> {
        let format = known(self, head)?;
        fits(self, format, bytes)?;
        Ok(format)
    }

    /// The whole file of an upload, to be taken in; the pieces stay until they are dropped. Blocking.
    pub fn assembled(&self, id: &str, name: &str) -> io::Result<Result<Upload, Refusal>> {
        let pieces = self.storage.pieces(id);
        let bytes = fs::metadata(&pieces)?.len();
        let mut head = Vec::new();
        io::Read::read_to_end(
            &mut io::Read::take(fs::File::open(&pieces)?, HEAD as u64),
            &mut head,
        )?;
        let format = match self.recognised(&head, bytes) {
            Ok(format) => format,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let temporary = self.storage.temporary();
        // The same bytes under a second name: killed in the middle, this is done again.
        if fs::hard_link(&pieces, temporary.path()).is_err() {
            fs::copy(&pieces, temporary.path())?;
        }
        // However long it has waited for its turn: what is worked on is not swept as old.
        fs::File::open(temporary.path())?.set_modified(SystemTime::now())?;
        Ok(Ok(Upload {
            name: name.to_owned(),
            format,
            bytes,
            temporary,
        }))
    }

    /// The ids of uploads of which nothing has come for longer than `age`.
    pub async fn old_pieces(&self, age: Duration) -> Result<Vec<String>> {
        let storage = self.storage.clone();
        Ok(tokio::task::spawn_blocking(move || storage.old_pieces(age)).await??)
    }

    /// Forgets the pieces of an upload; what is not there is no error.
    pub async fn drop_pieces(&self, id: &str) -> Result<()> {
        match tokio::fs::remove_file(self.storage.pieces(id)).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
