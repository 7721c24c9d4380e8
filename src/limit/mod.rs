//! Rate limits, and where a request comes from.

mod address;
mod headers;
mod limiter;

pub use address::{Address, TrustedProxies};
pub use headers::{RateLimitHeaders, note_left};
pub use limiter::{Act, Key, Left, Limiter};
