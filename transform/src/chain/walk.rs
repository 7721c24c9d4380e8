//! The steps of a chain, one after the other, as the picture's size at each decides.

use std::collections::VecDeque;
use std::ops::Deref;

use super::expression::Sizes;
use super::key::{At, Parameter, Sets};
use super::mistake::Mistake;
use super::part::{Choice, Layer, Part, Steps};
use super::step::Step;
use super::value::TRIM;

/// Steps that are still to be done.
#[derive(Clone)]
pub struct Walk<'a> {
    pending: VecDeque<&'a [Part]>,
    density: Option<f64>,
    first: First,
}

/// What is special about the next step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum First {
    #[default]
    Nothing,
    /// Its size and colour were taken already.
    OnColour,
    /// It trims, unless it says otherwise.
    Trims,
}

/// A step that is to be done now, with what is laid over its picture.
#[derive(Debug, Default, PartialEq)]
pub struct Due<'a> {
    step: Step,
    pub layers: Vec<&'a Layer>,
    /// How the result is written, where a condition decides.
    pub output: Vec<&'a Parameter>,
}

impl Deref for Due<'_> {
    type Target = Step;

    fn deref(&self) -> &Step {
        &self.step
    }
}

impl Due<'_> {
    /// Whether pixels change beyond their number and order.
    pub fn paints(&self) -> bool {
        self.step.paints() || !self.layers.is_empty()
    }
}

impl Layer {
    /// What is done to the layer's own picture, one step after the other. Its edges are trimmed first,
    /// unless `t-false` says otherwise.
    pub fn walk(&self) -> Walk<'_> {
        self.walk_from(First::Trims)
    }

    /// The same for a canvas, whose first step has its size and colour already.
    pub fn walk_on_colour(&self) -> Walk<'_> {
        self.walk_from(First::OnColour)
    }

    /// The first step of a canvas, which says its size and colour.
    pub fn ground(&self, sizes: &Sizes) -> Result<Due<'_>, Mistake> {
        let first = self.walk_from(First::Nothing).next(sizes)?;
        Ok(first.unwrap_or_default())
    }

    fn walk_from(&self, first: First) -> Walk<'_> {
        let mut walk = Walk::new(&self.steps, self.density);
        walk.first = first;
        walk
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(steps: &'a Steps, density: Option<f64>) -> Walk<'a> {
        let pending = steps.iter().map(Vec::as_slice).collect();
        Walk {
            pending,
            density,
            first: First::Nothing,
        }
    }

    /// The next step for a picture of these sizes; of what is said more than once the last counts.
    pub fn next(&mut self, sizes: &Sizes) -> Result<Option<Due<'a>>, Mistake> {
        let parts = match self.pending.pop_front() {
            Some(parts) => parts,
            None if self.first == First::Trims => &[],
            None => return Ok(None),
        };
        let mut found = Found::default();
        found.take(parts, sizes);
        for later in found.later.into_iter().rev() {
            self.pending.push_front(later);
        }
        let first = std::mem::take(&mut self.first);
        let mut due = Due {
            layers: found.layers,
            ..Due::default()
        };
        due.step.trim = (first == First::Trims).then_some(TRIM);
        for parameter in found.parameters {
            due.step.number = parameter.step;
            match &parameter.key.sets {
                Sets::Step(meaning) => {
                    meaning.apply(&mut due.step, &At { parameter, sizes })?;
                }
                Sets::Output(..) => due.output.push(parameter),
                Sets::Place(_) | Sets::Style(_) | Sets::Word(_) => {
                    unreachable!("the parser puts nothing of a layer into a step")
                }
            }
        }
        due.step.settle(self.density);
        if first == First::OnColour {
            (due.step.width, due.step.height, due.step.background) = (None, None, None);
        }
        Ok(Some(due))
    }
}

/// What a step comes down to once its choices are made.
#[derive(Default)]
struct Found<'a> {
    parameters: Vec<&'a Parameter>,
    layers: Vec<&'a Layer>,
    /// Further steps of a choice, done after this one.
    later: Vec<&'a [Part]>,
}

impl<'a> Found<'a> {
    fn take(&mut self, parts: &'a [Part], sizes: &Sizes) {
        for part in parts {
            match part {
                Part::Parameter(parameter) => self.parameters.push(parameter),
                Part::Layer(layer) => self.layers.push(layer),
                Part::Choice(choice) => self.choose(choice, sizes),
            }
        }
    }

    fn choose(&mut self, choice: &'a Choice, sizes: &Sizes) {
        let chosen = if choice.when.holds(sizes) {
            &choice.then
        } else {
            &choice.otherwise
        };
        if let Some((first, rest)) = chosen.split_first() {
            self.take(first, sizes);
            self.later.extend(rest.iter().map(Vec::as_slice));
        }
    }
}
