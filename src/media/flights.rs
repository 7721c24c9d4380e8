//! What is being made now, so that however many ask it is made once; and what took too long a moment ago.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::Error;

/// What is being made now.
#[derive(Default)]
pub struct Flights {
    turns: Mutex<HashMap<String, Turn>>,
    /// What ran into its deadline, and when.
    late: Mutex<HashMap<String, Instant>>,
}

/// One at a time makes it; what went wrong is left for those who wait.
pub type Turn = Arc<tokio::sync::Mutex<Option<Error>>>;

/// One of those who wait for the same rendition; the last to leave, for whatever reason, closes up.
pub struct Flight<'a> {
    flights: &'a Flights,
    name: String,
    pub turn: Turn,
}

impl Flight<'_> {
    pub fn join(flights: &Flights, name: String) -> Flight<'_> {
        let turn = flights
            .turns
            .lock()
            .entry(name.clone())
            .or_default()
            .clone();
        Flight {
            flights,
            name,
            turn,
        }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.turns.lock();
        // This one and the map's own.
        if Arc::strong_count(&self.turn) <= 2 {
            flights.remove(&self.name);
        }
    }
}

/// What ran into its deadline is not tried again for so long.
const REMEMBERED: Duration = Duration::from_secs(60);
/// Beyond this many the oldest are forgotten.
const MANY: usize = 2_000;

impl Flights {
    /// Whether this ran into its deadline a moment ago.
    pub fn was_late(&self, name: &str) -> bool {
        let late = self.late.lock();
        late.get(name).is_some_and(|at| at.elapsed() < REMEMBERED)
    }

    pub fn note_late(&self, name: String) {
        let mut late = self.late.lock();
        if late.len() >= MANY {
            late.retain(|_, at| at.elapsed() < REMEMBERED);
        }
        if late.len() < MANY {
            late.insert(name, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_late_is_remembered_within_bounds() {
        let flights = Flights::default();
        for n in 0..MANY + 100 {
            flights.note_late(n.to_string());
        }
        assert!(flights.was_late("0") && !flights.was_late("never"));
        assert_eq!(flights.late.lock().len(), MANY);
    }

    #[test]
    fn the_last_who_waits_closes_up() {
        let flights = Flights::default();
        let one = Flight::join(&flights, "a".into());
        let other = Flight::join(&flights, "a".into());
        assert!(Arc::ptr_eq(&one.turn, &other.turn));
        drop(one);
        assert_eq!(flights.turns.lock().len(), 1);
        drop(other);
        assert_eq!(flights.turns.lock().len(), 0);
    }
}
