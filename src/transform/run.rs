//! The steps of a chain, done on pixels.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use super::apply::{Failed, Pictures, Stage};
use super::chain::{Background, Chain, Layer, Plan, Rect, Sizes, Step, Walk};
use super::colour::{self, Profile};
use super::decode::{self, Aim};
use super::probe::Header;
use super::raster::{Raster, upright};
use super::{Format, Limits, Refusal, ingest, saliency};

/// What a chain is done with, and what is remembered from one frame of an animation to the next.
pub(super) struct Run<'a> {
    pub(super) pictures: &'a Pictures,
    pub(super) limits: &'a Limits,
    until: Option<Instant>,
    since: Instant,
    pub stages: Vec<Stage>,
    /// Of an animation, what the first frame decided: edges cut away and points of interest by the number
    /// of the step, and layers by where they stand in the chain.
    pub(super) edges: HashMap<usize, Rect>,
    pub(super) focus: HashMap<usize, (f64, f64)>,
    pub(super) layers: HashMap<*const Layer, Option<Rc<Raster>>>,
}

/// What steps begin with.
pub(super) struct Start<'a> {
    pub raster: Raster,
    /// The size that the chain counts in: that of the original where the pixels are a smaller copy of it.
    pub size: (u32, u32),
    pub profile: Option<&'a Profile>,
    /// Of the picture that a layer lies on.
    pub base: Option<(f64, f64)>,
}

pub(super) fn float((width, height): (u32, u32)) -> (f64, f64) {
    (f64::from(width), f64::from(height))
}

impl<'a> Run<'a> {
    pub fn new(pictures: &'a Pictures, limits: &'a Limits, until: Option<Instant>) -> Run<'a> {
        Run {
            pictures,
            limits,
            until,
            since: Instant::now(),
            stages: Vec::new(),
            edges: HashMap::new(),
            focus: HashMap::new(),
            layers: HashMap::new(),
        }
    }

    /// Notes that a part of the work is done, unless the time for it is over.
    pub fn done(&mut self, what: &'static str, size: (u32, u32)) -> Result<(), Failed> {
        let now = Instant::now();
        if self.until.is_some_and(|until| now > until) {
            return Err(Failed::Late);
        }
        self.stages.push(Stage {
            what,
            size,
            milliseconds: now.duration_since(self.since).as_secs_f64() * 1_000.0,
        });
        self.since = now;
        Ok(())
    }

    /// A still picture after all steps, upright; and its profile where that is to be kept and the picture is
    /// not in sRGB yet.
    pub fn still(
        &mut self,
        bytes: &[u8],
        (format, header): (Format, &Header),
        (chain, size): (&Chain, (u32, u32)),
    ) -> Result<(Raster, Option<Profile>), Failed> {
        let stripped = ingest::strip(bytes, format);
        let profile = colour::find_profile(&stripped, format);
        let keeps = chain.output.keeps_profile;
        let raster = self.open(
            &stripped,
            (format, header),
            size,
            (chain.walk(), None),
            profile.as_ref(),
        )?;
        let start = Start {
            raster,
            size,
            profile: profile.as_ref().filter(|_| !keeps),
            base: None,
        };
        let raster = self.steps(start, chain.walk())?;
        Ok((raster, profile.filter(|_| keeps)))
    }

    /// Decodes a stripped picture, as small as the first step allows.
    pub(super) fn open(
        &mut self,
        bytes: &[u8],
        (format, header): (Format, &Header),
        size: (u32, u32),
        (mut walk, base): (Walk<'_>, Option<(f64, f64)>),
        profile: Option<&Profile>,
    ) -> Result<Raster, Failed> {
        let stored = upright((header.width, header.height), header.orientation);
        let first = Sizes {
            input: float(size),
            current: float(size),
            base,
        };
        let aim = match walk.next(&first)? {
            Some(step) if step.trim.is_none() => {
                let plan = Plan::new(&step, size, |_| (0.5, 0.5))?;
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
        let raster = decode::decode(bytes, (format, header), aim, profile, self.limits)?;
        let raster = raster.turn(header.orientation);
        self.done("decode", (raster.width, raster.height))?;
        Ok(raster)
    }

    /// All steps, one after the other.
    pub fn steps(&mut self, start: Start<'_>, mut walk: Walk<'_>) -> Result<Raster, Failed> {
        let mut raster = start.raster;
        let mut current = start.size;
        let mut profile = start.profile;
        for n in 0.. {
            let sizes = Sizes {
                input: float(start.size),
                current: float(current),
                base: start.base,
            };
            let Some(step) = walk.next(&sizes)? else {
                break;
            };
            if let Some(tolerance) = step.trim {
                raster = raster.narrow().into_rgb();
                let inside = self
                    .edges
                    .entry(n)
                    .or_insert_with(|| raster.inside(tolerance));
                raster = raster.cut(inside.left, inside.top, inside.width, inside.height);
                current = (raster.width, raster.height);
            }
            let plan = self.plan(&raster, &step, (n, current))?;
            let unsized_ = step.width.is_none() && step.height.is_none() && plan.canvas.is_none();
            raster = fit(raster, &plan, current)?;
            self.done("size", (raster.width, raster.height))?;
            // Nobody asked for a size: then lengths count in that of the original all the same.
            let scale = match unsized_ {
                true => f64::from(raster.width) / f64::from(plan.piece.width),
                false => 1.0,
            };
            raster = colour::to_srgb(raster, profile.take());
            raster = self.paint(raster, (&step, &plan), scale, &sizes)?;
            current = (raster.width, raster.height);
            self.done("paint", current)?;
        }
        Ok(colour::to_srgb(raster, profile))
    }

    fn plan(
        &mut self,
        raster: &Raster,
        step: &Step<'_>,
        (n, current): (usize, (u32, u32)),
    ) -> Result<Plan, Failed> {
        let mut lost = None;
        let known = self.focus.get(&n).copied();
        let mut found = known;
        let focus = |window| {
            let place = known.unwrap_or_else(|| {
                saliency::find(raster, window).unwrap_or_else(|refusal| {
                    lost = Some(refusal);
                    (0.5, 0.5)
                })
            });
            *found.insert(place)
        };
        let mut plan = Plan::new(step, current, focus)?;
        if let Some(refusal) = lost {
            return Err(refusal.into());
        }
        if let Some(place) = found {
            self.focus.insert(n, place);
        }
        if step.width.is_none() && step.height.is_none() && plan.canvas.is_none() {
            // Nobody asked for a size: a smaller copy is not blown up to that of the original.
            plan.scaled = (
                plan.scaled.0.min(raster.width),
                plan.scaled.1.min(raster.height),
            );
        }
        Ok(plan)
    }

    /// Everything but size, in the order that docs/transformations.md tells. `scale` says how long a pixel
    /// of the chain is in this picture.
    fn paint(
        &mut self,
        mut raster: Raster,
        (step, plan): (&Step<'_>, &Plan),
        scale: f64,
        sizes: &Sizes,
    ) -> Result<Raster, Failed> {
        raster = raster.flip(step.flip);
        if step.paints() || plan.canvas.is_some() {
            raster = raster.narrow().into_rgb();
        }
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
        if let Some(strength) = step.sharpen {
            raster.sharpen(1.0, strength / 10.0, 0.0);
        }
        if let Some([_, sigma, amount, threshold]) = step.usm {
            raster.sharpen(sigma, amount, threshold);
        }
        if let Some(radius) = step.blur {
            raster.blur(radius / 2.0 * scale);
        }
        if let Some(gradient) = &step.gradient {
            let stop = gradient.stop.value(sizes);
            let stop = if stop > 1.0 { stop * scale } else { stop };
            raster = raster.gradient(gradient, stop);
        }
        if let Some(shadow) = &step.shadow {
            raster = raster.shadow(shadow);
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

/// Cuts the plan's piece out and scales it, in the pixels that there are.
fn fit(raster: Raster, plan: &Plan, (width, height): (u32, u32)) -> Result<Raster, Refusal> {
    let (x, y) = (
        f64::from(raster.width) / f64::from(width),
        f64::from(raster.height) / f64::from(height),
    );
    let piece = plan.piece;
    let place = |start: u32, length: u32, factor: f64, all: u32| {
        let from = ((f64::from(start) * factor).round() as u32).min(all - 1);
        let long = (f64::from(length) * factor).round() as u32;
        (from, long.clamp(1, all - from))
    };
    let (left, across) = place(piece.left, piece.width, x, raster.width);
    let (top, down) = place(piece.top, piece.height, y, raster.height);
    raster
        .cut(left, top, across, down)
        .fit(plan.scaled.0, plan.scaled.1)
}
