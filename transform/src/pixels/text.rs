//! Texts become pictures: shaped, broken into lines and drawn, by the fonts of this program and of the
//! machine.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use cosmic_text::fontdb::{Database, Source};
use cosmic_text::{
    Align as Side, Attrs, Buffer, CacheKeyFlags, Fallback, Family, FontSystem, LayoutRun, Metrics,
    PlatformFallback, Shaping, SwashCache, SwashContent, SwashImage, Weight, Wrap,
};
use parking_lot::Mutex;
use unicode_script::Script;

use crate::chain::{Align, MOST_TEXT, TextStyle};
use crate::pixels::emoji::{self, Drawn};
use crate::pixels::raster::{Layout, Raster};

/// There is always this one: Latin, Greek, Cyrillic, Arabic and more, in two weights.
const FONT: &str = "DejaVu Sans";
const EMOJI: &str = "Noto Emoji";
/// Of one text, in pixels. What would stand outside is not drawn.
const MOST_PIXELS: f64 = 16e6;
/// Of all letters of one text, each a square of its size; what comes after is not drawn.
const MOST_INK: f64 = 200e6;
/// Nobody said how long it may take.
const LONG: Duration = Duration::from_secs(60);
/// Drawn letters up to this size are kept while a text is drawn, for the next of the same kind.
const KEPT_SIZE: f64 = 200.0;

/// Where a font lacks a letter: the machine's fonts for its script, then ours.
struct Others;

impl Fallback for Others {
    fn common_fallback(&self) -> &[&'static str] {
        &[
            FONT,
            "Noto Sans",
            "FreeSans",
            "Noto Sans Symbols",
            "Noto Sans Symbols2",
            "Noto Color Emoji",
            EMOJI,
        ]
    }

    fn forbidden_fallback(&self) -> &[&'static str] {
        &[]
    }

    fn script_fallback(&self, script: Script, locale: &str) -> &[&'static str] {
        PlatformFallback.script_fallback(script, locale)
    }
}

/// The time for a text was over.
#[derive(Debug)]
pub(crate) struct Late;

/// Read once, when the first text is drawn: the machine's fonts are looked for then.
fn fonts() -> &'static Mutex<FontSystem> {
    static FONTS: OnceLock<Mutex<FontSystem>> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut known = Database::new();
        for font in [
            dejavu::sans::regular(),
            dejavu::sans::bold(),
            uzor_fonts::NOTO_EMOJI,
        ] {
            known.load_font_source(Source::Binary(Arc::new(font)));
        }
        known.load_system_fonts();
        known.set_sans_serif_family(FONT);
        let system = FontSystem::new_with_locale_and_db_and_fallback("en".into(), known, Others);
        Mutex::new(system)
    })
}

/// The families that texts may be set in, each once.
pub fn families() -> Vec<String> {
    let fonts = fonts().lock();
    let names = fonts.db().faces().flat_map(|face| &face.families);
    let mut names: Vec<String> = names.map(|(name, _)| name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// A way of writing.
pub struct Writing {
    pub name: &'static str,
    /// A font on this machine has its letters.
    pub is_there: bool,
}

/// Scripts, tried by a letter of each.
pub fn scripts() -> Vec<Writing> {
    const LETTERS: [(&str, char); 10] = [
        ("Latin", 'a'),
        ("Greek", 'α'),
        ("Cyrillic", 'я'),
        ("Arabic", 'س'),
        ("Hebrew", 'ש'),
        ("Devanagari", 'क'),
        ("Chinese", '漢'),
        ("Japanese", 'か'),
        ("Korean", '한'),
        ("emoji", '😀'),
    ];
    let mut fonts = fonts().lock();
    let faces: Vec<_> = fonts
        .db()
        .faces()
        .map(|face| (face.id, face.weight))
        .collect();
    let mut drawn = |letter: char| {
        faces.iter().any(|(id, weight)| {
            let font = fonts.get_font(*id, *weight);
            font.is_some_and(|font| font.as_swash().charmap().map(letter) != 0)
        })
    };
    LETTERS
        .map(|(name, letter)| Writing {
            name,
            is_there: drawn(letter),
        })
        .into()
}

/// The ink of a text, cut to its edges, or as wide as the style says; nothing where there is none.
///
/// Padding and what is behind the text are not drawn here.
pub(crate) fn draw(
    text: &str,
    style: &TextStyle,
    until: Option<Instant>,
) -> Result<Option<Raster>, Late> {
    let until = until.unwrap_or_else(|| Instant::now() + LONG);
    let mut fonts = fonts().try_lock_until(until).ok_or(Late)?;
    let fonts = &mut *fonts;
    let buffer = lay_out(fonts, text, style);
    let widest = buffer
        .layout_runs()
        .map(|run| run.line_w)
        .fold(0.0, f32::max);
    let room = style.width.map_or(widest, |width| width as f32);
    let mut ink = Ink {
        style,
        room,
        cache: SwashCache::new(),
        until,
    };
    let mut edges = Edges::default();
    ink.each(fonts, &buffer, |x, y, image| {
        let placed = image.placement;
        edges.add((x, y), (placed.width as i32, placed.height as i32));
    })?;
    ink.strikes(&buffer, |x, y, width, height| {
        edges.add((x, y), (width, height))
    });
    if let Some(width) = style.width {
        (edges.left, edges.right) = (0, width.round() as i32);
    }
    let Some((width, height)) = edges.size() else {
        return Ok(None);
    };
    let mut raster = Raster::filled(width, height, [0; 4]);
    let (left, top) = (edges.left, edges.top);
    ink.each(fonts, &buffer, |x, y, image| {
        raster.ink((x - left, y - top), image, style.colour);
    })?;
    ink.strikes(&buffer, |x, y, width, height| {
        let line = Raster::filled(width as u32, height as u32, style.colour);
        raster.draw(&line, (i64::from(x - left), i64::from(y - top)));
    });
    Ok(Some(raster))
}

/// Whatever ends a paragraph (Unicode's bidirectional class B) as an end of line: the layout knows no other, and takes
/// it ill when two directions share a line.
fn in_lines(text: &str) -> String {
    const ENDS: [char; 6] = ['\r', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2029}'];
    text.replace("\r\n", "\n").replace(ENDS, "\n")
}

fn lay_out(fonts: &mut FontSystem, text: &str, style: &TextStyle) -> Buffer {
    let known = |name: &str| {
        let mut faces = fonts.db().faces();
        faces.any(|face| face.families.iter().any(|(family, _)| family == name))
    };
    let family = style.family.as_deref().filter(|name| known(name));
    let mut attributes = Attrs::new().family(family.map_or(Family::SansSerif, Family::Name));
    if style.bold {
        attributes = attributes.weight(Weight::BOLD);
    }
    if style.italic {
        attributes = attributes.cache_key_flags(CacheKeyFlags::FAKE_ITALIC);
    }
    let metrics = Metrics::new(style.size as f32, style.line() as f32);
    let mut buffer = Buffer::new(fonts, metrics);
    let wrap = if style.width.is_some() {
        Wrap::WordOrGlyph
    } else {
        Wrap::None
    };
    buffer.set_wrap(wrap);
    buffer.set_size(style.width.map(|width| width as f32), None);
    let own = Attrs::new().family(Family::Name(EMOJI));
    let pieces = emoji::pieces(&in_lines(text), |emoji| drawn(fonts, emoji, &own));
    let spans = pieces.iter().map(|piece| match piece.is_emoji {
        true => (piece.text.as_str(), own.clone()),
        false => (piece.text.as_str(), attributes.clone()),
    });
    buffer.set_rich_text(spans, &attributes, Shaping::Advanced, Some(Side::Left));
    buffer.shape_until_scroll(fonts, false);
    buffer
}

/// What is drawn of one emoji.
fn drawn(fonts: &mut FontSystem, text: &str, attributes: &Attrs<'_>) -> Drawn {
    let mut buffer = Buffer::new(fonts, Metrics::new(16.0, 16.0));
    buffer.set_wrap(Wrap::None);
    buffer.set_text(text, attributes, Shaping::Advanced, None);
    buffer.shape_until_scroll(fonts, false);
    let glyphs = buffer.layout_runs().flat_map(|run| run.glyphs.iter());
    let glyphs: Vec<u16> = glyphs.map(|glyph| glyph.glyph_id).collect();
    Drawn {
        lacks: glyphs.contains(&0),
        glyphs: glyphs.len(),
    }
}

struct Ink<'a> {
    style: &'a TextStyle,
    /// Lines are aligned in this width.
    room: f32,
    cache: SwashCache,
    until: Instant,
}

impl Ink<'_> {
    /// Calls `act` with every drawn letter that lies within what a text may cover, and its upper left
    /// corner.
    fn each(
        &mut self,
        fonts: &mut FontSystem,
        buffer: &Buffer,
        mut act: impl FnMut(i32, i32, &SwashImage),
    ) -> Result<(), Late> {
        let most_across = self.room.min(MOST_TEXT as f32);
        let most_down = (MOST_PIXELS as f32 / most_across.max(1.0)).min(MOST_TEXT as f32);
        let mut inked = 0.0;
        for run in buffer.layout_runs() {
            if run.line_top > most_down {
                break;
            }
            let start = self.start(&run);
            for glyph in run.glyphs {
                if start + glyph.x > most_across || start + glyph.x + glyph.w < 0.0 {
                    continue;
                }
                inked += self.style.size * self.style.size;
                if inked > MOST_INK {
                    return Ok(());
                }
                if Instant::now() > self.until {
                    return Err(Late);
                }
                let placed = glyph.physical((start, run.line_y), 1.0);
                let fresh;
                let image = if self.style.size <= KEPT_SIZE {
                    self.cache.get_image(fonts, placed.cache_key)
                } else {
                    fresh = self.cache.get_image_uncached(fonts, placed.cache_key);
                    &fresh
                };
                if let Some(image) = image {
                    let at = image.placement;
                    act(placed.x + at.left, placed.y - at.top, image);
                }
            }
        }
        Ok(())
    }

    fn start(&self, run: &LayoutRun<'_>) -> f32 {
        let free = self.room - run.line_w;
        match self.style.align {
            Align::Left => 0.0,
            Align::Centre => free / 2.0,
            Align::Right => free,
        }
    }

    /// Calls `act` with the place and size of the line through each line of a struck text.
    fn strikes(&self, buffer: &Buffer, mut act: impl FnMut(i32, i32, i32, i32)) {
        let size = self.style.size as f32;
        let most = self.room.min(MOST_TEXT as f32);
        for run in buffer.layout_runs().filter(|_| self.style.struck) {
            let width = run.line_w.min(most).round() as i32;
            let y = (run.line_y - size * 0.3).round() as i32;
            if width > 0 && run.line_top * most <= MOST_PIXELS as f32 {
                let thick = (size / 14.0).round().max(1.0) as i32;
                act(self.start(&run).round() as i32, y, width, thick);
            }
        }
    }
}

/// What is covered so far.
struct Edges {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl Default for Edges {
    fn default() -> Self {
        Edges {
            left: i32::MAX,
            top: i32::MAX,
            right: i32::MIN,
            bottom: i32::MIN,
        }
    }
}

impl Edges {
    fn add(&mut self, (x, y): (i32, i32), (width, height): (i32, i32)) {
        if width > 0 && height > 0 {
            (self.left, self.top) = (self.left.min(x), self.top.min(y));
            self.right = self.right.max(x + width);
            self.bottom = self.bottom.max(y + height);
        }
    }

    fn size(&self) -> Option<(u32, u32)> {
        if self.right <= self.left || self.bottom <= self.top {
            return None;
        }
        let most = |length: i32, most: f64| (f64::from(length)).min(most) as u32;
        let width = most(self.right - self.left, MOST_TEXT);
        let tallest = (MOST_PIXELS / f64::from(width)).min(MOST_TEXT);
        let height = most(self.bottom - self.top, tallest);
        Some((width, height.max(1)))
    }
}

impl Raster {
    /// Draws one letter; what lies outside is left out.
    fn ink(&mut self, at: (i32, i32), image: &SwashImage, [r, g, b, alpha]: [u8; 4]) {
        let placed = image.placement;
        if placed.width == 0 || placed.height == 0 {
            return;
        }
        let pixels = match image.content {
            SwashContent::Color => image.data.clone(),
            SwashContent::Mask | SwashContent::SubpixelMask => {
                let step = if image.content == SwashContent::Mask {
                    1
                } else {
                    4
                };
                let covered = image.data.chunks_exact(step);
                let ink = |part: &[u8]| {
                    let part = u32::from(part[step / 2]) * u32::from(alpha);
                    [r, g, b, ((part + 127) / 255) as u8]
                };
                covered.flat_map(ink).collect()
            }
        };
        let letter = Raster::new(placed.width, placed.height, Layout::Rgba, pixels);
        self.draw(&letter, (i64::from(at.0), i64::from(at.1)));
    }
}

#[cfg(test)]
mod tests;
