//! What is said in a video, as text.

use reqwest::Method;
use serde_json::json;

use crate::client::{Client, Reply};
use crate::house::House;
use crate::video::{H264, film};

const SAID: &str = "WEBVTT\n\n00:01.000 --> 00:02.500\nHello";

async fn put(client: &Client, path: &str, (language, text): (&str, &str)) -> Reply {
    let body = json!({ "language": language, "text": text });
    client
        .send(client.request(Method::PUT, path).json(&body))
        .await
}

#[rocket::async_test]
async fn captions_are_their_authors_to_write_and_everybodys_to_read() {
    let place = tempfile::tempdir().unwrap();
    let Some(bytes) = film(place.path(), "a.mp4", H264) else {
        return;
    };
    let house = House::open().await;
    let (ada, ben) = (
        Client::member(&house, "ada").await,
        Client::member(&house, "ben").await,
    );
    let upload = async |name: &'static str, bytes: Vec<u8>| {
        let part = reqwest::multipart::Part::bytes(bytes).file_name(name);
        let form = reqwest::multipart::Form::new()
            .part("file", part)
            .text("caption", "");
        ada.send(ada.request(Method::POST, "/upload").multipart(form))
            .await
            .json()
    };
    let post = upload("a.mp4", bytes).await;
    let item = post["media"][0]["id"].as_str().unwrap();
    let path = format!("/videos/{item}/captions");
    let track = format!("/captions/{item}/track.vtt");
    assert_eq!(ada.get(&path).await.status, 404, "there are none yet");
    for (language, text, said) in [
        ("en", "Hello", "Line 1: a time such as"),
        ("x", SAID, "Name the language"),
        ("en\" onload", SAID, "Name the language"),
        ("en", &*"a".repeat(61_000), "at most 60 KB"),
    ] {
        let wrong = put(&ada, &path, (language, text)).await;
        assert_eq!(wrong.status, 422, "{}", wrong.text);
        assert!(wrong.text.contains(said), "{}", wrong.text);
    }
    assert_eq!(put(&ada, &path, ("en", SAID)).await.status, 204);
    let kept = ada.get(&path).await.json();
    assert_eq!(kept["language"], "en");
    assert!(
        kept["text"]
            .as_str()
            .unwrap()
            .contains("00:00:01.000 --> 00:00:02.500\nHello")
    );
    // A form holds as much as is said, in any script.
    let cue =
        "00:00:01.000 --> 00:00:02.500\r\n\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}\u{8a9e}\r\n\r\n";
    let long = cue.repeat(58_000 / cue.len());
    let visitor = house.signed_in("ada").await;
    let fields = [("language", "ja"), ("text", &*long)];
    let saved = visitor
        .upload(&format!("/captions/{item}"), &fields, &[])
        .await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(put(&ada, &path, ("en", SAID)).await.status, 204);
    // Others read them where the video is, and nothing more.
    let read = ben.get(&track).await;
    assert_eq!(
        (read.status, read.header("content-type")),
        (200, "text/vtt; charset=utf-8")
    );
    for reply in [
        ben.get(&path).await,
        put(&ben, &path, ("en", SAID)).await,
        ben.delete(&path).await,
        ben.get(&format!("/captions/{item}")).await,
    ] {
        assert_eq!(reply.status, 404);
    }
    // A picture has none.
    let picture = upload("a.png", crate::picture::png(8, 6)).await;
    let picture = format!(
        "/videos/{}/captions",
        picture["media"][0]["id"].as_str().unwrap()
    );
    assert_eq!(put(&ada, &picture, ("en", SAID)).await.status, 404);
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(ben.get(&track).await.status, 404);
    // They go with their video.
    assert_eq!(put(&ada, &path, ("de", SAID)).await.status, 204);
    ada.delete(&format!("/posts/{}", post["id"].as_str().unwrap()))
        .await;
    assert_eq!(ben.get(&track).await.status, 404);
    let (left,): (i64,) = sqlx::query_as("select cast(count(*) as bigint) from captions")
        .fetch_one(house.app.db.read())
        .await
        .unwrap();
    assert_eq!(left, 0);
    house.close().await;
}
