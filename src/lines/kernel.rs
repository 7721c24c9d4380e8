//! The lines as the kernel knows them (proc(5), `/proc/net/tcp`), and the end of one.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
#[cfg(target_os = "linux")]
use std::{fs::File, io::Read, io::Seek, os::fd::AsRawFd};

/// A line as the kernel knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub peer: SocketAddr,
    /// Bytes that the reader has not acknowledged.
    pub queued: u64,
    pub inode: u64,
}

/// An IPv4 address that comes in through an IPv6 socket is itself.
pub fn plain(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

/// What is looked with. It stays open: once every file that the process may have is somebody's line, no other can be
/// opened.
#[cfg(target_os = "linux")]
pub struct Glass {
    tables: Vec<File>,
    own: rustix::fs::Dir,
    /// Its number is lent to the socket that is being ended.
    spare: File,
    nothing: File,
}

#[cfg(target_os = "linux")]
impl Glass {
    pub fn open() -> io::Result<Glass> {
        let mut tables = vec![File::open("/proc/net/tcp")?];
        // A machine may know no IPv6.
        tables.extend(File::open("/proc/net/tcp6").ok());
        let own = rustix::fs::Dir::new(File::open("/proc/self/fd")?)?;
        let nothing = File::open("/dev/null")?;
        Ok(Glass {
            tables,
            own,
            spare: nothing.try_clone()?,
            nothing,
        })
    }

    /// The kernel's lines in this state whose end here is `port`.
    pub fn table(&mut self, state: &str, port: u16) -> io::Result<Vec<Known>> {
        let mut known = Vec::new();
        for table in &mut self.tables {
            let mut text = String::new();
            table.rewind()?;
            table.read_to_string(&mut text)?;
            let rows = text.lines().skip(1);
            known.extend(rows.filter_map(|row| read_row(row, state, port)));
        }
        Ok(known)
    }

    /// This process's sockets by their inodes.
    pub fn files(&mut self) -> io::Result<HashMap<u64, i32>> {
        let mut files = HashMap::new();
        self.own.rewind();
        for entry in &mut self.own {
            let name = entry?.file_name().to_string_lossy().into_owned();
            let link = std::fs::read_link(format!("/proc/self/fd/{name}")).unwrap_or_default();
            let inode = link.to_str().and_then(|link| {
                let inode = link.strip_prefix("socket:[")?.strip_suffix(']')?;
                inode.parse().ok()
            });
            if let (Some(inode), Ok(file)) = (inode, name.parse()) {
                files.insert(inode, file);
            }
        }
        Ok(files)
    }

    /// Shuts a socket down if it still is the line to `peer`. Held by the spare number meanwhile, so that its own
    /// cannot become another socket's.
    pub fn end(&mut self, file: i32, peer: SocketAddr) -> bool {
        use nix::fcntl::OFlag;
        use nix::sys::socket::{Shutdown, SockaddrStorage, getpeername, shutdown};
        use nix::unistd::dup3;
        let spare = self.spare.as_raw_fd();
        if dup3(file, spare, OFlag::O_CLOEXEC).is_err() {
            return false;
        }
        let still = getpeername::<SockaddrStorage>(spare).is_ok_and(|address| {
            let v4 = address.as_sockaddr_in().copied();
            let v4 = v4.map(|v4| SocketAddr::V4(std::net::SocketAddrV4::from(v4)));
            let v6 = address.as_sockaddr_in6().copied();
            let v6 = v6.map(|v6| SocketAddr::V6(std::net::SocketAddrV6::from(v6)));
            v4.or(v6).is_some_and(|known| plain(known) == peer)
        });
        let ended = still && shutdown(spare, Shutdown::Both).is_ok();
        let _ = dup3(self.nothing.as_raw_fd(), spare, OFlag::O_CLOEXEC);
        ended
    }

    /// Lets more wait at the door: after a restart all come back at once.
    pub fn widen(&mut self, port: u16) {
        let (Ok(doors), Ok(files)) = (self.table(LISTENING, port), self.files()) else {
            return;
        };
        for door in doors {
            if let Some(file) = files.get(&door.inode) {
                let _ = nix::sys::socket::listen(*file, QUEUE);
            }
        }
    }
}

/// How many may wait to be let in; the system's own bound (`net.core.somaxconn`) is beside it.
#[cfg(target_os = "linux")]
const QUEUE: usize = 4_096;

#[cfg(not(target_os = "linux"))]
pub struct Glass;

#[cfg(not(target_os = "linux"))]
impl Glass {
    pub fn open() -> io::Result<Glass> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn table(&mut self, _: &str, _: u16) -> io::Result<Vec<Known>> {
        Ok(Vec::new())
    }

    pub fn files(&mut self) -> io::Result<HashMap<u64, i32>> {
        Ok(HashMap::new())
    }

    pub fn end(&mut self, _: i32, _: SocketAddr) -> bool {
        false
    }

    pub fn widen(&mut self, _: u16) {}
}

pub const ESTABLISHED: &str = "01";
const LISTENING: &str = "0A";

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
}
