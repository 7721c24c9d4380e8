//! Large files on their way in: beside a bare route that writes a body to the disk, and what readers notice of four at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;

use crate::feed::house;
use crate::load::{median, p95, signed_in, waits};
use crate::server::{Server, stay_on_core};

const BYTES: usize = 300 << 20;
/// A file as large as is taken, but for its last byte.
const LARGEST: usize = (2 << 30) - 1;
const PIECE: usize = 8 << 20;
const ROUNDS: usize = 5;
/// What a good line brings, for each of the four.
const BYTES_PER_SECOND: usize = 12 << 20;
const READERS_PAUSE: Duration = Duration::from_millis(5);

pub async fn run() {
    stay_on_core(1);
    let folder = tempfile::tempdir().unwrap();
    let (server, cookie) = house(&folder.path().join("house"), 1_000).await;
    let page = folder.path().join("page");
    std::fs::write(&page, "page").unwrap();
    let bare = Server::start(&["bare", page.to_str().unwrap()]);
    let file = Arc::new(film(BYTES));
    println!(
        "{} MB in pieces of {} MB beside a bare route with one sync, {ROUNDS} rounds in turns",
        BYTES >> 20,
        PIECE >> 20
    );
    let mut seconds = [const { Vec::new() }; 2];
    let mut cpu = [const { Vec::new() }; 2];
    for round in 0..=ROUNDS {
        let before = [bare.cpu_ms(), server.cpu_ms()];
        let times = [
            sunk(bare.port, &file).await,
            in_pieces(server.port, &cookie, &file, None).await,
        ];
        for (n, after) in [bare.cpu_ms(), server.cpu_ms()].into_iter().enumerate() {
            // The first round warms up.
            if round > 0 {
                seconds[n].push(times[n]);
                cpu[n].push(after - before[n]);
            }
        }
    }
    let [of_bare, of_porch] = seconds.map(median);
    let [cpu_bare, cpu_porch] = cpu.map(median);
    println!("  bare route  {of_bare:>6.2} s  {cpu_bare:>6.0} ms of processor");
    println!(
        "  Porch, tus  {of_porch:>6.2} s  {cpu_porch:>6.0} ms of processor  {:.2} of its time, {:.2} of its processor",
        of_porch / of_bare,
        cpu_porch / cpu_bare
    );
    let headers = signed_in(&cookie);
    let rest = server.resident_kib();
    let (mut idle, mut busy, mut most) = (Vec::new(), Vec::new(), 0);
    for _ in 0..3 {
        let end = AtomicBool::new(false);
        let reading = waits((server.port, "/"), &headers, READERS_PAUSE, &end);
        let quiet = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            end.store(true, Ordering::Relaxed);
        };
        idle.push(p95(&tokio::join!(reading, quiet).0));
        let end = AtomicBool::new(false);
        let reading = waits((server.port, "/"), &headers, READERS_PAUSE, &end);
        let one = || in_pieces(server.port, &cookie, &file, Some(BYTES_PER_SECOND));
        let four = async {
            tokio::join!(one(), one(), one(), one());
        };
        let (read, peak) = tokio::join!(reading, most_resident(&server, four, &end));
        busy.push(p95(&read));
        most = most.max(peak);
    }
    let (idle, busy) = (median(idle), median(busy));
    println!(
        "four at once, {} MB/s each, and a reader of the feed",
        BYTES_PER_SECOND >> 20
    );
    println!(
        "  reader's p95 {idle:.2} ms, meanwhile {busy:.2} ms  {:.2} of it",
        busy / idle
    );
    println!(
        "  memory {} MB, meanwhile {} MB at most",
        rest >> 10,
        most >> 10
    );
    let rest = server.resident_kib();
    let file = Arc::new(film(LARGEST));
    let one = async {
        in_pieces(server.port, &cookie, &file, None).await;
    };
    let most = most_resident(&server, one, &AtomicBool::new(false)).await;
    println!("one of {} MB", LARGEST >> 20);
    println!(
        "  memory {} MB, meanwhile {} MB at most",
        rest >> 10,
        most >> 10
    );
}

/// The most memory that the server takes while something happens, in KiB; and says when it has.
async fn most_resident(server: &Server, act: impl Future<Output = ()>, end: &AtomicBool) -> u64 {
    let act = async {
        act.await;
        end.store(true, Ordering::Relaxed);
    };
    let watch = async {
        let mut most = 0;
        while !end.load(Ordering::Relaxed) {
            most = most.max(server.resident_kib());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        most
    };
    tokio::join!(act, watch).1
}

/// The beginning of a film, and nothing that can be looked into after it: what is measured is the way in.
fn film(bytes: usize) -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41".to_vec();
    film.resize(bytes, 7);
    film
}

async fn sunk(port: u16, file: &Arc<Vec<u8>>) -> f64 {
    let body = reqwest::Body::from(file.to_vec());
    let since = Instant::now();
    let answer = reqwest::Client::new()
        .post(format!("http://127.0.0.1:{port}/sink"))
        .body(body)
        .send()
        .await;
    assert!(answer.unwrap().status().is_success());
    since.elapsed().as_secs_f64()
}

/// Sends the file, but for its last byte, and throws it away; in seconds.
async fn in_pieces(port: u16, cookie: &str, file: &Arc<Vec<u8>>, most: Option<usize>) -> f64 {
    let http = reqwest::Client::new();
    let base = format!("http://127.0.0.1:{port}");
    let request = |method: reqwest::Method, path: &str| {
        http.request(method, format!("{base}{path}"))
            .header("cookie", cookie)
            .header("origin", &base)
            .header("tus-resumable", "1.0.0")
    };
    let name = base64::engine::general_purpose::STANDARD.encode("film.mp4");
    let begun = request(reqwest::Method::POST, "/uploads")
        .header("upload-length", (file.len() + 1).to_string())
        .header("upload-metadata", format!("filename {name}"))
        .send()
        .await
        .unwrap();
    assert_eq!(begun.status(), 201);
    let path = begun.headers()["location"].to_str().unwrap().to_owned();
    let since = Instant::now();
    for at in (0..file.len()).step_by(PIECE) {
        let piece = file[at..(at + PIECE).min(file.len())].to_vec();
        let sent = piece.len();
        let began = Instant::now();
        let answer = request(reqwest::Method::PATCH, &path)
            .header("upload-offset", at.to_string())
            .header("content-type", "application/offset+octet-stream")
            .body(piece)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 204);
        if let Some(most) = most {
            let due = Duration::from_secs_f64(sent as f64 / most as f64);
            tokio::time::sleep(due.saturating_sub(began.elapsed())).await;
        }
    }
    let seconds = since.elapsed().as_secs_f64();
    let gone = request(reqwest::Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 204);
    seconds
}
