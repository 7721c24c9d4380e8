//! Drafts and deletions that are taken back, as programs with patience meet them.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use futures::future::join_all;

use crate::client::Client;
use crate::house::House;
use crate::media::files_in;
use crate::picture::fresh;
use crate::visitor::Visitor;

pub const KEY: &str = "abcdefghijklmnopqrstuvwxyz";

/// Chooses a picture for the draft; its id.
pub async fn chosen(visitor: &Visitor, key: &str) -> String {
    let picture = fresh();
    let answer = visitor
        .with("accept", "application/json")
        .upload(
            "/compose/items",
            &[("key", key)],
            &[("media", "a.png", &picture)],
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.between("data-item=\"", "\"").to_owned()
}

pub async fn keep(visitor: &Visitor, key: &str, caption: &str, items: &[&str]) -> u16 {
    let mut fields = vec![("key", key), ("caption", caption)];
    fields.extend(items.iter().map(|item| ("item", *item)));
    visitor.put("/compose/draft", &fields).await.status
}

#[rocket::async_test]
async fn a_file_is_in_its_draft_before_its_sender_hears_of_it_and_stays_until_it_is_thrown_away() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let item = chosen(&ada, KEY).await;
    // The page that chose it was closed; another one knows nothing of it.
    assert_eq!(keep(&ada, KEY, "Words", &[]).await, 204);
    let page = ada.get("/compose").await;
    assert!(page.body.contains(&item) && page.body.contains("Words"));
    // Longer than what is staged and forgotten is kept.
    house.clock.advance(Duration::from_secs(3 * 86_400));
    porch::sweep(&house.app).await.unwrap();
    assert!(ada.get("/compose").await.body.contains(&item));
    let gone = ada.delete(&format!("/compose/drafts/{KEY}")).await;
    assert_eq!(gone.status, 303);
    assert!(!ada.get("/compose").await.body.contains(&item));
    porch::sweep(&house.app).await.unwrap();
    assert_eq!(files_in(house.folder.path().join("media")), 1);
    house.close().await;
}

#[rocket::async_test]
async fn what_nobody_touches_for_a_month_goes_with_its_files() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    chosen(&ada, KEY).await;
    house.clock.advance(Duration::from_secs(31 * 86_400));
    porch::sweep(&house.app).await.unwrap();
    porch::sweep(&house.app).await.unwrap();
    assert_eq!(files_in(house.folder.path().join("media")), 1);
    house.close().await;
}

#[rocket::async_test]
async fn a_draft_becomes_its_post_once_and_what_comes_late_changes_nothing() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let item = chosen(&ada, KEY).await;
    let fields = [("key", KEY), ("caption", "Out"), ("item", &item)];
    for _ in 0..2 {
        assert_eq!(ada.upload("/p", &fields, &[]).await.status, 303);
    }
    assert_eq!(ada.get("/").await.posts().len(), 1);
    assert_eq!(keep(&ada, KEY, "Late", &[&item]).await, 410);
    let page = ada.get("/compose").await;
    assert!(!page.body.contains("Late") && !page.body.contains(&item));
    house.close().await;
}

#[rocket::async_test]
async fn a_member_keeps_ten_drafts_and_is_told_so() {
    let house = House::open_with(&[("rate_limit", "off")]).await;
    let ada = house.visitor("ada").await;
    for n in 0..6 {
        let key = format!("{KEY}{n}");
        assert_eq!(keep(&ada, &key, &format!("No. {n}"), &[]).await, 204);
    }
    // Also of those that come in one moment.
    let together =
        join_all((10..20).map(async |n| keep(&ada, &format!("{KEY}{n}"), "At once", &[]).await))
            .await;
    assert_eq!(together.iter().filter(|status| **status == 204).count(), 4);
    let refused = ada
        .with("accept", "application/json")
        .put("/compose/draft", &[("key", KEY), ("caption", "One more")])
        .await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("10 drafts"), "{}", refused.body);
    // Those that are there go on, and an empty one is none.
    assert_eq!(keep(&ada, &format!("{KEY}3"), "Another", &[]).await, 204);
    assert_eq!(keep(&ada, &format!("{KEY}4"), "", &[]).await, 204);
    assert_eq!(keep(&ada, KEY, "One more", &[]).await, 204);
    // Of files a draft holds twice what a post does.
    for _ in 0..25 {
        chosen(&ada, KEY).await;
    }
    let page = ada.get(&format!("/compose?draft={KEY}")).await;
    assert_eq!(page.body.matches("name=\"item\"").count(), 20);
    house.close().await;
}

#[rocket::async_test]
async fn nobody_reads_changes_or_empties_the_draft_of_another() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let item = chosen(&ada, KEY).await;
    assert_eq!(keep(&ada, KEY, "Mine", &[&item]).await, 204);
    assert_eq!(keep(&ben, KEY, "Yours", &[]).await, 404);
    let path = format!("/compose?draft={KEY}");
    assert!(!ben.get(&path).await.body.contains("Mine"));
    assert_eq!(
        ben.delete(&format!("/compose/drafts/{KEY}")).await.status,
        303
    );
    // Named in a draft of his, the picture stays where it is.
    let his = format!("{KEY}2");
    assert_eq!(keep(&ben, &his, "Stolen", &[&item]).await, 204);
    assert!(!ben.get("/compose").await.body.contains(&item));
    let page = ada.get(&path).await;
    assert!(page.body.contains(&item) && page.body.contains("Mine"));
    for bad in ["short", "../../../../etc/passwd", &"x".repeat(65), ""] {
        assert_eq!(keep(&ada, bad, "Words", &[]).await, 404, "{bad}");
    }
    house.close().await;
}

#[rocket::async_test]
async fn a_deletion_is_taken_back_for_ten_seconds_and_by_its_author_alone() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let id = ada.publish("Mine").await;
    let key = ada.keys(&id).await[0].clone();
    let (path, back) = (format!("/p/{id}"), format!("/p/{id}/deletion"));
    for visitor in [&ada, &ben] {
        assert_eq!(visitor.delete(&back).await.status, 409);
    }
    assert_eq!(ben.htmx().delete(&path).await.status, 403);
    assert_eq!(ada.htmx().delete(&path).await.status, 200);
    for gone in [path.clone(), format!("/media/{key}"), format!("/p/{id}/1")] {
        for visitor in [&ada, &ben] {
            assert_eq!(visitor.get(&gone).await.status, 404, "{gone}");
        }
    }
    assert!(
        ada.get("/@ada")
            .await
            .body
            .contains("<span class=\"count\">0</span>")
    );
    assert_eq!(ada.htmx().delete(&path).await.status, 404);
    assert_eq!(ben.delete(&back).await.status, 409);
    assert_eq!(ada.htmx().delete(&back).await.status, 200);
    assert_eq!(ada.get(&format!("/media/{key}")).await.status, 200);
    assert_eq!(ben.get("/").await.posts(), std::slice::from_ref(&id));
    // Once more, and the time passes.
    assert_eq!(ada.htmx().delete(&path).await.status, 200);
    house.clock.advance(Duration::from_secs(11));
    assert_eq!(ada.htmx().delete(&back).await.status, 409);
    let house = house.restart().await;
    let ada = house.signed_in("ada").await;
    // The clock of the new start is not turned: the ten seconds pass.
    for _ in 0..600 {
        if files_in(house.folder.path().join("media")) == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(files_in(house.folder.path().join("media")), 1);
    assert_eq!(ada.htmx().delete(&back).await.status, 409);
    assert!(ada.get("/").await.posts().is_empty());
    house.close().await;
}

/// A picture sent into a draft by a program; its id.
async fn sent(client: &Client, path: &str) -> String {
    let part = reqwest::multipart::Part::bytes(fresh()).file_name("a.png");
    let form = reqwest::multipart::Form::new().part("file", part);
    let request = client.request(Method::POST, &format!("{path}/media"));
    let reply = client.send(request.multipart(form)).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply.json()["id"].as_str().unwrap().to_owned()
}

#[rocket::async_test]
async fn programs_keep_fill_and_post_drafts() {
    let house = House::open().await;
    let (ada, ben) = (
        Client::member(&house, "ada").await,
        Client::member(&house, "ben").await,
    );
    let path = format!("/drafts/{KEY}");
    let put = async |client: &Client, body: serde_json::Value| {
        let request = client.request(Method::PUT, &path).json(&body);
        client.send(request).await
    };
    let (first, second) = (sent(&ada, &path).await, sent(&ada, &path).await);
    let named = json!([{ "id": second, "description": "a pear", "focus": "top" }]);
    let kept = put(&ada, json!({ "caption": "Words", "media": named })).await;
    assert_eq!(kept.status, 204, "{}", kept.text);
    let draft = ada.get(&path).await.json();
    assert_eq!(draft["caption"], "Words");
    let media: Vec<&str> = draft["media"]
        .as_array()
        .unwrap()
        .iter()
        .map(|medium| medium["id"].as_str().unwrap())
        .collect();
    assert_eq!(media, [&second, &first]);
    assert_eq!(draft["media"][0]["focus"], "top");
    assert_eq!(ada.get("/drafts").await.json()["drafts"][0], draft);
    for (status, reply) in [
        (404, ben.get(&path).await),
        (404, put(&ben, json!({ "caption": "Mine" })).await),
        (404, ben.delete(&path).await),
        (
            404,
            ben.post(&format!("{path}/publication"), json!({})).await,
        ),
        (422, put(&ada, json!({ "caption": 7 })).await),
        (
            422,
            put(&ada, json!({ "caption": "", "media": [{}] })).await,
        ),
        (404, ada.get("/drafts/unknown-but-long-enough").await),
    ] {
        assert_eq!(reply.status, status, "{}", reply.text);
    }
    // Named in a draft of another's, a file stays where it is.
    let request = ben.request(Method::PUT, &format!("/drafts/{KEY}9"));
    let stolen = json!({ "caption": "Stolen", "media": [{ "id": first }] });
    assert_eq!(ben.send(request.json(&stolen)).await.status, 204);
    assert_eq!(ada.get(&path).await.json(), draft);
    let long = put(&ada, json!({ "caption": "x".repeat(3_000) })).await;
    assert_eq!(long.status, 204, "a draft need not be valid yet");
    let publication = format!("{path}/publication");
    let refused = ada.post(&publication, json!({})).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("too long"), "{}", refused.text);
    put(&ada, json!({ "caption": "Short" })).await;
    let made = ada.post(&publication, json!({})).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let again = ada.post(&publication, json!({})).await;
    assert_eq!(made.json()["id"], again.json()["id"]);
    assert_eq!(put(&ada, json!({ "caption": "Late" })).await.status, 410);
    assert_eq!(ada.get(&path).await.status, 404);
    // The post's media change places, one goes, one of another draft comes in.
    let post = format!("/posts/{}", made.json()["id"].as_str().unwrap());
    let other = sent(&ada, &format!("/drafts/{KEY}2")).await;
    for wrong in [json!([]), json!([first, first]), json!(["x"]), json!("x")] {
        let reply = ada.patch(&post, json!({ "media": wrong })).await;
        assert_eq!(reply.status, 422, "{wrong}");
    }
    let stranger = ben.patch(&post, json!({ "media": [first] })).await;
    assert_eq!(stranger.status, 403);
    let theirs = sent(&ben, &format!("/drafts/{KEY}3")).await;
    let stolen = ada.patch(&post, json!({ "media": [first, theirs] })).await;
    assert_eq!(stolen.status, 422, "{}", stolen.text);
    let changed = ada.patch(&post, json!({ "media": [first, other] })).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let ids: Vec<&str> = changed.json()["media"]
        .as_array()
        .unwrap()
        .iter()
        .map(|medium| medium["id"].as_str().unwrap().to_owned())
        .map(|id| {
            if id == first {
                "first"
            } else if id == other {
                "other"
            } else {
                "?"
            }
        })
        .collect();
    assert_eq!(ids, ["first", "other"]);
    house.close().await;
}

#[rocket::async_test]
async fn a_full_draft_says_so_and_keeps_what_it_has() {
    let house = House::open_with(&[("rate_limit", "off")]).await;
    let ada = Client::member(&house, "ada").await;
    let path = format!("/drafts/{KEY}");
    for _ in 0..20 {
        sent(&ada, &path).await;
    }
    let part = reqwest::multipart::Part::bytes(fresh()).file_name("a.png");
    let form = reqwest::multipart::Form::new().part("file", part);
    let request = ada.request(Method::POST, &format!("{path}/media"));
    let full = ada.send(request.multipart(form)).await;
    assert_eq!(full.status, 409);
    assert!(full.text.contains("at most 20 files"), "{}", full.text);
    let unknown: Vec<_> = (0..20)
        .map(|n| json!({ "id": format!("019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c{n:02}") }))
        .collect();
    let request = ada.request(Method::PUT, &path);
    let reply = ada.send(request.json(&json!({ "media": unknown }))).await;
    assert_eq!(reply.status, 204, "{}", reply.text);
    let draft = ada.get(&path).await.json();
    assert_eq!(draft["media"].as_array().unwrap().len(), 20);
    house.close().await;
}

#[rocket::async_test]
async fn a_draft_s_picture_keeps_its_description_in_the_post_it_goes_to() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let (path, other) = (format!("/drafts/{KEY}"), format!("/drafts/{KEY}2"));
    let first = sent(&ada, &path).await;
    let made = ada
        .post(&format!("{path}/publication"), json!({}))
        .await
        .json();
    let second = sent(&ada, &other).await;
    let words = json!({ "media": [{ "id": second, "description": "A pear", "focus": "top" }] });
    let request = ada.request(Method::PUT, &other).json(&words);
    assert_eq!(ada.send(request).await.status, 204);
    let post = format!("/posts/{}", made["id"].as_str().unwrap());
    let changed = ada
        .patch(&post, json!({ "media": [first, second] }))
        .await
        .json();
    assert_eq!(changed["media"][1]["description"], "A pear");
    assert_eq!(changed["media"][1]["focus"], "top");
    // Nothing is left of a draft without words.
    assert_eq!(ada.get("/drafts").await.json()["drafts"], json!([]));
    house.close().await;
}
