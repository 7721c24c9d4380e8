//! The elements of EBML (RFC 8794), in memory and in a file, and the ids of Matroska (RFC 9559,
//! 5.1).

use std::io::{self, Read, Seek};

use crate::files::bytes::{number, read_at};

pub struct Element {
    pub id: u32,
    pub at: u64,
    pub body: u64,
    /// `None`: of unknown size, as only a segment or a cluster may be.
    pub end: Option<u64>,
}

pub fn element_at<F: Read + Seek>(file: &mut F, at: u64) -> io::Result<Option<Element>> {
    Ok(read_element(&read_at(file, at, 12)?, at))
}

pub fn read_element(head: &[u8], at: u64) -> Option<Element> {
    let id_len = u64::from(head.first()?.leading_zeros() + 1);
    let id = number(head, 0, id_len).filter(|_| id_len <= 4)?;
    let (size, size_len) = vint(head.get(id_len as usize..)?)?;
    let body = at + id_len + size_len;
    let unknown = size == (1 << (7 * size_len)) - 1;
    let end = if unknown {
        None
    } else {
        Some(body.checked_add(size)?)
    };
    Some(Element {
        id: id as u32,
        at,
        body,
        end,
    })
}

/// A number of variable size (RFC 8794, 4) and how many bytes it takes.
pub fn vint(bytes: &[u8]) -> Option<(u64, u64)> {
    let len = u64::from(bytes.first()?.leading_zeros() + 1);
    let number = number(bytes, 0, len).filter(|_| len <= 8)?;
    Some((number & ((1 << (7 * len)) - 1), len))
}

pub fn all(bytes: &[u8], id: u32) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let element = read_element(bytes.get(at..)?, at as u64)?;
            let body = bytes.get(element.body as usize..element.end? as usize)?;
            at = element.end? as usize;
            if element.id == id {
                return Some(body);
            }
        }
    })
}

pub fn child(bytes: &[u8], id: u32) -> Option<&[u8]> {
    all(bytes, id).next()
}

pub fn uint(bytes: &[u8], id: u32) -> Option<u64> {
    let value = child(bytes, id).filter(|value| value.len() <= 8)?;
    number(value, 0, value.len() as u64)
}

pub fn float(bytes: &[u8]) -> Option<f64> {
    match bytes.len() {
        4 => Some(f32::from_be_bytes(bytes.try_into().ok()?).into()),
        8 => Some(f64::from_be_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}

pub const MAGIC: &[u8] = &[0x1a, 0x45, 0xdf, 0xa3];
pub const LARGEST_HEADER: u64 = 16 << 20;
pub const MOST_ELEMENTS: u64 = 1 << 22;

pub const EBML: u32 = 0x1a45dfa3;
pub const SEGMENT: u32 = 0x18538067;
pub const SEEK_HEAD: u32 = 0x114d9b74;
pub const INFO: u32 = 0x1549a966;
pub const TIMESTAMP_SCALE: u32 = 0x2ad7b1;
pub const DURATION: u32 = 0x4489;
pub const TRACKS: u32 = 0x1654ae6b;
pub const TRACK_ENTRY: u32 = 0xae;
pub const TRACK_NUMBER: u32 = 0xd7;
pub const TRACK_TYPE: u32 = 0x83;
pub const CLUSTER: u32 = 0x1f43b675;
pub const TIMESTAMP: u32 = 0xe7;
pub const SIMPLE_BLOCK: u32 = 0xa3;
pub const BLOCK_GROUP: u32 = 0xa0;
pub const BLOCK: u32 = 0xa1;
pub const SEEK: u32 = 0x4dbb;
pub const SEEK_ID: u32 = 0x53ab;
pub const MUXING_APP: u32 = 0x4d80;
pub const WRITING_APP: u32 = 0x5741;
pub const POSITION: u32 = 0xa7;
pub const PREVIOUS_SIZE: u32 = 0xab;
pub const CUES: u32 = 0x1c53bb6b;
pub const VOID: u8 = 0xec;
/// What a track entry says in words, and checksums and gaps: Name, CodecName, CodecSettings,
/// CodecInfoURL, CodecDownloadURL, AttachmentLink, CRC-32, Void.
pub const TRACK_TEXTS: [u32; 8] = [
    0x536e, 0x258688, 0x3a9697, 0x3b4040, 0x26b240, 0x7446, 0xbf, 0xec,
];
pub const DOC_TYPE: u32 = 0x4282;
pub const CODEC_ID: u32 = 0x86;
pub const VIDEO: u32 = 0xe0;
pub const CONTENT_ENCODINGS: u32 = 0x6d80;
pub const CONTENT_ENCODING: u32 = 0x6240;
pub const CONTENT_ENCRYPTION: u32 = 0x5035;
