use crate::house::House;
use crate::picture::png;
use crate::visitor::Visitor;

pub async fn posted(house: &House) -> (Visitor, String, String) {
    let ada = house.visitor("ada").await;
    let (id, key) = posted_by(&ada).await;
    (ada, id, key)
}

/// Posts a picture of 900 by 600; the ids of post and picture.
pub async fn posted_by(ada: &Visitor) -> (String, String) {
    let picture = png(900, 600);
    ada.upload(
        "/p",
        &[("caption", "Big")],
        &[("media", "big.png", &picture)],
    )
    .await;
    let id = ada.get("/").await.posts()[0].clone();
    let key = ada.keys(&id).await[0].clone();
    (id, key)
}

#[rocket::async_test]
async fn a_picture_is_served_in_sizes_that_fit_without_a_token() {
    let house = House::open().await;
    let (ada, id, key) = posted(&house).await;
    let card = ada.get("/").await.body;
    for width in [320, 640] {
        assert!(
            card.contains(&format!("/media/tr:w-{width}/{key} {width}w")),
            "{card}"
        );
    }
    assert!(
        card.contains(&format!("/media/tr:f-auto/{key} 900w")) && card.contains("loading=\"lazy\"")
    );
    let stranger = house.stranger();
    let stored = stranger.get(&format!("/media/{key}")).await;
    let same = stranger.get(&format!("/media/tr:f-auto/{key}")).await;
    assert_eq!(same.bytes, stored.bytes, "it is not written once more");
    let webp = stranger.with("accept", "image/webp");
    let webp = webp.get(&format!("/media/tr:f-auto/{key}")).await;
    assert_eq!(webp.header("content-type"), "image/webp");
    let small = stranger.get(&format!("/media/tr:w-320/{key}")).await;
    assert_eq!(
        (small.status, small.header("content-type")),
        (200, "image/png")
    );
    let size = transform::probe(&small.bytes, &Default::default()).unwrap();
    assert_eq!((size.width, size.height), (320, 213));
    let placeholder = stranger.get(&format!("/media/tr:w-24/{key}")).await;
    assert!(placeholder.bytes.len() < 1_000);
    assert_eq!(
        stranger
            .get(&format!("/media/{key}"))
            .await
            .header("content-type"),
        "image/png"
    );
    assert_eq!(ada.get(&format!("/p/{id}")).await.status, 200);
    house.close().await;
}

#[rocket::async_test]
async fn the_full_size_is_for_its_author() {
    let house = House::open().await;
    let (ada, _, key) = posted(&house).await;
    let path = format!("/media/tr:orig-true/{key}");
    let own = ada.get(&path).await;
    assert_eq!(own.status, 200);
    assert!(own.header("content-disposition").starts_with("attachment"));
    assert_eq!(house.visitor("ben").await.get(&path).await.status, 403);
    assert_eq!(house.stranger().get(&path).await.status, 403);
    house.close().await;
}

#[rocket::async_test]
async fn media_answers_are_nothing_but_media() {
    let house = House::open().await;
    let (ada, _, key) = posted(&house).await;
    let answer = ada.get(&format!("/media/{key}")).await;
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; sandbox"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "private, max-age=3600");
    assert!(!answer.headers.contains_key("set-cookie"));
    let etag = answer.header("etag").to_owned();
    assert!(etag.starts_with('"'));
    let again = ada
        .with("if-none-match", &etag)
        .get(&format!("/media/{key}"))
        .await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    house.close().await;
}

#[rocket::async_test]
async fn parts_of_a_file_are_answered_as_players_ask() {
    let house = House::open().await;
    let (ada, _, key) = posted(&house).await;
    let path = format!("/media/{key}");
    let whole = ada.get(&path).await;
    let length = whole.bytes.len();
    let part = ada.with("range", "bytes=0-1").get(&path).await;
    assert_eq!(
        (part.status, part.bytes.as_slice()),
        (206, &whole.bytes[..2])
    );
    assert_eq!(part.header("content-range"), format!("bytes 0-1/{length}"));
    assert_eq!(part.header("content-length"), "2");
    let tail = ada.with("range", "bytes=-5").get(&path).await;
    assert_eq!(tail.bytes, whole.bytes[length - 5..]);
    let beyond = ada.with("range", "bytes=99999999-").get(&path).await;
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, format!("bytes */{length}").as_str())
    );
    let ranged = ada.with("range", "bytes=0-1");
    assert_eq!(
        ranged
            .with("if-range", whole.header("etag"))
            .get(&path)
            .await
            .status,
        206
    );
    assert_eq!(
        ranged.with("if-range", "\"older\"").get(&path).await.status,
        200
    );
    let head = ada.head(&path).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_eq!(head.header("content-length"), length.to_string());
    assert_eq!(head.header("accept-ranges"), "bytes");
    let head = ranged.head(&path).await;
    let length = length.to_string();
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, length.as_str())
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_deleted_post_takes_its_files_and_every_size_along_at_once() {
    let house = House::open().await;
    let (ada, id, key) = posted(&house).await;
    let paths = [
        format!("/media/{key}"),
        format!("/media/tr:w-320/{key}"),
        format!("/media/tr:w-24/{key}"),
    ];
    let mut tags = Vec::new();
    for path in &paths {
        tags.push(ada.get(path).await.header("etag").to_owned());
    }
    assert_eq!(ada.delete(&format!("/p/{id}")).await.status, 303);
    for (path, tag) in paths.iter().zip(tags) {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
        assert_eq!(
            ada.with("if-none-match", &tag).get(path).await.status,
            404,
            "{path}"
        );
    }
    porch::sweep(&house.app).await.unwrap();
    assert_eq!(
        files_in(house.folder.path().join("media")),
        1,
        "the folder's own mark"
    );
    house.close().await;
}

pub fn files_in(folder: std::path::PathBuf) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        count += if path.is_dir() { files_in(path) } else { 1 };
    }
    count
}

#[rocket::async_test]
async fn odd_media_addresses_are_not_found() {
    let house = House::open().await;
    let (_, _, key) = posted(&house).await;
    let stranger = house.stranger();
    for path in [
        "/media/",
        "/media/x.png",
        "/media/..%2f..%2fsecret",
        "/media/%2e%2e/secret",
        "/media/aaaaaaaaaaaaaaaaaaaaaaaaaa.png",
        &format!("/media/other/{key}"),
        &format!("/media/tr:w-24/{key}/x"),
        &format!("/media/{}", key.to_uppercase()),
    ] {
        assert_eq!(stranger.get(path).await.status, 404, "{path}");
    }
    house.close().await;
}

#[rocket::async_test]
async fn a_video_plays_in_the_page_and_loses_its_place() {
    let Ok(samples) = std::env::var("PORCH_SAMPLES") else {
        println!("PORCH_SAMPLES is not set: no real video is tried.");
        return;
    };
    // As it is where there is no ffmpeg; with it see `video.rs`.
    let house = House::open_with(&[("video", "off")]).await;
    let ada = house.visitor("ada").await;
    let read = |name: &str| std::fs::read(format!("{samples}/video/{name}")).unwrap();
    let (film, turned) = (read("location-zero.mp4"), read("rotated-cw90-location.mp4"));
    let placed = |bytes: &[u8]| bytes.windows(4).any(|bytes| bytes == b"loci");
    assert!(placed(&film));
    let files = [
        ("media", "film.mp4", film.as_slice()),
        ("media", "turned.mp4", &turned),
        ("media", "a.webm", &read("gizmo.webm")),
    ];
    assert_eq!(
        ada.upload("/p", &[("caption", "Moving")], &files)
            .await
            .status,
        303
    );
    let page = ada.get("/").await;
    assert!(
        page.body.contains("width=\"320\" height=\"560\""),
        "turned as its matrix says"
    );
    let keys = ada.keys(&page.posts()[0]).await;
    let served = ada.get(&format!("/media/{}", keys[0])).await;
    assert_eq!(served.header("content-type"), "video/mp4");
    assert!(
        served.bytes.len() <= film.len() + 32,
        "nothing but its index moved"
    );
    assert!(!placed(&served.bytes));
    assert_eq!(
        ada.get(&format!("/media/{}", keys[2]))
            .await
            .header("content-type"),
        "video/webm"
    );
    let mov = ada
        .upload(
            "/p",
            &[],
            &[("media", "clip.mov", &read("filetype-sample.mov"))],
        )
        .await;
    assert_eq!(
        mov.status, 303,
        "what is in it plays everywhere: {}",
        mov.body
    );
    house.close().await;
}

#[rocket::async_test]
async fn no_hostile_file_gets_past_a_sentence() {
    let Ok(samples) = std::env::var("PORCH_SAMPLES") else {
        println!("PORCH_SAMPLES is not set: no hostile file is tried.");
        return;
    };
    let house = House::open().await;
    let ada = house
        .visitor("ada")
        .await
        .with("accept", "application/json");
    let mut tried = 0;
    for entry in std::fs::read_dir(format!("{samples}/hostile"))
        .unwrap()
        .flatten()
    {
        let name = entry.file_name().into_string().unwrap();
        let bytes = std::fs::read(entry.path()).unwrap();
        let answer = ada
            .upload("/compose/items", &[], &[("media", &name, &bytes)])
            .await;
        match answer.status {
            200 => {}
            400 | 413 | 415 | 422 => {
                assert!(answer.body.contains("detail"), "{name}: {}", answer.body)
            }
            other => panic!("{name}: {other} {}", answer.body),
        }
        tried += 1;
    }
    assert!(tried > 20);
    assert_eq!(ada.get("/health/ready").await.status, 200);
    house.close().await;
}
