//! A chain, and what is asked of it before anything is done.

use super::expression::Sizes;
use super::geometry::Plan;
use super::key::Parameter;
use super::keys::{CHOSEN_FOCUS, HINTED_WIDTH};
use super::mistake::Mistake;
use super::output::{Hints, Output, Wish};
use super::part::{Layer, Part, Source, Steps};
use super::walk::Walk;

/// Steps, one after the other, and how the result is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chain {
    pub(super) steps: Steps,
    pub output: Output,
    /// The picture that is shown where the one that was asked for does not exist.
    pub instead: Option<String>,
    /// Parameters that nobody knows, as they were given. They change nothing.
    pub ignored: Vec<String>,
    /// Nothing was asked for but one named transformation.
    pub only_a_name: bool,
}

impl Chain {
    /// The steps, to be done one after the other.
    pub(crate) fn walk(&self) -> Walk<'_> {
        Walk::new(&self.steps, self.output.density)
    }

    /// The frame of an animation that the first step wants, from 1.
    pub(crate) fn frame(&self, (width, height): (u32, u32)) -> Result<Option<u32>, Mistake> {
        let size = (f64::from(width), f64::from(height));
        let sizes = Sizes {
            input: size,
            current: size,
            base: None,
            seconds: None,
        };
        Ok(self.walk().next(&sizes)?.and_then(|step| step.frame))
    }

    /// True when the picture is wanted as it is served without steps.
    pub fn is_plain(&self) -> bool {
        self.steps.is_empty() && self.output == Output::default()
    }

    /// True when it is wanted as it is served without steps, but in the format that suits the browser.
    pub fn asks_for_format_only(&self) -> bool {
        let auto = Output {
            format: Wish::Auto,
            ..Output::default()
        };
        self.steps.is_empty() && self.output == auto
    }

    /// Puts what the browser tells of itself in the place of `w-auto` and `dpr-auto`.
    pub fn adapt(&mut self, hints: Hints) {
        if self.output.density_hinted {
            self.output.density = hints.density;
        }
        if let Some(width) = hints.width.filter(|_| self.output.width_hinted) {
            let width = width.to_string();
            each_parameter(&mut self.steps, Within::Layers, &mut |parameter| {
                parameter.replace(HINTED_WIDTH, &width);
            });
        }
    }

    /// Puts what the picture's author says must stay in the place of `fo-custom`, one of [`PLACES`](super::PLACES) or `auto`.
    /// True when that was asked for.
    pub fn settle(&mut self, place: &str) -> bool {
        let mut asked = false;
        each_parameter(&mut self.steps, Within::Picture, &mut |parameter| {
            asked |= parameter.replace(CHOSEN_FOCUS, place);
        });
        asked
    }

    /// About how much there is to do from `whole`, those pictures that layers show included, of which `find` knows
    /// the size; what would be more than `limit` is refused when it comes to it, and costs nothing.
    pub fn work(&self, whole: Whole, limit: u64, find: &dyn Fn(&str) -> Option<Whole>) -> Work {
        let mut work = Work::default();
        Worker { limit, find }.walk(&mut work, self.walk(), whole, None);
        work
    }

    /// Our own pictures that layers show, by their names, each once.
    pub fn pictures(&self) -> Vec<&str> {
        let mut found = Vec::new();
        collect(&self.steps, &mut found);
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// A picture before anything is done: the size that a chain counts in, and that of its pixels.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    pub size: (u32, u32),
    pub own: (u32, u32),
}

/// Finds out how much there is to do.
struct Worker<'a> {
    limit: u64,
    find: &'a dyn Fn(&str) -> Option<Whole>,
}

fn float((width, height): (u32, u32)) -> (f64, f64) {
    (f64::from(width), f64::from(height))
}

impl Worker<'_> {
    fn walk(&self, work: &mut Work, mut walk: Walk<'_>, whole: Whole, base: Option<(f64, f64)>) {
        work.add(u64::from(whole.own.0) * u64::from(whole.own.1));
        let (mut current, mut own) = (whole.size, whole.own);
        loop {
            let sizes = Sizes {
                input: float(whole.size),
                current: float(current),
                base,
                seconds: None,
            };
            let Ok(Some(step)) = walk.next(&sizes) else {
                return;
            };
            let Ok(plan) = Plan::new(&step, (current, own), self.limit, |_| (0.5, 0.5)) else {
                return;
            };
            let pixels = plan.pixels(&step);
            work.add(pixels);
            current = plan.canvas.map_or(plan.scaled, |(canvas, _)| canvas);
            own = current;
            for layer in &step.layers {
                // It is laid over the whole at most.
                work.add(pixels);
                self.layer(work, layer, float(current));
            }
        }
    }

    fn layer(&self, work: &mut Work, layer: &Layer, base: (f64, f64)) {
        match &layer.source {
            Source::Text(_) => {}
            Source::Picture(key) => {
                if let Some(whole) = (self.find)(key) {
                    self.walk(work, layer.walk(), whole, Some(base));
                }
            }
            Source::Canvas => {
                let sizes = Sizes {
                    input: base,
                    current: base,
                    base: Some(base),
                    seconds: None,
                };
                let Ok(ground) = layer.ground(&sizes) else {
                    return;
                };
                let side = |asked: Option<f64>, base: f64| asked.unwrap_or(base).max(1.0) as u32;
                let size = (side(ground.width, base.0), side(ground.height, base.1));
                if u64::from(size.0) * u64::from(size.1) <= self.limit {
                    let whole = Whole { size, own: size };
                    self.walk(work, layer.walk_on_colour(), whole, Some(base));
                }
            }
        }
    }
}

/// How much a chain has to do, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Of the largest picture on the way.
    pub largest: u64,
    /// Of all steps together.
    pub total: u64,
}

impl Work {
    fn add(&mut self, pixels: u64) {
        self.largest = self.largest.max(pixels);
        self.total = self.total.saturating_add(pixels);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Within {
    Picture,
    Layers,
}

fn each_parameter(steps: &mut Steps, within: Within, act: &mut impl FnMut(&mut Parameter)) {
    for part in steps.iter_mut().flatten() {
        match part {
            Part::Parameter(parameter) => act(parameter),
            Part::Layer(layer) if within == Within::Layers => {
                each_parameter(&mut layer.steps, within, act);
            }
            Part::Layer(_) => {}
            Part::Choice(choice) => {
                each_parameter(&mut choice.then, within, act);
                each_parameter(&mut choice.otherwise, within, act);
            }
        }
    }
}

fn collect<'a>(steps: &'a Steps, found: &mut Vec<&'a str>) {
    for part in steps.iter().flatten() {
        match part {
            Part::Parameter(_) => {}
            Part::Layer(layer) => {
                if let Source::Picture(key) = &layer.source {
                    found.push(key);
                }
                collect(&layer.steps, found);
            }
            Part::Choice(choice) => {
                collect(&choice.then, found);
                collect(&choice.otherwise, found);
            }
        }
    }
}
