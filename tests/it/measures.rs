//! What is done about a case: what others see of it from then on, what can be taken back, and how exactly.

use std::time::Duration;

use serde_json::{Value, json};

use crate::choir::{people, program, put, worked};
use crate::client::Client;
use crate::house::House;
use crate::nowhere::{self, KEY};
use crate::reports::{MINUTE, cases, decide, moderator, report};
use crate::table::one;
use crate::visitor::Visitor;

const DAY: Duration = Duration::from_secs(86_400);

pub fn id(made: &crate::client::Reply) -> String {
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Takes a measure back.
pub async fn undo(client: &Client, measure: &str, words: &str) -> u16 {
    client
        .delete(&format!("/house/measures/{measure}?words={words}"))
        .await
        .status
}

async fn is_nowhere(house: &House, reader: &Visitor, post: &str) {
    let pages = [
        "/",
        "/@ada",
        "/@ada/posts",
        "/search?q=harsh",
        "/tags/harsh",
        "/new",
    ];
    nowhere::is_nowhere(house, reader, post, &pages).await;
}

#[rocket::async_test]
async fn what_is_hidden_only_its_author_sees_and_lifting_gives_it_back() {
    let house = House::open().await;
    let [ada, ben, eve] = people(&house).await;
    let meg = moderator(&house, "meg").await;
    let desk = program(&house, "meg").await;
    let post = ada.publish("Harsh words #harsh").await;
    let key = one(&house, KEY, &post).await;
    let mut open = eve.listen(&eve.get("/").await.cursor()).await;
    open.missed().await;
    assert_eq!(
        report(&house, "ben", "post", &post, "unkind").await.status,
        204
    );
    let measure = id(&decide(&desk, "hide", json!({ "words": "Rule two." })).await);
    let frame = open.happens().await;
    assert_eq!(
        (&frame["op"], &frame["id"]),
        (&json!("gone"), &json!(format!("p-{post}")))
    );
    is_nowhere(&house, &eve, &post).await;
    let own = ada.get(&format!("/p/{post}")).await.body;
    assert!(
        own.contains("have hidden it") && own.contains("Rule two."),
        "{own}"
    );
    let api = program(&house, "ada").await;
    let shown = api.get(&format!("/posts/{post}")).await.json();
    assert_eq!(
        shown["withheld"],
        json!({ "why": "house", "words": "Rule two." })
    );
    // Who judges goes on seeing the picture, and nothing else of it.
    assert_eq!(meg.get(&format!("/media/{key}")).await.status, 200);
    assert_eq!(meg.get(&format!("/p/{post}")).await.status, 404);
    // Another text brings nothing back.
    let softer = json!({ "caption": "Soft words #harsh" });
    assert_eq!(
        api.patch(&format!("/posts/{post}"), softer).await.status,
        200
    );
    is_nowhere(&house, &eve, &post).await;
    let standing = ada.get("/standing").await.body;
    assert!(
        standing.contains("is out of sight: only you see it"),
        "{standing}"
    );
    // Taken back at once it is as if it had not been: the case is open, nobody was told.
    assert_eq!(undo(&desk, &measure, "").await, 204);
    assert_eq!(undo(&desk, &measure, "").await, 409);
    assert_eq!(open.happens().await["op"], "put");
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 200);
    assert!(eve.get("/search?q=harsh").await.body.contains(&post));
    assert_eq!(cases(&desk).await.len(), 1);
    house.clock.advance(11 * MINUTE);
    worked(&house).await;
    assert!(!ada.get("/notices").await.body.contains("The moderators"));
    assert!(!ben.get("/notices").await.body.contains("The moderators"));
    // Decided again, and lifted later, with a reason.
    let measure = id(&decide(&desk, "hide", json!({})).await);
    assert_eq!(
        decide_again(&desk, &post, &house).await,
        409,
        "it is out of sight already"
    );
    house.clock.advance(11 * MINUTE);
    worked(&house).await;
    assert!(
        ada.get("/notices")
            .await
            .body
            .contains("have decided something about you")
    );
    assert!(
        ben.get("/reports")
            .await
            .body
            .contains("did something about it")
    );
    assert_eq!(undo(&desk, &measure, "").await, 422);
    assert_eq!(undo(&desk, &measure, "We were mistaken.").await, 204);
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 200);
    assert!(
        ada.get("/standing")
            .await
            .body
            .contains("We were mistaken.")
    );
    let log = house.signed_in("mo").await.get("/admin/log").await.body;
    assert!(log.contains("decided about") && log.contains("took a decision back about"));
    house.close().await;
}

/// Hides the same post by another case.
async fn decide_again(desk: &Client, post: &str, house: &House) -> u16 {
    let mo = Client::admin(house).await;
    let begun = desk
        .post("/house/cases", json!({ "kind": "post", "id": post }))
        .await;
    assert_eq!(
        begun.status, 404,
        "a moderator does not see it: {}",
        begun.text
    );
    assert_eq!(
        report(house, "ada", "post", post, "unkind").await.status,
        409
    );
    let member = one(house, "select author_id from posts where id = $1", post).await;
    let case = mo
        .post("/house/cases", json!({ "kind": "member", "id": member }))
        .await;
    assert_eq!(case.status, 201, "{}", case.text);
    let refused = decide(&mo, "hide", json!({})).await;
    assert_eq!(refused.status, 422, "a member is not hidden");
    let path = format!("/house/cases/{}", case.json()["id"].as_str().unwrap());
    assert_eq!(
        put(&mo, &path, json!({ "do": "keep", "version": 0 }))
            .await
            .status,
        204
    );
    409
}

#[rocket::async_test]
async fn what_is_removed_is_locked_away_and_erased_after_thirty_days() {
    let house = House::open().await;
    let [ada, _, eve] = people(&house).await;
    let desk = Client::admin(&house).await;
    let mut posts = Vec::new();
    for n in 0..2 {
        let post = ada.publish(&format!("Harsh {n}")).await;
        assert_eq!(
            report(&house, "eve", "post", &post, "naked").await.status,
            204
        );
        posts.push((post, id(&decide(&desk, "remove", json!({})).await)));
    }
    let api = program(&house, "ada").await;
    for (post, _) in &posts {
        is_nowhere(&house, &eve, post).await;
        assert!(
            ada.get(&format!("/p/{post}"))
                .await
                .body
                .contains("have removed it")
        );
        let changed = api
            .patch(&format!("/posts/{post}"), json!({ "caption": "Soft" }))
            .await;
        assert_eq!(changed.status, 422, "{}", changed.text);
    }
    // One of them speaks against it, which holds it until somebody has answered.
    let appeal = format!("/measures/{}/appeal", posts[1].1);
    let said = json!({ "words": "It is a painting." });
    assert_eq!(put(&api, &appeal, said.clone()).await.status, 204);
    assert_eq!(put(&api, &appeal, said).await.status, 409);
    house.clock.advance(29 * DAY);
    worked(&house).await;
    let here = async |post: &str| {
        one(
            &house,
            "select cast(count(*) as text) from posts where id = $1",
            post,
        )
        .await
    };
    assert_eq!(here(&posts[0].0).await, "1");
    house.clock.advance(2 * DAY);
    worked(&house).await;
    worked(&house).await;
    assert_eq!(here(&posts[0].0).await, "0");
    assert_eq!(here(&posts[1].0).await, "1");
    let desk = Client::admin(&house).await;
    let answer = json!({ "outcome": "lifted", "answer": "You are right." });
    let path = format!("/house/appeals/{}", posts[1].1);
    assert_eq!(put(&desk, &path, answer.clone()).await.status, 204);
    assert_eq!(put(&desk, &path, answer).await.status, 409);
    let eve = house.signed_in("eve").await;
    assert_eq!(eve.get(&format!("/p/{}", posts[1].0)).await.status, 200);
    house.clock.advance(40 * DAY);
    worked(&house).await;
    assert_eq!(here(&posts[1].0).await, "1", "what was given back stays");
    house.close().await;
}

#[rocket::async_test]
async fn an_administrator_erases_and_has_ten_minutes_to_think_again() {
    let house = House::open().await;
    let [ada, _, eve] = people(&house).await;
    moderator(&house, "meg").await;
    let post = ada.publish("Harsh").await;
    assert_eq!(
        report(&house, "eve", "post", &post, "child").await.status,
        204
    );
    let meg = program(&house, "meg").await;
    assert_eq!(decide(&meg, "erase", json!({})).await.status, 403);
    let mo = Client::admin(&house).await;
    let measure = id(&decide(&mo, "erase", json!({})).await);
    assert_eq!(
        ada.get(&format!("/p/{post}")).await.status,
        404,
        "its author sees it no more"
    );
    assert_eq!(undo(&meg, &measure, "").await, 403);
    house.clock.advance(9 * MINUTE);
    worked(&house).await;
    assert_eq!(undo(&mo, &measure, "").await, 204);
    for who in [&ada, &eve] {
        assert_eq!(who.get(&format!("/p/{post}")).await.status, 200);
    }
    house.clock.advance(2 * MINUTE);
    worked(&house).await;
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 200);
    let measure = id(&decide(&mo, "erase", json!({})).await);
    house.clock.advance(11 * MINUTE);
    worked(&house).await;
    worked(&house).await;
    assert_eq!(undo(&mo, &measure, "Too late").await, 409);
    let left = one(
        &house,
        "select cast(count(*) as text) from posts where id = $1",
        &post,
    )
    .await;
    assert_eq!(left, "0");
    house.close().await;
}

#[rocket::async_test]
async fn a_hidden_comment_leaves_its_place_and_comes_back_whole() {
    let house = House::open().await;
    let [ada, ben, eve] = people(&house).await;
    let desk = Client::admin(&house).await;
    let post = ada.publish("Calm").await;
    let said = [
        ("text", "A thunderous word to @eve"),
        ("key", "abcdefgh12345678"),
    ];
    assert_eq!(
        ben.post(&format!("/p/{post}/comments"), &said).await.status,
        303
    );
    let comment = one(&house, "select id from comments where post_id = $1", &post).await;
    let answer = [
        ("text", "Indeed"),
        ("key", "bbcdefgh12345678"),
        ("parent", &comment),
    ];
    assert_eq!(
        eve.post(&format!("/p/{post}/comments"), &answer)
            .await
            .status,
        303
    );
    assert_eq!(
        report(&house, "ada", "comment", &comment, "unkind")
            .await
            .status,
        204
    );
    let measure = id(&decide(&desk, "hide", json!({})).await);
    for who in [&ada, &ben, &eve] {
        let page = who.get(&format!("/p/{post}")).await.body;
        assert!(!page.contains("thunderous") && page.contains("This comment is out of sight"));
        assert!(page.contains("Indeed"), "what was answered stays");
        assert!(
            !who.get("/search?q=thunderous")
                .await
                .body
                .contains(&format!("c-{comment}"))
        );
        assert!(!who.get("/notices").await.body.contains("thunderous"));
    }
    let api = program(&house, "ben").await;
    let talk = api.get(&format!("/posts/{post}/comments")).await.json();
    assert_eq!(talk["comments"][0]["text"], "");
    assert_eq!(talk["comments"][0]["author"], Value::Null);
    let other = json!({ "text": "Another" });
    assert_eq!(
        api.patch(&format!("/comments/{comment}"), other)
            .await
            .status,
        409
    );
    assert_eq!(undo(&desk, &measure, "").await, 204);
    let page = eve.get(&format!("/p/{post}")).await.body;
    assert!(page.contains("thunderous") && page.contains("/@eve"));
    assert!(
        eve.get("/search?q=thunderous")
            .await
            .body
            .contains("thunderous")
    );
    // Removed, it is gone after its time, and what answered it stays.
    let measure = id(&decide(&desk, "remove", json!({})).await);
    house.clock.advance(31 * DAY);
    worked(&house).await;
    let kept = one(&house, "select kept from measures where id = $1", &measure).await;
    assert_eq!(kept, "");
    let page = house
        .signed_in("eve")
        .await
        .get(&format!("/p/{post}"))
        .await
        .body;
    assert!(!page.contains("thunderous") && page.contains("This comment was deleted"));
    house.close().await;
}

#[rocket::async_test]
async fn what_a_member_posts_can_be_looked_at_first() {
    let house = House::open().await;
    let [ada, _, eve] = people(&house).await;
    let desk = Client::admin(&house).await;
    let member = one(&house, "select id from users where handle = $1", "ada").await;
    assert_eq!(
        report(&house, "eve", "member", &member, "fraud")
            .await
            .status,
        204
    );
    let measure = id(&decide(&desk, "review", json!({ "goes_on": true })).await);
    let other = id(&decide(&desk, "review", json!({})).await);
    assert_eq!(undo(&desk, &measure, "").await, 204);
    let post = ada.publish_in("everyone", "Harsh").await;
    is_nowhere(&house, &eve, &post).await;
    assert_eq!(undo(&desk, &other, "").await, 204);
    let next = ada.publish_in("everyone", "Soft").await;
    assert_eq!(eve.get(&format!("/p/{next}")).await.status, 200);
    house.close().await;
}
