//! Videos that are made anew: from the upload to the feed. Where there is no ffmpeg, nothing of this can be tried.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::house::House;
use crate::media::files_in;
use crate::visitor::Visitor;

/// A video of two seconds, made by ffmpeg with these arguments; nothing where it is not here.
pub fn film(folder: &Path, name: &str, arguments: &str) -> Option<Vec<u8>> {
    let input = "-f lavfi -i testsrc2=s=320x180:r=30:d=2 -f lavfi -i sine=f=440:r=48000:d=2";
    film_of(folder, name, (input, arguments))
}

/// The same of other inputs.
pub fn film_of(folder: &Path, name: &str, (input, arguments): (&str, &str)) -> Option<Vec<u8>> {
    let path: PathBuf = folder.join(name);
    let done = Command::new("ffmpeg")
        .args("-v error -y -nostdin".split(' '))
        .args(input.split(' '))
        .args(arguments.split_whitespace())
        .arg(&path)
        .status();
    match done {
        Ok(status) => assert!(status.success(), "{arguments}"),
        Err(_) => {
            println!("ffmpeg is not here: {name} is not tried");
            return None;
        }
    }
    Some(std::fs::read(path).unwrap())
}

pub const HEVC: &str =
    "-c:v libx265 -preset ultrafast -crf 32 -tag:v hvc1 -x265-params log-level=none -c:a aac";
pub const H264: &str = "-c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac";

/// Waits for the feed to hold so many posts.
pub async fn posts_of(visitor: &Visitor, count: usize) -> Vec<String> {
    for _ in 0..3_600 {
        let posts = visitor.get("/").await.posts();
        if posts.len() == count {
            return posts;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the feed has not {count} posts in time");
}

#[rocket::async_test]
async fn a_video_of_a_phone_goes_out_when_it_is_made_anew_and_once() {
    let place = tempfile::tempdir().unwrap();
    let Some(bytes) = film(place.path(), "a.mov", HEVC) else {
        return;
    };
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let mut socket = ben.listen(&ben.get("/").await.cursor()).await;
    let files = [("media", "a.mov", &*bytes)];
    let answer = ada
        .upload("/p", &[("caption", "From a phone")], &files)
        .await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    // (On a fast machine it is ready before the answer is.)
    let waits = answer.header("location") == "/";
    // Its author sees that it waits; nobody else knows of it.
    let page = ada.get("/").await.body;
    let strip = page.contains("This post goes out as soon as everything is ready");
    assert!(!waits || strip || page.contains("<article"), "{page}");
    let others = ben.get("/").await.body;
    assert!(!others.contains("From a phone") || others.contains("<article"));
    let frame = socket.act().await;
    assert_eq!(frame["op"], "put");
    let id = posts_of(&ben, 1).await[0].clone();
    assert_eq!(frame["id"], format!("p-{id}"));
    assert!(!ada.get("/").await.body.contains("From a phone</bdi>"));
    let key = ada
        .keys(&id)
        .await
        .into_iter()
        .find(|key| key.ends_with(".mp4"))
        .unwrap();
    let video = ben.get(&format!("/media/{key}")).await;
    assert_eq!(
        (video.status, video.header("content-type")),
        (200, "video/mp4")
    );
    assert!(video.bytes.windows(4).any(|four| four == b"avc1"));
    let poster = ben.get(&format!("/media/{key}/ik-thumbnail.jpg")).await;
    assert_eq!(poster.status, 200);
    // What was sent is for its author, freed of its tags.
    let full = format!("/media/tr:orig-true/{key}");
    assert_eq!(ben.get(&full).await.status, 403);
    let sent = ada.get(&full).await;
    assert_eq!(
        (sent.status, sent.header("content-type")),
        (200, "video/quicktime")
    );
    assert!(sent.bytes.windows(4).any(|four| four == b"hvc1"));
    // Nothing stays behind.
    assert_eq!(ada.delete(&format!("/p/{id}")).await.status, 303);
    for _ in 0..200 {
        if files_in(house.folder.path().join("media")) == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(files_in(house.folder.path().join("media")), 1);
    house.close().await;
}

#[rocket::async_test]
async fn what_is_made_anew_comes_out_of_every_container() {
    let place = tempfile::tempdir().unwrap();
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let mpeg4 = "-c:v mpeg4 -q:v 12 -c:a libmp3lame";
    let films = [
        ("a.avi", mpeg4),
        ("b.mkv", H264),
        (
            "c.ts",
            "-c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a ac3",
        ),
        ("d.3gp", "-c:v h263 -s 352x288 -r 15 -c:a aac"),
        (
            "e.webm",
            "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 200k -c:a libvorbis",
        ),
        ("f.mov", "-c:v mjpeg -q:v 20 -c:a pcm_s16le"),
    ];
    for (count, (name, arguments)) in films.into_iter().enumerate() {
        let Some(bytes) = film(place.path(), name, arguments) else {
            return;
        };
        let files = [("media", name, &*bytes)];
        let answer = ada.upload("/p", &[("caption", name)], &files).await;
        assert_eq!(answer.status, 303, "{name}: {}", answer.body);
        let id = posts_of(&ada, count + 1).await[0].clone();
        let keys = ada.keys(&id).await;
        let key = keys.iter().find(|key| key.ends_with(".mp4")).unwrap();
        let video = ada.get(&format!("/media/{key}")).await;
        assert_eq!(video.status, 200, "{name}");
        let sent = ada.get(&format!("/media/tr:orig-true/{key}")).await;
        assert_eq!(sent.status, 200, "{name}");
        assert!(sent.header("content-type").starts_with("video/"), "{name}");
    }
    house.close().await;
}

#[rocket::async_test]
async fn what_every_browser_plays_is_there_at_once() {
    let place = tempfile::tempdir().unwrap();
    let arguments = format!("{H264} -metadata location=+52.5200+013.4050/");
    let Some(bytes) = film(place.path(), "a.mov", &arguments) else {
        return;
    };
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let files = [("media", "a.mov", &*bytes)];
    let answer = ada.upload("/p", &[("caption", "Plays")], &files).await;
    assert!(
        answer.header("location").starts_with("/#p-"),
        "{}",
        answer.header("location")
    );
    let id = posts_of(&ada, 1).await[0].clone();
    let key = ada
        .keys(&id)
        .await
        .into_iter()
        .find(|key| key.ends_with(".mp4"))
        .unwrap();
    let video = ada.get(&format!("/media/{key}")).await;
    assert_eq!(video.status, 200);
    for tag in [&b"+52.52"[..], b"Lavf"] {
        assert!(!video.bytes.windows(tag.len()).any(|window| window == tag));
    }
    house.close().await;
}

#[rocket::async_test]
async fn programs_are_told_that_a_video_is_converted_and_may_change_their_mind() {
    let place = tempfile::tempdir().unwrap();
    let Some(bytes) = film(place.path(), "a.mov", HEVC) else {
        return;
    };
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let upload = async || {
        let part = reqwest::multipart::Part::bytes(bytes.clone()).file_name("a.mov");
        let form = reqwest::multipart::Form::new()
            .part("file", part)
            .text("caption", "By a program");
        let request = ada
            .request(reqwest::Method::POST, "/upload")
            .multipart(form);
        ada.send(request).await
    };
    let made = upload().await;
    assert_eq!(made.status, 200, "{}", made.text);
    let made = made.json();
    let state = made["media"][0]["state"].as_str().unwrap();
    assert!(
        ["waiting", "converting", "ready"].contains(&state),
        "{state}"
    );
    let path = made["url"]
        .as_str()
        .unwrap()
        .split_once("/media/")
        .unwrap()
        .1
        .to_owned();
    let early = ada.get(&format!("/media/{path}")).await;
    assert!(
        early.status == 202 && early.header("retry-after") == "5" || early.status == 200,
        "{}",
        early.status
    );
    let id = made["id"].as_str().unwrap();
    for _ in 0..3_600 {
        if ada.get(&format!("/posts/{id}")).await.status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let post = ada.get(&format!("/posts/{id}")).await;
    assert_eq!(post.status, 200, "the id that was promised");
    assert_eq!(post.json()["media"][0]["state"], "ready");
    // One that is deleted while it waits never comes.
    let made = upload().await.json();
    let gone = ada
        .delete(&format!("/posts/{}", made["id"].as_str().unwrap()))
        .await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(
        ada.get("/feeds").await.json()["posts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(ada.get("/drafts").await.json()["drafts"], json!([]));
    house.close().await;
}

#[rocket::async_test]
async fn without_the_program_only_what_browsers_play_is_taken() {
    let place = tempfile::tempdir().unwrap();
    let (Some(mov), Some(hevc), Some(mp4)) = (
        film(place.path(), "a.mov", H264),
        film(place.path(), "b.mp4", HEVC),
        film(place.path(), "c.mp4", H264),
    ) else {
        return;
    };
    let house = House::open_with(&[("video", "off")]).await;
    let ada = house.visitor("ada").await;
    let refused = ada
        .upload("/p", &[("caption", "No")], &[("media", "b.mp4", &hevc)])
        .await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("HEVC"), "{}", refused.body);
    // Both come out as MP4 that begin to play at once, whatever came first in them.
    for (name, bytes) in [("a.mov", &mov), ("c.mp4", &mp4)] {
        let at = |kind: &[u8]| bytes.windows(4).position(|four| four == kind);
        assert!(at(b"moov") > at(b"mdat"), "{name} ends with its index");
        let taken = ada
            .upload("/p", &[("caption", name)], &[("media", name, bytes)])
            .await;
        assert_eq!(taken.status, 303, "{}", taken.body);
        let post = ada.get("/").await.posts()[0].clone();
        let page = ada.get(&format!("/p/{post}")).await.body;
        let key = page
            .split("src=\"/media/")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let served = ada.get(&format!("/media/{key}")).await;
        assert_eq!(served.header("content-type"), "video/mp4");
        let at = |kind: &[u8]| served.bytes.windows(4).position(|four| four == kind);
        assert_eq!(at(b"isom"), Some(8), "{name}");
        assert!(at(b"moov") < at(b"mdat"), "{name}");
        std::fs::write(place.path().join("served.mp4"), &served.bytes).unwrap();
        let whole = Command::new("ffmpeg")
            .args([
                "-v",
                "error",
                "-xerror",
                "-nostdin",
                "-i",
                "served.mp4",
                "-f",
                "null",
                "-",
            ])
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(
            whole.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&whole.stderr)
        );
    }
    house.close().await;
}
