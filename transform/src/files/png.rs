//! A PNG file as its chunks: read for its header, rewritten without metadata (W3C PNG, third edition).

use std::io::Read;

use crate::files::exif;
use crate::files::header::{CodePoints, Colours, Header};
use crate::refusal::Refusal;

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

/// What stays: the pixels and how their colours are meant. All else is text, dates, places or private data.
const KEPT: [&[u8; 4]; 13] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
    b"sBIT", b"mDCV", b"cLLI",
];
/// What stays of an animation as well.
const MOVING: [&[u8; 4]; 3] = [b"acTL", b"fcTL", b"fdAT"];
const COLOURS: [&[u8; 4]; 6] = [b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV"];

/// A text or a profile inflates to very much when somebody means harm.
const MOST_TEXT: u64 = 4 << 20;

struct Chunk<'a> {
    kind: [u8; 4],
    payload: &'a [u8],
    /// Length, kind, payload and checksum.
    whole: &'a [u8],
}

impl Chunk<'_> {
    fn is_sound(&self) -> bool {
        let mut sum = flate2::Crc::new();
        sum.update(&self.kind);
        sum.update(self.payload);
        self.whole.ends_with(&sum.sum().to_be_bytes())
    }

    fn is_critical(&self) -> bool {
        self.kind[0].is_ascii_uppercase()
    }
}

/// Walks the chunks up to `IEND`; a chunk that is cut off ends the walk.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?) as usize;
        let (whole, after) = rest.split_at_checked(length.checked_add(12)?)?;
        let kind: [u8; 4] = whole[4..8].try_into().ok()?;
        rest = if &kind == b"IEND" { &[] } else { after };
        Some(Chunk {
            kind,
            payload: &whole[8..8 + length],
            whole,
        })
    })
}

/// Size, orientation, frames and alpha.
pub(crate) fn read(bytes: &[u8]) -> Result<Header, Refusal> {
    let mut walk = chunks(bytes);
    let header = walk
        .next()
        .filter(|chunk| &chunk.kind == b"IHDR")
        .ok_or_else(|| Refusal::damaged("no IHDR"))?;
    let &[w0, w1, w2, w3, h0, h1, h2, h3, depth, colour, _, _, _] = header.payload else {
        return Err(Refusal::damaged("length of IHDR"));
    };
    let width = u32::from_be_bytes([w0, w1, w2, w3]);
    let height = u32::from_be_bytes([h0, h1, h2, h3]);
    let mut frames = 1;
    let mut controls = 0;
    let mut transparent = false;
    let mut from_exif = None;
    let mut from_xmp = None;
    for chunk in walk {
        match &chunk.kind {
            b"acTL" => {
                let count = chunk
                    .payload
                    .first_chunk::<4>()
                    .copied()
                    .unwrap_or_default();
                frames = u32::from_be_bytes(count).max(1);
            }
            b"fcTL" => controls += 1,
            b"tRNS" => transparent = true,
            b"eXIf" => from_exif = from_exif.or_else(|| exif::find_orientation(chunk.payload)),
            b"tEXt" | b"zTXt" | b"iTXt" => {
                let Some((keyword, text)) = read_text(&chunk) else {
                    continue;
                };
                if keyword.starts_with(b"Raw profile type ") && !keyword.ends_with(b"iptc") {
                    let block = exif::read_raw_profile(&text).unwrap_or_default();
                    from_exif = from_exif.or_else(|| exif::find_orientation(&block));
                } else {
                    from_xmp = from_xmp.or_else(|| exif::find_xmp_orientation(&text));
                }
            }
            _ => {}
        }
    }
    let channels: u64 = match (colour, depth) {
        (0, 1 | 2 | 4 | 8 | 16) => 1 + u64::from(transparent),
        (2, 8 | 16) => 3 + u64::from(transparent),
        (3, 1 | 2 | 4 | 8) => 3 + u64::from(transparent),
        (4, 8 | 16) => 2,
        (6, 8 | 16) => 4,
        _ => return Err(Refusal::damaged("colour type and depth")),
    };
    let wide = depth == 16;
    // One that lost the rest of its frames is what is left of it.
    let frames = frames.min(controls).max(1);
    Ok(Header {
        width,
        height,
        // An animation is not turned: no browser does, and it stays untouched.
        orientation: match frames {
            1 => from_exif.or(from_xmp).unwrap_or(1),
            _ => 1,
        },
        frames,
        alpha: transparent || colour & 4 != 0,
        decoded_bytes: u64::from(width)
            .saturating_mul(u64::from(height))
            .saturating_mul(channels * (1 + u64::from(wide))),
        for_print_or_wide: wide,
        is_lossless: true,
    })
}

/// Keyword and text of the chunks that may tell an orientation; the others are left packed.
fn read_text(chunk: &Chunk) -> Option<(Vec<u8>, Vec<u8>)> {
    let end = chunk.payload.iter().position(|byte| *byte == 0)?;
    let (keyword, rest) = (&chunk.payload[..end], &chunk.payload[end + 1..]);
    if !keyword.starts_with(b"Raw profile type ") && keyword != b"XML:com.adobe.xmp" {
        return None;
    }
    let text = match &chunk.kind {
        b"tEXt" => rest.to_vec(),
        b"zTXt" => inflate(rest.get(1..)?)?,
        _ => {
            let [packed, _method, rest @ ..] = rest else {
                return None;
            };
            // Language and translated keyword come first, each with a zero behind it.
            let text = rest.splitn(3, |byte| *byte == 0).nth(2)?;
            if *packed == 0 {
                text.to_vec()
            } else {
                inflate(text)?
            }
        }
    };
    Some((keyword.to_vec(), text))
}

fn inflate(packed: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    flate2::read::ZlibDecoder::new(packed)
        .take(MOST_TEXT + 1)
        .read_to_end(&mut plain)
        .ok()?;
    (plain.len() as u64 <= MOST_TEXT).then_some(plain)
}

/// The file without metadata, ended at `IEND`.
///
/// Ancillary chunks with a wrong checksum go; critical ones stay for the decoder to judge.
pub(crate) fn strip(bytes: &[u8]) -> Vec<u8> {
    let moves = read(bytes).is_ok_and(|header| header.is_animated());
    keep(bytes, |kind| {
        KEPT.contains(&kind) || moves && MOVING.contains(&kind)
    })
}

/// Its still picture alone.
pub(crate) fn strip_to_still(bytes: &[u8]) -> Vec<u8> {
    keep(bytes, |kind| KEPT.contains(&kind))
}

fn keep(bytes: &[u8], keeps: impl Fn(&[u8; 4]) -> bool) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    kept.extend(SIGNATURE);
    let mut ended = false;
    for chunk in chunks(bytes) {
        if keeps(&chunk.kind) && (chunk.is_critical() || chunk.is_sound()) {
            kept.extend_from_slice(chunk.whole);
            ended = &chunk.kind == b"IEND";
        }
    }
    if !ended {
        kept.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    }
    kept
}

/// How the colours of a stripped file are meant, other than sRGB: the first that holds of cICP, iCCP, sRGB
/// and gAMA, as the standard orders them.
pub(crate) fn find_colours(bytes: &[u8]) -> Option<Colours> {
    let find = |kind: &[u8; 4]| chunks(bytes).find(|chunk| &chunk.kind == kind);
    if let Some(&[primaries, transfer, _, _]) = find(b"cICP").map(|chunk| chunk.payload) {
        return Some(Colours::Cicp(CodePoints {
            primaries,
            transfer,
        }));
    }
    if let Some(chunk) = find(b"iCCP") {
        let name = chunk.payload.iter().position(|byte| *byte == 0)?;
        return inflate(chunk.payload.get(name + 2..)?).map(Colours::Icc);
    }
    if find(b"sRGB").is_some() {
        return None;
    }
    let number = |four: &[u8]| {
        four.try_into()
            .map(|four| f64::from(u32::from_be_bytes(four)) / 100_000.0)
            .ok()
    };
    let gamma: f64 = number(find(b"gAMA")?.payload)?;
    let points = find(b"cHRM")
        .filter(|chunk| chunk.payload.len() == 32)
        .and_then(|chunk| {
            let numbers: Vec<f64> = chunk.payload.chunks_exact(4).filter_map(number).collect();
            <[f64; 8]>::try_from(numbers).ok()
        });
    (gamma > 0.0).then_some(Colours::Measured { gamma, points })
}

/// Puts the colour chunks of `source` into `target`, a file as our encoder writes it.
pub(crate) fn graft_profile(source: &[u8], target: &[u8]) -> Vec<u8> {
    let mut grafted = SIGNATURE.to_vec();
    for chunk in chunks(target) {
        grafted.extend_from_slice(chunk.whole);
        if &chunk.kind == b"IHDR" {
            for colour in chunks(source).filter(|chunk| COLOURS.contains(&&chunk.kind)) {
                grafted.extend_from_slice(colour.whole);
            }
        }
    }
    grafted
}

/// The file with code points of colours, which count for more than any profile that it has.
pub(crate) fn with_code_points(file: &[u8], codes: CodePoints) -> Vec<u8> {
    with_chunk(file, b"cICP", &[codes.primaries, codes.transfer, 0, 1])
}

/// `file` with a chunk behind its header.
pub(crate) fn with_chunk(file: &[u8], kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let (head, rest) = file.split_at(file.len().min(33));
    [head, &chunk(kind, payload), rest].concat()
}

/// A chunk with its checksum.
pub(crate) fn chunk(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut whole = (payload.len() as u32).to_be_bytes().to_vec();
    whole.extend(kind);
    whole.extend(payload);
    let mut sum = flate2::Crc::new();
    sum.update(&whole[4..]);
    whole.extend(sum.sum().to_be_bytes());
    whole
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fixtures::tiny;

    #[test]
    fn only_pixels_and_colours_stay() {
        let plain = with_chunk(&tiny::png(), b"gAMA", &45455_u32.to_be_bytes());
        let mut chatty = with_chunk(&plain, b"tEXt", b"Comment\0secret");
        chatty = with_chunk(&chatty, b"eXIf", b"II*\0secret");
        chatty = with_chunk(&chatty, b"acTL", &[0, 0, 0, 9, 0, 0, 0, 0]);
        chatty.extend(b"secret");
        assert_eq!(read(&chatty).unwrap().frames, 1, "it has none of them");
        assert_eq!(strip(&chatty), plain);
    }

    #[test]
    fn a_raw_profile_tells_the_orientation() {
        let block = crate::files::exif::tests::block(6);
        let digits: String = block.iter().map(|byte| format!("{byte:02x}")).collect();
        let text = format!(
            "Raw profile type exif\0\nexif\n      {}\n{digits}\n",
            block.len()
        );
        let file = with_chunk(&tiny::png(), b"tEXt", text.as_bytes());
        assert_eq!(read(&file).unwrap().orientation, 6);
    }
}
