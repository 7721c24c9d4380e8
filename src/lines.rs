//! Looks over the lines to clients. Rocket 0.5 waits without end for a request that never comes, for half of one,
//! for the first bytes of a body, and for a reader who does not read; and it lets no more than 128 wait at its door.
//!
//! Every few seconds the kernel's own table says which lines there are (proc(5), `/proc/net/tcp`). What has had no
//! request for too long, and what has been waiting too long for its reader, is shut down; Rocket then sees its end.
//! On Linux only; elsewhere a proxy has to do it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rocket::fairing::{Fairing, Info, Kind};
use rocket::{Data, Orbit, Request, Rocket};

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

/// A line as the kernel knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    peer: SocketAddr,
    /// Bytes that the reader has not acknowledged.
    queued: u64,
    inode: u64,
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
        widen(port);
        loop {
            tokio::time::sleep(self.0.idle / 3).await;
            let lines = self.clone();
            let looked = tokio::task::spawn_blocking(move || lines.look(port)).await;
            match looked {
                Ok(Ok(0)) => {}
                Ok(Ok(cut)) => tracing::debug!(cut, "lines on which nothing happened"),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "slow lines cannot be seen here: a proxy has to end them");
                    *self.0.lines.lock() = None;
                    return;
                }
                Err(error) => tracing::error!(%error, "the lines were not looked over"),
            }
        }
    }

    /// Shuts down what has waited too long; how many lines.
    fn look(&self, port: u16) -> std::io::Result<usize> {
        let begun = Instant::now();
        let known = table(ESTABLISHED, port)?;
        let waiting = self.waiting(&known, begun);
        if waiting.is_empty() {
            return Ok(0);
        }
        let files = files()?;
        let cut = |line: &&Known| {
            files
                .get(&line.inode)
                .is_some_and(|file| end(*file, line.peer))
        };
        Ok(waiting.iter().filter(cut).count())
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

/// An IPv4 address that comes in through an IPv6 socket is itself.
fn plain(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

const ESTABLISHED: &str = "01";
const LISTENING: &str = "0A";

/// The kernel's lines in this state whose end here is `port`.
fn table(state: &str, port: u16) -> std::io::Result<Vec<Known>> {
    let mut known = Vec::new();
    for name in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = match std::fs::read_to_string(name) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && name.ends_with('6') => {
                continue;
            }
            text => text?,
        };
        let rows = text.lines().skip(1);
        known.extend(rows.filter_map(|row| read_row(row, state, port)));
    }
    Ok(known)
}

/// `sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode`, in hexadecimal but
/// for the last ones.
fn read_row(row: &str, state: &str, port: u16) -> Option<Known> {
    let mut words = row.split_ascii_whitespace().skip(1);
    let here = read_address(words.next()?)?;
    let peer = read_address(words.next()?)?;
    if words.next()? != state || here.port() != port {
        return None;
    }
    let (queued, _) = words.next()?.split_once(':')?;
    Some(Known {
        peer: plain(peer),
        queued: u64::from_str_radix(queued, 16).ok()?,
        inode: words.nth(4)?.parse().ok()?,
    })
}

/// `0100007F:1F90`: words of four bytes in the machine's order, and the port.
fn read_address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let word = |at: usize| u32::from_str_radix(address.get(at..at + 8)?, 16).ok();
    let port = u16::from_str_radix(port, 16).ok()?;
    match address.len() {
        8 => Some((word(0)?.to_ne_bytes(), port).into()),
        32 => {
            let mut bytes = [0; 16];
            for (n, place) in bytes.chunks_exact_mut(4).enumerate() {
                place.copy_from_slice(&word(8 * n)?.to_ne_bytes());
            }
            Some((bytes, port).into())
        }
        _ => None,
    }
}

/// This process's sockets by their inodes.
fn files() -> std::io::Result<HashMap<u64, i32>> {
    let mut files = HashMap::new();
    for entry in std::fs::read_dir("/proc/self/fd")?.flatten() {
        let link = std::fs::read_link(entry.path()).unwrap_or_default();
        let inode = link.to_str().and_then(|link| {
            let inode = link.strip_prefix("socket:[")?.strip_suffix(']')?;
            inode.parse().ok()
        });
        let file = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let (Some(inode), Some(file)) = (inode, file) {
            files.insert(inode, file);
        }
    }
    Ok(files)
}

/// Shuts a socket down if it still is the line to `peer`.
#[cfg(target_os = "linux")]
fn end(file: i32, peer: SocketAddr) -> bool {
    use nix::sys::socket::{Shutdown, SockaddrStorage, getpeername, shutdown};
    use nix::unistd::{close, dup};
    // Held, so that the number cannot become another socket's meanwhile.
    let Ok(held) = dup(file) else {
        return false;
    };
    let still = getpeername::<SockaddrStorage>(held).is_ok_and(|address| {
        let v4 = address.as_sockaddr_in().copied();
        let v4 = v4.map(|v4| SocketAddr::V4(std::net::SocketAddrV4::from(v4)));
        let v6 = address.as_sockaddr_in6().copied();
        let v6 = v6.map(|v6| SocketAddr::V6(std::net::SocketAddrV6::from(v6)));
        v4.or(v6).is_some_and(|known| plain(known) == peer)
    });
    let ended = still && shutdown(held, Shutdown::Both).is_ok();
    let _ = close(held);
    ended
}

#[cfg(not(target_os = "linux"))]
fn end(_: i32, _: SocketAddr) -> bool {
    false
}

/// How many may wait to be let in; the system's own bound (`net.core.somaxconn`) is beside it.
#[cfg(target_os = "linux")]
const QUEUE: usize = 4_096;

/// Lets more wait at the door: after a restart all come back at once.
fn widen(port: u16) {
    #[cfg(target_os = "linux")]
    {
        let (Ok(doors), Ok(files)) = (table(LISTENING, port), files()) else {
            return;
        };
        for door in doors {
            if let Some(file) = files.get(&door.inode) {
                let _ = nix::sys::socket::listen(*file, QUEUE);
            }
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = port;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_kernels_table_is_read() {
        let v4 = "   1: 0100007F:1F90 0200007F:C350 01 0000002A:00000000 00:00000000 00000000  1000        0 4711 1 0 20";
        let known = read_row(v4, ESTABLISHED, 8080).unwrap();
        let peer = "127.0.0.2:50000".parse().unwrap();
        assert_eq!((known.peer, known.queued, known.inode), (peer, 42, 4711));
        assert_eq!(read_row(v4, LISTENING, 8080), None);
        assert_eq!(read_row(v4, ESTABLISHED, 8081), None);
        let mapped = "   0: 0000000000000000FFFF00000100007F:1F90 0000000000000000FFFF00000200007F:C350 01 00000000:00000000 00:00000000 00000000 0 0 9 1";
        assert_eq!(read_row(mapped, ESTABLISHED, 8080).unwrap().peer, peer);
        let v6 = read_address("B80D0120000000000000000001000000:0050").unwrap();
        assert_eq!(v6, "[2001:db8::1]:80".parse().unwrap());
        for wrong in ["", "1: x", "1: 0100007F:1F90 0200007F", "sl local_address"] {
            assert_eq!(read_row(wrong, ESTABLISHED, 8080), None);
        }
    }

    #[test]
    fn of_many_idle_lines_of_one_address_the_oldest_go() {
        let begun = Instant::now();
        let lines = Lines(Arc::new(Inner {
            lines: Mutex::new(Some(HashMap::new())),
            proxies: TrustedProxies(vec!["10.9.9.9".parse().unwrap()]),
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
