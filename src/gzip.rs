//! Pages as gzip, without compressing what many of them share again for each reader.
//!
//! A text that is deflated by itself and ended with a full flush refers to nothing before it, so such pieces follow each
//! other in one stream in any order (RFC 1951; zlib's `Z_FULL_FLUSH`), and the checksum of a whole is put together from
//! those of its parts (`crc32_combine`). The frame around them is RFC 1952's.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};

/// A text that many pages show: deflated when the first of them is asked for so, and kept.
pub struct Run {
    text: String,
    deflated: OnceLock<Deflated>,
}

struct Deflated {
    bytes: Vec<u8>,
    sum: Hasher,
}

impl Run {
    pub fn of(text: String) -> Arc<Run> {
        Arc::new(Run {
            text,
            deflated: OnceLock::new(),
        })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    fn deflated(&self) -> &Deflated {
        self.deflated.get_or_init(|| {
            deflate(
                &mut Compress::new(Compression::default(), false),
                &self.text,
            )
        })
    }
}

/// Where a text goes to one reader, more than the least effort costs more than it saves.
const ONCE: u32 = 1;

thread_local! {
    /// Its tables are large: made once a thread.
    static ONE_READER: RefCell<Compress> =
        RefCell::new(Compress::new(Compression::new(ONCE), false));
}

/// A member of a gzip file, as it begins: deflate, no name, no time, no system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// A last block with nothing in it.
const END: [u8; 2] = [3, 0];

/// One reader's text around what is shared, as a gzip stream.
pub fn gzip(head: &str, shared: &[Arc<Run>], tail: &str) -> Vec<u8> {
    let [head, tail] =
        ONE_READER.with_borrow_mut(|compress| [head, tail].map(|text| deflate(compress, text)));
    let shared = shared.iter().map(|run| run.deflated());
    let (mut stream, mut sum) = (HEAD.to_vec(), Hasher::new());
    for piece in std::iter::once(&head).chain(shared).chain([&tail]) {
        stream.extend_from_slice(&piece.bytes);
        sum.combine(&piece.sum);
    }
    stream.extend_from_slice(&END);
    let length = sum.total_len() as u32;
    stream.extend_from_slice(&sum.finalize().to_le_bytes());
    stream.extend_from_slice(&length.to_le_bytes());
    stream
}

fn deflate(compress: &mut Compress, text: &str) -> Deflated {
    compress.reset();
    let text = text.as_bytes();
    let mut bytes = Vec::with_capacity(text.len() / 2 + 64);
    // Everything is out when a flush leaves room behind it.
    while compress.total_in() < text.len() as u64 || bytes.len() == bytes.capacity() {
        bytes.reserve(text.len() / 4 + 64);
        compress
            .compress_vec(
                &text[compress.total_in() as usize..],
                &mut bytes,
                FlushCompress::Full,
            )
            .expect("what is fed in is plain bytes");
    }
    let mut sum = Hasher::new();
    sum.update(text);
    Deflated { bytes, sum }
}

/// Whether an `Accept-Encoding` header takes gzip (RFC 9110, 12.5.3).
pub fn takes_gzip(accept: &str) -> bool {
    accept.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = parts.any(|part| {
            part.split_once('=').is_some_and(|(name, weight)| {
                name.trim().eq_ignore_ascii_case("q")
                    && weight.trim().parse::<f32>().is_ok_and(|q| q <= 0.0)
            })
        });
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn plain(stream: &[u8]) -> String {
        let mut text = String::new();
        flate2::read::GzDecoder::new(stream)
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn pieces_join_to_one_valid_stream() {
        let noise = |n: u32| {
            (0..n)
                .map(|i| format!("{:x}", i.wrapping_mul(2_654_435_761)))
                .collect()
        };
        let runs = [
            "one ".repeat(5_000),
            String::new(),
            noise(40_000),
            "é".into(),
        ]
        .map(Run::of);
        for (head, tail) in [("", ""), ("<html>", "</html>"), (&*"x".repeat(100_000), "")] {
            for shared in [&runs[..], &runs[..1], &[]] {
                let expected: String = [head]
                    .into_iter()
                    .chain(shared.iter().map(|run| run.text()))
                    .chain([tail])
                    .collect();
                let stream = gzip(head, shared, tail);
                assert_eq!(plain(&stream), expected);
                // Kept pieces are as good a second time.
                assert_eq!(stream, gzip(head, shared, tail));
            }
        }
    }

    #[test]
    fn what_is_shared_is_deflated_once() {
        let run = Run::of("a card ".repeat(900));
        gzip("a", std::slice::from_ref(&run), "b");
        let first: *const Deflated = run.deflated();
        gzip("c", std::slice::from_ref(&run), "d");
        assert!(std::ptr::eq(first, run.deflated()));
        assert!(run.deflated().bytes.len() < 200);
    }

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        for (accept, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1, GZIP;q=0.2", true),
            ("gzip;q=0", false),
            ("gzip ; Q=0.0, br", false),
            ("br, *", false),
            ("xgzip", false),
        ] {
            assert_eq!(takes_gzip(accept), expected, "{accept}");
        }
    }
}
