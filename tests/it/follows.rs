//! Who follows whom, what that shows them, and posts for followers only.

use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::table::{ID, one};
use crate::visitor::Visitor;

async fn program(house: &House, name: &str) -> Client {
    let email = format!("{name}@example.org");
    Client::new(house).logged_in(&email, PASSWORD).await
}

async fn publish_for(by: &Visitor, caption: &str, audience: &str) -> String {
    let png = crate::picture::png(8, 6);
    let fields = [("caption", caption), ("audience", audience)];
    let answer = by.upload("/p", &fields, &[("media", "a.png", &png)]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    by.get("/?of=everyone")
        .await
        .post_saying(caption)
        .expect("it is in the feed")
}

#[rocket::async_test]
async fn members_follow_each_other_and_have_a_feed_of_it() {
    let house = House::open().await;
    let (ada, ben, cy) = (
        house.visitor("ada").await,
        house.visitor("ben").await,
        house.visitor("cy").await,
    );
    let by_ben = program(&house, "ben").await;
    let apples = ada.publish("Apples").await;
    let own = ben.publish("Mine").await;
    let pears = cy.publish("Pears").await;
    let empty = house.visitor("dot").await.get("/?of=following").await;
    assert!(empty.posts().is_empty() && empty.body.contains("People to follow"));
    for _ in 0..2 {
        let answer = ben.put("/@ada/follow", &[]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/@ada"));
    }
    let page = ben.get("/@ada").await.body;
    assert!(
        page.contains("Following. Follow no more")
            && page.contains("<span class=\"count\">1</span> follower<")
    );
    assert_eq!(
        ben.get("/?of=following").await.posts(),
        [own.clone(), apples.clone()]
    );
    // It is remembered, and everyone is there as before.
    assert_eq!(ben.get("/").await.posts(), [own.clone(), apples.clone()]);
    assert_eq!(
        ben.get("/?of=everyone").await.posts(),
        [pears.clone(), own.clone(), apples.clone()]
    );
    assert_eq!(ben.get("/?of=nobody").await.status, 404);
    let profile = by_ben.get("/members/ada").await.json();
    assert_eq!(
        (profile["tie"].clone(), profile["followers"].clone()),
        (json!("following"), json!(1))
    );
    let followers = by_ben.get("/members/ada/followers").await.json();
    assert_eq!(followers["members"][0]["handle"], "ben");
    assert_eq!(
        by_ben.get("/members/ben/following").await.json()["members"][0]["handle"],
        "ada"
    );
    assert!(
        ada.get("/@ada/followers")
            .await
            .body
            .contains("Remove ben from your followers")
    );
    assert_eq!(by_ben.put("/members/ben/follow").await.status, 409);
    assert_eq!(by_ben.put("/members/nobody/follow").await.status, 404);
    assert!(ben.get("/members").await.body.contains("@cy"));
    assert_eq!(
        by_ben.get("/directory").await.json()["members"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    // Removed by her, he does not follow any more.
    let id = one(&house, ID, "ben").await;
    assert_eq!(ada.delete(&format!("/followers/{id}")).await.status, 303);
    assert_eq!(by_ben.get("/members/ada").await.json()["tie"], "none");
    assert_eq!(ben.get("/?of=following").await.posts(), [own]);
    house.close().await;
}

#[rocket::async_test]
async fn who_wants_to_be_asked_is_asked() {
    let house = House::open().await;
    let (ada, ben, cy) = (
        house.visitor("ada").await,
        house.visitor("ben").await,
        house.visitor("cy").await,
    );
    let by_ada = program(&house, "ada").await;
    assert_eq!(ada.put("/followers", &[("asks", "on")]).await.status, 303);
    for visitor in [&ben, &cy] {
        visitor.put("/@ada/follow", &[]).await;
        assert!(
            visitor
                .get("/@ada")
                .await
                .body
                .contains("Requested. Take it back")
        );
    }
    assert_eq!(by_ada.get("/members/ada").await.json()["followers"], 0);
    let asked = by_ada.get("/users/me/follow-requests").await.json();
    let names: Vec<Value> = asked["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["handle"].clone())
        .collect();
    assert_eq!(names, ["ben", "cy"]);
    assert!(
        ada.get("/@ada/followers")
            .await
            .body
            .contains("They ask to follow you")
    );
    assert!(
        !ben.get("/@ada/followers").await.body.contains("They ask"),
        "for her alone"
    );
    assert_eq!(by_ada.put("/users/me/followers/ben").await.status, 204);
    assert_eq!(by_ada.put("/users/me/followers/ben").await.status, 404);
    assert_eq!(
        program(&house, "ben")
            .await
            .get("/members/ada")
            .await
            .json()["tie"],
        "following"
    );
    let id = one(&house, ID, "cy").await;
    assert_eq!(
        ada.delete(&format!("/followers/{id}/request")).await.status,
        303
    );
    assert_eq!(
        program(&house, "cy").await.get("/members/ada").await.json()["tie"],
        "none"
    );
    // Whoever waits when she does not want to be asked any more comes in.
    cy.put("/@ada/follow", &[]).await;
    assert_eq!(ada.put("/followers", &[]).await.status, 303);
    assert_eq!(
        program(&house, "cy").await.get("/members/ada").await.json()["tie"],
        "following"
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_post_for_followers_is_nowhere_for_others_and_comes_and_goes_with_its_audience() {
    let house = House::open().await;
    let (ada, ben, cy) = (
        house.visitor("ada").await,
        house.visitor("ben").await,
        house.visitor("cy").await,
    );
    assert_eq!(ben.put("/@ada/follow", &[]).await.status, 303);
    house.settled().await;
    let start = ben.get("/?of=everyone").await.cursor();
    let [mut at_ben, mut at_cy] = [ben.listen(&start).await, cy.listen(&start).await];
    at_ben.missed().await;
    at_cy.missed().await;
    let secret = publish_for(&ada, "For some", "followers").await;
    let put = at_ben.happens().await;
    assert_eq!(
        (put["op"].clone(), put["id"].clone()),
        (json!("put"), json!(format!("p-{secret}")))
    );
    assert!(put["html"].as_str().unwrap().contains("Followers"));
    for feed in ["/?of=everyone", "/?of=following", "/@ada/posts"] {
        assert_eq!(ben.get(feed).await.posts(), [&*secret], "{feed}");
        assert!(cy.get(feed).await.posts().is_empty(), "{feed}");
    }
    assert_eq!(cy.get(&format!("/p/{secret}")).await.status, 404);
    assert!(
        cy.get("/@ada")
            .await
            .body
            .contains("<span class=\"count\">0</span> posts")
    );
    assert!(
        ben.get("/@ada")
            .await
            .body
            .contains("<span class=\"count\">1</span> post<")
    );
    let said = program(&house, "ben")
        .await
        .get(&format!("/posts/{secret}"))
        .await
        .json();
    assert_eq!(said["audience"], "followers");
    // Widened, it comes to the others; narrowed, it goes from them and stays with the followers.
    let by_ada = program(&house, "ada").await;
    let change = async |audience: &str| {
        let request = by_ada.request(reqwest::Method::PATCH, &format!("/posts/{secret}"));
        let answer = by_ada
            .send(request.json(&json!({ "audience": audience })))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    };
    change("everyone").await;
    assert_eq!(at_cy.happens().await["op"], "put", "nothing before that");
    assert_eq!(at_ben.happens().await["op"], "put");
    assert_eq!(cy.get("/?of=everyone").await.posts(), [&*secret]);
    change("followers").await;
    let gone = at_cy.happens().await;
    assert_eq!(
        (gone["op"].clone(), gone["id"].clone()),
        (json!("gone"), json!(format!("p-{secret}")))
    );
    assert_eq!(at_ben.happens().await["op"], "put");
    assert!(cy.get("/?of=everyone").await.posts().is_empty());
    let missed = cy.listen(&start).await.missed().await;
    assert!(
        missed
            .iter()
            .all(|frame| frame["op"] == "gone" || frame["op"] == "counts"),
        "{missed:?}"
    );
    // Whoever follows no more sees it no more, at once.
    ben.delete("/@ada/follow").await;
    assert_eq!(at_ben.happens().await["reset"], true);
    assert!(ben.get("/?of=everyone").await.posts().is_empty());
    assert_eq!(ben.get(&format!("/p/{secret}")).await.status, 404);
    house.close().await;
}

#[rocket::async_test]
async fn the_feed_of_the_followed_agrees_with_a_plain_count() {
    let house = House::open().await;
    let reader = house.visitor("reader").await;
    let mut authors = Vec::new();
    for n in 0..6 {
        authors.push(house.visitor(&format!("m{n}")).await);
    }
    for n in [0, 2, 5] {
        reader.put(&format!("/@m{n}/follow"), &[]).await;
    }
    let mut expected = Vec::new();
    for n in 0..48 {
        let who = (n * 7 + n / 5) % 6;
        let audience = if n % 4 == 1 { "followers" } else { "everyone" };
        let post = publish_for(&authors[who], &format!("No. {n}"), audience).await;
        if [0, 2, 5].contains(&who) {
            expected.insert(0, post);
        }
    }
    let (mut found, mut next) = (Vec::new(), Some("/?of=following".to_owned()));
    while let Some(path) = next {
        let page = reader.get(&path).await;
        found.extend(page.posts());
        next = page.older();
    }
    assert_eq!(found, expected);
    house.close().await;
}

#[rocket::async_test]
async fn a_block_holds_both_ways_at_once_and_a_mute_one_way() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let by_ben = program(&house, "ben").await;
    ben.put("/@ada/follow", &[]).await;
    ada.put("/@ben/follow", &[]).await;
    let apples = ada.publish("Apples").await;
    let pears = ben.publish("Pears").await;
    house.settled().await;
    let mut open = ben.listen(&ben.get("/").await.cursor()).await;
    open.missed().await;
    // Muted, she is in no feed of his, and her page stays.
    assert_eq!(ben.put("/@ada/mute", &[]).await.status, 303);
    assert_eq!(open.happens().await["reset"], true);
    assert_eq!(ben.get("/").await.posts(), [&*pears]);
    assert_eq!(ben.get("/@ada/posts").await.posts(), [&*apples]);
    assert_eq!(ada.get("/").await.posts(), [pears.clone(), apples.clone()]);
    assert!(ben.get("/apart").await.body.contains("Mute ada no more"));
    assert_eq!(
        by_ben.get("/users/me/mutes").await.json()["members"][0]["handle"],
        "ada"
    );
    assert_eq!(ben.delete("/@ada/mute").await.status, 303);
    assert_eq!(ben.get("/").await.posts(), [pears.clone(), apples.clone()]);
    // Blocked, neither sees the other, and nobody is told.
    for _ in 0..2 {
        assert_eq!(by_ben.put("/members/ada/block").await.status, 204);
    }
    for (reader, other, post) in [(&ben, "ada", &apples), (&ada, "ben", &pears)] {
        assert!(!reader.get("/").await.posts().contains(post), "{other}");
        assert_eq!(reader.get(&format!("/@{other}")).await.status, 404);
        assert_eq!(reader.get(&format!("/p/{post}")).await.status, 404);
        assert!(
            !reader
                .get("/members")
                .await
                .body
                .contains(&format!("@{other}<"))
        );
        assert_eq!(
            reader.put(&format!("/@{other}/follow"), &[]).await.status,
            404
        );
    }
    assert_eq!(ada.get("/@ben/apart").await.status, 404, "she is not told");
    assert!(
        ben.get("/@ada/apart")
            .await
            .body
            .contains("You have blocked")
    );
    assert_eq!(ada.put("/@ben/block", &[]).await.status, 404);
    assert_eq!(by_ben.delete("/members/ada/block").await.status, 204);
    assert_eq!(ben.get("/").await.posts(), [pears, apples]);
    assert_eq!(
        by_ben.get("/members/ada").await.json()["tie"],
        "none",
        "they follow each other no more"
    );
    assert_eq!(
        by_ben.put("/members/ben/block").await.status,
        404,
        "not oneself"
    );
    house.close().await;
}
