//! One post's way to a thousand open sockets, beside a bare loop that writes the same bytes.

use std::io::{Read, Write};
use std::net::TcpStream as BlockingStream;
use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::feed::house;
use crate::load::{body, median, signed_in};
use crate::server::{Server, stay_on_core};

const SOCKETS: usize = 1_000;
const ROUNDS: usize = 10;

pub async fn run() {
    stay_on_core(1);
    let folder = tempfile::tempdir().unwrap();
    let (porch, cookie) = house(folder.path(), 0).await;
    let page = String::from_utf8(body(porch.port, &signed_in(&cookie), "/").await).unwrap();
    let cursor = page
        .split("data-cursor=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let before = porch.resident_kib();
    let (tell, mut told) = mpsc::unbounded_channel();
    for _ in 0..SOCKETS {
        listen(porch.port, &cookie, &cursor, tell.clone()).await;
    }
    let idle = porch.resident_kib();
    println!(
        "{SOCKETS} open sockets: {:.1} KiB each",
        (idle - before) as f64 / SOCKETS as f64
    );

    let (mut ours, mut frame_bytes) = (Rounds::default(), 0);
    for round in 0..=ROUNDS {
        let cpu = porch.cpu_ms();
        let start = Instant::now();
        publish(porch.port, &cookie, round).await;
        let mut times = Vec::with_capacity(SOCKETS);
        while times.len() < SOCKETS {
            let (at, bytes): (Instant, usize) = told.recv().await.expect("all sockets are open");
            times.push(at.duration_since(start));
            frame_bytes = bytes;
        }
        if round > 0 {
            ours.push(times, porch.cpu_ms() - cpu);
        }
    }
    let bare = bare_loop(frame_bytes).await;
    println!("one post of {frame_bytes} bytes to {SOCKETS} sockets, medians of {ROUNDS} rounds:");
    bare.print("a bare loop of writes");
    ours.print("Porch, from the request on");
    println!(
        "after the fan-outs: {:.1} KiB a socket",
        (porch.resident_kib() - before) as f64 / SOCKETS as f64
    );
}

/// Opens a socket that reports when each card arrives.
async fn listen(
    port: u16,
    cookie: &str,
    cursor: &str,
    tell: mpsc::UnboundedSender<(Instant, usize)>,
) {
    let mut request = format!("ws://127.0.0.1:{port}/live?c={cursor}")
        .into_client_request()
        .unwrap();
    let origin = format!("http://127.0.0.1:{port}");
    request
        .headers_mut()
        .insert("origin", origin.parse().unwrap());
    request
        .headers_mut()
        .insert("cookie", cookie.parse().unwrap());
    let (mut stream, _) = tokio_tungstenite::connect_async(request)
        .await
        .expect("the handshake");
    // The first frame says that the socket is on.
    stream.next().await;
    tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Text(text) = message
                && text.contains("\"put\"")
            {
                let _ = tell.send((Instant::now(), text.len()));
            }
        }
    });
}

async fn publish(port: u16, cookie: &str, round: usize) {
    let url = format!("http://127.0.0.1:{port}");
    let part = reqwest::multipart::Part::bytes(pixel()).file_name("a.png");
    let form = reqwest::multipart::Form::new()
        .text(
            "caption",
            format!("Number {round}, two hours up, one pear each."),
        )
        .part("media", part);
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let answer = http
        .unwrap()
        .post(format!("{url}/p"))
        .header("origin", &url)
        .header("cookie", cookie)
        .header("accept", "text/html")
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
}

/// The smallest picture.
fn pixel() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = png::Encoder::new(&mut bytes, 1, 1).write_header().unwrap();
    writer.write_image_data(&[128]).unwrap();
    writer.finish().unwrap();
    bytes
}

async fn bare_loop(frame_bytes: usize) -> Rounds {
    let server = Server::start(&["loop"]);
    let mut control = BlockingStream::connect(("127.0.0.1", server.port)).unwrap();
    control.write_all(&(SOCKETS as u64).to_be_bytes()).unwrap();
    let (tell, mut told) = mpsc::unbounded_channel();
    for _ in 0..SOCKETS {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port))
            .await
            .unwrap();
        let tell = tell.clone();
        tokio::spawn(async move {
            let mut frame = vec![0; frame_bytes];
            while stream.read_exact(&mut frame).await.is_ok() {
                let _ = tell.send(Instant::now());
            }
        });
    }
    control.read_exact(&mut [0]).unwrap();
    let mut rounds = Rounds::default();
    for round in 0..=ROUNDS {
        let cpu = server.cpu_ms();
        let start = Instant::now();
        control
            .write_all(&((1u64 << 32) + frame_bytes as u64).to_be_bytes())
            .unwrap();
        control.write_all(&vec![b'x'; frame_bytes]).unwrap();
        let mut times = Vec::with_capacity(SOCKETS);
        while times.len() < SOCKETS {
            times.push(told.recv().await.unwrap().duration_since(start));
        }
        if round > 0 {
            rounds.push(times, server.cpu_ms() - cpu);
        }
    }
    rounds
}

/// Figures of the rounds so far, in milliseconds.
#[derive(Default)]
struct Rounds {
    half: Vec<f64>,
    most: Vec<f64>,
    last: Vec<f64>,
    cpu: Vec<f64>,
}

impl Rounds {
    fn push(&mut self, mut times: Vec<Duration>, cpu_ms: f64) {
        times.sort();
        let ms = |at: usize| times[at].as_secs_f64() * 1_000.0;
        self.half.push(ms(times.len() / 2));
        self.most.push(ms(times.len() * 99 / 100));
        self.last.push(ms(times.len() - 1));
        self.cpu.push(cpu_ms);
    }

    fn print(&self, name: &str) {
        let [half, most, last, cpu] =
            [&self.half, &self.most, &self.last, &self.cpu].map(|values| median(values.clone()));
        println!(
            "  {name:<28} p50 {half:>6.1} ms  p99 {most:>6.1} ms  last {last:>6.1} ms  processor {cpu:>5.0} ms"
        );
    }
}
