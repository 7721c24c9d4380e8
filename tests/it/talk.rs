//! Comments: written once, in two levels, changed and taken back by whom they belong to, live on their post's page only.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::table::{ID, one, sql};
use crate::visitor::{Answer, Visitor};

async fn program(house: &House, name: &str) -> Client {
    let email = format!("{name}@example.org");
    Client::new(house).logged_in(&email, PASSWORD).await
}

async fn say(by: &Client, post: &str, body: Value) -> Value {
    let request = by.request(Method::POST, &format!("/posts/{post}/comments"));
    let answer = by.send(request.json(&body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

fn id(comment: &Value) -> String {
    comment["id"].as_str().unwrap().to_owned()
}

/// What a page shows of a thread, in its order.
fn texts(page: &Answer) -> Vec<String> {
    let parts = page.body.split("<p class=\"text\" dir=\"auto\">").skip(1);
    parts
        .map(|part| part[..part.find("</p>").unwrap()].to_owned())
        .collect()
}

async fn post_form(by: &Visitor, post: &str, text: &str, key: &str) -> Answer {
    let fields = [("text", text), ("key", key)];
    by.post(&format!("/p/{post}/comments"), &fields).await
}

#[rocket::async_test]
async fn a_comment_is_written_once_changed_and_taken_back() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let post = ada.publish("Apples").await;
    let mut there = Vec::new();
    for _ in 0..2 {
        let sent = post_form(&ben, &post, "Which <b>path</b>?", "a key of mine").await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        there.push(sent.header("location").to_owned());
    }
    assert_eq!(there[0], there[1], "pressed twice it is one");
    let page = ben.get(&there[0]).await;
    assert_eq!(texts(&page), ["Which &lt;b&gt;path&lt;/b&gt;?"]);
    let cards = ben.get("/").await.body;
    assert!(
        cards.contains("aria-label=\"1 comment\""),
        "counted on its card"
    );
    for (wrong, said) in [
        ("", "Write something first"),
        (&*"x".repeat(1_001), "1 character too long"),
    ] {
        let refused = post_form(&ben, &post, wrong, "another key").await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(said), "{}", refused.body);
        assert!(
            refused.body.contains(&format!(">\n{wrong}</textarea>")),
            "nothing typed is lost"
        );
    }
    let cid = there[0]
        .split("?c=")
        .nth(1)
        .unwrap()
        .split('#')
        .next()
        .unwrap()
        .to_owned();
    let path = format!("/c/{cid}");
    assert_eq!(ada.put(&path, &[("text", "Mine now")]).await.status, 403);
    assert_eq!(ben.put(&path, &[("text", " ")]).await.status, 422);
    assert_eq!(ben.put(&path, &[("text", "Which way?")]).await.status, 303);
    let page = ada.get(&format!("/p/{post}")).await;
    assert_eq!(texts(&page), ["Which way?"]);
    assert!(page.body.contains("<span>changed</span>"));
    let cy = house.visitor("cy").await;
    assert_eq!(cy.get(&format!("{path}/delete")).await.status, 404);
    assert_eq!(cy.delete(&path).await.status, 403);
    // The author of the post may, too.
    assert_eq!(ada.get(&format!("{path}/delete")).await.status, 200);
    assert_eq!(ada.get(&format!("{path}/edit")).await.status, 404);
    assert_eq!(ada.delete(&path).await.status, 303);
    assert_eq!(ben.delete(&path).await.status, 404);
    assert!(
        ben.get("/")
            .await
            .body
            .contains("aria-label=\"0 comments\"")
    );
    house.close().await;
}

#[rocket::async_test]
async fn answers_stand_under_what_they_answer_and_keep_its_place() {
    let house = House::open().await;
    let visitor = house.visitor("ada").await;
    house.visitor("ben").await;
    let (ada, ben) = (program(&house, "ada").await, program(&house, "ben").await);
    let post = visitor.publish("Apples").await;
    let root = say(&ben, &post, json!({ "text": "One" })).await;
    let answer = say(&ada, &post, json!({ "text": "Two", "parent": id(&root) })).await;
    assert_eq!(
        (answer["of"].clone(), answer["to"].clone()),
        (root["id"].clone(), Value::Null)
    );
    let deeper = say(
        &ben,
        &post,
        json!({ "text": "Three", "parent": id(&answer) }),
    )
    .await;
    assert_eq!(
        (deeper["of"].clone(), deeper["to"].clone()),
        (root["id"].clone(), json!("ada"))
    );
    for n in 4..=6 {
        say(
            &ada,
            &post,
            json!({ "text": format!("No. {n}"), "parent": id(&root) }),
        )
        .await;
    }
    let page = visitor.get(&format!("/p/{post}")).await;
    assert_eq!(texts(&page).len(), 4, "three answers at once");
    assert!(page.body.contains("2 more answers"));
    let rest = visitor.get(&format!("/p/{post}?of={}", id(&root))).await;
    assert_eq!(texts(&rest).len(), 6);
    // An answer that is not among the first three has an address as well.
    let listed = ada
        .get(&format!("/posts/{post}/comments?of={}", id(&root)))
        .await
        .json();
    let last = listed["comments"][4].clone();
    let there = visitor.get(&format!("/p/{post}?c={}", id(&last))).await;
    assert!(texts(&there).contains(&"No. 6".to_owned()));
    // What was answered leaves an empty place, which goes with its last answer.
    assert_eq!(
        ben.delete(&format!("/comments/{}", id(&root))).await.status,
        204
    );
    let listed = ada.get(&format!("/posts/{post}/comments")).await.json();
    let place = &listed["comments"][0];
    assert_eq!(
        (
            place["author"].clone(),
            place["text"].clone(),
            place["answers"].clone()
        ),
        (Value::Null, json!(""), json!(5))
    );
    let page = visitor.get(&format!("/p/{post}")).await;
    assert!(page.body.contains("This comment was deleted."));
    let nobody = say_status(&ada, &post, json!({ "text": "x", "parent": id(&root) })).await;
    assert_eq!(nobody, 409);
    let answers = ada
        .get(&format!("/posts/{post}/comments?of={}", id(&root)))
        .await
        .json();
    for one in answers["comments"].as_array().unwrap() {
        // The post is Ada's.
        assert_eq!(
            ada.delete(&format!("/comments/{}", id(one))).await.status,
            204
        );
    }
    assert_eq!(
        ada.get(&format!("/posts/{post}/comments")).await.json()["comments"],
        json!([])
    );
    assert_eq!(
        ada.get(&format!("/posts/{post}")).await.json()["comments"],
        0
    );
    house.close().await;
}

async fn say_status(by: &Client, post: &str, body: Value) -> u16 {
    let request = by.request(Method::POST, &format!("/posts/{post}/comments"));
    by.send(request.json(&body)).await.status
}

#[rocket::async_test]
async fn a_thread_has_pages_and_a_comment_is_found_on_its_own() {
    let house = House::open().await;
    let visitor = house.visitor("ada").await;
    let ada = program(&house, "ada").await;
    let post = visitor.publish("Apples").await;
    let mut ids = Vec::new();
    for n in 0..45 {
        ids.push(id(
            &say(&ada, &post, json!({ "text": format!("No. {n}") })).await
        ));
    }
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ada
            .get(&format!("/posts/{post}/comments{cursor}"))
            .await
            .json();
        found.extend(page["comments"].as_array().unwrap().iter().map(id));
        match page["next"].as_str() {
            Some(next) => cursor = format!("?cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, ids);
    let first = visitor.get(&format!("/p/{post}")).await;
    assert_eq!(texts(&first).len(), 20);
    assert!(first.body.contains("Later comments"));
    let there = visitor.get(&format!("/p/{post}?c={}", ids[40])).await;
    assert_eq!(texts(&there)[0], "No. 40");
    assert!(there.body.contains("From the first comment on"));
    house.close().await;
}

#[rocket::async_test]
async fn what_is_said_comes_to_open_pages_of_that_post_and_to_no_others() {
    let house = House::open().await;
    let (visitor, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let ada = program(&house, "ada").await;
    let [post, other] = [
        visitor.publish("Apples").await,
        visitor.publish("Pears").await,
    ];
    house.settled().await;
    let page = ben.get(&format!("/p/{post}")).await;
    let topic = page.between("data-topic=\"", "\"").to_owned();
    assert_eq!(topic, format!("p:{post}"));
    let at = |post: &str| format!("{}&f=p:{post}", page.cursor());
    let mut here = ben.listen(&at(&post)).await;
    let mut elsewhere = ben.listen(&at(&other)).await;
    let mut feed = ben.listen(&page.cursor()).await;
    for socket in [&mut here, &mut elsewhere, &mut feed] {
        socket.missed().await;
    }
    let said = say(&ada, &post, json!({ "text": "Hello" })).await;
    let frame = here.act().await;
    assert_eq!(
        (frame["op"].clone(), frame["id"].clone()),
        (json!("put"), json!(format!("c-{}", id(&said))))
    );
    assert!(frame["html"].as_str().unwrap().contains("Hello"));
    for socket in [&mut elsewhere, &mut feed] {
        assert_eq!(
            socket.act().await["op"],
            "counts",
            "only how many there are"
        );
    }
    assert_eq!(
        ada.delete(&format!("/comments/{}", id(&said))).await.status,
        204
    );
    while here.act().await["op"] != "gone" {}
    house.settled().await;
    let missed = ben.listen(&at(&post)).await.missed().await;
    let told: Vec<_> = missed.iter().map(|frame| frame["op"].clone()).collect();
    assert_eq!(told, ["gone", "counts"]);
    assert!(
        ben.listen(&page.cursor())
            .await
            .missed()
            .await
            .iter()
            .all(|frame| frame["op"] == "counts")
    );
    // Who may not see the post has no page of it.
    sql(
        &house,
        "update posts set audience = 'none' where id = $1",
        &[&post],
    )
    .await;
    let refused = ben.listen_from(&at(&post), &ben.url).await;
    assert_eq!(refused.err(), Some(404));
    house.close().await;
}

#[rocket::async_test]
async fn a_post_is_closed_and_opened_and_whoever_is_blocked_is_not_heard() {
    let house = House::open().await;
    let (visitor, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let (ada, by_ben) = (program(&house, "ada").await, program(&house, "ben").await);
    let post = visitor.publish("Apples").await;
    let said = say(&by_ben, &post, json!({ "text": "Early" })).await;
    assert_eq!(ben.put(&format!("/p/{post}/closed"), &[]).await.status, 403);
    assert_eq!(
        visitor.put(&format!("/p/{post}/closed"), &[]).await.status,
        303
    );
    assert!(
        ben.get(&format!("/p/{post}"))
            .await
            .body
            .contains("Its author has closed the comments.")
    );
    let late = post_form(&ben, &post, "Too late", "some other key").await;
    assert_eq!(late.status, 422);
    assert!(
        late.body.contains("Comments are closed here")
            && late.body.contains(">\nToo late</textarea>")
    );
    assert_eq!(
        say_status(&by_ben, &post, json!({ "text": "x" })).await,
        409
    );
    assert_eq!(
        ada.delete(&format!("/posts/{post}/comments-closed"))
            .await
            .status,
        204
    );
    assert_eq!(
        say_status(&by_ben, &post, json!({ "text": "Again" })).await,
        201
    );
    // Cy has blocked Ben.
    let cy = house.visitor("cy").await;
    let (me, other) = (one(&house, ID, "cy").await, one(&house, ID, "ben").await);
    let tie = "insert into ties (user_id, other_id, why, created_at) values ($1, $2, $3, 0)";
    sql(&house, tie, &[&me, &other, "block"]).await;
    sql(&house, tie, &[&other, &me, "blocked"]).await;
    assert!(texts(&cy.get(&format!("/p/{post}")).await).is_empty());
    let answer = json!({ "text": "x", "parent": id(&said) });
    assert_eq!(
        say_status(&program(&house, "cy").await, &post, answer).await,
        409
    );
    house.close().await;
}
