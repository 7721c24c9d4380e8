//! A GIF file as its blocks: read for its header, rewritten without metadata (GIF89a specification).

use crate::files::header::Header;
use crate::refusal::Refusal;

const TRAILER: u8 = 0x3b;
const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;

struct Image<'a> {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    /// Descriptor, palette and pixels, as stored.
    whole: &'a [u8],
}

enum Block<'a> {
    /// Packed fields, delay and transparent index of the picture that follows.
    Control([u8; 4]),
    /// How often the animation runs.
    Loop([u8; 2]),
    /// A picture drawn from text, which no browser does: it takes its control block with it.
    PlainText,
    Other,
    Image(Image<'a>),
}

/// Walks the blocks behind the screen's palette, up to the trailer or the first thing that is none.
struct Blocks<'a> {
    bytes: &'a [u8],
    at: usize,
}

fn blocks(bytes: &[u8]) -> Blocks<'_> {
    Blocks {
        bytes,
        at: head_length(bytes),
    }
}

/// Bytes of signature, screen and its palette.
fn head_length(bytes: &[u8]) -> usize {
    13 + palette_length(bytes.get(10).copied().unwrap_or_default())
}

fn palette_length(packed: u8) -> usize {
    if packed & 0x80 == 0 {
        0
    } else {
        3 << ((packed & 7) + 1)
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        match *self.bytes.get(self.at)? {
            EXTENSION => {
                let label = *self.bytes.get(self.at + 1)?;
                let body = self.skip_parts(self.at + 2)?;
                Some(match (label, body) {
                    (0xf9, [4..=255, a, b, c, d, ..]) => Block::Control([*a, *b, *c, *d]),
                    (0x01, _) => Block::PlainText,
                    (0xff, [11, rest @ ..])
                        if rest.starts_with(b"NETSCAPE2.0") || rest.starts_with(b"ANIMEXTS1.0") =>
                    {
                        match rest[11..] {
                            [3..=255, 1, low, high, ..] => Block::Loop([low, high]),
                            _ => Block::Other,
                        }
                    }
                    _ => Block::Other,
                })
            }
            IMAGE => {
                let start = self.at;
                let head = self.bytes.get(start..start + 10)?;
                let number = |at: usize| u32::from(u16::from_le_bytes([head[at], head[at + 1]]));
                // The palette and one byte, the code size, stand before the pixels.
                self.skip_parts(start + 10 + palette_length(head[9]) + 1)?;
                Some(Block::Image(Image {
                    x: number(1),
                    y: number(3),
                    width: number(5),
                    height: number(7),
                    whole: &self.bytes[start..self.at],
                }))
            }
            _ => None,
        }
    }
}

impl<'a> Blocks<'a> {
    /// Moves behind a run of counted parts, and gives the run.
    fn skip_parts(&mut self, start: usize) -> Option<&'a [u8]> {
        let mut at = start;
        loop {
            let length = usize::from(*self.bytes.get(at)?);
            at += 1 + length;
            if length == 0 {
                self.at = at;
                return self.bytes.get(start..at);
            }
        }
    }
}

/// Size, frames and alpha, which is that of the first frame: later ones are transparent where nothing
/// changes. A first frame that is larger than the screen enlarges it, as in browsers.
pub(crate) fn read(bytes: &[u8]) -> Result<Header, Refusal> {
    let &[_, _, _, _, _, _, w0, w1, h0, h1, _, _, _, ..] = bytes else {
        return Err(Refusal::damaged("screen cut off"));
    };
    let mut width = u32::from(u16::from_le_bytes([w0, w1]));
    let mut height = u32::from(u16::from_le_bytes([h0, h1]));
    let mut frames: u32 = 0;
    let mut alpha = false;
    let mut transparent = false;
    let mut area: u64 = 0;
    for block in blocks(bytes) {
        match block {
            Block::Control(control) => transparent = control[0] & 1 == 1,
            Block::Image(image) => {
                if frames == 0 {
                    width = width.max(image.x + image.width);
                    height = height.max(image.y + image.height);
                    alpha = transparent;
                }
                frames += 1;
                transparent = false;
                area = area.max(u64::from(image.width) * u64::from(image.height));
            }
            Block::PlainText => transparent = false,
            Block::Loop(_) | Block::Other => {}
        }
    }
    if frames == 0 {
        return Err(Refusal::damaged("no whole frame"));
    }
    let screen = u64::from(width) * u64::from(height);
    Ok(Header {
        width,
        height,
        orientation: 1,
        frames,
        alpha,
        decoded_bytes: if frames == 1 { screen * 4 } else { area },
        for_print_or_wide: false,
        is_lossless: true,
    })
}

/// The file without comments, texts and foreign extensions; loop counts are written anew.
///
/// Where neither the screen nor a frame has a palette, decoders do as they like: it gets grays.
pub(crate) fn strip(bytes: &[u8]) -> Vec<u8> {
    let head = bytes.get(..head_length(bytes)).unwrap_or(bytes);
    let mut kept = Vec::with_capacity(bytes.len());
    kept.extend_from_slice(head);
    let bare = |block| matches!(block, Block::Image(image) if image.whole[9] & 0x80 == 0);
    if head.len() == 13 && blocks(bytes).any(bare) {
        kept[10] |= 0x87;
        kept.extend((0..=255).flat_map(|gray: u8| [gray; 3]));
    }
    let mut control = None;
    for block in blocks(bytes) {
        match block {
            Block::Control(found) => control = Some(found),
            Block::Loop([low, high]) => {
                kept.extend(b"\x21\xff\x0bNETSCAPE2.0\x03\x01");
                kept.extend([low, high, 0]);
            }
            Block::PlainText => control = None,
            Block::Other => {}
            Block::Image(image) => {
                if let Some([packed, low, high, index]) = control.take() {
                    kept.extend([EXTENSION, 0xf9, 4, packed, low, high, index, 0]);
                }
                kept.extend_from_slice(image.whole);
            }
        }
    }
    kept.push(TRAILER);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::tiny;

    #[test]
    fn comments_and_foreign_extensions_go() {
        let plain = tiny::gif(2);
        let mut chatty = plain[..plain.len() - 1].to_vec();
        chatty.extend(b"\x21\xfe\x06secret\0");
        chatty.extend(b"\x21\xff\x0bXMP DataXMP\x06secret\0");
        chatty.extend(b"\x21\xf9\x04\0\0\0\0\0\x21\x01\x0c123456789012\x06secret\0");
        chatty.extend(b"\x3bsecret <script>");
        let stripped = strip(&chatty);
        assert_eq!(stripped, strip(&plain));
        assert!(stripped.windows(11).any(|window| window == b"NETSCAPE2.0"));
        assert_eq!(read(&stripped).unwrap().frames, 2);
    }
}
