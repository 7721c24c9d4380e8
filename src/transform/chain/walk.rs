//! The steps of a chain, one after the other, as the picture's size at each decides.

use std::collections::VecDeque;

use super::expression::Sizes;
use super::step::{self, Step};
use super::value::TRIM;
use super::{Choice, Layer, Mistake, Parameter, Part, Steps};

/// Steps that are still to be done.
#[derive(Clone)]
pub struct Walk<'a> {
    pending: VecDeque<&'a [Part]>,
    density: Option<f64>,
    pub(super) first: First,
}

/// What is special about the next step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum First {
    #[default]
    Nothing,
    /// Its size and colour were taken already.
    OnColour,
    /// It trims, unless it says otherwise.
    Trims,
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

    /// The next step for a picture of these sizes.
    pub fn next(&mut self, sizes: &Sizes) -> Result<Option<Step<'a>>, Mistake> {
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
        let mut step = step::resolve(&found.parameters, sizes, self.density)?;
        step.layers = found.layers;
        match std::mem::take(&mut self.first) {
            First::Nothing => {}
            First::OnColour => (step.width, step.height, step.background) = (None, None, None),
            First::Trims if found.parameters.iter().any(|given| given.key == "t") => {}
            First::Trims => step.trim = Some(TRIM),
        }
        Ok(Some(step))
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
