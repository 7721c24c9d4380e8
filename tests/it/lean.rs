//! What goes over a thin line: compressed pages, smaller pictures for who asks to be spared, and the way back to a place.

use std::io::Read;

use crate::house::House;
use crate::picture::{noise, png};
use crate::visitor::{Answer, Visitor};

fn unpacked(answer: &Answer) -> String {
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&answer.bytes[..])
        .read_to_string(&mut text)
        .unwrap();
    text
}

async fn many(visitor: &Visitor, count: usize) {
    for n in 0..count {
        visitor.publish(&format!("No. {n}")).await;
    }
}

#[rocket::async_test]
async fn pages_say_the_same_compressed_as_plain() {
    let house = House::open_with(&[("rate_limit", "off")]).await;
    let ada = house.visitor("ada").await;
    many(&ada, 45).await;
    let lean = ada.with("accept-encoding", "gzip, br");
    let older = ada.get("/").await.older().unwrap();
    let id = ada.get("/").await.posts()[3].clone();
    for round in 0..2 {
        for path in [
            "/",
            &older,
            "/@ada",
            "/settings",
            &format!("/p/{id}/likes"),
            "/login?again=1",
        ] {
            let (plain, packed) = (ada.get(path).await, lean.get(path).await);
            assert_eq!(unpacked(&packed), plain.body, "{path}");
            assert_eq!(plain.header("content-encoding"), "");
            assert!(packed.bytes.len() * 3 < plain.bytes.len() * 2, "{path}");
            assert!(packed.header("vary").contains("Accept-Encoding"));
        }
        // A card that changes is another one in every page, compressed or not.
        if round == 0 {
            let fields = [("caption", "Another text")];
            ada.put(&format!("/p/{id}"), &fields).await;
            let name = [("name", "Somebody else"), ("handle", "ada")];
            ada.put("/settings/profile", &name).await;
            assert!(unpacked(&lean.get("/").await).contains("Another text"));
            let page = unpacked(&lean.get(&older).await);
            assert!(page.contains("Somebody else") && !page.contains(">Ada<"));
        }
    }
    house.close().await;
}

#[rocket::async_test]
async fn who_asks_to_be_spared_gets_smaller_pictures() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let picture = noise(1500, 1000);
    let files = [("media", "a.png", picture.as_slice())];
    ada.upload("/p", &[("caption", "a")], &files).await;
    let id = ada.get("/").await.posts()[0].clone();
    let key = ada.keys(&id).await[0].clone();
    let ada = ada.with("accept", "image/webp,*/*");
    let spared = ada.with("save-data", "on");
    for steps in ["w-640", "w-1080", "w-1280", "f-auto"] {
        let path = format!("/media/tr:{steps}/{key}");
        let (whole, less) = (ada.get(&path).await, spared.get(&path).await);
        assert_eq!((whole.status, less.status), (200, 200), "{steps}");
        let (whole_size, less_size) = (whole.bytes.len(), less.bytes.len());
        assert!(
            less_size * 2 < whole_size,
            "{steps}: {less_size} of {whole_size}"
        );
        assert!(less.header("vary").contains("Save-Data"));
        assert_ne!(whole.header("etag"), less.header("etag"));
    }
    // What somebody asks for by its address, or saves, is what they get.
    for path in [
        format!("/media/tr:w-700/{key}"),
        format!("/media/tr:f-auto/{key}?ik-attachment=true"),
    ] {
        assert_eq!(ada.get(&path).await.bytes, spared.get(&path).await.bytes);
    }
    house.close().await;
}

#[rocket::async_test]
async fn one_page_leads_back_to_a_place_far_down() {
    let house = House::open_with(&[("rate_limit", "off")]).await;
    let ada = house.visitor("ada").await;
    many(&ada, 230).await;
    let first = ada.get("/").await;
    let mut shown = first.posts();
    let mut older = first.older().unwrap();
    let mut last = String::new();
    for _ in 0..2 {
        let page = ada.get(&older).await;
        last = page.body.rsplit("data-k=\"").next().unwrap()[..53].to_owned();
        shown.extend(page.posts());
        older = page.older().unwrap();
    }
    let begin = first.older().unwrap();
    let page = ada.get(&format!("{begin}&through={last}")).await;
    assert_eq!(page.posts(), shown[20..]);
    assert_eq!(page.older().unwrap(), older);
    // As many as a page may hold, and no further.
    let end = "0000000000000001-00000000-0000-7000-8000-000000000000";
    let page = ada.get(&format!("{begin}&through={end}")).await;
    assert_eq!(page.posts().len(), 200);
    assert!(page.older().is_some());
    let mine = ada
        .get(&format!("/@ada/posts?before={last}&through={end}"))
        .await;
    assert_eq!(mine.posts().len(), 170);
    for bad in ["x", "1-2", ""] {
        let path = format!("{begin}&through={bad}");
        assert_eq!(ada.get(&path).await.status, 404, "{bad}");
    }
    house.close().await;
}

#[rocket::async_test]
async fn each_picture_of_a_post_has_a_page() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let (picture, other) = (png(30, 20), png(30, 21));
    let files = [
        ("media", "a.png", picture.as_slice()),
        ("media", "b.png", other.as_slice()),
    ];
    let fields = [("caption", "Two <i>"), ("alt", "a pear"), ("alt", "two")];
    ada.upload("/p", &fields, &files).await;
    let id = ada.get("/").await.posts()[0].clone();
    let page = ada.get(&format!("/p/{id}/1")).await;
    assert!(page.body.contains("alt=\"a pear\"") && page.body.contains("Two &lt;i&gt;"));
    assert!(page.body.contains(&format!("href=\"/p/{id}/2\"")));
    assert!(!page.body.contains(&format!("href=\"/p/{id}/0\"")));
    for bad in ["0", "3", "x", "1e3", "-1", "99999999999999999999"] {
        let answer = ada.get(&format!("/p/{id}/{bad}")).await;
        assert_eq!(answer.status, 404, "{bad}");
    }
    let stranger = Visitor::new(&house.url).get(&format!("/p/{id}/1")).await;
    assert_eq!(stranger.status, 303);
    house.close().await;
}
