//! Who is on which line, and which line has waited too long.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::{Data, Orbit, Request, Rocket};

use super::kernel::{ESTABLISHED, Glass, Known, plain};
use crate::config::Settings;
use crate::limit::{Address, TrustedProxies};

/// Lines of one address on which nothing happens; the oldest beyond go.
const IDLE_OF_ONE: usize = 200;

/// A fairing that notes on which lines a request is being answered.
#[derive(Clone)]
pub struct Lines(Arc<Inner>);

struct Inner {
    /// Nothing where nobody looks over them: it would only grow.
    lines: Mutex<Option<HashMap<SocketAddr, Line>>>,
    proxies: TrustedProxies,
    /// Without a request.
    idle: Duration,
    /// With an answer that nobody reads.
    stalled: Duration,
}

struct Line {
    /// Requests that are being answered.
    open: u32,
    /// When that began or ended.
    since: Instant,
    /// What is on its way to the reader, and since when it has been as much.
    queued: (u64, Instant),
}

/// In a request's local cache, which is dropped when all of the answer is out.
struct Open(Lines, SocketAddr);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.note(self.1, |open| open.saturating_sub(1));
    }
}

#[rocket::async_trait]
impl Fairing for Lines {
    fn info(&self) -> Info {
        Info {
            name: "Lines",
            kind: Kind::Liftoff | Kind::Request | Kind::Singleton,
        }
    }

    async fn on_liftoff(&self, rocket: &Rocket<Orbit>) {
        tokio::spawn(self.clone().look_over(rocket.config().port));
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        if let Some(peer) = request.remote() {
            let peer = plain(peer);
            self.note(peer, |open| open + 1);
            request.local_cache(|| Open(self.clone(), peer));
        }
    }
}

impl Lines {
    pub fn new(settings: &Settings) -> Lines {
        let intervals = &settings.intervals;
        Lines(Arc::new(Inner {
            lines: Mutex::new(Some(HashMap::new())),
            proxies: TrustedProxies(settings.trusted_proxies.clone()),
            idle: intervals.line_idle,
            stalled: intervals.line_stalled,
        }))
    }

    fn note(&self, peer: SocketAddr, change: impl Fn(u32) -> u32) {
        let now = Instant::now();
        let mut lines = self.0.lines.lock();
        let Some(lines) = lines.as_mut() else {
            return;
        };
        let line = lines.entry(peer).or_insert_with(|| Line::new(now));
        (line.open, line.since) = (change(line.open), now);
    }

    /// Looks over the lines to `port` until the server ends.
    async fn look_over(self, port: u16) {
        let mut glass = match Glass::open() {
            Ok(glass) => glass,
            Err(error) => {
                tracing::warn!(%error, "slow lines cannot be seen here: a proxy has to end them");
                *self.0.lines.lock() = None;
                return;
            }
        };
        glass.widen(port);
        loop {
            tokio::time::sleep(self.0.idle / 3).await;
            let lines = self.clone();
            let looked = tokio::task::spawn_blocking(move || {
                let cut = lines.look(&mut glass, port);
                (glass, cut)
            });
            let Ok((back, cut)) = looked.await else {
                tracing::error!("the lines are not looked over any more");
                *self.0.lines.lock() = None;
                return;
            };
            glass = back;
            match cut {
                Ok(0) => {}
                Ok(cut) => tracing::debug!(cut, "lines on which nothing happened"),
                Err(error) => tracing::warn!(%error, "the lines could not be looked over"),
            }
        }
    }

    /// Shuts down what has waited too long; how many lines.
    fn look(&self, glass: &mut Glass, port: u16) -> io::Result<usize> {
        let begun = Instant::now();
        let known = glass.table(ESTABLISHED, port)?;
        let waiting = self.waiting(&known, begun);
        if waiting.is_empty() {
            return Ok(0);
        }
        let files = glass.files()?;
        let mut cut = |line: &&Known| {
            let file = files.get(&line.inode);
            file.is_some_and(|file| glass.end(*file, line.peer))
        };
        Ok(waiting.iter().filter(&mut cut).count())
    }

    /// Those of the known lines that have waited too long at `now`. What is known no more is forgotten.
    fn waiting(&self, known: &[Known], now: Instant) -> Vec<Known> {
        let mut lines = self.0.lines.lock();
        let mut waiting = Vec::new();
        let Some(lines) = lines.as_mut() else {
            return waiting;
        };
        let mut idle: HashMap<Address, Vec<(Instant, Known)>> = HashMap::new();
        for line in known {
            if self.0.proxies.contain(line.peer.ip()) {
                continue;
            }
            let noted = lines.entry(line.peer).or_insert_with(|| Line::new(now));
            if noted.queued.0 != line.queued {
                noted.queued = (line.queued, now);
            }
            let past = |since: Instant| now.saturating_duration_since(since);
            let unread = line.queued > 0 && past(noted.queued.1) > self.0.stalled;
            if unread || (noted.open == 0 && past(noted.since) > self.0.idle) {
                waiting.push(*line);
            } else if noted.open == 0 {
                let address = Address::new(line.peer.ip());
                idle.entry(address).or_default().push((noted.since, *line));
            }
        }
        for mut of_one in idle.into_values() {
            of_one.sort_by_key(|(since, _)| *since);
            let more = of_one.len().saturating_sub(IDLE_OF_ONE);
            waiting.extend(of_one.into_iter().take(more).map(|(_, line)| line));
        }
        let there: std::collections::HashSet<SocketAddr> =
            known.iter().map(|line| line.peer).collect();
        // What came in since the table was read is not in it.
        lines.retain(|peer, line| line.open > 0 || line.since >= now || there.contains(peer));
        waiting
    }
}

impl Line {
    fn new(now: Instant) -> Line {
        Line {
            open: 0,
            since: now,
            queued: (0, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_idle_lines_of_one_address_the_oldest_go() {
        let begun = Instant::now();
        let lines = Lines(Arc::new(Inner {
            lines: Mutex::new(Some(HashMap::new())),
            proxies: TrustedProxies(vec![crate::config::network("10.9.9.9").unwrap()]),
            idle: Duration::from_secs(15),
            stalled: Duration::from_secs(60),
        }));
        let line = |host: &str, port: u16, queued: u64| Known {
            peer: SocketAddr::new(host.parse().unwrap(), port),
            queued,
            inode: u64::from(port),
        };
        let mut known: Vec<Known> = (1..=150).map(|port| line("10.0.0.1", port, 0)).collect();
        let of_proxy = (1..=500).map(|port| line("10.9.9.9", port, 0));
        known.extend(of_proxy);
        let second = |n: u64| begun + Duration::from_secs(n);
        assert_eq!(lines.waiting(&known, second(0)), []);
        known.extend((151..=230).map(|port| line("10.0.0.1", port, 0)));
        let gone = lines.waiting(&known, second(5));
        assert_eq!(gone.len(), 30);
        assert!(gone.iter().all(|line| line.peer.port() <= 150));
        assert_eq!(lines.waiting(&known, second(16)).len(), 150);
        // A line that is busy stays, as long as its reader reads.
        let busy = [line("10.0.0.3", 1, 9)];
        lines.0.lines.lock().as_mut().unwrap().insert(
            busy[0].peer,
            Line {
                open: 1,
                ..Line::new(begun)
            },
        );
        assert_eq!(lines.waiting(&busy, second(20)), []);
        assert_eq!(lines.waiting(&busy, second(79)), []);
        assert_eq!(lines.waiting(&[line("10.0.0.3", 1, 8)], second(81)), []);
        assert_eq!(lines.waiting(&[line("10.0.0.3", 1, 8)], second(140)), []);
        assert_eq!(
            lines.waiting(&[line("10.0.0.3", 1, 8)], second(142)).len(),
            1
        );
        // What is gone is forgotten.
        assert_eq!(lines.0.lines.lock().as_ref().unwrap().len(), 1);
        // Where nobody can look, nothing is kept.
        *lines.0.lines.lock() = None;
        lines.note(busy[0].peer, |open| open + 1);
        assert!(lines.0.lines.lock().is_none());
    }
}
