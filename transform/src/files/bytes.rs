//! Bytes of a file, and numbers in them.

use std::io::{self, Read, Seek, SeekFrom, Write};

pub fn length_of<F: Seek>(file: &mut F) -> io::Result<u64> {
    file.seek(SeekFrom::End(0))
}

/// Up to `len` bytes from `at`: what memory it takes is bounded by what the file really holds.
pub fn read_at<F: Read + Seek>(file: &mut F, at: u64, len: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(len).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Makes `start..end` hold `head` and zeros behind it; says whether that changed anything.
pub fn blank<F: Read + Write + Seek>(
    file: &mut F,
    start: u64,
    head: &[u8],
    end: u64,
) -> io::Result<bool> {
    let (mut changed, mut at) = (false, start);
    while at < end {
        let here = read_at(file, at, (end - at).min(64 << 10))?;
        if here.is_empty() {
            break;
        }
        let mut wanted = vec![0; here.len()];
        if at == start {
            let len = head.len().min(wanted.len());
            wanted[..len].copy_from_slice(&head[..len]);
        }
        if here != wanted {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&wanted)?;
            changed = true;
        }
        at += here.len() as u64;
    }
    Ok(changed)
}

/// The big-endian number of `len` (at most eight) bytes at `at`, where they exist.
pub fn number(bytes: &[u8], at: u64, len: u64) -> Option<u64> {
    let start = usize::try_from(at).ok()?;
    let end = usize::try_from(at.checked_add(len)?).ok()?;
    Some(
        bytes
            .get(start..end)?
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}
