//! A file that is read and written within bounds: whoever made it decides how often its parts point to each
//! other, so its length decides how much work it may ask for.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::time::Instant;

/// A file, and what may still be done with it.
pub struct Budget<'a, F> {
    file: &'a mut F,
    /// Bytes that may still be touched.
    left: u64,
    until: Option<Instant>,
}

/// How often every byte may be touched, and how many bytes more.
const TIMES: u64 = 4;
const MORE: u64 = 64 << 20;
/// What asking costs, beyond the bytes that are asked for.
const CALL: u64 = 32;

impl<'a, F: Seek> Budget<'a, F> {
    /// Four times the file and 64 MiB, until nobody waits for it any more.
    pub fn new(file: &'a mut F, until: Option<Instant>) -> io::Result<Budget<'a, F>> {
        let length = file.seek(SeekFrom::End(0))?;
        let left = length.saturating_mul(TIMES).saturating_add(MORE);
        Ok(Budget { file, left, until })
    }

    /// Fails with `QuotaExceeded` where the bytes are used up, and with `TimedOut` where the time is over.
    fn spend(&mut self, bytes: usize) -> io::Result<()> {
        if self.until.is_some_and(|until| Instant::now() > until) {
            return Err(ErrorKind::TimedOut.into());
        }
        let cost = bytes as u64 + CALL;
        self.left = self
            .left
            .checked_sub(cost)
            .ok_or(ErrorKind::QuotaExceeded)?;
        Ok(())
    }
}

impl<F: Read + Seek> Read for Budget<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.spend(read)?;
        Ok(read)
    }
}

impl<F: Write + Seek> Write for Budget<'_, F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.spend(written)?;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl<F: Seek> Seek for Budget<'_, F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
