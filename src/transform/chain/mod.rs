//! A transformation as it is asked for: ImageKit's URL language, parsed once into typed steps.
//!
//! `tr:w-400,h-300:rt-90` is two steps, one after the other; the order inside a step does not count.
//! Numbers may depend on the picture (`w-iw_div_2`), so a step is resolved when the picture's size at
//! that point is known. The grammar is that of ImageKit's documentation and official SDKs; where these
//! are silent `docs/transformations.md` says what was chosen.

mod colour;
mod expression;
mod geometry;
mod parse;
mod step;
mod table;

pub use colour::Colour;
pub use expression::Sizes;
pub use geometry::Plan;
pub use parse::parse;
pub use step::{Background, Radius, Step};
pub use table::{Key, TABLE};

use std::fmt;

/// Steps, one after the other, and how the result is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chain {
    pub(super) steps: Vec<Vec<Parameter>>,
    pub output: Output,
    /// Parameters that nobody knows, as they were given. They change nothing.
    pub ignored: Vec<String>,
}

/// How the result is written; of what is said more than once the last counts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Output {
    pub format: Wish,
    /// 1 to 100.
    pub quality: Option<u8>,
    pub progressive: bool,
    pub lossless: bool,
    /// Physical pixels for each one that was asked for.
    pub density: Option<f64>,
    /// The stored bytes, whatever else is said.
    pub original: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// What the browser takes and the picture needs.
    #[default]
    Auto,
    Jpeg,
    Png,
    Webp,
    Gif,
    /// The format that the picture is stored in.
    Stored,
}

/// One parameter of a step: its key and its value, checked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parameter {
    pub key: &'static str,
    /// As it was given, for messages and for the canonical text.
    pub text: String,
    pub value: step::Value,
}

/// A value that does not fit: which, where, and what is accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" in step {step}: accepted is {accepted}.")]
pub struct Mistake {
    pub given: String,
    /// From 1.
    pub step: usize,
    pub accepted: String,
}

impl Chain {
    /// The step number `n` (from 0) for a picture of these sizes.
    pub(super) fn step(&self, n: usize, sizes: &Sizes) -> Result<Option<Step>, Mistake> {
        let density = self.output.density;
        let parameters = self.steps.get(n);
        let resolved = parameters.map(|given| step::resolve(given, sizes, (density, n + 1)));
        resolved.transpose()
    }

    /// True when there is no step, only perhaps a wish for how the result is written.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// True when the picture is wanted as it is served without steps.
    pub fn is_plain(&self) -> bool {
        self.steps.iter().all(Vec::is_empty) && self.output == Output::default()
    }
}

/// The canonical text: the same for every chain that means the same by its parameters, however they were
/// ordered or repeated. Names a rendition.
impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, step) in self.steps.iter().enumerate() {
            if n > 0 {
                f.write_str(":")?;
            }
            let mut parameters: Vec<&Parameter> = step.iter().collect();
            parameters.sort_by_key(|parameter| parameter.key);
            for (m, parameter) in parameters.iter().enumerate() {
                let comma = if m > 0 { "," } else { "" };
                match parameter.text.as_str() {
                    "" => write!(f, "{comma}{}", parameter.key)?,
                    text => write!(f, "{comma}{}-{text}", parameter.key)?,
                }
            }
        }
        let output = &self.output;
        write!(f, "|{:?}", output.format)?;
        if let Some(quality) = output.quality {
            write!(f, ",q-{quality}")?;
        }
        if output.progressive {
            f.write_str(",pr")?;
        }
        if output.lossless {
            f.write_str(",lo")?;
        }
        if let Some(density) = output.density {
            write!(f, ",dpr-{density}")?;
        }
        Ok(())
    }
}
