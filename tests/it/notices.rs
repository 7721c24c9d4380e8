//! What members are told of what others do.

use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::table::{ID, one};
use crate::visitor::Visitor;

async fn program(house: &House, name: &str) -> Client {
    let email = format!("{name}@example.org");
    Client::new(house).logged_in(&email, PASSWORD).await
}

/// What a member was told: kind, by whom, how many others.
async fn told(of: &Client) -> Vec<(String, String, i64)> {
    let list = of.get("/users/me/notices").await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let notices = list["notices"].as_array().unwrap().iter();
    notices
        .map(|one| {
            let others = one["others"].as_i64().unwrap();
            (text(&one["kind"]), text(&one["by"]["handle"]), others)
        })
        .collect()
}

fn row(kind: &str, by: &str, others: i64) -> (String, String, i64) {
    (kind.into(), by.into(), others)
}

async fn unread(of: &Client) -> i64 {
    let list = of.get("/users/me/notices").await.json();
    list["unread"].as_i64().unwrap()
}

/// Waits until the counts were given out.
async fn ticked(house: &House) {
    for _ in 0..100 {
        let waiting = one(
            house,
            "select cast(count(*) as text) from post_counts where dirty = 1 and post_id <> $1",
            "",
        )
        .await;
        if waiting == "0" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("no tick came");
}

async fn say(by: &Client, post: &str, words: Value) -> String {
    let answer = by.post(&format!("/posts/{post}/comments"), words).await;
    assert!(answer.status < 300, "{}", answer.status);
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[rocket::async_test]
async fn likes_comments_and_answers_are_told_once_each() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    for name in ["ben", "cy", "dot"] {
        house.visitor(name).await;
    }
    let (by_ada, by_ben) = (program(&house, "ada").await, program(&house, "ben").await);
    let (by_cy, by_dot) = (program(&house, "cy").await, program(&house, "dot").await);
    let post = ada.publish("Apples").await;
    for by in [&by_ada, &by_ben, &by_cy, &by_dot] {
        by.put(&format!("/posts/{post}/like")).await;
        ticked(&house).await;
    }
    // Her own like is no news, and is not among the others.
    assert_eq!(told(&by_ada).await, [row("like", "dot", 2)]);
    let first = say(&by_ben, &post, json!({ "text": "Which path is that?" })).await;
    say(
        &by_cy,
        &post,
        json!({ "text": "The upper one", "parent": first }),
    )
    .await;
    say(&by_ada, &post, json!({ "text": "It is", "parent": first })).await;
    assert_eq!(
        told(&by_ada).await,
        [row("comment", "cy", 1), row("like", "dot", 2)]
    );
    assert_eq!(told(&by_ben).await, [row("reply", "ada", 0)]);
    let page = ada.get("/notices").await.body;
    for words in [
        "<bdi>cy</bdi> and one other commented on your photo: <q dir=\"auto\">The upper one</q>",
        "<bdi>dot</bdi> and 2 others like your photo",
        "<span class=\"unseen\">New: </span>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let likes = ada.get("/notices?of=likes").await.body;
    assert!(likes.contains("like your photo") && !likes.contains("commented"));
    assert_eq!(ada.get("/notices?of=nothing").await.status, 404);
    // The badge stands in every page, and is gone when they were looked at.
    let badge = |body: &str| body.contains("id=\"badge\" hidden");
    assert!(!badge(&ada.get("/members").await.body));
    assert_eq!(unread(&by_ada).await, 2);
    assert_eq!(by_ada.put("/users/me/notices/read").await.status, 204);
    assert_eq!(unread(&by_ada).await, 0);
    assert!(badge(&ada.get("/members").await.body));
    assert!(ada.get("/notices").await.body.contains("All of them"));
    // Taken back, it is told no more; liked and not liked and liked, it is told once.
    by_dot.delete(&format!("/posts/{post}/like")).await;
    by_dot.put(&format!("/posts/{post}/like")).await;
    ticked(&house).await;
    assert_eq!(told(&by_ada).await[0], row("like", "dot", 2));
    assert_eq!(unread(&by_ada).await, 1);
    for by in [&by_ben, &by_cy, &by_dot, &by_ada] {
        by.delete(&format!("/posts/{post}/like")).await;
    }
    ticked(&house).await;
    assert_eq!((told(&by_ada).await.len(), unread(&by_ada).await), (1, 0));
    // With the post everything goes.
    ada.delete(&format!("/p/{post}")).await;
    assert_eq!(told(&by_ada).await, []);
    assert_eq!(told(&by_ben).await, []);
    assert_eq!(unread(&by_ben).await, 0);
    house.close().await;
}

#[rocket::async_test]
async fn following_asking_and_letting_are_told() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let (by_ada, by_ben) = (program(&house, "ada").await, program(&house, "ben").await);
    ben.put("/@ada/follow", &[]).await;
    assert_eq!(told(&by_ada).await, [row("follow", "ben", 0)]);
    ben.delete("/@ada/follow").await;
    assert_eq!(told(&by_ada).await, []);
    ada.put("/followers", &[("asks", "on")]).await;
    ben.put("/@ada/follow", &[]).await;
    assert_eq!(told(&by_ada).await, [row("request", "ben", 0)]);
    let list = by_ada.get("/users/me/notices").await.json();
    assert_eq!(list["notices"][0]["href"], "/@ada/followers");
    assert_eq!(by_ada.put("/users/me/followers/ben").await.status, 204);
    assert_eq!(told(&by_ada).await, []);
    assert_eq!(told(&by_ben).await, [row("lets", "ada", 0)]);
    // Whoever keeps away hears nothing, and what was told is no more.
    ben.put("/@ada/block", &[]).await;
    assert_eq!((told(&by_ben).await.len(), unread(&by_ben).await), (0, 0));
    house.close().await;
}

async fn publish_for(by: &Visitor, audience: &str) {
    let png = crate::picture::png(8, 6);
    let fields = [("caption", "One"), ("audience", audience)];
    let answer = by.upload("/p", &fields, &[("media", "a.png", &png)]).await;
    assert_eq!(answer.status, 303);
}

/// Waits until a member was told so much.
async fn heard(of: &Client, expected: &[(String, String, i64)]) {
    for _ in 0..100 {
        if told(of).await == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(told(of).await, expected);
}

#[rocket::async_test]
async fn a_bell_tells_of_each_post_to_whoever_may_see_it() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let (ben, cy) = (house.visitor("ben").await, house.visitor("cy").await);
    let by_ben = program(&house, "ben").await;
    assert_eq!(
        by_ben.put("/members/ada/bell").await.status,
        409,
        "not followed"
    );
    for visitor in [&ben, &cy] {
        visitor.put("/@ada/follow", &[]).await;
    }
    ben.put("/@ada/bell", &[]).await;
    assert_eq!(by_ben.get("/members/ada").await.json()["tie"], "bell");
    let page = ben.get("/@ada").await.body;
    assert!(page.contains("aria-pressed=\"true\" aria-label=\"Tell me of each post\""));
    publish_for(&ada, "followers").await;
    heard(&by_ben, &[row("post", "ada", 0)]).await;
    assert_eq!(told(&program(&house, "cy").await).await, []);
    // Unfollowed, he sees it no more and hears of nothing.
    ben.delete("/@ada/follow").await;
    assert_eq!((told(&by_ben).await.len(), unread(&by_ben).await), (0, 0));
    publish_for(&ada, "").await;
    ben.put("/@ada/follow", &[]).await;
    assert_eq!(by_ben.get("/members/ada").await.json()["tie"], "following");
    house.close().await;
}

#[rocket::async_test]
async fn bells_ring_for_more_than_one_piece_of_followers() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let id = one(&house, ID, "ada").await;
    let mut tx = house.app.db.write().await.unwrap();
    for n in 0..1_203 {
        let follower = format!("0000aaaa-0000-7000-8000-{n:012}");
        sqlx::query(
            "insert into users (id, email, email_lower, handle, name, password_hash, created_at)
             values ($1, $1, $1, $2, 'Many', '', 0)",
        )
        .bind(&follower)
        .bind(format!("many{n}"))
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query(
            "insert into follows (follower_id, author_id, created_at, bell) values ($1, $2, 0, 1)",
        )
        .bind(&follower)
        .bind(&id)
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    ada.publish("To all of you").await;
    let count = "select cast(count(*) as text) from notices where kind = 'post' and actor_id = $1";
    for _ in 0..200 {
        if one(&house, count, &id).await == "1203" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(one(&house, count, &id).await, "1203");
    house.close().await;
}

#[rocket::async_test]
async fn kinds_are_turned_off_one_by_one() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let (by_ada, by_ben) = (program(&house, "ada").await, program(&house, "ben").await);
    let post = ada.publish("Apples").await;
    let answer = by_ada
        .raw(
            reqwest::Method::PUT,
            "/users/me/notice-choices",
            ("application/json", "{\"like\": false, \"follow\": false}"),
        )
        .await;
    assert_eq!(answer.status, 204);
    let kinds = by_ada.get("/users/me/notice-choices").await.json();
    assert_eq!(
        kinds["kinds"][0],
        json!({ "kind": "like", "words": "Somebody likes what you posted", "shown": false, "letter": "digest" })
    );
    ben.put("/@ada/follow", &[]).await;
    by_ben.put(&format!("/posts/{post}/like")).await;
    ticked(&house).await;
    say(&by_ben, &post, json!({ "text": "Fine" })).await;
    assert_eq!(told(&by_ada).await, [row("comment", "ben", 0)]);
    let page = ada.get("/settings/notices").await.body;
    assert!(page.contains("name=\"comment\" checked") && !page.contains("name=\"like\" checked"));
    ada.put("/settings/notices", &[("like", "on")]).await;
    let page = ada.get("/settings/notices").await.body;
    assert!(page.contains("name=\"like\" checked") && !page.contains("name=\"comment\" checked"));
    house.close().await;
}

#[rocket::async_test]
async fn open_pages_hear_how_many_are_new_on_every_device() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let other = house.signed_in("ada").await;
    let mut open = Vec::new();
    for device in [&ada, &other] {
        let cursor = device.get("/").await.cursor();
        let mut socket = device.listen(&cursor).await;
        assert_eq!(socket.badge().await, 0);
        open.push(socket);
    }
    ben.put("/@ada/follow", &[]).await;
    for socket in &mut open {
        assert_eq!(socket.badge().await, 1);
    }
    ada.post("/notices/read", &[]).await;
    for socket in &mut open {
        assert_eq!(socket.badge().await, 0);
    }
    drop(open);
    house.close().await;
}

#[rocket::async_test]
async fn pages_of_notices_follow_each_other_and_old_ones_are_forgotten() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let id = one(&house, ID, "ada").await;
    let ben = house.visitor("ben").await;
    let by = one(&house, ID, "ben").await;
    let now = house.clock.now();
    let mut tx = house.app.db.write().await.unwrap();
    for n in 0..65 {
        let old = if n < 5 { 91 * 86_400 * 1_000_000 } else { 0 };
        sqlx::query(
            "insert into notices (id, user_id, kind, comment_id, actor_id, at) values ($1, $2, 'follow', '', $3, $4)",
        )
        .bind(format!("follow:{n}:{id}"))
        .bind(&id)
        .bind(&by)
        // Some of one instant.
        .bind(now - old - n / 3)
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    porch::sweep(&house.app).await.unwrap();
    let mut found = 0;
    let mut next = Some("/notices".to_owned());
    while let Some(path) = next {
        let page = ada.get(&path).await;
        found += page.body.matches("follows you</a>").count();
        let more = page.body.contains("Older notices");
        next = more.then(|| {
            let after = page.between("href=\"/notices?after=", "\"").to_owned();
            format!("/notices?after={after}")
        });
    }
    assert_eq!(found, 60);
    drop(ben);
    house.close().await;
}
