//! How large the pictures of a HEIC or AVIF file are, and how many: what a program would have to do that opens
//! it. By the boxes (ISO/IEC 23008-12) and, because boxes may lie, by the headers of the coded pictures.

use std::collections::HashMap;

use crate::files::boxes::{all, child, next_box};
use crate::files::bytes::number;
use crate::files::coded::{av1_size, hevc_size};
use crate::format::Limits;
use crate::refusal::Refusal;

/// Tiles of the largest photo, thumbnails and maps together are fewer.
const MOST_ITEMS: usize = 4_000;
/// All pictures of a file together have at most so many times the pixels that one may have.
const ALL_PICTURES: u64 = 3;

type Size = (u32, u32);

/// Width and height of the largest picture of a file, as its boxes tell them; refused where what is coded in it
/// is beyond the limits, all pictures together are, or the file names the same bytes again and again.
pub fn survey_heif(bytes: &[u8], limits: &Limits) -> Result<Size, Refusal> {
    let meta = child(bytes, b"meta").and_then(|meta| meta.get(4..));
    let file = meta.and_then(|meta| File::read(meta, bytes));
    let file = file.ok_or_else(|| Refusal::damaged("no table of pictures"))?;
    if file.items.len() > MOST_ITEMS || file.named > 2 * bytes.len() as u64 + (1 << 20) {
        return Err(Refusal::too_deep());
    }
    let (mut shown, mut all) = ((0, 0), 0_u64);
    for item in &file.items {
        for size in [item.shown, item.coded].into_iter().flatten() {
            if area(size) > limits.pixels {
                return Err(Refusal::too_many_pixels(
                    size.0.into(),
                    size.1.into(),
                    limits,
                ));
            }
        }
        if item.is_coded {
            let size = item
                .coded
                .into_iter()
                .chain(item.shown)
                .max_by_key(|size| area(*size));
            // One whose size nobody tells may be of any.
            all = all.saturating_add(size.map_or(limits.pixels, area));
        }
        if let Some(size) = item.shown.filter(|size| area(*size) > area(shown)) {
            shown = size;
        }
    }
    if all > ALL_PICTURES * limits.pixels {
        return Err(Refusal::too_deep());
    }
    match area(shown) {
        0 => Err(Refusal::damaged("no picture with a size")),
        _ => Ok(shown),
    }
}

fn area((width, height): Size) -> u64 {
    u64::from(width) * u64::from(height)
}

struct Item {
    /// Not put together from others.
    is_coded: bool,
    shown: Option<Size>,
    coded: Option<Size>,
}

struct File {
    items: Vec<Item>,
    /// Bytes of all items together.
    named: u64,
}

impl File {
    fn read(meta: &[u8], bytes: &[u8]) -> Option<File> {
        let places = Places::read(child(meta, b"iloc")?)?;
        let properties = child(meta, b"iprp")?;
        let container = child(properties, b"ipco")?;
        let mut known = Vec::new();
        let mut at = 0;
        while let Some(found) = next_box(container, at) {
            let body = &container[found.body as usize..found.end as usize];
            known.push(Property::read(&found.kind, body));
            at = found.end;
        }
        let mut of_items: HashMap<u64, Vec<usize>> = HashMap::new();
        for association in all(properties, b"ipma") {
            read_associations(association, &mut of_items)?;
        }
        let mut items = Vec::new();
        for entry in all(
            child(meta, b"iinf")?.get(iinf_head(child(meta, b"iinf")?)?..)?,
            b"infe",
        ) {
            let wide = if entry.first()? == &3 { 4 } else { 2 };
            let id = number(entry, 4, wide)?;
            let kind = entry.get(4 + wide as usize + 2..)?.get(..4)?;
            let mut item = Item {
                is_coded: matches!(
                    kind,
                    b"hvc1" | b"hev1" | b"av01" | b"avc1" | b"jpeg" | b"vvc1"
                ),
                shown: None,
                coded: None,
            };
            for property in of_items.get(&id).into_iter().flatten() {
                match known.get(*property) {
                    Some(Property::Shown(size)) => item.shown = Some(*size),
                    Some(Property::Coded(size)) => item.coded = Some(*size),
                    _ => {}
                }
            }
            if kind == b"av01" && item.coded.is_none() {
                let data = places
                    .first
                    .get(&id)
                    .and_then(|(from, to)| bytes.get(*from..*to));
                item.coded = data.and_then(av1_size);
            }
            items.push(item);
            if items.len() > MOST_ITEMS {
                break;
            }
        }
        Some(File {
            items,
            named: places.named,
        })
    }
}

/// Where the entries of `iinf` begin.
fn iinf_head(iinf: &[u8]) -> Option<usize> {
    Some(if iinf.first()? == &0 { 6 } else { 8 })
}

enum Property {
    Shown(Size),
    Coded(Size),
    Other,
}

impl Property {
    fn read(kind: &[u8; 4], body: &[u8]) -> Property {
        let found = match kind {
            b"ispe" => pair(body).map(Property::Shown),
            b"hvcC" => hevc_size(body).map(Property::Coded),
            b"av1C" => body.get(4..).and_then(av1_size).map(Property::Coded),
            _ => None,
        };
        found.unwrap_or(Property::Other)
    }
}

/// `ispe`: version and flags, width, height.
fn pair(body: &[u8]) -> Option<Size> {
    Some((number(body, 4, 4)? as u32, number(body, 8, 4)? as u32))
}

/// `ipma`: which properties an item has, counted from 0.
fn read_associations(body: &[u8], of_items: &mut HashMap<u64, Vec<usize>>) -> Option<()> {
    let (version, wide) = (*body.first()?, body.get(3)? & 1 == 1);
    let id_length = if version == 0 { 2 } else { 4 };
    let mut at = 8;
    for _ in 0..number(body, 4, 4)? {
        let id = number(body, at, id_length)?;
        let count = number(body, at + id_length, 1)?;
        at += id_length + 1;
        for _ in 0..count {
            let index = match wide {
                true => number(body, at, 2)? & 0x7fff,
                false => number(body, at, 1)? & 0x7f,
            };
            at += if wide { 2 } else { 1 };
            let own = of_items.entry(id).or_default();
            if let Some(index) = index.checked_sub(1).filter(|_| own.len() < 64) {
                own.push(index as usize);
            }
        }
    }
    Some(())
}

/// `iloc`: where items lie.
struct Places {
    named: u64,
    /// The first piece of each item that lies in the file itself.
    first: HashMap<u64, (usize, usize)>,
}

impl Places {
    fn read(body: &[u8]) -> Option<Places> {
        let version = *body.first()?;
        let (sizes, more) = (number(body, 4, 1)?, number(body, 5, 1)?);
        let (offset_length, length_length) = (sizes >> 4, sizes & 15);
        let base_length = more >> 4;
        let index_length = if version > 0 { more & 15 } else { 0 };
        let wide = if version < 2 { 2 } else { 4 };
        let count = number(body, 6, wide)?;
        let mut at = 6 + wide;
        let mut places = Places {
            named: 0,
            first: HashMap::new(),
        };
        for _ in 0..count {
            let id = number(body, at, wide)?;
            at += wide;
            let mut in_file = true;
            if version > 0 {
                in_file = number(body, at, 2)? & 15 == 0;
                at += 2;
            }
            at += 2;
            let base = number(body, at, base_length)?;
            at += base_length;
            let extents = number(body, at, 2)?;
            at += 2;
            for n in 0..extents {
                at += index_length;
                let offset = number(body, at, offset_length)?;
                let length = number(body, at + offset_length, length_length)?;
                at += offset_length + length_length;
                places.named = places.named.saturating_add(length);
                if n == 0 && in_file {
                    let from = usize::try_from(base.checked_add(offset)?).ok()?;
                    let to = from.checked_add(usize::try_from(length).ok()?)?;
                    places.first.insert(id, (from, to));
                }
            }
        }
        Some(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u32 + 8).to_be_bytes();
        [&length[..], kind, body].concat()
    }

    fn ispe(width: u32, height: u32) -> Vec<u8> {
        let numbers = [0, width, height].map(u32::to_be_bytes);
        boxed(b"ispe", &numbers.concat())
    }

    /// Bits as text, in bytes.
    fn bytes(bits: &str) -> Vec<u8> {
        let bits: Vec<u8> = bits.bytes().filter(|bit| *bit != b' ').collect();
        let byte = |bits: &[u8]| {
            let placed = bits.iter().enumerate();
            placed.fold(0, |byte, (n, bit)| byte | (bit - b'0') << (7 - n))
        };
        bits.chunks(8).map(byte).collect()
    }

    fn exp_golomb(number: u32) -> String {
        let bits = format!("{:b}", number + 1);
        format!("{}{bits}", "0".repeat(bits.len() - 1))
    }

    fn hvcc(width: u32, height: u32) -> Vec<u8> {
        let profile = "01".repeat(48);
        let numbers: String = [0, 1, width, height].map(exp_golomb).concat();
        let set = bytes(&format!("0000 000 1 {profile} {numbers}"));
        let unit = [&[0x42, 1][..], &set].concat();
        let length = (unit.len() as u16).to_be_bytes();
        boxed(
            b"hvcC",
            &[&[0; 22][..], &[1, 33, 0, 1], &length, &unit].concat(),
        )
    }

    fn av1c(width: u32, height: u32) -> Vec<u8> {
        let header = bytes(&format!(
            "000 1 1 00000 1111 1111 {:016b} {:016b}",
            width - 1,
            height - 1
        ));
        let unit = [&[0x0a, header.len() as u8][..], &header].concat();
        boxed(b"av1C", &[&[0x81, 0, 0, 0][..], &unit].concat())
    }

    /// So many items of one kind, each of all properties and of the same piece of `length` bytes.
    fn file(kind: &[u8; 4], count: u16, length: u32, properties: &[Vec<u8>]) -> Vec<u8> {
        let mut entries = [&[0; 4][..], &count.to_be_bytes()].concat();
        let mut places = [&[0, 0, 0, 0, 0x44, 0][..], &count.to_be_bytes()].concat();
        let mut associations = [&[0; 4][..], &u32::from(count).to_be_bytes()].concat();
        for id in 1..=count {
            let id = id.to_be_bytes();
            entries.extend(boxed(
                b"infe",
                &[&[2, 0, 0, 0][..], &id, &[0, 0], kind].concat(),
            ));
            places.extend(
                [
                    &id[..],
                    &[0, 0, 0, 1],
                    &0_u32.to_be_bytes(),
                    &length.to_be_bytes(),
                ]
                .concat(),
            );
            associations.extend([&id[..], &[properties.len() as u8]].concat());
            associations.extend(1..=properties.len() as u8);
        }
        let container = boxed(b"ipco", &properties.concat());
        let iprp = boxed(
            b"iprp",
            &[container, boxed(b"ipma", &associations)].concat(),
        );
        let meta = [
            &[0; 4][..],
            &boxed(b"iinf", &entries),
            &boxed(b"iloc", &places),
            &iprp,
        ]
        .concat();
        [
            boxed(b"ftyp", b"heic\0\0\0\0"),
            boxed(b"meta", &meta),
            boxed(b"mdat", &[7; 4_000]),
        ]
        .concat()
    }

    fn limits() -> Limits {
        Limits {
            pixels: 100_000_000,
            ..Limits::default()
        }
    }

    #[test]
    fn what_is_coded_counts_and_not_what_a_box_says_of_it() {
        let small = ispe(64, 48);
        for (kind, honest, lying) in [
            (b"hvc1", hvcc(64, 48), hvcc(16_000, 16_000)),
            (b"av01", av1c(64, 48), av1c(16_000, 16_000)),
        ] {
            let honest = file(kind, 1, 100, &[small.clone(), honest]);
            assert_eq!(survey_heif(&honest, &limits()), Ok((64, 48)));
            let lying = file(kind, 1, 100, &[small.clone(), lying]);
            let refusal = survey_heif(&lying, &limits()).unwrap_err();
            assert!(refusal.reason().contains("16000 by 16000"), "{refusal}");
            for length in 0..honest.len() {
                let _ = survey_heif(&honest[..length], &limits());
            }
        }
    }

    #[test]
    fn pictures_without_number_are_too_many() {
        let whole = [ispe(4_000, 3_000), hvcc(4_000, 3_000)];
        assert!(survey_heif(&file(b"hvc1", 20, 100, &whole), &limits()).is_ok());
        // A second of work each, of the same bytes.
        assert!(survey_heif(&file(b"hvc1", 300, 4, &whole), &limits()).is_err());
        let tile = [ispe(64, 64), hvcc(64, 64)];
        assert!(survey_heif(&file(b"hvc1", 300, 40, &tile), &limits()).is_ok());
        assert!(survey_heif(&file(b"hvc1", 300, 100_000, &tile), &limits()).is_err());
        assert!(survey_heif(&file(b"hvc1", 5_000, 1, &tile), &limits()).is_err());
        // One that does not say how large it is may be as large as any.
        assert!(survey_heif(&file(b"av01", 4, 10, &[]), &limits()).is_err());
    }
}
