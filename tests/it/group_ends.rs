//! Groups: what they are called, how they end, and what has a bound.

use std::time::Duration;

use serde_json::json;

use crate::choir::{choir, people, program, put, worked};
use crate::client::Client;
use crate::house::House;
use crate::table::one;

#[rocket::async_test]
async fn closing_can_be_undone_for_a_day_and_deletes_nothing() {
    let house = House::open().await;
    let [ada, ben, eve] = people(&house).await;
    let id = choir(&house, json!({})).await;
    let post = ben.publish_in(&id, "Ours").await;
    assert_eq!(ben.put("/~choir/closing", &[]).await.status, 403);
    assert_eq!(ada.put("/~choir/closing", &[]).await.status, 303);
    assert!(
        ben.get("/~choir")
            .await
            .body
            .contains("This group closes on")
    );
    assert!(!ben.get("/~choir").await.body.contains("Keep it open"));
    assert_eq!(ada.delete("/~choir/closing").await.status, 303);
    house.clock.advance(Duration::from_secs(86_400 + 60));
    worked(&house).await;
    assert_eq!(
        ben.get("/~choir").await.status,
        200,
        "somebody kept it open"
    );
    ada.put("/~choir/closing", &[]).await;
    house.clock.advance(Duration::from_secs(86_400 - 60));
    worked(&house).await;
    assert_eq!(ben.get("/~choir").await.status, 200, "not yet");
    house.clock.advance(Duration::from_secs(120));
    worked(&house).await;
    for who in [&ada, &ben, &eve] {
        assert_eq!(who.get("/~choir").await.status, 404);
    }
    assert_eq!(ada.get(&format!("/p/{post}")).await.status, 404);
    let own = ben.get(&format!("/p/{post}")).await;
    assert!(
        own.body.contains("Only you: the group has ended"),
        "{}",
        own.body
    );
    assert!(!ben.get("/").await.body.contains("/~choir"));
    let public = json!({ "audience": "everyone" });
    let api = program(&house, "ben").await;
    assert_eq!(
        api.patch(&format!("/posts/{post}"), public).await.status,
        200
    );
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 200);
    let count = "select cast(count(*) as text) from groups where slug = $1";
    house.clock.advance(Duration::from_secs(31 * 86_400));
    porch::sweep(&house.app).await.unwrap();
    assert_eq!(one(&house, count, "choir").await, "0");
    house.close().await;
}

#[rocket::async_test]
async fn a_group_is_called_otherwise_and_old_addresses_lead_on() {
    let house = House::open().await;
    let [ada, ben, _] = people(&house).await;
    let id = choir(&house, json!({})).await;
    let post = ada.publish_in(&id, "Ours").await;
    assert!(ben.get("/").await.body.contains("The choir"));
    let form = [
        ("_method", "put"),
        ("name", "Voices"),
        ("slug", "voices"),
        ("about", "Tuesdays"),
        ("joining", "open"),
        ("posting", "members"),
        ("listed", "on"),
    ];
    let changed = ada.post("/~choir/settings", &form).await;
    assert_eq!(changed.header("location"), "/~voices/settings");
    worked(&house).await;
    let page = ben.get("/").await.body;
    assert!(page.contains("/~voices") && page.contains("Voices") && !page.contains("The choir"));
    let api = program(&house, "ben").await;
    let listed = api.get("/feeds").await.json();
    assert_eq!(listed["posts"][0]["group"]["name"], "Voices");
    assert_eq!(ben.get("/~choir").await.header("location"), "/~voices");
    assert!(
        ben.get(&format!("/p/{post}"))
            .await
            .body
            .contains("/~voices")
    );
    // Until then nobody else is given the old one.
    let hers = program(&house, "eve").await;
    let taken = hers
        .post("/groups", json!({ "name": "C", "slug": "choir" }))
        .await;
    assert_eq!(taken.status, 422);
    house.clock.advance(Duration::from_secs(91 * 86_400));
    porch::sweep(&house.app).await.unwrap();
    // Sessions have ended too.
    let (hers, api) = (program(&house, "eve").await, program(&house, "ben").await);
    let free = hers
        .post("/groups", json!({ "name": "C", "slug": "choir" }))
        .await;
    assert_eq!(free.status, 201, "{}", free.text);
    // Two at once for one address: one of them gets it.
    let (a, b) = futures::future::join(
        hers.post("/groups", json!({ "name": "D", "slug": "duet" })),
        api.post("/groups", json!({ "name": "D", "slug": "duet" })),
    )
    .await;
    let mut both = [a.status, b.status];
    both.sort_unstable();
    assert_eq!(both, [201, 422]);
    house.close().await;
}

#[rocket::async_test]
async fn what_is_wrong_with_a_group_is_said_and_everything_has_a_bound() {
    let house = House::open().await;
    let [ada, _, eve] = people(&house).await;
    let api = program(&house, "ada").await;
    for (wrong, field) in [
        (json!({}), "name"),
        (json!({ "name": " " }), "name"),
        (json!({ "name": "x".repeat(51) }), "name"),
        (json!({ "name": "A", "slug": "a b" }), "slug"),
        (json!({ "name": "A", "slug": "everyone" }), "slug"),
        (json!({ "name": "A", "about": "x".repeat(501) }), "about"),
        (json!({ "name": "A", "joining": "maybe" }), "joining"),
        (json!({ "name": "A", "posting": "maybe" }), "posting"),
    ] {
        let answer = api.post("/groups", wrong.clone()).await;
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(
            answer.text.contains(&format!("\"{field}\"")),
            "{}",
            answer.text
        );
    }
    let form = [("name", ""), ("about", "Kept as it was typed")];
    let again = ada.post("/~", &form).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("Kept as it was typed") && again.body.contains("aria-invalid"));
    for n in 0..20 {
        let made = api
            .post(
                "/groups",
                json!({ "name": format!("Ours {n}"), "joining": "request" }),
            )
            .await;
        assert_eq!(made.status, 201, "{n}: {}", made.text);
    }
    assert_eq!(
        api.post("/groups", json!({ "name": "More" })).await.status,
        409
    );
    let hers = program(&house, "eve").await;
    for n in 0..20 {
        let path = format!("/groups/ours-{n}/membership");
        assert_eq!(put(&hers, &path, json!({})).await.json()["tie"], "asked");
    }
    let more = program(&house, "ben").await;
    more.post("/groups", json!({ "name": "One", "joining": "request" }))
        .await;
    let path = "/groups/one/membership";
    assert_eq!(put(&hers, path, json!({})).await.status, 409);
    // As many as somebody can be in.
    let eve_id = hers.id().await;
    for n in 0..200 {
        let found = "insert into groups (id, slug, name, joining, listed, posting, created_at)
                     values ($1, $1, $1, 'open', 0, 'members', 0)";
        let group = format!("g-{n}");
        crate::table::sql(&house, found, &[&group]).await;
        let join = "insert into group_members (group_id, user_id, since) values ($1, $2, 0)";
        crate::table::sql(&house, join, &[&group, &eve_id]).await;
    }
    more.post("/groups", json!({ "name": "Open", "joining": "open" }))
        .await;
    let full = eve.post("/~open/membership", &[]).await;
    assert_eq!(full.status, 422);
    assert!(full.body.contains("more than 200 groups"), "{}", full.body);
    house.close().await;
}

#[rocket::async_test]
async fn a_place_may_leave_founding_to_those_who_look_after_it() {
    let house = House::open_with(&[("groups", "officers")]).await;
    let mo = Client::admin(&house).await;
    let ada = house.visitor("ada").await;
    assert!(!ada.get("/~").await.body.contains("/~new"));
    assert_eq!(ada.get("/~new").await.status, 303);
    assert_eq!(ada.post("/~", &[("name", "Ours")]).await.status, 403);
    assert_eq!(
        mo.post("/groups", json!({ "name": "Ours" })).await.status,
        201
    );
    assert!(
        house
            .signed_in("mo")
            .await
            .get("/~")
            .await
            .body
            .contains("/~new")
    );
    house.close().await;
}
