//! What is found by words.

use serde_json::Value;

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::table::one;
use crate::visitor::Visitor;

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

async fn results(by: &Client, q: &str) -> Value {
    by.get(&format!("/search/results?q={}", percent(q)))
        .await
        .json()
}

/// The captions of the posts that are found.
async fn posts(by: &Client, q: &str) -> Vec<String> {
    let found = results(by, q).await;
    let hits = found["posts"].as_array().unwrap().iter();
    hits.map(|hit| hit["text"].as_str().unwrap().to_owned())
        .collect()
}

async fn program(house: &House, name: &str) -> Client {
    let email = format!("{name}@example.org");
    Client::new(house).logged_in(&email, PASSWORD).await
}

async fn publish(by: &Visitor, caption: &str, alt: &str) {
    let png = crate::picture::png(8, 6);
    let fields = [("caption", caption), ("alt", alt)];
    let answer = by.upload("/p", &fields, &[("media", "a.png", &png)]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[rocket::async_test]
async fn posts_are_found_by_words_in_any_script_the_last_one_by_its_beginning() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let by_ben = program(&house, "ben").await;
    publish(&ada, "Über den Fluß", "Ein Boot am Ufer").await;
    publish(&ada, "昨日東京タワーへ", "").await;
    publish(&ben, "The ridge above the river #Walk", "A stony path").await;
    publish(&ben, "The ridge", "").await;
    for (q, found) in [
        ("uber", &["Über den Fluß"][..]),
        ("FLUSS ", &["Über den Fluß"]),
        ("flu", &["Über den Fluß"]),
        ("flu ", &[]),
        ("boot", &["Ein Boot am Ufer"]),
        ("東京", &["昨日東京タワーへ"]),
        ("ridge", &["The ridge", "The ridge above the river #Walk"]),
        ("ridge riv", &["The ridge above the river #Walk"]),
        ("ridge fluss ", &[]),
        ("#walk", &["The ridge above the river #Walk"]),
        ("tag:WALK ridge ", &["The ridge above the river #Walk"]),
        (
            "stony path ridge above river the ",
            &["The ridge above the river #Walk"],
        ),
        ("from:ada den ", &["Über den Fluß"]),
        ("from:nobody ridge ", &[]),
        ("has:video ", &[]),
        (
            "has:photo ridge ",
            &["The ridge", "The ridge above the river #Walk"],
        ),
        ("before:2020 ridge ", &[]),
        (
            "after:2020 ridge ",
            &["The ridge", "The ridge above the river #Walk"],
        ),
        ("", &[]),
        ("!?", &[]),
    ] {
        assert_eq!(posts(&by_ben, q).await, found, "{q}");
    }
    assert_eq!(posts(&by_ben, "from:ada").await.len(), 2);
    let page = ben.get("/search?q=ridge%20riv").await.body;
    assert!(
        page.contains("The <mark>ridge</mark> above the <mark>river</mark>"),
        "{page}"
    );
    let part = ben.htmx().get("/search?q=zzz").await.body;
    assert!(
        part.contains("Nothing like that is here.")
            && part.contains("#walk")
            && !part.contains("<html")
    );
    // People and tags beside them.
    let found = results(&by_ben, "ad").await;
    assert_eq!(found["people"][0]["handle"], "ada");
    assert_eq!(results(&by_ben, "wal").await["tags"][0], "walk");
    house.close().await;
}

#[rocket::async_test]
async fn comments_are_found_and_what_is_changed_or_gone_is_not() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let by_ada = program(&house, "ada").await;
    let post = ada.publish("Apples").await;
    let fields = [
        ("text", "Which path is that, by the harbour?"),
        ("key", "a key of its own"),
    ];
    ben.post(&format!("/p/{post}/comments"), &fields).await;
    let found = results(&by_ada, "harb").await;
    let hit = &found["comments"][0];
    assert_eq!(
        (hit["post_id"].as_str(), hit["author"]["handle"].as_str()),
        (Some(&*post), Some("ben"))
    );
    let page = ada.get("/search?q=harbour").await.body;
    assert!(page.contains("<mark>harbour</mark>") && page.contains(&format!("/p/{post}?c=")));
    let id = hit["comment_id"].as_str().unwrap();
    ben.put(&format!("/c/{id}"), &[("text", "Which lake?")])
        .await;
    assert_eq!(
        results(&by_ada, "harbour").await["comments"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    assert_eq!(
        results(&by_ada, "lake").await["comments"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    ada.put("/@ben/mute", &[]).await;
    assert_eq!(
        results(&by_ada, "lake").await["comments"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    ada.delete("/@ben/mute").await;
    ben.delete(&format!("/c/{id}")).await;
    assert_eq!(
        results(&by_ada, "lake").await["comments"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    ada.put(&format!("/p/{post}"), &[("caption", "Pears")])
        .await;
    assert_eq!(posts(&by_ada, "apples ").await, Vec::<String>::new());
    assert_eq!(posts(&by_ada, "pears ").await, ["Pears"]);
    // With the post go its comments, and their words, in pieces.
    for n in 0..5 {
        let (text, key) = (format!("The harbour, {n}"), format!("a key for number {n}"));
        let fields = [("text", text.as_str()), ("key", key.as_str())];
        ben.post(&format!("/p/{post}/comments"), &fields).await;
    }
    let count = "select cast(count(*) as text) from comment_terms where term = $1";
    assert_eq!(one(&house, count, "harbour").await, "5");
    ada.delete(&format!("/p/{post}")).await;
    for _ in 0..200 {
        if one(&house, count, "harbour").await == "0" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(one(&house, count, "harbour").await, "0");
    house.close().await;
}

#[rocket::async_test]
async fn what_is_found_goes_on_page_by_page() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let by_ada = program(&house, "ada").await;
    for n in 0..45 {
        publish(&ada, &format!("ridge {n}"), "").await;
    }
    for q in ["ridge ", "ridg", "from:ada", "after:2020 "] {
        let mut found = 0;
        let mut next = Some(String::new());
        while let Some(cursor) = next {
            let path = match cursor.is_empty() {
                true => format!("/search/results?q={}", percent(q)),
                false => format!("/search/results?q={}&cursor={cursor}", percent(q)),
            };
            let page = by_ada.get(&path).await.json();
            found += page["posts"].as_array().unwrap().len();
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(found, 45, "{q}");
    }
    assert_eq!(
        by_ada.get("/search/results?q=ridge&cursor=x").await.status,
        422
    );
    assert_eq!(ada.get("/search?q=ridge&before=x").await.status, 404);
    house.close().await;
}

#[rocket::async_test]
async fn names_and_tags_are_suggested_and_none_that_only_others_know() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let png = crate::picture::png(8, 6);
    let fields = [
        ("caption", "A #secret for some, a #sea"),
        ("audience", "followers"),
    ];
    ada.upload("/p", &fields, &[("media", "a.png", &png)]).await;
    ada.publish("The #Sea").await;
    let ideas = async |by: &Visitor, q: &str| -> Vec<String> {
        let answer = by.get(&format!("/suggest?q={}", percent(q))).await;
        let list: Value = serde_json::from_str(&answer.body).unwrap();
        let texts = list.as_array().unwrap().iter();
        texts
            .map(|idea| idea["text"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(ideas(&ben, "#se").await, ["#sea"]);
    assert_eq!(ideas(&ada, "#se").await, ["#sea", "#secret"]);
    assert_eq!(ideas(&ben, "@ad").await, ["@ada"]);
    assert_eq!(ben.get("/suggest?q=x").await.status, 404);
    let by_ben = program(&house, "ben").await;
    assert_eq!(posts(&by_ben, "secret").await, Vec::<String>::new());
    house.close().await;
}
