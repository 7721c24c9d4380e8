//! The steps of a chain, done on pixels.

use crate::files::{colours, strip};
use crate::pixels::profile;
use crate::work::master::master_size;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use crate::chain::{Background, Chain, Due, Layer, Mistake, Output, Plan, Rect, Sizes, Step, Walk};
use crate::codec::aim::Aim;
use crate::codec::decode;
use crate::codec::jpeg::general;
use crate::files::header::Header;
use crate::format::{Format, Limits};
use crate::orientation::upright;
use crate::pixels::planes::Pixels;
use crate::pixels::profile::Profile;
use crate::pixels::raster::Raster;
use crate::pixels::rotate::quarter;
use crate::pixels::saliency;
use crate::work::asked::{Failed, Pictures, Stage};

/// What a chain is done with, and what is remembered from one frame of an animation to the next.
pub(crate) struct Run<'a> {
    pub(crate) pictures: &'a Pictures,
    pub(crate) limits: &'a Limits,
    since: Instant,
    pub stages: Vec<Stage>,
    /// How the result is written.
    pub output: Output,
    /// Decisions and layers are remembered, for the next frame.
    pub moves: bool,
    /// Pixels of all layers so far.
    pub(crate) layer_pixels: u64,
    /// Of an animation, what the first frame decided: edges cut away and points of interest by the number
    /// of the step, and layers by where they stand in the chain.
    pub(crate) edges: HashMap<usize, Rect>,
    pub(crate) focus: HashMap<usize, (f64, f64)>,
    pub(crate) layers: HashMap<*const Layer, Option<Rc<Raster>>>,
}

/// What steps begin with.
pub(crate) struct Start<'a> {
    pub pixels: Pixels,
    /// The size that the chain counts in: that of the original where the pixels are a smaller copy of it.
    pub size: (u32, u32),
    pub profile: Option<&'a Profile>,
    /// Of the picture that a layer lies on.
    pub base: Option<(f64, f64)>,
}

/// As in ImageKit's documentation.
const SHADOWED_PIXELS: u64 = 2_000_000;

pub(crate) fn float((width, height): (u32, u32)) -> (f64, f64) {
    (f64::from(width), f64::from(height))
}

impl<'a> Run<'a> {
    pub fn new((pictures, output): (&'a Pictures, Output), limits: &'a Limits) -> Run<'a> {
        Run {
            pictures,
            limits,
            since: Instant::now(),
            stages: Vec::new(),
            output,
            moves: false,
            layer_pixels: 0,
            edges: HashMap::new(),
            focus: HashMap::new(),
            layers: HashMap::new(),
        }
    }

    /// Notes that a part of the work is done, unless the time for it is over.
    pub fn done(&mut self, what: &'static str, size: (u32, u32)) -> Result<(), Failed> {
        self.go_on()?;
        let now = Instant::now();
        self.stages.push(Stage {
            what,
            size,
            milliseconds: now.duration_since(self.since).as_secs_f64() * 1_000.0,
        });
        self.since = now;
        Ok(())
    }

    /// Ends the work when the time for it is over.
    pub fn go_on(&self) -> Result<(), Failed> {
        match self
            .limits
            .until
            .is_some_and(|until| Instant::now() > until)
        {
            true => Err(Failed::Late),
            false => Ok(()),
        }
    }

    /// A still picture after all steps, upright; and its profile where that is to be kept and the picture is
    /// not in sRGB yet.
    pub fn still(
        &mut self,
        bytes: &[u8],
        (format, header): (Format, &Header),
        (chain, size): (&Chain, (u32, u32)),
    ) -> Result<(Pixels, Option<Profile>), Failed> {
        let stripped = strip(bytes, format);
        let profile = Profile::find(&stripped, format);
        let walk = (chain.walk(), None);
        let mut pixels = self.open(&stripped, (format, header), size, walk, profile.as_ref())?;
        if chain.output.keeps_profile {
            let most = master_size(pixels.size());
            pixels = pixels.at_most(most)?;
        }
        let mut keeping = profile.as_ref().filter(|profile| {
            chain.output.keeps_profile && profile.fits(&pixels) && colours::can_keep(format)
        });
        let start = Start {
            pixels,
            size,
            profile: profile.as_ref(),
            base: None,
        };
        let pixels = self.steps_keeping(start, chain.walk(), &mut keeping)?;
        let kept = keeping.is_some();
        Ok((pixels, profile.filter(|_| kept)))
    }

    /// Decodes a stripped picture, as small as the first step allows.
    pub(crate) fn open(
        &mut self,
        bytes: &[u8],
        (format, header): (Format, &Header),
        size: (u32, u32),
        (mut walk, base): (Walk<'_>, Option<(f64, f64)>),
        profile: Option<&Profile>,
    ) -> Result<Pixels, Failed> {
        let stored = upright((header.width, header.height), header.orientation);
        let first = Sizes {
            input: float(size),
            current: float(size),
            base,
            seconds: None,
        };
        let aim = match walk.next(&first)? {
            Some(step) if step.trim.is_none() => {
                let plan = Plan::new(&step, (size, stored), self.limits.made_pixels, |_| {
                    (0.5, 0.5)
                })?;
                let needed = |all: u32, scaled: u32, piece: u32, stored: u32| {
                    (u64::from(all) * u64::from(scaled))
                        .div_ceil(u64::from(piece))
                        .min(u64::from(stored)) as u32
                };
                let across = needed(size.0, plan.scaled.0, plan.piece.width, stored.0);
                let down = needed(size.1, plan.scaled.1, plan.piece.height, stored.1);
                let (across, down) = upright((across, down), header.orientation);
                Aim::AtLeast(across, down)
            }
            _ => Aim::Whole,
        };
        let planes = match format {
            Format::Jpeg if !profile.is_some_and(Profile::is_high) => general::planes(bytes, aim),
            _ => None,
        };
        let pixels = match planes {
            Some(planes) => Pixels::Planes(planes),
            None => {
                let about = (format, header);
                let raster = decode::decode(bytes, about, aim, profile, self.limits)?;
                Pixels::Raster(profile::develop(raster, profile))
            }
        };
        let pixels = pixels.turn(header.orientation)?;
        self.done("decode", pixels.size())?;
        Ok(pixels)
    }

    /// All steps, one after the other, in sRGB.
    pub fn steps(&mut self, start: Start<'_>, walk: Walk<'_>) -> Result<Pixels, Failed> {
        self.steps_keeping(start, walk, &mut None)
    }

    /// The same, but the profile that is being kept stays until a step paints: what is painted is sRGB.
    fn steps_keeping(
        &mut self,
        start: Start<'_>,
        mut walk: Walk<'_>,
        keeping: &mut Option<&Profile>,
    ) -> Result<Pixels, Failed> {
        let mut pixels = start.pixels;
        let mut current = start.size;
        let mut profile = start.profile;
        for n in 0.. {
            let sizes = Sizes {
                input: float(start.size),
                current: float(current),
                base: start.base,
                seconds: None,
            };
            let Some(step) = walk.next(&sizes)? else {
                break;
            };
            for parameter in &step.output {
                parameter.write_to(&mut self.output);
            }
            if let Some(tolerance) = step.trim {
                let raster = pixels.into_raster()?.narrow().into_rgb();
                let inside = match self.edges.get(&n).filter(|_| self.moves) {
                    Some(known) => *known,
                    None => raster.inside(tolerance),
                };
                self.edges.insert(n, inside);
                let raster = raster.cut(inside.left, inside.top, inside.width, inside.height);
                pixels = Pixels::Raster(raster);
                current = pixels.size();
            }
            let plan = self.plan(&pixels, &step, (n, current))?;
            let paints = step.paints() || plan.canvas.is_some();
            let stays = !paints && (profile.is_none() || keeping.is_some()) && self.output.halves();
            pixels = pixels.fit(&plan, current, stays)?;
            self.done("size", pixels.size())?;
            // Nobody asked for a size: then lengths count in that of the original all the same.
            let scale = match plan.is_unsized(&step) {
                true => f64::from(pixels.size().0) / f64::from(plan.piece.width),
                false => 1.0,
            };
            if paints {
                *keeping = None;
            }
            if let (Some(used), None) = (profile, &keeping) {
                pixels = profile::convert(pixels, used)?;
                profile = None;
            }
            pixels = pixels.flip(step.flip)?;
            if paints {
                let raster = pixels.into_raster()?.narrow().into_rgb();
                pixels = Pixels::Raster(self.paint(raster, (&step, &plan), scale, &sizes)?);
            } else {
                pixels = pixels.turn(quarter(step.turn))?;
            }
            current = pixels.size();
            self.done("paint", current)?;
        }
        match (profile, keeping) {
            (Some(profile), None) => Ok(profile::convert(pixels, profile)?),
            _ => Ok(pixels),
        }
    }

    fn plan(
        &mut self,
        pixels: &Pixels,
        step: &Step,
        (n, current): (usize, (u32, u32)),
    ) -> Result<Plan, Failed> {
        let mut lost = None;
        let known = self.focus.get(&n).copied();
        let mut found = known;
        let focus = |window| {
            let place = known.unwrap_or_else(|| {
                saliency::find(pixels, window).unwrap_or_else(|refusal| {
                    lost = Some(refusal);
                    (0.5, 0.5)
                })
            });
            *found.insert(place)
        };
        let plan = Plan::new(
            step,
            (current, pixels.size()),
            self.limits.made_pixels,
            focus,
        )?;
        if let Some(refusal) = lost {
            return Err(refusal.into());
        }
        if let Some(place) = found.filter(|_| self.moves) {
            self.focus.insert(n, place);
        }
        Ok(plan)
    }

    /// Everything but size, in the order that docs/transformations.md tells. `scale` says how long a pixel
    /// of the chain is in this picture.
    fn paint(
        &mut self,
        mut raster: Raster,
        (step, plan): (&Due<'_>, &Plan),
        scale: f64,
        sizes: &Sizes,
    ) -> Result<Raster, Failed> {
        if let Some((canvas, at)) = plan.canvas {
            raster = raster.on_canvas(canvas, at, step.background)?;
        }
        if step.turn != 0.0 {
            raster = raster.rotate(step.turn);
        }
        if step.grayscale {
            raster.grayscale();
        }
        if step.contrast {
            raster.stretch_contrast();
        }
        if let Some(tint) = &step.colorize {
            raster.colorize(tint);
        }
        self.go_on()?;
        if let Some(strength) = step.sharpen {
            raster.sharpen(scale, strength / 10.0, 0.0);
        }
        if let Some([_, sigma, amount, threshold]) = step.usm {
            raster.sharpen(sigma * scale, amount, threshold);
        }
        self.go_on()?;
        if let Some(radius) = step.blur {
            raster.blur(radius / 2.0 * scale);
        }
        self.go_on()?;
        if let Some(gradient) = &step.gradient {
            let stop = gradient.stop.value(sizes);
            let stop = if stop > 1.0 { stop * scale } else { stop };
            raster = raster.gradient(gradient, stop);
        }
        if let Some(shadow) = &step.shadow {
            if u64::from(raster.width) * u64::from(raster.height) > SHADOWED_PIXELS {
                let given = format!("e-shadow on {} by {} pixels", raster.width, raster.height);
                let accepted = "at most 2 megapixels, so w or h in a step before it";
                return Err(Mistake::new(&given, step.number, accepted).into());
            }
            raster = raster.shadow(shadow, scale);
        }
        let radius = step.radius.map(|radius| radius.scaled(scale));
        if let Some((width, colour)) = step.border {
            let width = (f64::from(width) * scale).round() as u32;
            // Around a round picture the border is a ring.
            if let Some(radius) = radius {
                raster = raster.round(radius.less(width));
            }
            raster = raster.border(width, colour);
        }
        if !step.layers.is_empty() {
            raster = raster.into_rgba();
            for layer in &step.layers {
                self.lay(&mut raster, layer, scale)?;
            }
        }
        if let Some(radius) = radius {
            raster = raster.round(radius);
        }
        if let Some(opacity) = step.opacity {
            raster = raster.fade(opacity);
        }
        if let (Some(Background::Colour(colour)), true) = (step.background, plan.canvas.is_none()) {
            raster = raster.over(colour);
        }
        Ok(raster)
    }
}
