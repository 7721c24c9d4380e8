//! A WebP file as its chunks: read for its header, rewritten without metadata (RFC 9649).

use crate::files::exif;
use crate::files::header::Header;
use crate::refusal::Refusal;

const ICC_FLAG: u8 = 0x20;
const ALPHA_FLAG: u8 = 0x10;
const ANIMATION_FLAG: u8 = 0x02;

struct Chunk<'a> {
    kind: [u8; 4],
    payload: &'a [u8],
}

/// Walks chunks; the last one may be cut off, as some encoders leave out its padding.
fn chunks(mut rest: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    std::iter::from_fn(move || {
        let (head, after) = rest.split_at_checked(8)?;
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let payload = after.get(..size)?;
        rest = after.get(size + size % 2..).unwrap_or_default();
        Some(Chunk {
            kind: [head[0], head[1], head[2], head[3]],
            payload,
        })
    })
}

/// What the RIFF header encloses: bytes behind it are no part of the picture.
fn body(bytes: &[u8]) -> &[u8] {
    let size = bytes.get(4..8).map_or(0, |size| {
        u32::from_le_bytes([size[0], size[1], size[2], size[3]]) as usize
    });
    let end = size.saturating_add(8).min(bytes.len());
    bytes.get(12..end).unwrap_or_default()
}

/// Size, orientation, frames and alpha; the sizes of canvas and bitstream must agree.
pub(crate) fn read(bytes: &[u8]) -> Result<Header, Refusal> {
    let mut canvas = None;
    let mut stream = None;
    let mut alpha = false;
    let mut lossless = false;
    let mut frames = 0;
    let mut largest = 0;
    let mut from_exif = None;
    let mut from_xmp = None;
    for chunk in chunks(body(bytes)) {
        match &chunk.kind {
            b"VP8X" if canvas.is_none() && stream.is_none() => {
                let Some(extended) = chunk.payload.first_chunk::<10>() else {
                    return Err(Refusal::damaged("VP8X cut off"));
                };
                alpha |= extended[0] & ALPHA_FLAG != 0;
                canvas = Some((1 + three(&extended[4..7]), 1 + three(&extended[7..10])));
            }
            b"VP8 " | b"VP8L" if stream.is_none() => {
                let found = Stream::read(&chunk)?;
                alpha |= found.alpha && canvas.is_none();
                lossless = &chunk.kind == b"VP8L";
                stream = Some((found.width, found.height));
            }
            b"ALPH" => alpha = true,
            b"ANMF" => {
                frames += 1;
                let (width, height) = check_frame(chunk.payload, canvas)?;
                largest = u64::from(width)
                    .saturating_mul(u64::from(height))
                    .max(largest);
            }
            b"EXIF" => from_exif = from_exif.or_else(|| exif::find_orientation(chunk.payload)),
            b"XMP " => from_xmp = from_xmp.or_else(|| exif::find_xmp_orientation(chunk.payload)),
            _ => {}
        }
    }
    let (width, height) = canvas
        .or(stream)
        .ok_or_else(|| Refusal::damaged("no picture"))?;
    let animated = frames > 0 && stream.is_none();
    if !animated && stream != Some((width, height)) {
        return Err(Refusal::damaged("canvas and bitstream differ"));
    }
    Ok(Header {
        width,
        height,
        // An animation is not turned: no browser does, and it stays untouched.
        orientation: if animated {
            1
        } else {
            from_exif.or(from_xmp).unwrap_or(1)
        },
        frames: if animated { frames } else { 1 },
        alpha,
        decoded_bytes: u64::from(width)
            .saturating_mul(u64::from(height))
            .max(largest)
            * 4,
        for_print_or_wide: false,
        is_lossless: lossless,
    })
}

fn check_frame(payload: &[u8], canvas: Option<(u32, u32)>) -> Result<(u32, u32), Refusal> {
    let (head, inner) = payload
        .split_at_checked(16)
        .ok_or_else(|| Refusal::damaged("ANMF cut off"))?;
    let (x, y) = (2 * three(&head[0..3]), 2 * three(&head[3..6]));
    let (width, height) = (1 + three(&head[6..9]), 1 + three(&head[9..12]));
    let inside = canvas.is_some_and(|(across, down)| x + width <= across && y + height <= down);
    let streams = chunks(inner).filter(|chunk| matches!(&chunk.kind, b"VP8 " | b"VP8L"));
    for chunk in streams {
        let stream = Stream::read(&chunk)?;
        if (stream.width, stream.height) != (width, height) {
            return Err(Refusal::damaged("frame and bitstream differ"));
        }
    }
    inside
        .then_some((width, height))
        .ok_or_else(|| Refusal::damaged("frame outside the canvas"))
}

struct Stream {
    width: u32,
    height: u32,
    alpha: bool,
}

impl Stream {
    fn read(chunk: &Chunk) -> Result<Stream, Refusal> {
        match (&chunk.kind, chunk.payload) {
            (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..]) => Ok(Stream {
                width: u32::from(u16::from_le_bytes([*w0, *w1]) & 0x3fff),
                height: u32::from(u16::from_le_bytes([*h0, *h1]) & 0x3fff),
                alpha: false,
            }),
            (b"VP8L", [0x2f, a, b, c, d, ..]) => {
                let bits = u32::from_le_bytes([*a, *b, *c, *d]);
                Ok(Stream {
                    width: 1 + (bits & 0x3fff),
                    height: 1 + (bits >> 14 & 0x3fff),
                    alpha: bits >> 28 & 1 == 1,
                })
            }
            _ => Err(Refusal::damaged("bitstream header")),
        }
    }
}

/// The file without metadata and unknown chunks, with flags and sizes that tell the truth.
pub(crate) fn strip(bytes: &[u8]) -> Vec<u8> {
    let mut extended: Option<[u8; 10]> = None;
    let mut flags = 0;
    let mut parts: Vec<(&[u8; 4], Vec<u8>)> = Vec::new();
    let mut still = false;
    for chunk in chunks(body(bytes)) {
        match &chunk.kind {
            b"VP8X" if extended.is_none() => {
                extended = chunk.payload.first_chunk().copied();
                flags |= extended.map_or(0, |extended| extended[0] & ALPHA_FLAG);
            }
            b"ICCP" if flags & ICC_FLAG == 0 => {
                flags |= ICC_FLAG;
                parts.push((b"ICCP", chunk.payload.to_vec()));
            }
            b"ANIM" if flags & ANIMATION_FLAG == 0 => {
                flags |= ANIMATION_FLAG;
                parts.push((b"ANIM", chunk.payload.to_vec()));
            }
            b"ANMF" => parts.push((b"ANMF", strip_frame(chunk.payload))),
            b"ALPH" if !still => {
                flags |= ALPHA_FLAG;
                parts.push((b"ALPH", chunk.payload.to_vec()));
            }
            b"VP8 " if !still => {
                still = true;
                parts.push((b"VP8 ", chunk.payload.to_vec()));
            }
            b"VP8L" if !still => {
                still = true;
                parts.push((b"VP8L", chunk.payload.to_vec()));
            }
            _ => {}
        }
    }
    if still {
        flags &= !ANIMATION_FLAG;
        parts.retain(|(kind, _)| !matches!(*kind, b"ANIM" | b"ANMF"));
    }
    if let Some(mut extended) = extended {
        extended[0] = flags;
        extended[1..4].fill(0);
        parts.insert(0, (b"VP8X", extended.to_vec()));
    } else {
        // Without the extended header only the bitstream means anything.
        parts.retain(|(kind, _)| matches!(*kind, b"VP8 " | b"VP8L"));
    }
    enclose(&parts)
}

fn strip_frame(payload: &[u8]) -> Vec<u8> {
    let (head, inner) = payload.split_at(payload.len().min(16));
    let mut kept = head.to_vec();
    for chunk in chunks(inner) {
        if matches!(&chunk.kind, b"ALPH" | b"VP8 " | b"VP8L") {
            push(&mut kept, &chunk.kind, chunk.payload);
        }
    }
    kept
}

pub(crate) fn find_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    chunks(body(bytes))
        .find(|chunk| &chunk.kind == b"ICCP")
        .map(|chunk| chunk.payload.to_vec())
}

/// Puts the colour profile of `source` into `target`, a still picture of the given size.
pub(crate) fn graft_profile(source: &[u8], target: &[u8], width: u32, height: u32) -> Vec<u8> {
    let Some(profile) = find_profile(source) else {
        return target.to_vec();
    };
    let mut alpha = 0;
    let mut pixels: Vec<(&[u8; 4], Vec<u8>)> = Vec::new();
    for chunk in chunks(body(target)) {
        match &chunk.kind {
            b"ALPH" => {
                alpha = ALPHA_FLAG;
                pixels.push((b"ALPH", chunk.payload.to_vec()));
            }
            b"VP8 " => pixels.push((b"VP8 ", chunk.payload.to_vec())),
            _ => {}
        }
    }
    let mut extended = vec![ICC_FLAG | alpha, 0, 0, 0];
    extended.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
    extended.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
    let mut parts = vec![(b"VP8X", extended), (b"ICCP", profile)];
    parts.append(&mut pixels);
    enclose(&parts)
}

fn enclose(parts: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    for (kind, payload) in parts {
        push(&mut file, kind, payload);
    }
    let size = u32::try_from(file.len() - 8).unwrap_or(u32::MAX);
    file[4..8].copy_from_slice(&size.to_le_bytes());
    file
}

fn push(file: &mut Vec<u8>, kind: &[u8; 4], payload: &[u8]) {
    let size = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    file.extend(kind);
    file.extend(size.to_le_bytes());
    file.extend_from_slice(payload);
    if payload.len() % 2 == 1 {
        file.push(0);
    }
}

fn three(bytes: &[u8]) -> u32 {
    u32::from(bytes[0]) | u32::from(bytes[1]) << 8 | u32::from(bytes[2]) << 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::tiny;

    #[test]
    fn flags_and_sizes_tell_the_truth_after_stripping() {
        let plain = tiny::webp();
        let pixels: Vec<_> = chunks(body(&plain))
            .map(|chunk| (chunk.kind, chunk.payload))
            .collect();
        let mut parts: Vec<(&[u8; 4], Vec<u8>)> =
            vec![(b"VP8X", vec![0x2c, 0, 0, 0, 2, 0, 0, 1, 0, 0])];
        parts.extend(
            pixels
                .iter()
                .map(|(kind, payload)| (kind, payload.to_vec())),
        );
        parts.push((b"EXIF", b"II*\0secret".to_vec()));
        parts.push((b"XMP ", b"secret".to_vec()));
        parts.push((b"ABCD", b"secret".to_vec()));
        let mut chatty = enclose(&parts);
        chatty.extend(b"secret");
        assert_eq!(read(&chatty).unwrap().width, 3);
        let stripped = strip(&chatty);
        assert!(!stripped.windows(6).any(|window| window == b"secret"));
        assert_eq!(stripped[20] & (ICC_FLAG | 0x0c), 0);
        assert_eq!(
            stripped.len(),
            8 + u32::from_le_bytes(stripped[4..8].try_into().unwrap()) as usize
        );
    }

    #[test]
    fn a_profile_is_carried_over() {
        let source = enclose(&[(b"VP8X", vec![ICC_FLAG; 10]), (b"ICCP", b"hello".to_vec())]);
        let grafted = graft_profile(&source, &tiny::webp(), 3, 2);
        assert_eq!(find_profile(&grafted).unwrap(), b"hello");
        assert_eq!(read(&grafted).unwrap().width, 3);
    }
}
