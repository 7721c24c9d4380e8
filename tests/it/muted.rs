//! Words that somebody does not want to meet.

use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::visitor::Visitor;

async fn say(by: &Visitor, post: &str, text: &str, key: &str) {
    let fields = [("text", text), ("key", key)];
    assert_eq!(
        by.post(&format!("/p/{post}/comments"), &fields)
            .await
            .status,
        303
    );
}

#[rocket::async_test]
async fn what_says_a_muted_word_is_met_nowhere() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let cy = house.visitor("cy").await;
    let by_ben = Client::new(&house)
        .logged_in("ben@example.org", PASSWORD)
        .await;
    ben.put("/@ada/follow", &[]).await;
    let good = ada.publish("A fine end").await;
    let told = ada.publish("SPÓILER: they all live").await;
    let wet = ada.publish("Out in the #Rain").await;
    let own = ben.publish("My own spoiler").await;
    let all = [own.clone(), wet.clone(), told.clone(), good.clone()];
    assert_eq!(ben.get("/?of=everyone").await.posts(), all);
    for word in ["Spoiler", "#rain"] {
        assert_eq!(
            ben.post("/apart/words", &[("word", word)]).await.status,
            303
        );
    }
    let left = [own.clone(), good.clone()];
    for path in [
        "/?of=everyone",
        "/?of=following",
        "/?of=everyone&kind=photos",
    ] {
        assert_eq!(ben.get(path).await.posts(), left, "{path}");
    }
    assert_eq!(
        ben.get("/?of=everyone&tag=rain").await.posts(),
        Vec::<String>::new()
    );
    let feeds = by_ben.get("/feeds").await.json();
    assert_eq!(feeds["posts"].as_array().unwrap().len(), 2);
    let found = by_ben.get("/search/results?q=spoiler").await.json();
    assert_eq!(found["posts"].as_array().unwrap().len(), 1, "{found}");
    // Her page and the post itself stay, and others meet it.
    assert!(ben.get("/@ada").await.body.contains(&format!("t-{told}")));
    assert_eq!(ben.get(&format!("/p/{told}")).await.status, 200);
    assert_eq!(cy.get("/").await.posts(), all);
    // Nor does it come live, or in what was missed.
    let start = ben.get("/?of=everyone").await.cursor();
    let mut open = ben.listen(&start).await;
    let post = ada.publish("Another spoiler").await;
    let plain = ada.publish("Nothing bad").await;
    let first = loop {
        let frame = open.act().await;
        if frame["op"] == "put" {
            break frame;
        }
    };
    assert_eq!(first["id"], format!("p-{plain}"));
    let missed = ben.listen(&start).await.missed().await;
    let ids: Vec<_> = missed
        .iter()
        .filter(|frame| frame["op"] == "put")
        .map(|frame| frame["id"].clone())
        .collect();
    assert_eq!(ids, [json!(format!("p-{plain}"))], "{post}");
    house.close().await;
}

#[rocket::async_test]
async fn comments_and_notices_with_a_muted_word_are_not_met_either() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let by_ben = Client::new(&house)
        .logged_in("ben@example.org", PASSWORD)
        .await;
    let post = ben.publish("Apples").await;
    say(&ada, &post, "A spoiler, sorry", "the first of all").await;
    say(&ada, &post, "Fine apples", "another of them").await;
    say(&ben, &post, "No spoiler please", "one of my own").await;
    let mut open = ben
        .listen(&ben.get(&format!("/p/{post}")).await.cursor())
        .await;
    assert_eq!(
        by_ben
            .post("/users/me/muted-words", json!({ "word": "spoiler" }))
            .await
            .status,
        204
    );
    // Open pages are loaded anew.
    while open.act().await["reset"] != true {}
    let page = ben.get(&format!("/p/{post}")).await.body;
    assert!(!page.contains("sorry") && page.contains("Fine apples") && page.contains("please"));
    let list = by_ben.get("/users/me/notices").await.json();
    assert_eq!(list["notices"][0]["said"], "Fine apples");
    say(&ada, &post, "One more spoiler", "a third of them").await;
    let list = by_ben.get("/users/me/notices").await.json();
    assert_eq!(
        (
            list["unread"].as_i64(),
            list["notices"].as_array().unwrap().len()
        ),
        (Some(0), 0)
    );
    // One word at a time, a hundred at most, and taken out again.
    for wrong in ["two words", "", "!", "#"] {
        let answer = by_ben
            .post("/users/me/muted-words", json!({ "word": wrong }))
            .await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
    let refused = ben.post("/apart/words", &[("word", "two words")]).await;
    assert!(
        refused.status == 422
            && refused.body.contains("Type one word")
            && refused.body.contains("two words")
    );
    for n in 1..100 {
        let word = format!("word{n}");
        assert_eq!(
            by_ben
                .post("/users/me/muted-words", json!({ "word": word }))
                .await
                .status,
            204
        );
    }
    assert_eq!(
        by_ben
            .post("/users/me/muted-words", json!({ "word": "more" }))
            .await
            .status,
        422
    );
    assert_eq!(
        by_ben.delete("/users/me/muted-words/spoiler").await.status,
        204
    );
    assert!(ben.get(&format!("/p/{post}")).await.body.contains("sorry"));
    let words = by_ben.get("/users/me/muted-words").await.json();
    assert_eq!(words["words"].as_array().unwrap().len(), 99);
    assert!(ben.get("/apart").await.body.contains("Mute word1 no more"));
    house.close().await;
}
