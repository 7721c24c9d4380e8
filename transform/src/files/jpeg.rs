//! A JPEG file as its segments: read for its header, rewritten without metadata.
//!
//! The pixels are never touched: scans are copied byte for byte (ITU-T T.81, annex B).

use memchr::memchr;

use crate::files::exif;
use crate::files::header::Header;
use crate::refusal::Refusal;

const SOI: [u8; 2] = [0xff, 0xd8];
const EOI: [u8; 2] = [0xff, 0xd9];
const SOS: u8 = 0xda;
const ICC: &[u8] = b"ICC_PROFILE\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// One marker with what follows it. `scan` is the entropy-coded data behind a start of scan.
pub(crate) struct Segment<'a> {
    pub marker: u8,
    pub payload: &'a [u8],
    pub scan: &'a [u8],
}

/// Walks the segments of a file. Junk between them is passed over, as all decoders do.
pub(crate) struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The end of image was reached, and not just the end of the file.
    pub ended: bool,
}

pub(crate) fn segments(bytes: &[u8]) -> Segments<'_> {
    Segments {
        bytes,
        at: 2,
        ended: false,
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        if self.ended {
            return None;
        }
        loop {
            let marker = self.next_marker()?;
            match marker {
                0x00 | 0x01 | 0xd0..=0xd8 => continue,
                0xd9 => {
                    self.ended = true;
                    return None;
                }
                _ => {}
            }
            let length = self.bytes.get(self.at..self.at + 2)?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
            let payload = self.bytes.get(self.at + 2..self.at + length)?;
            self.at += length;
            let start = self.at;
            if marker == SOS {
                self.skip_scan();
            }
            return Some(Segment {
                marker,
                payload,
                scan: &self.bytes[start..self.at],
            });
        }
    }
}

impl Segments<'_> {
    /// The byte after the next run of 0xff, with `at` behind it.
    fn next_marker(&mut self) -> Option<u8> {
        let mut at = self.at;
        at += self
            .bytes
            .get(at..)?
            .iter()
            .position(|byte| *byte == 0xff)?;
        at += self.bytes[at..].iter().position(|byte| *byte != 0xff)?;
        self.at = at + 1;
        Some(self.bytes[at])
    }

    /// Moves to the marker that ends the scan: restarts and stuffed zeros belong to it.
    fn skip_scan(&mut self) {
        while let Some(step) = memchr(0xff, &self.bytes[self.at..]) {
            self.at += step;
            match self.bytes.get(self.at + 1) {
                Some(0x00 | 0xd0..=0xd7) => self.at += 2,
                Some(0xff) => self.at += 1,
                Some(_) => return,
                None => break,
            }
        }
        self.at = self.bytes.len();
    }
}

/// The frame header: how the picture is coded.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub marker: u8,
    pub precision: u8,
    pub width: u32,
    pub height: u32,
    /// Horizontal and vertical sampling factors of each component.
    pub sampling: Vec<(u8, u8)>,
}

impl Frame {
    fn read(segment: &Segment) -> Option<Frame> {
        let [precision, h0, h1, w0, w1, count, components @ ..] = segment.payload else {
            return None;
        };
        let sampling: Vec<(u8, u8)> = components
            .chunks_exact(3)
            .take(usize::from(*count))
            .map(|component| (component[1] >> 4, component[1] & 15))
            .collect();
        (sampling.len() == usize::from(*count)).then_some(Frame {
            marker: segment.marker,
            precision: *precision,
            width: u32::from(u16::from_be_bytes([*w0, *w1])),
            height: u32::from(u16::from_be_bytes([*h0, *h1])),
            sampling,
        })
    }

    /// Luma pixels that share a chroma sample, across and down, at most 2 each.
    pub fn chroma(&self) -> (u8, u8) {
        match self.sampling[..] {
            [luma, blue, red, ..] => {
                let ratio = |luma: u8, chroma: u8| if luma > chroma { 2 } else { 1 };
                (
                    ratio(luma.0, blue.0.max(red.0)),
                    ratio(luma.1, blue.1.max(red.1)),
                )
            }
            _ => (1, 1),
        }
    }
}

pub(crate) fn find_frame(bytes: &[u8]) -> Option<Frame> {
    segments(bytes)
        .find(|segment| is_frame(segment.marker))
        .and_then(|segment| Frame::read(&segment))
}

/// Size, orientation and kind, from everything before the first scan.
pub(crate) fn read(bytes: &[u8]) -> Result<Header, Refusal> {
    let mut frame = None;
    let mut from_exif = None;
    let mut from_xmp = None;
    let mut scanned = 0;
    for segment in segments(bytes) {
        match segment.marker {
            SOS => {
                scanned = segment.payload.first().copied().unwrap_or_default();
                break;
            }
            0xe1 if segment.payload.starts_with(b"Exif\0") => {
                from_exif = from_exif.or_else(|| exif::find_orientation(segment.payload));
            }
            0xe1 if segment.payload.starts_with(XMP) => {
                from_xmp = from_xmp.or_else(|| exif::find_xmp_orientation(segment.payload));
            }
            marker if is_frame(marker) && frame.is_none() => frame = Frame::read(&segment),
            _ => {}
        }
    }
    let frame = frame.ok_or_else(|| Refusal::damaged("no frame header"))?;
    check_kind(&frame)?;
    let (width, height) = (frame.width, frame.height);
    let samples = u64::from(width) * u64::from(height) * frame.sampling.len() as u64;
    let (across, down) = frame.chroma();
    // A picture in several scans keeps two bytes for each coefficient until the last one is read.
    let coefficients = match frame.sampling.len() {
        3 => 2 * (samples / 3 + 2 * samples / 3 / u64::from(across * down)),
        _ => 2 * samples,
    };
    let several = frame.marker == 0xc2 || usize::from(scanned) < frame.sampling.len();
    Ok(Header {
        width,
        height,
        orientation: from_exif.or(from_xmp).unwrap_or(1),
        frames: 1,
        alpha: false,
        decoded_bytes: if several {
            samples.max(coefficients)
        } else {
            samples
        },
        for_print_or_wide: frame.sampling.len() == 4,
        is_lossless: false,
    })
}

/// Refuses a file with a marker that is reserved (T.81, table B.1): it ends the data of a scan, and no decoder goes on
/// behind it.
pub(crate) fn require_known_markers(bytes: &[u8]) -> Result<(), Refusal> {
    let reserved = |segment: Segment<'_>| matches!(segment.marker, 0x02..=0xbf | 0xf0..=0xfd);
    match segments(bytes).any(reserved) {
        true => Err(Refusal::damaged("a marker that nobody knows")),
        false => Ok(()),
    }
}

/// What browsers do not show must not be stored: nobody would see it.
fn check_kind(frame: &Frame) -> Result<(), Refusal> {
    let odd = |what: &str| {
        Err(Refusal::unsupported(
            &format!("This JPEG {what}, which browsers do not show."),
            "Save it as an ordinary JPEG and choose it again.",
        ))
    };
    match frame.marker {
        0xc0..=0xc2 => {}
        0xc9..=0xcb => return odd("uses arithmetic coding"),
        _ => return odd("is of a rare lossless or layered kind"),
    }
    if frame.precision != 8 {
        return odd(&format!("has {} bits a colour", frame.precision));
    }
    if !matches!(frame.sampling.len(), 1 | 3 | 4) {
        return Err(Refusal::damaged("number of components"));
    }
    if frame
        .sampling
        .iter()
        .any(|(h, v)| !(1..=4).contains(h) || !(1..=4).contains(v))
    {
        return Err(Refusal::damaged("sampling factors"));
    }
    Ok(())
}

/// The file without metadata: JFIF, colour profile and the Adobe marker stay, with all that decoding
/// needs. What follows the first end of image (second pictures, films, archives) is dropped.
///
/// A missing end of image stays missing, so that the decoder sees it; [`close`] adds it.
pub(crate) fn strip(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    kept.extend(SOI);
    let mut walk = segments(bytes);
    for segment in walk.by_ref() {
        let payload = match segment.marker {
            // The JFIF header may carry a thumbnail: its first fourteen bytes do without.
            0xe0 if segment.payload.starts_with(b"JFIF\0") && segment.payload.len() >= 14 => {
                let mut header = segment.payload[..14].to_vec();
                header[12..].fill(0);
                push(&mut kept, 0xe0, &header);
                continue;
            }
            0xe2 if segment.payload.starts_with(ICC) => segment.payload,
            0xee if segment.payload.starts_with(b"Adobe") && segment.payload.len() >= 12 => {
                &segment.payload[..12]
            }
            0xc0..=0xcf | 0xda..=0xdd => segment.payload,
            _ => continue,
        };
        push(&mut kept, segment.marker, payload);
        kept.extend_from_slice(segment.scan);
    }
    if walk.ended {
        kept.extend(EOI);
    }
    kept
}

/// Gives a stripped file its end, when its decoder found the picture whole without.
pub(crate) fn close(stripped: &mut Vec<u8>) {
    if !stripped.ends_with(&EOI) {
        stripped.extend(EOI);
    }
}

/// The colour profile, put together from its segments.
pub(crate) fn find_profile(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<(u8, &[u8])> = segments(bytes)
        .take_while(|segment| segment.marker != SOS)
        .filter(|segment| segment.marker == 0xe2)
        .filter_map(|segment| match segment.payload.strip_prefix(ICC)? {
            [number, _count, part @ ..] => Some((*number, part)),
            _ => None,
        })
        .collect();
    parts.sort_by_key(|(number, _)| *number);
    let parts: Vec<&[u8]> = parts.into_iter().map(|(_, part)| part).collect();
    let profile = parts.concat();
    (!profile.is_empty()).then_some(profile)
}

/// Puts the colour profile of `source` into `target`, a file as our encoder writes it.
pub(crate) fn graft_profile(source: &[u8], target: &[u8]) -> Vec<u8> {
    let mut grafted = SOI.to_vec();
    let header = match target.get(2..6) {
        Some([0xff, 0xe0, h, l]) => 4 + usize::from(u16::from_be_bytes([*h, *l])),
        _ => 2,
    };
    grafted.extend_from_slice(&target[2..header]);
    for segment in segments(source) {
        if segment.marker == 0xe2 && segment.payload.starts_with(ICC) {
            push(&mut grafted, 0xe2, segment.payload);
        }
    }
    grafted.extend_from_slice(&target[header..]);
    grafted
}

/// The file with a colour profile of less than a segment.
pub(crate) fn with_profile(profile: &[u8], target: &[u8]) -> Vec<u8> {
    let mut source = SOI.to_vec();
    push(&mut source, 0xe2, &[ICC, &[1, 1], profile].concat());
    source.extend(EOI);
    graft_profile(&source, target)
}

fn push(file: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    let length = u16::try_from(payload.len() + 2).expect("a segment came from a file");
    file.extend([0xff, marker]);
    file.extend(length.to_be_bytes());
    file.extend_from_slice(payload);
}

fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::tiny;

    #[test]
    fn only_what_decoding_needs_stays() {
        let plain = tiny::jpeg();
        let mut chatty = SOI.to_vec();
        push(&mut chatty, 0xe1, b"Exif\0\0secret");
        push(&mut chatty, 0xe2, b"MPF\0secret");
        push(&mut chatty, 0xe2, b"ICC_PROFILE\0\x01\x01profile");
        push(&mut chatty, 0xed, b"Photoshop 3.0\0secret");
        push(&mut chatty, 0xee, b"Adobe\0\x64\0\0\0\0\x01secret");
        push(&mut chatty, 0xfe, b"secret");
        chatty.extend_from_slice(&plain[2..]);
        chatty.extend(b"\xff\xd8secret");
        let stripped = strip(&chatty);
        assert!(!stripped.windows(6).any(|window| window == b"secret"));
        assert_eq!(find_profile(&stripped).unwrap(), b"profile");
        assert!(stripped.windows(5).any(|window| window == b"Adobe"));
        assert_eq!(strip(&stripped), stripped);
    }

    #[test]
    fn a_profile_is_put_together_and_carried_over() {
        let mut file = SOI.to_vec();
        push(&mut file, 0xe2, b"ICC_PROFILE\0\x02\x02world");
        push(&mut file, 0xe2, b"ICC_PROFILE\0\x01\x02hello ");
        file.extend(EOI);
        assert_eq!(find_profile(&file).unwrap(), b"hello world");
        let grafted = graft_profile(&file, &tiny::jpeg());
        assert_eq!(find_profile(&grafted).unwrap(), b"hello world");
        assert!(read(&grafted).is_ok());
    }
}
