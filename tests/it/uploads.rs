//! Files in pieces, as a tus client sends them.

use std::time::Duration;

use base64::Engine;
use futures::future::join_all;
use reqwest::Method;
use reqwest::StatusCode;

use crate::client::{Client, Reply};
use crate::house::House;
use crate::media::files_in;
use crate::picture::png;

pub const KEY: &str = "abcdefghijklmnopqrstuvwxyz";

/// A picture of some megabytes: rows that cannot be compressed.
pub fn large() -> Vec<u8> {
    let mut bytes = png(8, 6);
    // After the end of a PNG anything may stand.
    let mut state = 1_u32;
    bytes.extend((0..3 << 20).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    }));
    bytes
}

fn metadata(name: &str) -> String {
    let coded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    format!(
        "filename {},draft {},known_by {}",
        coded(name),
        coded(KEY),
        coded("7-abc")
    )
}

pub async fn begun(client: &Client, bytes: usize) -> Reply {
    let request = client
        .request(Method::POST, "/uploads")
        .header("tus-resumable", "1.0.0")
        .header("upload-length", bytes.to_string())
        .header("upload-metadata", metadata("a.png"));
    client.send(request).await
}

pub async fn piece(client: &Client, path: &str, at: usize, bytes: &[u8]) -> Reply {
    let request = client
        .request(Method::PATCH, path)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", at.to_string())
        .header("content-type", "application/offset+octet-stream")
        .body(bytes.to_vec());
    client.send(request).await
}

async fn offset(client: &Client, path: &str) -> usize {
    let request = client
        .request(Method::HEAD, path)
        .header("tus-resumable", "1.0.0");
    let reply = client.send(request).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.header("upload-offset").parse().unwrap()
}

/// Waits until a whole file was taken in, and answers with what the composer gets.
pub async fn taken(client: &Client, path: &str) -> Reply {
    let path = format!("/compose{path}");
    for _ in 0..600 {
        let reply = client.get(&path).await;
        if reply.status != 202 {
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{path} is not taken in in time");
}

#[rocket::async_test]
async fn a_file_comes_in_pieces_over_a_restart_and_is_in_its_draft() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let bytes = large();
    let begun = begun(&ada, bytes.len()).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    assert!(begun.header("upload-expires").ends_with(" GMT"));
    let path = begun.header("location").to_owned();
    let first = piece(&ada, &path, 0, &bytes[..1 << 20]).await;
    assert_eq!(
        (first.status, first.header("upload-offset")),
        (204, "1048576")
    );
    for wrong in [0, 1, (1 << 20) + 1] {
        let reply = piece(&ada, &path, wrong, b"x").await;
        assert_eq!(reply.status, 409, "{wrong}");
    }
    let house = house.restart().await;
    let ada = Client::new(&house)
        .logged_in("ada@example.org", crate::house::PASSWORD)
        .await;
    assert_eq!(offset(&ada, &path).await, 1 << 20);
    let unfinished = ada.get("/uploads").await.json();
    assert_eq!(unfinished["uploads"][0]["received"], 1 << 20);
    assert_eq!(unfinished["uploads"][0]["known_by"], "7-abc");
    let rest = piece(&ada, &path, 1 << 20, &bytes[1 << 20..]).await;
    assert_eq!(rest.status, 204, "{}", rest.text);
    let taken = taken(&ada, &path).await;
    assert_eq!(taken.status, 200);
    assert!(taken.text.contains("a.png"));
    let draft = ada.get(&format!("/drafts/{KEY}")).await.json();
    assert_eq!(draft["media"].as_array().unwrap().len(), 1, "{draft}");
    assert_eq!(files_in(house.folder.path().join("media/uploads")), 0);
    assert_eq!(
        ada.get("/uploads").await.json()["uploads"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    house.close().await;
}

#[rocket::async_test]
async fn of_a_line_that_breaks_what_came_is_kept_and_a_new_request_takes_over() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let bytes = large();
    let path = begun(&ada, bytes.len()).await.header("location").to_owned();
    // Half of a piece arrives, and then nothing for as long as anybody waits.
    let half = bytes[..1 << 20].to_vec();
    let stream = futures::stream::once(async move { Ok::<_, std::io::Error>(half) });
    let stream = futures::StreamExt::chain(stream, futures::stream::pending());
    let request = ada
        .request(Method::PATCH, &path)
        .header("tus-resumable", "1.0.0")
        .header("upload-offset", "0")
        .header("content-type", "application/offset+octet-stream")
        .body(reqwest::Body::wrap_stream(stream));
    let silent = tokio::spawn(request.send());
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let there = std::fs::metadata(house.folder.path().join(format!("media{path}")));
        if there.is_ok_and(|file| file.len() == 1 << 20) {
            break;
        }
    }
    let begun = std::time::Instant::now();
    assert_eq!(offset(&ada, &path).await, 1 << 20);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "nobody waits for a dead line"
    );
    let answer = silent.await.unwrap();
    assert!(answer.is_err() || answer.unwrap().status() == StatusCode::CONFLICT);
    let rest = piece(&ada, &path, 1 << 20, &bytes[1 << 20..]).await;
    assert_eq!(rest.status, 204, "{}", rest.text);
    assert_eq!(taken(&ada, &path).await.status, 200);
    house.close().await;
}

#[rocket::async_test]
async fn what_is_wrong_is_said_early_and_kept_from_others() {
    let house = House::open_with(&[("video_max", "10MB"), ("photo_max", "10MB")]).await;
    let (ada, ben) = (
        Client::member(&house, "ada").await,
        Client::member(&house, "ben").await,
    );
    let request = ada
        .request(Method::POST, "/uploads")
        .header("upload-length", "7");
    assert_eq!(ada.send(request).await.status, 412);
    assert_eq!(begun(&ada, 0).await.status, 400);
    let huge = begun(&ada, 11 << 20).await;
    assert_eq!(huge.status, 413);
    assert!(huge.text.contains("limit of 10 MB"), "{}", huge.text);
    let path = begun(&ada, 8 << 20).await.header("location").to_owned();
    // The first bytes tell.
    let text = piece(&ada, &path, 0, &b"just words ".repeat(1_000)).await;
    assert_eq!(text.status, 415, "{}", text.text);
    assert!(
        text.text.contains("a.png: This is a text file"),
        "{}",
        text.text
    );
    assert_eq!(
        piece(&ada, &path, 0, b"x").await.status,
        404,
        "it is forgotten"
    );
    let path = begun(&ada, 100).await.header("location").to_owned();
    for reply in [
        piece(&ben, &path, 0, b"x").await,
        ben.get(&format!("/compose{path}")).await,
        ben.send(
            ben.request(Method::DELETE, &path)
                .header("tus-resumable", "1.0.0"),
        )
        .await,
        ben.send(
            ben.request(Method::HEAD, &path)
                .header("tus-resumable", "1.0.0"),
        )
        .await,
    ] {
        assert_eq!(reply.status, 404);
    }
    // A whole file that is none.
    let whole = piece(&ada, &path, 0, &[0; 100]).await;
    assert_eq!(whole.status, 415, "{}", whole.text);
    // Ten at once, and not eleven, also of those that ask in one moment.
    let asked = join_all((0..16).map(|_| begun(&ada, 100))).await;
    let begun_at_once = asked.iter().filter(|reply| reply.status == 201).count();
    assert_eq!(begun_at_once, 10);
    assert_eq!(begun(&ada, 100).await.status, 409);
    house.clock.advance(Duration::from_secs(8 * 86_400));
    porch::sweep(&house.app).await.unwrap();
    let ada = Client::new(&house)
        .logged_in("ada@example.org", crate::house::PASSWORD)
        .await;
    assert_eq!(
        begun(&ada, 100).await.status,
        201,
        "what nobody goes on with is forgotten"
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_piece_with_a_checksum_is_kept_whole_or_not_at_all() {
    use aws_lc_rs::digest::{SHA256, digest};
    let house = House::open_with(&[("cors_origins", "https://app.example")]).await;
    let ada = Client::member(&house, "ada").await;
    let bytes = large();
    let path = begun(&ada, bytes.len()).await.header("location").to_owned();
    let coded = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let checked = async |at: usize, bytes: &[u8], checksum: &str| {
        let request = ada
            .request(Method::PATCH, &path)
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", at.to_string())
            .header("content-type", "application/offset+octet-stream")
            .header("upload-checksum", checksum)
            .body(bytes.to_vec());
        ada.send(request).await
    };
    let half = &bytes[..bytes.len() / 2];
    let right = format!("sha256 {}", coded(digest(&SHA256, half).as_ref()));
    let other = format!("sha256 {}", coded(digest(&SHA256, b"other").as_ref()));
    assert_eq!(checked(0, half, &other).await.status, 460);
    assert_eq!(offset(&ada, &path).await, 0);
    for unknown in ["md5 AAAA", "sha256", "sha1 ***"] {
        assert_eq!(checked(0, half, unknown).await.status, 400, "{unknown}");
    }
    assert_eq!(checked(0, half, &right).await.status, 204);
    assert_eq!(offset(&ada, &path).await, half.len());
    assert_eq!(
        piece(&ada, &path, half.len(), &bytes[half.len()..])
            .await
            .status,
        204
    );
    assert_eq!(taken(&ada, &path).await.status, 200);
    // A page of another site that was let in reads what it needs.
    let preflight = Client::new(&house);
    let request = preflight
        .request(Method::OPTIONS, &path)
        .header("origin", "https://app.example")
        .header("access-control-request-method", "PATCH")
        .header(
            "access-control-request-headers",
            "upload-offset,tus-resumable",
        );
    let answer = preflight.send(request).await;
    assert_eq!(answer.status, 204);
    assert!(
        answer
            .header("access-control-allow-methods")
            .contains("PATCH")
    );
    assert!(
        answer
            .header("access-control-allow-headers")
            .contains("Upload-Offset")
    );
    let request = ada
        .request(Method::GET, "/uploads")
        .header("origin", "https://app.example");
    let answer = ada.send(request).await;
    assert!(
        answer
            .header("access-control-expose-headers")
            .contains("Upload-Offset")
    );
    house.close().await;
}
