//! What can go wrong, named by what the visitor can do about it. `catch.rs` draws it.

use std::time::Duration;

use rocket::http::Status;
use rocket::request::Request;
use rocket::response::{self, Responder};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A request that is not well formed: its sender is a program with a mistake in it.
    #[error("{0}")]
    BadRequest(String),
    #[error("sign in first")]
    Unauthenticated,
    /// Signed in, but too long ago for what is asked.
    #[error("sign in again first")]
    Stale,
    /// There is no administrator yet: pages lead to the first-run page.
    #[error("not set up yet")]
    NotSetUp,
    #[error("{0}")]
    Forbidden(&'static str),
    /// Also for what the visitor may not know to exist.
    #[error("not found")]
    NotFound,
    /// What the contract of the JSON API demands, word by word.
    #[error("{1}")]
    Detail(Status, serde_json::Value),
    #[error("{0}")]
    Conflict(String),
    #[error("{0}")]
    TooLarge(String),
    #[error("{0}")]
    Unsupported(String),
    #[error("{0}")]
    Unprocessable(String),
    #[error("too many requests")]
    TooMany { retry_after: Duration },
    /// It is being made: 202.
    #[error("{what}")]
    NotYet {
        what: &'static str,
        retry_after: Duration,
        /// The address of a picture that stands for it until then.
        poster: Option<String>,
    },
    #[error("{0}")]
    Busy(&'static str),
    #[error("the disk is full")]
    NoSpace,
    /// The cause is for the log alone.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    pub fn status(&self) -> Status {
        match self {
            Error::BadRequest(_) => Status::BadRequest,
            Error::Unauthenticated | Error::Stale => Status::Unauthorized,
            Error::NotSetUp => Status::SeeOther,
            Error::Forbidden(_) => Status::Forbidden,
            Error::NotFound => Status::NotFound,
            Error::Detail(status, _) => *status,
            Error::Conflict(_) => Status::Conflict,
            Error::TooLarge(_) => Status::PayloadTooLarge,
            Error::Unsupported(_) => Status::UnsupportedMediaType,
            Error::Unprocessable(_) => Status::UnprocessableEntity,
            Error::TooMany { .. } => Status::TooManyRequests,
            Error::NotYet { .. } => Status::Accepted,
            Error::Busy(_) => Status::ServiceUnavailable,
            Error::NoSpace => Status::InsufficientStorage,
            Error::Internal(_) => Status::InternalServerError,
        }
    }

    /// What may be shown to the visitor, when the error says more than its status does.
    pub fn message(&self) -> Option<String> {
        match self {
            Error::BadRequest(text)
            | Error::Conflict(text)
            | Error::TooLarge(text)
            | Error::Unsupported(text)
            | Error::Unprocessable(text) => Some(text.clone()),
            Error::Forbidden(text) | Error::Busy(text) | Error::NotYet { what: text, .. } => {
                Some((*text).to_owned())
            }
            Error::TooMany { retry_after } => {
                Some(format!("Too many tries. Wait {} and try again.", in_words(*retry_after)))
            }
            Error::Stale => Some(
                "Sign in again to do this: it takes a password given within the hour.".into(),
            ),
            Error::NoSpace => Some(
                "The disk of this server is nearly full, so nothing can be uploaded now. Tell the person who runs it.".into(),
            ),
            Error::Detail(_, serde_json::Value::String(text)) => Some(text.clone()),
            Error::Detail(..) | Error::Unauthenticated | Error::NotSetUp | Error::NotFound | Error::Internal(_) => None,
        }
    }

    /// How long to wait before asking again, where waiting helps.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Error::TooMany { retry_after } | Error::NotYet { retry_after, .. } => {
                Some(*retry_after)
            }
            Error::Busy(_) => Some(Duration::from_secs(2)),
            _ => None,
        }
    }
}

/// "40 seconds", "3 minutes": rounded up, so that who waits this long has waited long enough.
pub fn in_words(time: Duration) -> String {
    let seconds = time.as_millis().div_ceil(1_000).max(1);
    match (seconds, seconds.div_ceil(60), seconds.div_ceil(3_600)) {
        (1, ..) => "1 second".into(),
        (2..=90, ..) => format!("{seconds} seconds"),
        (_, minutes @ 0..=90, _) => format!("{minutes} minutes"),
        (_, _, hours) => format!("{hours} hours"),
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Error::NotFound,
            sqlx::Error::PoolTimedOut => {
                tracing::error!("no database connection was free in time");
                Error::Busy("The server is very busy. Try again in a moment.")
            }
            away @ (sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::Tls(_)) => {
                tracing::error!(error = %away, "the database does not answer");
                Error::Busy("The database does not answer. Try again in a moment.")
            }
            sqlx::Error::Database(error) if is_held(error.code().as_deref()) => {
                tracing::error!(%error, "the database is held by somebody else");
                Error::Busy("The database is held by somebody else. Try again in a moment.")
            }
            other => Error::Internal(other.to_string()),
        }
    }
}

/// Whether a database gave up waiting. SQLite: its busy codes, extended ones included; PostgreSQL: a lock that was not
/// free in time, a statement or a transaction that took too long, two that waited for each other, a server that goes
/// down.
fn is_held(code: Option<&str>) -> bool {
    matches!(
        code,
        Some("5" | "6" | "261" | "262" | "517" | "518" | "773")
            | Some("55P03" | "57014" | "25P03" | "40001" | "40P01" | "57P01" | "57P03")
    )
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::NoSpace,
            _ => Error::Internal(error.to_string()),
        }
    }
}

impl From<tera::Error> for Error {
    fn from(error: tera::Error) -> Self {
        use std::error::Error as _;
        let cause = error
            .source()
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        Error::Internal(format!("{error}{cause}"))
    }
}

impl From<tokio::task::JoinError> for Error {
    fn from(error: tokio::task::JoinError) -> Self {
        Error::Internal(error.to_string())
    }
}

/// True for a violated `unique` or primary key. SQLite does not name the constraint: ask at the query
/// that can cause it.
pub fn is_duplicate(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|e| e.is_unique_violation())
}

/// What the request ended with, for the catcher that draws it.
pub struct Ended(pub Option<Error>);

impl<'r> Responder<'r, 'static> for Error {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let status = self.status();
        self.remember(request);
        Err(status)
    }
}

impl Error {
    /// Keeps this error for the catcher. A guard that fails calls it; responding does by itself.
    pub fn remember(self, request: &Request<'_>) {
        request.local_cache(|| Ended(Some(self)));
    }
}
