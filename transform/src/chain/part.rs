//! What steps are made of, as the parser leaves them.

use super::condition::Condition;
use super::expression::Sizes;
use super::key::{At, Parameter, Sets};
use super::mistake::Mistake;
use super::place::Place;
use super::style::TextStyle;

/// Steps, one after the other.
pub(super) type Steps = Vec<Vec<Part>>;

/// What may stand in a step.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Parameter(Parameter),
    Layer(Layer),
    Choice(Choice),
}

/// `if-…`: steps that are done, or others, as the picture's size wants it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    pub when: Condition,
    pub then: Steps,
    pub otherwise: Steps,
}

/// A text, one of our own pictures or a plain colour, laid over a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub source: Source,
    /// Where it lies, and how a text looks.
    pub(super) parameters: Vec<Parameter>,
    /// What is done to a picture or a canvas before it is laid down.
    pub(super) steps: Steps,
    pub(super) density: Option<f64>,
    /// The step it stands in, from 1, for messages.
    pub step: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    Text(String),
    /// The key of a picture of ours.
    Picture(String),
    Canvas,
}

impl Layer {
    /// Where it lies on a base of the size that `sizes` tell.
    pub fn place(&self, sizes: &Sizes) -> Result<Place, Mistake> {
        let mut place = Place::default();
        for parameter in &self.parameters {
            if let Sets::Place(meaning) = &parameter.key.sets {
                meaning.apply(&mut place, &At { parameter, sizes })?;
            }
        }
        Ok(place)
    }

    /// How its text looks on a base of the size that `sizes` tell.
    pub fn style(&self, sizes: &Sizes) -> Result<TextStyle, Mistake> {
        let mut style = TextStyle::default();
        for parameter in &self.parameters {
            if let Sets::Style(meaning) = &parameter.key.sets {
                meaning.apply(&mut style, &At { parameter, sizes })?;
            }
        }
        let alpha = f64::from(style.colour[3]) * style.alpha;
        style.colour[3] = alpha.round() as u8;
        Ok(style)
    }
}
