//! What is wrong with a text.

/// A value that does not fit: which, where, and what is accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" in step {step}: accepted is {accepted}.")]
pub struct Mistake {
    pub given: String,
    /// From 1.
    pub step: usize,
    pub accepted: String,
}

/// Letters of what was given that a mistake repeats.
const MOST_REPEATED: usize = 80;

impl Mistake {
    /// Of what was given in a step, counted from 1.
    pub(crate) fn new(given: &str, step: usize, accepted: &str) -> Mistake {
        Mistake {
            given: given.chars().take(MOST_REPEATED).collect(),
            step,
            accepted: accepted.to_owned(),
        }
    }
}
