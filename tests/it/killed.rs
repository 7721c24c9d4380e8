//! The server killed in the middle of pieces, of taking a file in, and of conversions, again and again.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{Database, PASSWORD};
use crate::media::files_in;
use crate::process::{Program, command, founder, free_port};
use crate::video::{HEVC, film};

const ROUNDS: u64 = 20;
const PIECE: usize = 96 << 10;

/// A film that no other is like, of some pieces.
fn numbered(film: &[u8], number: usize) -> Vec<u8> {
    let mut bytes = film.to_vec();
    let room = 5 * PIECE;
    bytes.extend(((8 + room) as u32).to_be_bytes());
    bytes.extend(b"free");
    bytes.extend((0..room).map(|at| (at * 31 + number * 7) as u8));
    bytes
}

/// A film on its way: what the server has said of it.
struct Sent {
    number: usize,
    upload: Option<String>,
    acknowledged: usize,
    whole: bool,
    /// Its publication was asked for; perhaps the answer never came.
    asked_for: bool,
}

impl Sent {
    fn new(number: usize) -> Sent {
        Sent {
            number,
            upload: None,
            acknowledged: 0,
            whole: false,
            asked_for: false,
        }
    }

    fn draft(&self) -> String {
        format!("killed-draft-{:08}", self.number)
    }
}

/// The answer, unless the server is gone.
async fn asked(
    client: &Client,
    request: reqwest::RequestBuilder,
) -> Option<(u16, Option<usize>, String, Value)> {
    let _ = client;
    let answer = request.timeout(Duration::from_secs(20)).send().await.ok()?;
    let header = |name: &str| {
        answer
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    let (status, offset, place) = (
        answer.status().as_u16(),
        header("upload-offset"),
        header("location"),
    );
    let body = answer.text().await.ok()?;
    let offset = offset.and_then(|offset| offset.parse().ok());
    let json = serde_json::from_str(&body).unwrap_or_default();
    Some((status, offset, place.unwrap_or_default(), json))
}

/// Goes one step on with a film; true when its post was acknowledged. Nothing when the server is gone.
async fn step(client: &Client, film: &[u8], sent: &mut Sent) -> Option<bool> {
    let tus = |method: Method, path: &str| {
        client
            .request(method, path)
            .header("tus-resumable", "1.0.0")
    };
    let draft = sent.draft();
    let bytes = numbered(film, sent.number);
    let Some(path) = sent.upload.clone() else {
        let coded = |text: &str| {
            use base64::Engine;
            base64::engine::general_purpose::STANDARD.encode(text)
        };
        let metadata = format!("filename {},draft {}", coded("a.mov"), coded(&draft));
        let request = tus(Method::POST, "/uploads")
            .header("upload-length", bytes.len().to_string())
            .header("upload-metadata", metadata);
        let (status, _, place, _) = asked(client, request).await?;
        assert_eq!(status, 201);
        sent.upload = Some(place);
        return Some(false);
    };
    if !sent.whole {
        let (status, offset, _, _) = asked(client, tus(Method::HEAD, &path)).await?;
        let at = match status {
            200 => offset.expect("it says how much is there"),
            // Taken in meanwhile.
            404 => bytes.len(),
            other => panic!("HEAD {path}: {other}"),
        };
        assert!(
            at >= sent.acknowledged,
            "{at} of {} that were safe",
            sent.acknowledged
        );
        if at == bytes.len() {
            sent.whole = true;
            return Some(false);
        }
        let piece = bytes[at..(at + PIECE).min(bytes.len())].to_vec();
        let request = tus(Method::PATCH, &path)
            .header("upload-offset", at.to_string())
            .header("content-type", "application/offset+octet-stream")
            .body(piece);
        let (status, offset, _, _) = asked(client, request).await?;
        assert_eq!(status, 204);
        sent.acknowledged = offset.expect("it says how much is there");
        return Some(false);
    }
    let (status, _, _, found) = asked(
        client,
        client.request(Method::GET, &format!("/drafts/{draft}")),
    )
    .await?;
    if status == 404 || found["media"].as_array().is_none_or(Vec::is_empty) {
        if sent.asked_for {
            let path = format!("/drafts/{draft}/publication");
            let (status, ..) = asked(client, client.request(Method::POST, &path)).await?;
            assert!([200, 202].contains(&status), "{status}");
            return Some(true);
        }
        // It is being taken in; or was given up, because every try fell to a kill: it is sent once more, as its page asks.
        let id = path.rsplit('/').next().unwrap_or_default();
        let outcome = client.request(Method::GET, &format!("/compose/uploads/{id}"));
        if asked(client, outcome).await?.0 == 422 {
            *sent = Sent::new(sent.number);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        return Some(false);
    }
    let caption = json!({ "caption": format!("film {}.", sent.number) });
    let (status, ..) = asked(
        client,
        client
            .request(Method::PUT, &format!("/drafts/{draft}"))
            .json(&caption),
    )
    .await?;
    assert!([204, 409, 410].contains(&status), "{status}");
    sent.asked_for = true;
    let (status, ..) = asked(
        client,
        client.request(Method::POST, &format!("/drafts/{draft}/publication")),
    )
    .await?;
    assert!([200, 202].contains(&status), "{status}");
    Some(true)
}

fn program(folder: &Path, (port, url): (u16, Option<&str>), more: &[(&str, &str)]) -> Program {
    let mut command = command(folder, port);
    if let Some(url) = url {
        command.env("PORCH_DATABASE_URL", url);
    }
    command.envs(more.iter().copied());
    Program::start(command)
}

#[rocket::async_test]
async fn films_on_their_way_survive_every_kill_and_come_out_once() {
    let place = tempfile::tempdir().unwrap();
    let Some(film) = film(place.path(), "a.mov", HEVC) else {
        return;
    };
    let database = Database::make().await;
    let url = database.as_ref().map(|(_, url)| url.as_str());
    let folder = tempfile::tempdir().unwrap();
    let at = (free_port(), url);
    let started = program(folder.path(), at, &[]);
    founder(&started.url).await;
    let mut client = Client {
        url: started.url.clone(),
        http: reqwest::Client::new(),
        token: None,
    };
    client = client.logged_in("ada@example.org", PASSWORD).await;
    started.kill();
    let mut sent = Sent::new(0);
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let started = program(folder.path(), at, &[]);
        let over = AtomicBool::new(false);
        let kill = async {
            // At another moment in each round.
            tokio::time::sleep(Duration::from_millis(300 + round * 379 % 1_700)).await;
            over.store(true, Ordering::Relaxed);
            started.kill();
        };
        let work = async {
            while !over.load(Ordering::Relaxed) {
                match step(&client, &film, &mut sent).await {
                    Some(true) => {
                        acknowledged.push(sent.number);
                        sent = Sent::new(sent.number + 1);
                    }
                    Some(false) => {}
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::join!(kill, work);
    }
    // Undisturbed, everything ends. (Elsewhere than on SQLite a lease may have to end first.)
    let swept = [("PORCH_SWEEP", "1s"), ("PORCH_ORPHAN_AGE", "20s")];
    let started = program(folder.path(), at, &swept);
    let until = Instant::now() + Duration::from_secs(600);
    while step(&client, &film, &mut sent).await != Some(true) {
        assert!(Instant::now() < until, "{} is not taken in", sent.number);
    }
    acknowledged.push(sent.number);
    println!("{} films were acknowledged", acknowledged.len());
    let posts = loop {
        let feed = client.get("/feeds?limit=100").await.json();
        let posts = feed["posts"].as_array().unwrap().clone();
        if posts.len() >= acknowledged.len() {
            break posts;
        }
        let waiting = client.get("/waiting").await;
        assert!(
            Instant::now() < until,
            "{} of {} came out, {}",
            posts.len(),
            acknowledged.len(),
            waiting.text
        );
        for post in waiting.json()["posts"].as_array().unwrap() {
            for medium in post["media"].as_array().unwrap() {
                // Killed in the middle of all its tries: its author tries again.
                if medium["state"] == "failed" {
                    let path = format!("/videos/{}/conversion", medium["id"].as_str().unwrap());
                    assert_eq!(
                        client
                            .send(client.request(Method::POST, &path))
                            .await
                            .status,
                        202
                    );
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    let mut captions: Vec<String> = posts
        .iter()
        .map(|post| post["caption"].as_str().unwrap().to_owned())
        .collect();
    let mut wanted: Vec<String> = acknowledged
        .iter()
        .map(|number| format!("film {number}."))
        .collect();
    captions.sort();
    wanted.sort();
    assert_eq!(captions, wanted, "each once");
    for post in &posts {
        let url = post["url"]
            .as_str()
            .unwrap()
            .split_once("/media/")
            .unwrap()
            .1;
        let served = client.get(&format!("/media/{url}")).await;
        assert_eq!(served.status, 200);
        assert_eq!(served.header("content-type"), "video/mp4");
    }
    // Nothing is left of what was cut off.
    let media = folder.path().join("data/media");
    let left = |form: &str| match media.join(form).exists() {
        true => files_in(media.join(form)),
        false => 0,
    };
    let until = Instant::now() + Duration::from_secs(120);
    while (left("originals"), left("tmp"), left("uploads")) != (posts.len(), 0, 0) {
        assert!(
            Instant::now() < until,
            "{} originals of {}, {} in tmp, {} pieces",
            left("originals"),
            posts.len(),
            left("tmp"),
            left("uploads")
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    started.kill();
    if let Some((database, _)) = database {
        database.gone().await;
    }
}
