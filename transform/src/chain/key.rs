//! A key of the language, whole: its name, what the documentation says of it, how its value is read and what
//! that changes. The tables in `keys/` are made of these, and nothing else knows a key by its name: a new one
//! is an entry in a table and its golden picture.

use std::fmt::{self, Debug, Formatter};

use super::expression::{Expression, Sizes};
use super::mistake::Mistake;
use super::output::Output;
use super::place::Place;
use super::step::Step;
use super::style::TextStyle;

/// A key of the language.
pub struct Key {
    pub name: &'static str,
    /// What stands after it.
    pub accepted: &'static str,
    pub does: &'static str,
    /// Steps that show it on a photo; empty where a photo cannot show it.
    pub example: &'static str,
    pub(super) sets: Sets,
}

/// What a key says something of.
pub(super) enum Sets {
    /// What a step does.
    Step(&'static dyn Meaning<Step>),
    /// How the result is written. `None` for a value that does not fit.
    Output(fn(&mut Output, &str) -> Option<()>, Scope),
    /// Where a layer lies.
    Place(&'static dyn Meaning<Place>),
    /// How a text looks, and how opaque a canvas is.
    Style(&'static dyn Meaning<TextStyle>),
    /// What the parser understands by itself.
    Word(Word),
}

/// Where a key may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Anywhere,
    /// Not where a condition decides about it.
    WholeChain,
}

/// What the parser understands by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Choice,
    Instead,
    Preset,
    Input,
    EncodedInput,
}

/// How a value is read, and what it changes in a `T`.
pub(super) trait Meaning<T>: Sync {
    fn fits(&self, text: &str) -> bool;
    fn apply(&self, target: &mut T, at: &At<'_>) -> Result<(), Mistake>;
}

/// A value that means the same for every picture.
pub(super) struct Fixed<V, T> {
    read: fn(&str) -> Option<V>,
    set: fn(&mut T, V),
}

/// A value whose meaning depends on the picture's size.
pub(super) struct Sized<V, T> {
    read: fn(&str) -> Option<V>,
    set: fn(&mut T, V, &At<'_>) -> Result<(), Mistake>,
}

pub(super) const fn fixed<V, T>(read: fn(&str) -> Option<V>, set: fn(&mut T, V)) -> Fixed<V, T> {
    Fixed { read, set }
}

pub(super) const fn sized<V, T>(
    read: fn(&str) -> Option<V>,
    set: fn(&mut T, V, &At<'_>) -> Result<(), Mistake>,
) -> Sized<V, T> {
    Sized { read, set }
}

impl<V, T> Meaning<T> for Fixed<V, T> {
    fn fits(&self, text: &str) -> bool {
        (self.read)(text).is_some()
    }

    fn apply(&self, target: &mut T, at: &At<'_>) -> Result<(), Mistake> {
        let value = (self.read)(&at.parameter.text);
        (self.set)(target, value.ok_or_else(|| at.misfit())?);
        Ok(())
    }
}

impl<V, T> Meaning<T> for Sized<V, T> {
    fn fits(&self, text: &str) -> bool {
        (self.read)(text).is_some()
    }

    fn apply(&self, target: &mut T, at: &At<'_>) -> Result<(), Mistake> {
        let value = (self.read)(&at.parameter.text);
        (self.set)(target, value.ok_or_else(|| at.misfit())?, at)
    }
}

impl Key {
    /// Whether a value fits, as far as it can be known without a picture.
    pub(super) fn fits(&self, text: &str) -> bool {
        match &self.sets {
            Sets::Step(meaning) => meaning.fits(text),
            Sets::Output(say, _) => say(&mut Output::default(), text).is_some(),
            Sets::Place(meaning) => meaning.fits(text),
            Sets::Style(meaning) => meaning.fits(text),
            Sets::Word(_) => !text.is_empty(),
        }
    }

    /// The key under which only the last of a step counts: `c` and `cm` say the same thing.
    pub(super) fn slot(&self) -> &'static str {
        if self.name == "cm" { "c" } else { self.name }
    }
}

impl Debug for Key {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// One parameter of a step: its key and its value, which fits.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(super) key: &'static Key,
    /// As it was given, for messages and for the canonical text.
    pub(super) text: String,
    /// The step it stands in, from 1, for messages.
    pub(super) step: usize,
}

impl PartialEq for Parameter {
    fn eq(&self, other: &Parameter) -> bool {
        std::ptr::eq(self.key, other.key) && self.text == other.text && self.step == other.step
    }
}

impl Parameter {
    pub(super) fn mistake(&self, accepted: &str) -> Mistake {
        Mistake::new(&self.to_string(), self.step, accepted)
    }

    /// Another text for this one. False when it is not this one.
    pub(super) fn replace(&mut self, (name, text): (&str, &str), other: &str) -> bool {
        if name != self.key.name || text != self.text {
            return false;
        }
        if self.key.fits(other) {
            self.text = other.to_owned();
        }
        true
    }

    /// Says in `output` what it says of how the result is written, if it does.
    pub(crate) fn write_to(&self, output: &mut Output) {
        if let Sets::Output(say, _) = self.key.sets {
            say(output, &self.text);
        }
    }
}

/// A parameter, and the picture's sizes where it stands.
pub(super) struct At<'a> {
    pub(super) parameter: &'a Parameter,
    pub(super) sizes: &'a Sizes,
}

impl At<'_> {
    pub(super) fn mistake(&self, accepted: &str) -> Mistake {
        self.parameter.mistake(accepted)
    }

    fn misfit(&self) -> Mistake {
        self.mistake(self.parameter.key.accepted)
    }

    /// What an expression gives here.
    pub(super) fn number(&self, expression: &Expression) -> Result<f64, Mistake> {
        let value = expression.value(self.sizes);
        match value.is_finite() {
            true => Ok(value),
            false => Err(self.mistake("what gives a number here")),
        }
    }

    /// The same, for a length in pixels within bounds.
    pub(super) fn length(
        &self,
        expression: &Expression,
        least: f64,
        most: f64,
    ) -> Result<f64, Mistake> {
        let value = self.number(expression)?;
        match (least..=most).contains(&value) {
            true => Ok(value),
            false => Err(self.mistake(&format!("what gives {least} to {most} pixels"))),
        }
    }
}
