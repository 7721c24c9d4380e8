//! What a HEIC or AVIF file holds, and how much work it would be for a program that opens it: by the boxes
//! (ISO/IEC 23008-12) and, because boxes may lie, by the headers of the coded pictures.

use std::collections::HashMap;

use crate::files::boxes::{all, child, next_box};
use crate::files::bytes::number;
use crate::files::coded::av1_size;
use crate::files::header::CodePoints;
use crate::files::heif_property::{Property, read_associations};
use crate::format::{Format, Limits};
use crate::refusal::Refusal;

/// Tiles of the largest photo, thumbnails and maps together are fewer.
const MOST_ITEMS: usize = 4_000;
/// All pictures of a file together have at most so many times the pixels that one may have.
const ALL_PICTURES: u64 = 3;

type Size = (u32, u32);

/// What a program has to know that opens a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Surveyed {
    /// Width and height of the largest picture in it.
    pub largest: (u32, u32),
    /// Width and height of the one that it shows, cut but not turned.
    pub shown: (u32, u32),
    /// How colours are meant, where it is not as in sRGB and no profile says it as well.
    pub colours: Option<CodePoints>,
    pub alpha: bool,
    /// Of several layers, each better than the one before.
    pub is_layered: bool,
    /// Cut or turned by properties, which not every program obeys.
    pub is_changed: bool,
}

impl Surveyed {
    /// Whether eight bits a channel would lose much of it.
    pub fn is_high(&self) -> bool {
        self.colours.is_some_and(CodePoints::is_high)
    }
}

/// What is in a file, as its boxes tell it; refused where what is coded in it is beyond the limits, all pictures
/// together are, or the file names the same bytes again and again.
pub fn survey_heif(bytes: &[u8], limits: &Limits) -> Result<Surveyed, Refusal> {
    let Some(meta) = child(bytes, b"meta") else {
        return Err(match child(bytes, b"moov") {
            Some(_) => Refusal::unsupported(
                "This is a burst or a film in a HEIF file, without a picture of its own.",
                "Save it as MP4, or one picture of it as JPEG, and choose that.",
            ),
            None => Refusal::damaged("no table of pictures"),
        });
    };
    let file = meta.get(4..).and_then(|meta| File::read(meta, bytes));
    let file = file.ok_or_else(|| Refusal::damaged("no table of pictures"))?;
    if file.items.len() > MOST_ITEMS || file.named > 2 * bytes.len() as u64 + (1 << 20) {
        return Err(Refusal::too_deep());
    }
    let (mut largest, mut all) = ((0, 0), 0_u64);
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
        if let Some(size) = item.shown.filter(|size| area(*size) > area(largest)) {
            largest = size;
        }
    }
    if all > ALL_PICTURES * limits.pixels {
        return Err(Refusal::too_deep());
    }
    let primary = file.items.iter().find(|item| Some(item.id) == file.primary);
    let primary = primary.or(file.items.first());
    let shown = primary.and_then(|item| item.cropped.or(item.shown).or(item.coded));
    let shown = shown.unwrap_or(largest);
    if area(shown) == 0 {
        return Err(Refusal::damaged("no picture with a size"));
    }
    // What is put together from tiles may leave it to them.
    let tile = file.items.iter().find(|item| item.is_coded);
    let coloured = [primary, tile].into_iter().flatten();
    let coloured = coloured.into_iter().find(|item| item.tells_colours());
    Ok(Surveyed {
        largest,
        shown,
        colours: coloured.and_then(Item::colours),
        alpha: file.alpha,
        is_layered: primary.is_some_and(|item| item.is_layered),
        is_changed: primary.is_some_and(|item| item.is_changed || item.cropped.is_some()),
    })
}

/// Lets a file of several pictures, or of a film, count as one with a still picture, which it holds as well: some
/// programs go by the first brand alone. `survey_heif` says whether it holds one.
pub fn name_still(bytes: &mut [u8], format: Format) {
    let brand: &[u8; 4] = match format {
        Format::Avif => b"avif",
        _ => b"heic",
    };
    let sequence = matches!(
        bytes.get(8..12),
        Some(b"avis" | b"msf1" | b"hevc" | b"hevx" | b"hevm" | b"hevs")
    );
    let size = bytes.get(..4).and_then(|size| number(size, 0, 4));
    if !sequence || size.is_none_or(|size| size > bytes.len() as u64) {
        return;
    }
    bytes[8..12].copy_from_slice(brand);
    // Behind the version stand the brands that it is compatible with.
    if size.is_some_and(|size| size >= 20) {
        bytes[16..20].copy_from_slice(brand);
    }
}

fn area((width, height): Size) -> u64 {
    u64::from(width) * u64::from(height)
}

#[derive(Default)]
struct Item {
    id: u64,
    /// Not put together from others.
    is_coded: bool,
    shown: Option<Size>,
    coded: Option<Size>,
    cropped: Option<Size>,
    codes: Option<CodePoints>,
    has_profile: bool,
    is_layered: bool,
    is_changed: bool,
}

impl Item {
    fn tells_colours(&self) -> bool {
        self.codes.is_some() || self.has_profile
    }

    /// A profile says more than code points, but for a high range, which profiles cannot hold.
    fn colours(&self) -> Option<CodePoints> {
        let codes = self.codes?;
        let told = codes.is_high() || !self.has_profile;
        codes.other_than_srgb().filter(|_| told)
    }
}

struct File {
    items: Vec<Item>,
    primary: Option<u64>,
    alpha: bool,
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
                id,
                is_coded: matches!(
                    kind,
                    b"hvc1" | b"hev1" | b"av01" | b"avc1" | b"jpeg" | b"vvc1"
                ),
                ..Item::default()
            };
            for property in of_items.get(&id).into_iter().flatten() {
                match known.get(*property) {
                    Some(Property::Shown(size)) => item.shown = Some(*size),
                    Some(Property::Coded(size)) => item.coded = Some(*size),
                    Some(Property::Cropped(size)) => item.cropped = Some(*size),
                    Some(Property::Colours(codes)) => item.codes = Some(*codes),
                    Some(Property::Profile) => item.has_profile = true,
                    Some(Property::Layers) => item.is_layered = true,
                    Some(Property::Turned) => item.is_changed = true,
                    Some(Property::Alpha | Property::Other) | None => {}
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
        let primary = child(meta, b"pitm").and_then(|body| {
            let wide = if body.first()? == &0 { 2 } else { 4 };
            number(body, 4, wide)
        });
        Some(File {
            items,
            primary,
            alpha: known
                .iter()
                .any(|property| matches!(property, Property::Alpha)),
            named: places.named,
        })
    }
}

/// Where the entries of `iinf` begin.
fn iinf_head(iinf: &[u8]) -> Option<usize> {
    Some(if iinf.first()? == &0 { 6 } else { 8 })
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
mod tests;
