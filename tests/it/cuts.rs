//! Videos transformed as they are asked for. Where there is no ffmpeg, nothing of this can be tried.

use std::time::Duration;

use crate::house::House;
use crate::video::{H264, film, film_of, posts_of};
use crate::visitor::{Answer, Visitor};

/// The old application's address of a video.
const OLD: &str = "tr:w-400,h-200,cm-pad_resize,bg-blurred";

/// A member who has posted this film, and its key.
async fn posted(house: &House, name: &str, bytes: &[u8]) -> (Visitor, String) {
    let ada = house.visitor("ada").await;
    let answer = ada
        .upload("/p", &[("caption", "Moving")], &[("media", name, bytes)])
        .await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let post = posts_of(&ada, 1).await[0].clone();
    let page = ada.get(&format!("/p/{post}")).await.body;
    let key = page
        .split("/media/")
        .skip(1)
        .filter_map(|part| part.split(['"', '/', ' ']).next())
        .find(|key| key.len() > 26 && !key.starts_with("tr:"))
        .expect("a key")
        .to_owned();
    (ada, key)
}

async fn with(visitor: &Visitor, header: (&'static str, &str), path: &str) -> Answer {
    visitor.with(header.0, header.1).get(path).await
}

#[rocket::async_test]
async fn a_video_is_cut_as_its_address_says_and_kept() {
    let place = tempfile::tempdir().unwrap();
    let Some(bytes) = film(place.path(), "a.mp4", H264) else {
        return;
    };
    let house = House::open_with(&[("rate_limit", "on")]).await;
    let (ada, key) = posted(&house, "a.mp4", &bytes).await;
    let stranger = house.stranger();
    let old = format!("/media/{OLD}/{key}");
    let made = stranger.get(&old).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.header("content-type"), "video/mp4");
    assert_ne!(made.bytes.len(), bytes.len());
    assert_eq!(&made.bytes[4..8], b"ftyp");
    let again = stranger.get(&old).await;
    assert_eq!(again.bytes, made.bytes, "made once");
    assert_eq!(again.header("etag"), made.header("etag"));
    // A player's questions.
    for (range, status, part) in [
        ("bytes=0-1", 206, Some("bytes 0-1/")),
        ("bytes=-5", 206, Some("bytes ")),
        ("bytes=99999999-", 416, Some("bytes */")),
        ("bytes=0-1,4-5", 200, None),
    ] {
        let answer = with(&stranger, ("range", range), &old).await;
        assert_eq!(answer.status, status, "{range}");
        assert!(
            answer
                .header("content-range")
                .starts_with(part.unwrap_or("")),
            "{range}"
        );
    }
    let (sound, silent) = (
        ada.get(&format!("/media/tr:vc-none/{key}")).await,
        ada.get(&format!("/media/tr:ac-none/{key}")).await,
    );
    assert_eq!((sound.status, silent.status), (200, 200));
    let says = |answer: &Answer, what: &[u8]| answer.bytes.windows(4).any(|four| four == what);
    assert!(says(&sound, b"soun") && !says(&sound, b"vide"));
    assert!(says(&silent, b"vide") && !says(&silent, b"soun"));
    // How it is made, and what is not made of a video.
    let told = ada
        .get(&format!("/media/tr:w-160,so-1/{key}?explain=1"))
        .await;
    let told: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(told["output"]["width"], 160);
    assert_eq!(told["output"]["seconds"], 1.0);
    assert_eq!(
        told["graph"],
        "[0:v]scale=160:90:flags=bicubic,format=yuv420p,setsar=1[v]"
    );
    for (steps, said) in [
        ("f-jpg", "auto, mp4 or webm"),
        ("e-grayscale", "on a video"),
        ("l-video,i-a,l-end", "l-"),
        ("so-99", "seconds are over"),
        ("so-1.99", "nothing of the video"),
        ("w-1,h-65535", "8192 pixels"),
    ] {
        let refused = ada.get(&format!("/media/tr:{steps}/{key}")).await;
        assert_eq!(refused.status, 400, "{steps}: {}", refused.body);
        assert!(refused.body.contains(said), "{steps}: {}", refused.body);
    }
    // What is deleted is gone with all its cuts.
    let post = ada.get("/").await.posts()[0].clone();
    ada.delete(&format!("/p/{post}")).await;
    assert_eq!(stranger.get(&old).await.status, 404);
    house.close().await;
}

#[rocket::async_test]
async fn any_moment_of_a_video_is_a_picture() {
    let place = tempfile::tempdir().unwrap();
    // Black after a second.
    let dark = format!("{H264} -vf drawbox=c=black:t=fill:enable='gt(t\\,1)'");
    let Some(bytes) = film(place.path(), "a.mp4", &dark) else {
        return;
    };
    let house = House::open().await;
    let (ada, key) = posted(&house, "a.mp4", &bytes).await;
    let picture = async |steps: &str| {
        let path = format!("/media/{key}/ik-thumbnail.jpg?tr={steps}");
        let answer = ada.get(&path).await;
        assert_eq!(answer.status, 200, "{steps}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "image/png", "{steps}");
        let decoder = png::Decoder::new(std::io::Cursor::new(answer.bytes.to_vec()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let light = pixels.iter().map(|c| u64::from(*c)).sum::<u64>() / pixels.len() as u64;
        ((info.width, info.height), light)
    };
    // Whoever is not signed in holds one place, and the moment is made within it.
    let path = format!("/media/{key}/ik-thumbnail.jpg?tr=so-0.5,w-90");
    let stranger = house.stranger().get(&path).await;
    assert_eq!(stranger.status, 200, "{}", stranger.body);
    let (size, light) = picture("w-100,f-png").await;
    assert_eq!(size.0, 100);
    assert!(light > 60, "the poster is bright: {light}");
    let (size, light) = picture("so-1.5,w-100,h-40,f-png").await;
    assert_eq!(size, (100, 40));
    assert!(light < 20, "it is black by then: {light}");
    let (_, light) = picture("so-idu_div_4,w-100,f-png").await;
    assert!(light > 60, "{light}");
    // Beyond the end it is the last.
    let (_, light) = picture("so-99,w-100,f-png").await;
    assert!(light < 20, "{light}");
    house.close().await;
}

#[rocket::async_test]
async fn what_takes_long_is_made_meanwhile_and_no_player_breaks() {
    let place = tempfile::tempdir().unwrap();
    let long = ("-f lavfi -i testsrc2=s=320x180:r=2:d=240", H264);
    let Some(bytes) = film_of(place.path(), "a.mp4", long) else {
        return;
    };
    let house = House::open().await;
    let (ada, key) = posted(&house, "a.mp4", &bytes).await;
    let path = format!("/media/tr:w-300/{key}");
    let stranger = house.stranger().get(&path).await;
    assert_eq!(stranger.status, 403, "a minute at most");
    // The old application's page asks without a token, and its player gets a video at any length.
    let old = with(
        &house.stranger(),
        ("sec-fetch-dest", "video"),
        &format!("/media/{OLD}/{key}"),
    )
    .await;
    assert!(
        [200, 302].contains(&old.status),
        "{}: {}",
        old.status,
        old.body
    );
    let program = ada.with("accept", "application/json");
    let early = program.get(&path).await;
    assert_eq!(early.status, 202, "{}", early.body);
    let wait: u64 = early.header("retry-after").parse().unwrap();
    assert!((2..=60).contains(&wait), "{wait}");
    let told: serde_json::Value = serde_json::from_str(&early.body).unwrap();
    assert!(told["detail"].as_str().unwrap().contains("Ask again"));
    let poster = told["poster"].as_str().unwrap();
    assert_eq!(ada.get(poster).await.status, 200);
    for header in [("sec-fetch-dest", "video"), ("range", "bytes=0-")] {
        let answer = with(&ada, header, &path).await;
        if answer.status == 302 {
            assert_eq!(answer.header("cache-control"), "no-store");
            let instead = ada.get(answer.header("location")).await;
            assert_eq!(instead.header("content-type"), "video/mp4");
        }
    }
    // However often it is asked for it is made once.
    let jobs = house.app.jobs.list(None, 100).await.unwrap();
    let cuts = jobs
        .iter()
        .filter(|job| job.payload.contains("w-300"))
        .count();
    assert!(cuts <= 1, "{cuts}");
    let mut status = 0;
    for _ in 0..2400 {
        status = program.get(&path).await.status;
        if status != 202 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(status, 200);
    house.close().await;
}

#[rocket::async_test]
async fn cuts_have_bounds_and_what_failed_says_so() {
    let place = tempfile::tempdir().unwrap();
    let Some(bytes) = film(place.path(), "a.mp4", H264) else {
        return;
    };
    let house = House::open().await;
    let (ada, key) = posted(&house, "a.mp4", &bytes).await;
    let ada = ada.with("accept", "application/json");
    let change = async |sql: &'static str, given: i64| {
        let mut tx = house.app.db.write().await.unwrap();
        let query = sqlx::query(sql).bind(given);
        query.execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    let lasts = |hours: i64| {
        change(
            "update media set duration_ms = 3600000 * cast($1 as bigint)",
            hours,
        )
    };
    lasts(100).await;
    let endless = ada.get(&format!("/media/tr:w-100/{key}")).await;
    assert_eq!(endless.status, 400, "{}", endless.body);
    assert!(
        endless.body.contains("more than half an hour"),
        "{}",
        endless.body
    );
    // As long as what a hundred others ask for waits, nothing more is put in.
    lasts(1).await;
    let mut tx = house.app.db.write().await.unwrap();
    for n in 0..100 {
        let sql = "insert into jobs (id, kind, payload, state, run_at, created_at)
                   values ($1, 'video.cut', '{}', 'waiting', 9000000000000000, 0)";
        let id = format!("00000000-0000-7000-8000-{n:012}");
        sqlx::query(sql).bind(id).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let many = ada.get(&format!("/media/tr:w-100/{key}")).await;
    assert_eq!(many.status, 503, "{}", many.body);
    assert!(
        many.body.contains("Many videos are being cut"),
        "{}",
        many.body
    );
    change("delete from jobs where run_at > $1", 8_000_000_000_000_000).await;
    // It ends sooner than it says: what cannot be made says so, and is not tried at every question.
    let path = format!("/media/tr:w-100,so-100/{key}");
    let mut answer = ada.get(&path).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    for _ in 0..2400 {
        answer = ada.get(&path).await;
        if answer.status != 202 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.body.contains("could not be made"), "{}", answer.body);
    house.close().await;
}

#[rocket::async_test]
async fn an_animation_is_a_video_where_that_is_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let moving = ("-f lavfi -i testsrc2=s=64x48:r=10:d=1", "");
    let mut tried = false;
    for (name, how) in [
        ("a.gif", ""),
        ("b.png", "-f apng -plays 0"),
        ("c.webp", "-c:v libwebp_anim -loop 0"),
    ] {
        let Some(bytes) = film_of(place.path(), name, (moving.0, how)) else {
            return;
        };
        let house = House::open().await;
        let (ada, key) = posted(&house, name, &bytes).await;
        for address in [
            format!("/media/tr:w-40,f-mp4/{key}"),
            format!("/media/{key}/ik-gif-video.mp4?tr=w-40"),
        ] {
            let made = ada.get(&address).await;
            assert_eq!(made.status, 200, "{name}: {}", made.body);
            assert_eq!(made.header("content-type"), "video/mp4", "{name}");
            tried = true;
        }
        let still = ada.publish("Still").await;
        let still = ada.keys(&still).await.remove(0);
        let refused = ada.get(&format!("/media/tr:f-mp4/{still}")).await;
        assert_eq!(refused.status, 400);
        assert!(refused.body.contains("does not move"), "{}", refused.body);
        house.close().await;
    }
    assert!(tried);
}

#[rocket::async_test]
async fn a_long_video_is_streamed_in_sizes_without_being_made_anew() {
    let place = tempfile::tempdir().unwrap();
    let long = (
        "-f lavfi -i testsrc2=s=960x540:r=10:d=8 -f lavfi -i sine=f=440:r=48000:d=8",
        H264,
    );
    let keyframes = format!("{} -g 20", long.1);
    let Some(bytes) = film_of(place.path(), "a.mp4", (long.0, &keyframes)) else {
        return;
    };
    let house = House::open().await;
    let (ada, key) = posted(&house, "a.mp4", &bytes).await;
    for _ in 0..2400 {
        if house.app.jobs.list(None, 10).await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let list = async |steps: &str| {
        let answer = ada
            .get(&format!("/media/{key}/ik-master.m3u8?tr={steps}"))
            .await;
        assert_eq!(answer.status, 200, "{steps}: {}", answer.body);
        assert_eq!(
            answer.header("content-type"),
            "application/vnd.apple.mpegurl"
        );
        let sizes: Vec<String> = answer
            .body
            .split("RESOLUTION=")
            .skip(1)
            .map(|rest| rest.lines().next().unwrap().to_owned())
            .collect();
        (sizes, answer.body)
    };
    let (sizes, text) = list("sr-480_1080").await;
    let page = ada.get("/").await.body;
    assert!(
        page.contains(&format!("/media/{key}/ik-small.mp4")),
        "its card knows of the small size"
    );
    // What is larger than it is gives the whole of it: 540 lines are a rung of 720.
    assert_eq!(sizes, ["854x480", "960x540"], "{text}");
    let (sizes, _) = list("sr-240_480_720_1080_2160").await;
    assert_eq!(sizes, ["426x240", "854x480", "960x540"]);
    for stream in text.lines().filter(|line| line.starts_with('/')) {
        let segments = ada.get(stream).await;
        assert_eq!(segments.status, 200, "{stream}: {}", segments.body);
        assert!(
            segments
                .body
                .contains("#EXT-X-MAP:URI=\"ik-stream.mp4\",BYTERANGE="),
            "{}",
            segments.body
        );
        assert!(segments.body.contains("#EXT-X-ENDLIST"));
        let lengths = segments
            .body
            .lines()
            .filter_map(|line| line.strip_prefix("#EXTINF:"));
        let seconds: f64 = lengths
            .map(|line| line.trim_end_matches(',').parse::<f64>().unwrap())
            .sum();
        assert!((seconds - 8.0).abs() < 0.5, "{seconds}");
        let file = stream.replace("ik-stream.m3u8", "ik-stream.mp4");
        let part = with(&ada, ("range", "bytes=4-7"), &file).await;
        assert_eq!((part.status, &*part.bytes), (206, &b"ftyp"[..]));
    }
    // Who asks goes along with each address in a list.
    let ask = format!("/media/{key}/ik-master.m3u8?tr=sr-480&pt=a.b.c");
    let named = ada.get(&ask).await.body;
    let stream = named.lines().find(|line| line.starts_with('/')).unwrap();
    assert!(stream.ends_with("?pt=a.b.c"), "{named}");
    let segments = ada.get(stream).await.body;
    assert!(segments.contains("URI=\"ik-stream.mp4?pt=a.b.c\""));
    let dash = ada
        .get(&format!("/media/{key}/ik-master.mpd?tr=sr-480"))
        .await;
    assert_eq!(dash.status, 404);
    assert!(dash.body.contains("ik-master.m3u8"), "{}", dash.body);
    for steps in ["sr-100", "sr-480_", "w-100,sr-481"] {
        let wrong = ada
            .get(&format!("/media/{key}/ik-master.m3u8?tr={steps}"))
            .await;
        assert_eq!(wrong.status, 400, "{steps}");
    }
    let none = ada
        .get(&format!("/media/tr:sr-2160/{key}/ik-stream.m3u8"))
        .await;
    assert_eq!(none.status, 404);
    house.close().await;
}
