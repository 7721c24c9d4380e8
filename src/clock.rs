//! The time of day. Nobody else asks the system for it, so that a test can choose it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use tokio::sync::Notify;

/// Microseconds since 1970, UTC: how every instant is stored.
pub type Micros = i64;

#[derive(Clone, Default)]
pub struct Clock {
    /// How far a test has turned this clock forward, in microseconds.
    ahead: Arc<AtomicI64>,
    turned: Arc<Notify>,
}

impl Clock {
    pub fn now(&self) -> Micros {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        since.as_micros() as i64 + self.ahead.load(Ordering::Relaxed)
    }

    /// Seconds since 1970, as JWTs count.
    pub fn seconds(&self) -> i64 {
        self.now() / 1_000_000
    }

    /// Tells whoever waits for an instant that it may have come.
    pub fn turned(&self) -> &Notify {
        &self.turned
    }

    /// Turns this clock (and every copy of it) forward.
    pub fn advance(&self, by: Duration) {
        self.ahead
            .fetch_add(by.as_micros() as i64, Ordering::Relaxed);
        self.turned.notify_waiters();
    }
}

/// The stored instant as a date and time in UTC.
pub fn date(at: Micros) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
