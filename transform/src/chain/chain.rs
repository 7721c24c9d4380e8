//! A chain, and what is asked of it before anything is done.

use super::expression::Sizes;
use super::geometry::Plan;
use super::key::Parameter;
use super::keys::{CHOSEN_FOCUS, HINTED_WIDTH};
use super::mistake::Mistake;
use super::output::{Hints, Output, Wish};
use super::part::{Part, Source, Steps};
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

    /// About how much there is to do from a picture of this size, with so many pixels of its own; what would be
    /// more than `limit` is refused when it comes to it, and costs nothing.
    pub fn work(&self, size: (u32, u32), own: (u32, u32), limit: u64) -> Work {
        let float = |(width, height): (u32, u32)| (f64::from(width), f64::from(height));
        let (mut walk, mut current, mut own) = (self.walk(), size, own);
        let first = u64::from(own.0) * u64::from(own.1);
        let mut work = Work {
            largest: first,
            total: first,
        };
        loop {
            let sizes = Sizes {
                input: float(size),
                current: float(current),
                base: None,
            };
            let Ok(Some(step)) = walk.next(&sizes) else {
                return work;
            };
            let Ok(plan) = Plan::new(&step, (current, own), limit, |_| (0.5, 0.5)) else {
                return work;
            };
            let pixels = plan.pixels(&step);
            work.largest = work.largest.max(pixels);
            // Each layer is laid over the whole at most.
            work.total += pixels * (1 + step.layers.len() as u64);
            current = plan.canvas.map_or(plan.scaled, |(canvas, _)| canvas);
            own = current;
        }
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

/// How much a chain has to do, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Of the largest picture on the way.
    pub largest: u64,
    /// Of all steps together.
    pub total: u64,
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
