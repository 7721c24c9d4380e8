//! The line itself: what a client may do to a connection, told in bytes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::house::House;
use crate::picture::noise;
use crate::process::{PROGRAM, Program, command, free_port};

fn connect(house: &House) -> TcpStream {
    let stream = TcpStream::connect(house.url.trim_start_matches("http://")).unwrap();
    let patience = Some(Duration::from_secs(10));
    stream.set_read_timeout(patience).unwrap();
    stream.set_write_timeout(patience).unwrap();
    stream
}

/// Whatever still comes until the server ends the line; how long it took.
fn rest(mut stream: TcpStream) -> (String, Duration) {
    let begun = Instant::now();
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the line is still open: {error}"),
    }
    (
        String::from_utf8_lossy(&bytes).into_owned(),
        begun.elapsed(),
    )
}

#[rocket::async_test]
async fn there_is_no_http_2() {
    let house = House::open().await;
    let mut stream = connect(&house);
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .unwrap();
    stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).unwrap();
    let answer = tokio::task::spawn_blocking(move || rest(stream).0)
        .await
        .unwrap();
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "{answer:?}"
    );
    house.close().await;
    let locked = include_str!("../../Cargo.lock");
    assert!(
        !locked.contains("name = \"h2\""),
        "some crate brings HTTP/2"
    );
}

#[rocket::async_test]
async fn a_line_on_which_nothing_happens_is_ended() {
    let house = House::open_with(&[("line_idle", "600ms"), ("line_stalled", "1s")]).await;
    let ada = house.visitor("ada").await;
    let feed = ada.listen(&ada.get("/").await.cursor()).await;
    let half = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ";
    let short = "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc";
    let whole = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (said, answered) in [("", false), (half, false), (short, false), (whole, true)] {
        let mut stream = connect(&house);
        stream.write_all(said.as_bytes()).unwrap();
        let (answer, took) = tokio::task::spawn_blocking(move || rest(stream))
            .await
            .unwrap();
        assert_eq!(
            answer.starts_with("HTTP/1.1 200"),
            answered,
            "{said:?}: {answer:?}"
        );
        assert!(took > Duration::from_millis(500), "{said:?}: {took:?}");
    }
    // One byte now and then changes nothing.
    let mut stream = connect(&house);
    let begun = Instant::now();
    let dripped = tokio::task::spawn_blocking(move || {
        while begun.elapsed() < Duration::from_secs(8) {
            if stream.write_all(b"x").is_err() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    });
    assert!(dripped.await.unwrap(), "a request that drips in has no end");
    // An open feed, and whoever is answered, are at work.
    ada.publish("Still here").await;
    let mut feed = feed;
    assert_eq!(feed.act().await["op"], "put");
    house.close().await;
}

#[rocket::async_test]
async fn an_answer_that_nobody_reads_ends_its_line() {
    let house = House::open_with(&[("line_idle", "600ms"), ("line_stalled", "1s")]).await;
    let ada = house.visitor("ada").await;
    let picture = noise(1600, 1600);
    let fields = [("caption", "Large")];
    let sent = ada
        .upload("/p", &fields, &[("media", "a.png", &picture)])
        .await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let post = ada.get("/").await.posts().remove(0);
    let key = ada.keys(&post).await.remove(0);
    let mut stream = connect(&house);
    let asked = format!(
        "GET /media/tr:orig-true/{key} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n",
        ada.cookie()
    );
    // More than the kernel's buffers hold.
    for _ in 0..16 {
        stream.write_all(asked.as_bytes()).unwrap();
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    let (answer, _) = tokio::task::spawn_blocking(move || rest(stream))
        .await
        .unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200"),
        "{}",
        &answer[..60.min(answer.len())]
    );
    assert!(
        answer.len() < 16 * picture.len(),
        "it was all kept for nobody"
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_refusal_says_little_back() {
    let house = House::open_with(&[("rate_limit", "on")]).await;
    let ada = Client::member(&house, "ada").await;
    let long = "x".repeat(40_000);
    let many: Vec<u32> = (0..10_000).collect();
    let post = ada.upload("A post").await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let post = format!("/posts/{post}");
    let names: Map<String, Value> = (0..2_000).map(|n| (n.to_string(), json!(n))).collect();
    for body in [
        json!({ "email": 7, "password": 7, "x": long }),
        json!({ "email": long, "password": long }),
        json!({ "email": { "a": long }, "password": many }),
        json!({ long.as_str(): 1 }),
        json!(many),
        json!(long),
        json!([[[[long, many]]]]),
        json!({ "descriptions": { long.as_str(): "x" } }),
        json!({ "descriptions": names, "focus": names }),
    ] {
        for path in [
            "/auth/register",
            "/auth/forgot-password",
            "/auth/verify",
            "/auth/reset-password",
        ] {
            let reply = ada.with_token(None).post(path, body.clone()).await;
            assert!(
                reply.status >= 400 || reply.status == 202,
                "{}",
                reply.status
            );
            assert!(
                reply.text.len() < 4_000,
                "{path}: {} bytes back",
                reply.text.len()
            );
        }
        let reply = ada.patch(&post, body.clone()).await;
        let names_items = body.get("descriptions").is_some();
        assert!(!names_items || reply.status == 422, "{}", reply.text);
        assert!(reply.text.len() < 16_000, "{} bytes back", reply.text.len());
        let reply = ada.patch("/users/me", body.clone()).await;
        assert!(reply.text.len() < 4_000, "{} bytes back", reply.text.len());
    }
    let huge = json!({ "email": "x".repeat(70_000) });
    for path in ["/auth/register", "/auth/verify"] {
        assert_eq!(
            ada.with_token(None).post(path, huge.clone()).await.status,
            413
        );
    }
    let mut statuses = Vec::new();
    for _ in 0..130 {
        let reply = ada.with_token(None).post("/auth/verify", json!({})).await;
        statuses.push(reply.status);
    }
    assert!(
        statuses.contains(&422) && statuses.ends_with(&[429]),
        "refused bodies are counted"
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_reader_who_pings_without_end_is_shown_out() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let mut socket = ada.listen(&ada.get("/").await.cursor()).await;
    for _ in 0..40 {
        socket.ping().await;
    }
    ada.publish("Still listening").await;
    assert_eq!(socket.act().await["op"], "put");
    for _ in 0..60 {
        socket.ping().await;
    }
    assert_eq!(socket.closed().await, Some(1008));
    house.close().await;
}

#[rocket::async_test]
async fn signing_in_again_ends_what_was_open_in_this_browser() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let socket = ada.listen(&ada.get("/").await.cursor()).await;
    let before = ada.cookie();
    let fields = [
        ("email", "ada@example.org"),
        ("password", crate::house::PASSWORD),
    ];
    assert_eq!(ada.post("/login", &fields).await.status, 303);
    assert_eq!(socket.closed().await, Some(4401));
    assert_ne!(ada.cookie(), before);
    let stolen = house.stranger().with("cookie", &before);
    assert_eq!(stolen.get("/").await.status, 303);
    assert_eq!(ada.get("/").await.status, 200);
    house.close().await;
}

/// More silent and abandoned connections than the process may have files open: all places are theirs, until they are
/// ended.
#[cfg(target_os = "linux")]
#[rocket::async_test]
async fn silent_connections_do_not_keep_others_out() {
    const FILES: usize = 160;
    let folder = tempfile::tempdir().unwrap();
    let mut limited = Command::new("sh");
    let inner = command(folder.path(), free_port());
    limited
        .args(["-c", &format!("ulimit -n {FILES} && exec {PROGRAM}")])
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PORCH_LINE_IDLE", "5s")
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let program = Program::start(limited);
    let address = program.url.trim_start_matches("http://").to_owned();
    let open: Vec<_> = (0..FILES + 40)
        .map(|n| {
            let mut stream = TcpStream::connect(&address).unwrap();
            let half = "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf";
            if n % 2 == 0 {
                stream.write_all(half.as_bytes()).unwrap();
            }
            stream
        })
        .collect();
    let visitor = reqwest::Client::builder()
        .timeout(Duration::from_secs(1))
        .build()
        .unwrap();
    let health = format!("{}/health", program.url);
    let begun = Instant::now();
    let shut_out = visitor.get(&health).send().await.is_err();
    assert!(shut_out, "{FILES} files are enough for all of them");
    while visitor.get(&health).send().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody comes in");
    }
    drop(open);
    program.kill();
}
