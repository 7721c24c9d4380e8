//! How a run goes wrong.

/// Why a run failed, and whether another one may go better.
#[derive(Debug)]
pub struct Failure {
    pub error: String,
    pub again: bool,
}

impl Failure {
    /// No later run will go better.
    pub fn for_good(error: impl Into<String>) -> Failure {
        Failure {
            error: error.into(),
            again: false,
        }
    }
}

impl From<crate::error::Error> for Failure {
    fn from(error: crate::error::Error) -> Self {
        Failure {
            error: error.to_string(),
            again: true,
        }
    }
}
