//! What a session is used by.

use serde::Serialize;

use crate::error::{Error, Result};

/// What a session is used by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Browser,
    /// A client of the JSON API that has signed in within the hour.
    Api,
    /// A personal access token.
    Token,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Browser => "browser",
            Kind::Api => "api",
            Kind::Token => "token",
        }
    }
}

impl TryFrom<String> for Kind {
    type Error = Error;

    fn try_from(text: String) -> Result<Kind> {
        match text.as_str() {
            "browser" => Ok(Kind::Browser),
            "api" => Ok(Kind::Api),
            "token" => Ok(Kind::Token),
            other => Err(Error::Internal(format!("a session is {other}"))),
        }
    }
}
