//! By what the same file is known again: its length, its beginning and its end.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

const PART: u64 = 1 << 20;

/// 32 hexadecimal digits. Blocking.
pub fn of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut digest = Context::new(&SHA256);
    digest.update(&length.to_be_bytes());
    for start in [0, length.saturating_sub(PART)] {
        file.seek(SeekFrom::Start(start))?;
        let mut part = Vec::new();
        file.by_ref().take(PART).read_to_end(&mut part)?;
        digest.update(&part);
    }
    let digest = digest.finish();
    Ok(digest.as_ref()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
