//! Layers: made, and laid over the picture of a step.

use crate::files::strip;
use crate::pixels::profile::Profile;
use std::rc::Rc;

use crate::chain::{Background, Layer, MOST_TEXT, Mistake, Plan, Sizes, Source, TextStyle};
use crate::files::probe;
use crate::orientation::upright;
use crate::pixels::planes::Pixels;
use crate::pixels::raster::Raster;
use crate::pixels::{rotate, text};
use crate::work::asked::Failed;
use crate::work::run::{Run, Start, float};

/// Of all layers of a chain together.
const LAYER_PIXELS: u64 = 80_000_000;

impl Run<'_> {
    /// Lays one layer over `base`.
    pub(crate) fn lay(
        &mut self,
        base: &mut Raster,
        layer: &Layer,
        scale: f64,
    ) -> Result<(), Failed> {
        let counted = |length: u32| ((f64::from(length) / scale).round() as u32).max(1);
        let size = (counted(base.width), counted(base.height));
        let sizes = Sizes {
            input: float(size),
            current: float(size),
            base: Some(float(size)),
            seconds: None,
        };
        let top = match self.layers.get(&std::ptr::from_ref(layer)) {
            Some(known) => known.clone(),
            None => self.make(layer, &sizes, scale)?.map(Rc::new),
        };
        if self.moves {
            self.layers.insert(layer, top.clone());
        }
        if let Some(top) = top {
            // Its own size is what `cw` and `ch` mean where it is laid down.
            let own = float((counted(top.width), counted(top.height)));
            let place = layer.place(&Sizes {
                current: own,
                ..sizes
            })?;
            let at = place.corner((base.width, base.height), (top.width, top.height), scale);
            base.blend(&top, at, place.blend);
        }
        self.done("layer", (base.width, base.height))
    }

    /// The pixels of a layer for a base of the size that `sizes` tell; nothing for a text without ink.
    fn make(&mut self, layer: &Layer, sizes: &Sizes, scale: f64) -> Result<Option<Raster>, Failed> {
        let raster = match &layer.source {
            Source::Text(written) => {
                let style = layer.style(sizes)?.scaled(scale);
                let ink =
                    text::draw(written, &style, self.limits.until).map_err(|_| Failed::Late)?;
                let Some(ink) = ink else { return Ok(None) };
                let ground = ground(&ink, &style);
                self.count(layer, ground)?;
                self.count(layer, rotate::turned(ground, style.turn))?;
                return Ok(Some(set(ink, &style)));
            }
            Source::Picture(key) => self.picture(key, layer, sizes)?,
            Source::Canvas => self.canvas(layer, sizes)?,
        };
        self.count(layer, (raster.width, raster.height))?;
        let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        let (width, height) = (side(raster.width), side(raster.height));
        Ok(Some(raster.into_rgba().fit(width, height)?))
    }

    /// Counts the pixels of a layer before there are any, and refuses too many.
    fn count(&mut self, layer: &Layer, (width, height): (u32, u32)) -> Result<(), Failed> {
        self.layer_pixels += u64::from(width) * u64::from(height);
        let longest = f64::from(width.max(height));
        if longest > MOST_TEXT || self.layer_pixels > LAYER_PIXELS {
            let given = format!("a layer of {width} by {height} pixels");
            let accepted = "at most 16383 pixels either way, and 80 megapixels in all layers";
            return Err(Mistake::new(&given, layer.step, accepted).into());
        }
        Ok(())
    }

    fn picture(&mut self, key: &str, layer: &Layer, sizes: &Sizes) -> Result<Raster, Failed> {
        let bytes = self.pictures.get(key);
        let bytes = bytes.ok_or_else(|| layer.mistake("the key of a picture of this site"))?;
        let (format, header) = probe::read(bytes, self.limits)?;
        let stripped = strip(bytes, format);
        let profile = Profile::find(&stripped, format);
        let size = upright((header.width, header.height), header.orientation);
        let walk = (layer.walk(), sizes.base);
        let pixels = self.open(&stripped, (format, &header), size, walk, profile.as_ref())?;
        let start = Start {
            pixels,
            size,
            profile: profile.as_ref(),
            base: sizes.base,
        };
        self.inside(|run| run.steps(start, layer.walk()))?
            .into_raster()
            .map_err(Failed::from)
    }

    /// A plain colour of the layer's width and height, or of the whole base.
    fn canvas(&mut self, layer: &Layer, sizes: &Sizes) -> Result<Raster, Failed> {
        let first = layer.ground(sizes)?;
        let (width, height) = (
            first.width.unwrap_or(sizes.current.0),
            first.height.unwrap_or(sizes.current.1),
        );
        let size = (
            width.round().max(1.0) as u32,
            height.round().max(1.0) as u32,
        );
        Plan::new(&first, (size, size), self.limits.made_pixels, |_| {
            (0.5, 0.5)
        })?;
        self.count(layer, size)?;
        let mut colour = match first.background {
            Some(Background::Colour(colour)) => colour,
            _ => [0, 0, 0, 255],
        };
        if colour[3] == 255 {
            colour[3] = (255.0 * layer.style(sizes)?.alpha).round() as u8;
        }
        let start = Start {
            pixels: Pixels::Raster(Raster::filled(size.0, size.1, colour)),
            size,
            profile: None,
            base: sizes.base,
        };
        self.inside(|run| run.steps(start, layer.walk_on_colour()))?
            .into_raster()
            .map_err(Failed::from)
    }

    /// Steps of a layer, whose decisions are its own, and which say nothing of how the result is written.
    fn inside<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let output = self.output;
        let outer = (
            std::mem::take(&mut self.edges),
            std::mem::take(&mut self.focus),
        );
        let done = work(self);
        (self.edges, self.focus) = outer;
        self.output = output;
        done
    }
}

/// The size of a text's ground: its ink and the padding around.
fn ground(ink: &Raster, style: &TextStyle) -> (u32, u32) {
    let [top, right, bottom, left] = style.padding.map(|side| side.round() as u32);
    (ink.width + left + right, ink.height + top + bottom)
}

/// Puts ink on its ground: padding, background, corners, turned and mirrored.
fn set(ink: Raster, style: &TextStyle) -> Raster {
    let [top, .., left] = style.padding.map(|side| side.round() as u32);
    let size = ground(&ink, style);
    let mut raster = ink;
    if size != (raster.width, raster.height) || style.background.is_some() {
        let mut ground = Raster::filled(size.0, size.1, style.background.unwrap_or([0; 4]));
        if let Some(radius) = style.radius {
            ground = ground.round(radius);
        }
        ground.draw(&raster, (i64::from(left), i64::from(top)));
        raster = ground;
    }
    raster = raster.flip(style.flip);
    match style.turn == 0.0 {
        true => raster,
        false => raster.rotate(style.turn),
    }
}

impl Layer {
    fn mistake(&self, accepted: &str) -> Mistake {
        Mistake::new(&self.to_string(), self.step, accepted)
    }
}
