//! Work on somebody's bytes never takes a thread with it: not by a panic, and not by taking too long.

use std::io::{self, BufRead, ErrorKind, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::format::Limits;
use crate::refusal::Refusal;

/// Runs work on somebody's bytes. mozjpeg reports errors by unwinding, and a bug of a decoder must
/// be a refused picture and not a lost thread. What fails when the time is over fails for that.
pub(crate) fn guarded<T>(
    limits: &Limits,
    work: impl FnOnce() -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(Refusal::damaged(said.unwrap_or("the decoder gave up")))
    });
    done.or_else(|refusal| require_time(limits).and(Err(refusal)))
}

/// Refuses to go on when the time is over.
pub(crate) fn require_time(limits: &Limits) -> Result<(), Refusal> {
    match limits.until.is_some_and(|until| Instant::now() > until) {
        true => Err(Refusal::late()),
        false => Ok(()),
    }
}

/// Bytes given to a decoder piece by piece, and no more when the time is over.
pub(crate) struct Timed<'a> {
    bytes: &'a [u8],
    at: usize,
    until: Option<Instant>,
}

const PIECE: usize = 16 << 10;

impl<'a> Timed<'a> {
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Timed<'a> {
        Timed {
            bytes,
            at: 0,
            until: limits.until,
        }
    }
}

impl Read for Timed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Timed<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.until.is_some_and(|until| Instant::now() > until) {
            return Err(ErrorKind::TimedOut.into());
        }
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        Ok(&rest[..rest.len().min(PIECE)])
    }

    fn consume(&mut self, amount: usize) {
        self.at += amount;
    }
}

impl Seek for Timed<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => i128::from(at),
            SeekFrom::End(by) => self.bytes.len() as i128 + i128::from(by),
            SeekFrom::Current(by) => self.at as i128 + i128::from(by),
        };
        self.at = usize::try_from(at).map_err(|_| ErrorKind::InvalidInput)?;
        Ok(self.at as u64)
    }
}
