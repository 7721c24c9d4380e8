//! The client: requests over kept connections as fast as they are answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The header that signs requests in.
pub fn signed_in(cookie: &str) -> String {
    format!("Cookie: {cookie}\r\n")
}

/// Asks for a path, with more headers, over `connections` at once for about `time`; how many answers came, and their bytes.
pub async fn requests(
    (port, path): (u16, &str),
    headers: &str,
    connections: usize,
    time: Duration,
) -> (u64, u64) {
    let until = Instant::now() + time;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n{headers}\r\n"
    );
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let request = request.clone();
            tokio::spawn(async move {
                let mut connection = Connection::open(port).await;
                let (mut count, mut bytes) = (0, 0);
                while Instant::now() < until {
                    bytes += connection.ask(&request).await.len() as u64;
                    count += 1;
                }
                (count, bytes)
            })
        })
        .collect();
    let mut sum = (0, 0);
    for task in tasks {
        let (count, bytes) = task.await.expect("no request fails");
        sum = (sum.0 + count, sum.1 + bytes);
    }
    sum
}

/// Asks for a path every `pause` until told to end; how long each answer took, in milliseconds, the shortest first.
pub async fn waits(
    (port, path): (u16, &str),
    headers: &str,
    pause: Duration,
    end: &AtomicBool,
) -> Vec<f64> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n{headers}\r\n"
    );
    let mut connection = Connection::open(port).await;
    let mut waits = Vec::new();
    while !end.load(Ordering::Relaxed) {
        let since = Instant::now();
        connection.ask(&request).await;
        waits.push(since.elapsed().as_secs_f64() * 1_000.0);
        tokio::time::sleep(pause).await;
    }
    waits.sort_by(f64::total_cmp);
    waits
}

/// A request that signs in with these headers.
pub fn request(port: u16, (method, path): (&str, &str), headers: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// Of values in order the one below which 95 of 100 lie.
pub fn p95(values: &[f64]) -> f64 {
    values[values.len() * 95 / 100]
}

/// One answer's body.
pub async fn body(port: u16, headers: &str, path: &str) -> Vec<u8> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n{headers}\r\n"
    );
    Connection::open(port).await.ask(&request).await.to_vec()
}

/// A kept connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(port: u16) -> Connection {
        let stream = TcpStream::connect(("127.0.0.1", port))
            .await
            .expect("the server listens");
        stream
            .set_nodelay(true)
            .expect("a fresh socket takes options");
        Connection {
            stream,
            buffer: Vec::with_capacity(256 << 10),
        }
    }

    /// The body of the answer to a whole request, which has to be a good one.
    pub async fn ask(&mut self, request: &str) -> &[u8] {
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("the server reads");
        self.buffer.clear();
        let head = loop {
            if let Some(at) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            let read = self
                .stream
                .read_buf(&mut self.buffer)
                .await
                .expect("the server answers");
            assert!(read > 0, "the server hung up");
        };
        let text = std::str::from_utf8(&self.buffer[..head]).expect("headers are text");
        assert!(text.starts_with("HTTP/1.1 20"), "{text}");
        let lower = text.to_ascii_lowercase();
        let length = lower.split("content-length: ").nth(1);
        // Without one there is no body.
        let length: usize = length.map_or(0, |length| {
            length.split("\r\n").next().unwrap().parse().unwrap()
        });
        while self.buffer.len() < head + length {
            self.stream
                .read_buf(&mut self.buffer)
                .await
                .expect("the body arrives");
        }
        &self.buffer[head..]
    }
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
