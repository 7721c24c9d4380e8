//! How much a member's files may take, and the same file twice.

use reqwest::Method;

use crate::client::Client;
use crate::house::House;
use crate::media::files_in;
use crate::uploads::{KEY, begun, piece, taken};

#[rocket::async_test]
async fn a_member_s_files_have_a_quota_by_every_way_in() {
    let house = House::open_with(&[("quota", "5MB")]).await;
    let ada = Client::member(&house, "ada").await;
    let visitor = house.signed_in("ada").await;
    let storage = async || ada.get("/users/me/storage").await.json();
    assert_eq!(
        storage().await,
        serde_json::json!({ "used": 0, "quota": 5 << 20 })
    );
    // By pieces: what is on its way counts.
    let path = begun(&ada, 3 << 20).await.header("location").to_owned();
    assert_eq!(storage().await["used"], 3 << 20);
    let more = begun(&ada, 3 << 20).await;
    assert_eq!(more.status, 413, "{}", more.text);
    assert!(
        more.text
            .contains("a.png: 3 MB do not fit into your space here, of which 3 of 5 MB are used"),
        "{}",
        more.text
    );
    // What was announced is not counted twice when it comes.
    let (size, whole) = (3 << 20, crate::uploads::large());
    assert!(whole.len() > size);
    let request = ada
        .request(Method::DELETE, &path)
        .header("tus-resumable", "1.0.0");
    assert_eq!(ada.send(request).await.status, 204);
    let path = begun(&ada, whole.len()).await.header("location").to_owned();
    assert_eq!(piece(&ada, &path, 0, &whole).await.status, 204);
    let came = taken(&ada, &path).await;
    assert_eq!(came.status, 200, "{}", came.text);
    assert_eq!(
        ada.delete("/drafts/abcdefghijklmnopqrstuvwxyz")
            .await
            .status,
        204
    );
    let path = begun(&ada, 3 << 20).await.header("location").to_owned();
    // By a form, refused by its length, and by the file itself where several come together.
    let picture = crate::picture::noise(900, 900);
    assert!(
        (2 << 20..3 << 20).contains(&picture.len()),
        "{}",
        picture.len()
    );
    let early = visitor
        .upload(
            "/p",
            &[("caption", "Big")],
            &[("media", "b.png", &picture), ("media", "c.png", &picture)],
        )
        .await;
    assert_eq!(early.status, 413, "{}", early.body);
    assert!(
        early.body.contains("do not fit into your space"),
        "{}",
        early.body
    );
    let sheet = visitor.get("/compose").await.body;
    assert!(
        sheet.contains("Of your space here 3 of 5 MB are used."),
        "it stands beside the picker"
    );
    assert!(sheet.contains(&format!("data-left=\"{}\"", 2 << 20)));
    // What is let go of is free again.
    let request = ada
        .request(Method::DELETE, &path)
        .header("tus-resumable", "1.0.0");
    assert_eq!(ada.send(request).await.status, 204);
    let taken = visitor
        .upload(
            "/p",
            &[("caption", "Fits")],
            &[("media", "b.png", &picture)],
        )
        .await;
    assert_eq!(taken.status, 303, "{}", taken.body);
    let used = storage().await["used"].as_u64().unwrap();
    assert!((2 << 20..3 << 20).contains(&used), "{used}");
    // Of two that come in one moment and fit alone one is taken.
    let draft = |n: u8| {
        let (visitor, mut other) = (&visitor, crate::picture::noise(900, 900));
        other.push(n);
        async move {
            let path = "/compose/items";
            visitor
                .upload(path, &[], &[("media", "d.png", &other)])
                .await
                .status
        }
    };
    let mut statuses = vec![draft(1).await, draft(2).await];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 413]);
    house.close().await;
}

#[rocket::async_test]
async fn the_same_file_sent_twice_into_a_draft_is_one() {
    let house = House::open().await;
    let visitor = house.visitor("ada").await;
    let picture = crate::picture::noise(60, 40);
    let fields = [("key", KEY)];
    let take = async |name: &str, bytes: &[u8]| {
        let json = visitor.with("accept", "application/json");
        let answer = json
            .upload("/compose/items", &fields, &[("media", name, bytes)])
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.between("data-item=\"", "\"").to_owned()
    };
    let first = take("a.png", &picture).await;
    assert_eq!(take("renamed.png", &picture).await, first);
    assert_ne!(take("b.png", &crate::picture::noise(61, 40)).await, first);
    let kept = files_in(house.folder.path().join("media/originals"));
    assert_eq!(kept, 2, "no file is left of the second");
    // In pieces, too.
    let ada = Client::new(&house)
        .logged_in("ada@example.org", crate::house::PASSWORD)
        .await;
    let path = begun(&ada, picture.len())
        .await
        .header("location")
        .to_owned();
    piece(&ada, &path, 0, &picture).await;
    assert!(taken(&ada, &path).await.text.contains(&first));
    // In one form without script it is refused with a sentence, and the other is there.
    let files = [("media", "x.png", &*picture), ("media", "y.png", &*picture)];
    let twice = visitor
        .upload(
            "/p",
            &[("caption", "Twice"), ("key", "other-key-0123456789")],
            &files,
        )
        .await;
    assert_eq!(twice.status, 422);
    assert!(
        twice.body.contains("This file is in here already"),
        "{}",
        twice.body
    );
    assert!(twice.body.contains("x.png") && twice.body.contains("y.png"));
    house.close().await;
}

#[rocket::async_test]
async fn what_a_conversion_makes_counts_too() {
    let place = tempfile::tempdir().unwrap();
    let still = "-f lavfi -i color=black:s=64x64:r=1:d=400 -f lavfi -i anoisesrc=d=400:a=0.3";
    let coded = "-c:v libvpx -b:v 5k -c:a libopus -b:a 6k";
    let Some(bytes) = crate::video::film_of(place.path(), "hush.webm", (still, coded)) else {
        return;
    };
    let house = House::open_with(&[("quota", "2MB")]).await;
    let ada = Client::member(&house, "ada").await;
    let part = reqwest::multipart::Part::bytes(bytes).file_name("hush.webm");
    let form = reqwest::multipart::Form::new()
        .part("file", part)
        .text("caption", "");
    let sent = ada
        .send(ada.request(Method::POST, "/upload").multipart(form))
        .await;
    assert_eq!(sent.status, 200, "{}", sent.text);
    let reason = loop {
        let waiting = ada.get("/waiting").await.json();
        let medium = waiting["posts"][0]["media"][0].clone();
        assert!(!medium.is_null(), "it went out: {waiting}");
        if medium["state"] == "failed" {
            break medium["reason"].as_str().unwrap().to_owned();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!(
        reason.contains("do not fit into your space here"),
        "{reason}"
    );
    let used = ada.get("/users/me/storage").await.json()["used"]
        .as_u64()
        .unwrap();
    assert!(used < 2 << 20, "{used}");
    for made in ["originals", "small"] {
        let left = files_in(house.folder.path().join("media").join(made));
        assert_eq!(left, 0, "{made}: what does not count is not kept");
    }
    house.close().await;
}
