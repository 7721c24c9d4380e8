//! Layers: made, and laid over the picture of a step.

use std::rc::Rc;

use super::apply::Failed;
use super::chain::{Background, Layer, Mistake, Plan, Sizes, Source, TextStyle};
use super::raster::{Raster, upright};
use super::run::{Run, Start, float};
use super::{colour, ingest, probe, text};

impl Run<'_> {
    /// Lays one layer over `base`.
    pub(super) fn lay(
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
        };
        let top = match self.layers.get(&std::ptr::from_ref(layer)) {
            Some(known) => known.clone(),
            None => {
                let made = self.make(layer, &sizes, scale)?.map(Rc::new);
                self.layers.insert(layer, made.clone());
                made
            }
        };
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
                return Ok(text::draw(written, &style).map(|ink| set(ink, &style)));
            }
            Source::Picture(key) => self.picture(key, layer, sizes)?,
            Source::Canvas => self.canvas(layer, sizes)?,
        };
        let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
        let (width, height) = (side(raster.width), side(raster.height));
        Ok(Some(raster.into_rgba().fit(width, height)?))
    }

    fn picture(&mut self, key: &str, layer: &Layer, sizes: &Sizes) -> Result<Raster, Failed> {
        let bytes = self.pictures.get(key);
        let bytes = bytes.ok_or_else(|| layer.mistake("the key of a picture of this site"))?;
        let (format, header) = probe::read(bytes, self.limits)?;
        let stripped = ingest::strip(bytes, format);
        let profile = colour::find_profile(&stripped, format);
        let size = upright((header.width, header.height), header.orientation);
        let walk = (layer.walk(), sizes.base);
        let raster = self.open(&stripped, (format, &header), size, walk, profile.as_ref())?;
        let start = Start {
            raster,
            size,
            profile: profile.as_ref(),
            base: sizes.base,
        };
        self.inside(|run| run.steps(start, layer.walk()))
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
        Plan::new(&first, size, |_| (0.5, 0.5))?;
        let mut colour = match first.background {
            Some(Background::Colour(colour)) => colour,
            _ => [0, 0, 0, 255],
        };
        if colour[3] == 255 {
            colour[3] = (255.0 * layer.alpha()).round() as u8;
        }
        let start = Start {
            raster: Raster::filled(size.0, size.1, colour),
            size,
            profile: None,
            base: sizes.base,
        };
        self.inside(|run| run.steps(start, layer.walk_on_colour()))
    }

    /// Steps of a layer, whose decisions are its own.
    fn inside<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let outer = (
            std::mem::take(&mut self.edges),
            std::mem::take(&mut self.focus),
        );
        let done = work(self);
        (self.edges, self.focus) = outer;
        done
    }
}

/// Puts ink on its ground: padding, background, corners, turned and mirrored.
fn set(ink: Raster, style: &TextStyle) -> Raster {
    let [top, right, bottom, left] = style.padding.map(|side| side.round() as u32);
    let mut raster = ink;
    if [top, right, bottom, left] != [0; 4] || style.background.is_some() {
        let size = (raster.width + left + right, raster.height + top + bottom);
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
