//! One draft, or one post, in two pages at once; and a deletion whose job is interfered with.

use std::time::Duration;

use crate::drafts::{KEY, chosen, keep};
use crate::house::House;
use crate::media::files_in;
use crate::picture::fresh;

#[rocket::async_test]
async fn two_pages_with_one_draft_lose_nothing_of_each_other() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let (first, second) = (chosen(&ada, KEY).await, chosen(&ada, KEY).await);
    assert_eq!(keep(&ada, KEY, "Of one page", &[&first]).await, 204);
    // What the other page does not say stays: words, files and their descriptions.
    let alt = format!("alt-{second}");
    let fields = [("key", KEY), ("item", &second), (&alt, "a pear")];
    assert_eq!(ada.put("/compose/draft", &fields).await.status, 204);
    let fields = [("key", KEY), ("item", &first), ("item", &second)];
    assert_eq!(ada.put("/compose/draft", &fields).await.status, 204);
    let page = ada.get(&format!("/compose?draft={KEY}")).await.body;
    for kept in ["Of one page", "a pear", &first, &second] {
        assert!(page.contains(kept), "{kept}");
    }
    // The first page knows its own picture only.
    let fields = [("key", KEY), ("caption", "Out"), ("item", &first)];
    assert_eq!(ada.upload("/p", &fields, &[]).await.status, 303);
    let left = ada.get("/compose").await.body;
    assert!(left.contains(&second) && left.contains("a pear"), "{left}");
    // The second page goes on with the old key, by script and without.
    let gone = ada
        .with("accept", "application/json")
        .put("/compose/draft", &[("key", KEY), ("caption", "More")])
        .await;
    assert_eq!(gone.status, 410);
    assert!(gone.body.contains(&first), "{}", gone.body);
    let fields = [("key", KEY), ("caption", "More"), ("item", &second)];
    let shown = ada.upload("/p", &fields, &[]).await;
    assert_eq!(shown.status, 422);
    assert!(
        shown.body.contains("posted from another page")
            && shown.body.contains("More")
            && shown.body.contains(&second)
    );
    let key = shown.between("name=\"key\" value=\"", "\"").to_owned();
    assert_ne!(key, KEY);
    assert!(ada.get("/compose").await.body.contains("More"));
    let fields = [("key", &*key), ("caption", "More"), ("item", &second)];
    assert_eq!(ada.upload("/p", &fields, &[]).await.status, 303);
    assert_eq!(ada.get("/").await.captions(), ["More", "Out"]);
    // The very same once more, after its post was deleted, is no success.
    let id = ada.get("/").await.posts()[0].clone();
    ada.htmx().delete(&format!("/p/{id}")).await;
    assert_eq!(ada.upload("/p", &fields, &[]).await.status, 422);
    house.close().await;
}

#[rocket::async_test]
async fn an_edit_over_the_edit_of_another_page_is_shown_first() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let id = ada.publish("First").await;
    let (path, edit) = (format!("/p/{id}"), format!("/p/{id}/edit"));
    let page = ada.get(&edit).await;
    let seen = page.between("name=\"seen\" value=\"", "\"").to_owned();
    let item = page.between("name=\"item\" value=\"", "\"").to_owned();
    // Another page adds a picture and changes the words; open feeds get the new card.
    house.settled().await;
    let mut socket = ben.listen(&ben.get("/").await.cursor()).await;
    let picture = fresh();
    let fields = [("seen", &*seen), ("caption", "Second"), ("item", &item)];
    let files = [("media", "b.png", &*picture)];
    assert_eq!(ada.upload(&path, &fields, &files).await.status, 303);
    let frame = socket.act().await;
    assert_eq!(
        (&frame["op"], &frame["id"]),
        (&"put".into(), &format!("p-{id}").into())
    );
    assert_eq!(ada.keys(&id).await.len(), 2);
    let fields = [("seen", &*seen), ("caption", "Third"), ("item", &item)];
    let shown = ada.upload(&path, &fields, &[]).await;
    assert_eq!(shown.status, 422);
    assert!(shown.body.contains("changed on another page") && shown.body.contains("Third"));
    assert_eq!(
        shown.body.matches("name=\"item\"").count(),
        2,
        "what was added is there"
    );
    assert_eq!(ada.keys(&id).await.len(), 2);
    let seen = shown.between("name=\"seen\" value=\"", "\"").to_owned();
    let fields = [("seen", &*seen), ("caption", "Third"), ("item", &item)];
    assert_eq!(ada.upload(&path, &fields, &[]).await.status, 303);
    assert_eq!(ada.keys(&id).await.len(), 1);
    // Words alone change where they stand.
    socket.act().await;
    let edited = ada.put(&path, &[("caption", "Fourth")]).await;
    assert_eq!(edited.status, 303);
    assert_eq!(socket.act().await["op"], "fill");
    house.close().await;
}

#[rocket::async_test]
async fn a_deleted_post_goes_in_the_end_whatever_becomes_of_its_job() {
    let house = House::open().await;
    let (ada, mo) = (house.visitor("ada").await, house.signed_in("mo").await);
    let media = house.folder.path().join("media");
    for (how, method) in [("tried at once", "put"), ("taken out", "delete")] {
        let id = ada.publish("Mine").await;
        ada.htmx().delete(&format!("/p/{id}")).await;
        let page = mo.get("/admin/jobs").await;
        let job = page.between("action=\"/admin/jobs/", "\"").to_owned();
        let path = format!("/admin/jobs/{job}");
        let answer = match method {
            "put" => mo.put(&path, &[]).await,
            _ => mo.delete(&path).await,
        };
        assert_eq!(answer.status, 303, "{how}");
        // It can still be brought back, and goes later.
        let back = format!("/p/{id}/deletion");
        assert_eq!(ada.htmx().delete(&back).await.status, 200, "{how}");
        ada.htmx().delete(&format!("/p/{id}")).await;
        if method == "delete" {
            let page = mo.get("/admin/jobs").await;
            let job = page.between("action=\"/admin/jobs/", "\"").to_owned();
            mo.delete(&format!("/admin/jobs/{job}")).await;
        }
        house.clock.advance(Duration::from_secs(2 * 3_600));
        porch::sweep(&house.app).await.unwrap();
        for _ in 0..200 {
            if files_in(media.clone()) == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(files_in(media.clone()), 1, "{how}");
    }
    house.close().await;
}
