//! Accounts that are closed by a decision: for a while, for good, with what they posted in sight or not; and what whoever is out
//! still can.

use std::time::Duration;

use serde_json::json;

use crate::choir::{people, program, put, worked};
use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::reports::{MINUTE, decide, moderator, report};
use crate::table::one;

const DAY: Duration = Duration::from_secs(86_400);

async fn reported(house: &House, handle: &str) {
    let member = one(house, "select id from users where handle = $1", handle).await;
    assert_eq!(
        report(house, "eve", "member", &member, "unkind")
            .await
            .status,
        204
    );
}

#[rocket::async_test]
async fn a_while_outside_ends_by_itself() {
    let house = House::open().await;
    let [ada, _, eve] = people(&house).await;
    house.confirm("ada").await;
    moderator(&house, "meg").await;
    let desk = program(&house, "meg").await;
    let post = ada.publish("Harsh").await;
    let token = program(&house, "ada").await;
    reported(&house, "ada").await;
    for (days, status) in [(None, 422), (Some(0), 422), (Some(31), 422), (Some(3), 201)] {
        let made = decide(
            &desk,
            "suspend",
            json!({ "days": days, "words": "Cool down." }),
        )
        .await;
        assert_eq!(made.status, status, "{days:?}: {}", made.text);
    }
    // Out at once, everywhere; what they posted stays.
    assert_eq!(ada.get("/").await.status, 303);
    assert_eq!(token.get("/users/me").await.status, 401);
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 200);
    let email = [("email", "ada@example.org"), ("password", PASSWORD)];
    // With the right password they read why; with another one nobody learns anything.
    let out = house.stranger();
    let wrong = [
        ("email", "ada@example.org"),
        ("password", "not the one at all"),
    ];
    assert_eq!(out.post("/login", &wrong).await.status, 422);
    let led = out.post("/login", &email).await;
    assert_eq!(led.status, 303);
    let standing = led.header("location").to_owned();
    assert!(standing.starts_with("/standing/"), "{standing}");
    let page = out.get(&standing).await;
    assert!(page.body.contains("Your account is closed until") && page.body.contains("Cool down."));
    assert_eq!(out.get("/").await.status, 303, "no session has begun");
    let login = Client::new(&house).login("ada@example.org", PASSWORD).await;
    assert_eq!(login.detail(), "LOGIN_BAD_CREDENTIALS");
    // The letter says the same, ten minutes later.
    house.clock.advance(11 * MINUTE);
    worked(&house).await;
    let letter = house
        .letter_with("about what you have here", "ada@example.org")
        .await;
    assert!(letter.contains("Your account is closed until") && letter.contains("Cool down."));
    assert!(letter.contains("/standing/") && letter.contains("The moderators of"));
    house.clock.advance(3 * DAY);
    worked(&house).await;
    let ada = house.stranger();
    let back = ada.post("/login", &email).await;
    assert_eq!(back.header("location"), "/");
    let stands = ada.get("/standing").await.body;
    assert!(stands.contains("Over since") && !stands.contains("Taken back"));
    house.close().await;
}

#[rocket::async_test]
async fn whoever_is_out_speaks_against_it_and_somebody_else_answers() {
    let house = House::open().await;
    let [ada, _, eve] = people(&house).await;
    let post = ada.publish("Harsh").await;
    reported(&house, "ada").await;
    let mo = Client::admin(&house).await;
    let mut open = eve.listen(&eve.get("/").await.cursor()).await;
    open.missed().await;
    let made = decide(&mo, "ban", json!({ "away": true })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let measure = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(open.happens().await["op"], "gone-by");
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 404);
    assert_eq!(eve.get("/@ada").await.status, 404);
    let out = house.stranger();
    let email = [("email", "ada@example.org"), ("password", PASSWORD)];
    let standing = out
        .post("/login", &email)
        .await
        .header("location")
        .to_owned();
    let appeal = format!("{standing}/{measure}/appeal");
    let empty = out.post(&appeal, &[("words", " ")]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.body.contains("Say why we should think again."));
    let said = [("words", "It was a joke among friends.")];
    assert_eq!(out.post(&appeal, &said).await.status, 303);
    let again = out.post(&appeal, &said).await;
    assert!(
        again.body.contains("You have asked about this already."),
        "{}",
        again.body
    );
    // Another one's decision is nobody's to appeal.
    let bens = program(&house, "ben").await;
    let path = format!("/measures/{measure}/appeal");
    assert_eq!(
        put(&bens, &path, json!({ "words": "Me too" })).await.status,
        404
    );
    // Where there is somebody else who could, whoever decided does not answer.
    let answer = json!({ "outcome": "upheld", "answer": "We stay with it." });
    let path = format!("/house/appeals/{measure}");
    house.visitor("max").await;
    crate::table::sql(
        &house,
        "update users set is_admin = 1 where handle = $1",
        &["max"],
    )
    .await;
    assert_eq!(put(&mo, &path, answer.clone()).await.status, 403);
    let max = program(&house, "max").await;
    let waiting = max.get("/house/appeals").await.json();
    assert_eq!(
        waiting["appeals"][0]["words"],
        "It was a joke among friends."
    );
    let page = house
        .signed_in("max")
        .await
        .get("/admin/reports")
        .await
        .body;
    assert!(page.contains("It was a joke among friends."));
    assert_eq!(
        put(&max, &path, json!({ "outcome": "lifted", "answer": "" }))
            .await
            .status,
        422
    );
    let lifted = json!({ "outcome": "lifted", "answer": "You are right." });
    assert_eq!(put(&max, &path, lifted).await.status, 204);
    assert_eq!(put(&max, &path, answer).await.status, 409);
    let ada = house.signed_in("ada").await;
    assert_eq!(ada.get("/").await.status, 200);
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 200);
    assert!(ada.get("/standing").await.body.contains("You are right."));
    assert_eq!(
        house.stranger().get(&standing).await.status,
        404,
        "the link is of no use any more"
    );
    house.close().await;
}

#[rocket::async_test]
async fn two_reasons_are_lifted_one_by_one() {
    let house = House::open().await;
    let [ada, _, eve] = people(&house).await;
    let post = ada.publish("Harsh").await;
    reported(&house, "ada").await;
    let mo = Client::admin(&house).await;
    let ids = async |act: &str, more| -> String {
        let made = decide(&mo, act, more).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["id"].as_str().unwrap().to_owned()
    };
    let a_while = ids("suspend", json!({ "days": 2, "goes_on": true })).await;
    let for_good = ids("ban", json!({ "away": true, "goes_on": true })).await;
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 404);
    let another = ids("suspend", json!({ "days": 1 })).await;
    assert_eq!(
        eve.get(&format!("/p/{post}")).await.status,
        404,
        "one of them keeps it out of sight"
    );
    assert_eq!(
        mo.delete(&format!("/house/measures/{another}"))
            .await
            .status,
        204
    );
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 404);
    house.clock.advance(3 * DAY);
    worked(&house).await;
    let out = house.stranger();
    let email = [("email", "ada@example.org"), ("password", PASSWORD)];
    let led = out.post("/login", &email).await;
    assert!(
        led.header("location").starts_with("/standing/"),
        "still out for good"
    );
    let mo = Client::admin(&house).await;
    let gone = mo
        .delete(&format!("/house/measures/{for_good}?words=Enough"))
        .await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(house.signed_in("ada").await.get("/").await.status, 200);
    let eve = house.signed_in("eve").await;
    assert_eq!(eve.get(&format!("/p/{post}")).await.status, 200);
    let again = mo
        .delete(&format!("/house/measures/{a_while}?words=Enough"))
        .await;
    assert_eq!(again.status, 409, "it has ended by itself");
    house.close().await;
}

#[rocket::async_test]
async fn whoever_is_out_leaves_with_their_password() {
    let house = House::open().await;
    people(&house).await;
    reported(&house, "ada").await;
    let mo = Client::admin(&house).await;
    assert_eq!(decide(&mo, "ban", json!({})).await.status, 201);
    let out = house.stranger();
    let email = [("email", "ada@example.org"), ("password", PASSWORD)];
    let standing = out
        .post("/login", &email)
        .await
        .header("location")
        .to_owned();
    let leave = format!("{standing}/leave");
    assert_eq!(
        out.post(&leave, &[("password", "not the one at all")])
            .await
            .status,
        303
    );
    let here = "select cast(count(*) as text) from users where email = $1";
    let leaves =
        "select cast(count(*) as text) from users where leaves_at is not null and email = $1";
    assert_eq!(one(&house, leaves, "ada@example.org").await, "0");
    assert_eq!(
        out.post(&leave, &[("password", PASSWORD)]).await.status,
        303
    );
    assert_eq!(one(&house, leaves, "ada@example.org").await, "1");
    house.clock.advance(8 * DAY);
    porch::sweep(&house.app).await.unwrap();
    worked(&house).await;
    worked(&house).await;
    assert_eq!(one(&house, here, "ada@example.org").await, "0");
    let left = one(
        &house,
        "select cast(count(*) as text) from measures where act = $1",
        "ban",
    )
    .await;
    assert_eq!(left, "0", "nothing of it stays but the log");
    house.close().await;
}

#[rocket::async_test]
async fn what_is_opened_by_hand_no_decision_closes_again() {
    let house = House::open().await;
    people(&house).await;
    reported(&house, "ada").await;
    let mo = Client::admin(&house).await;
    let made = decide(&mo, "suspend", json!({ "days": 2, "away": true })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let keeper = house.signed_in("mo").await;
    let open = keeper
        .put("/admin/people/ada/access", &[("access", "open")])
        .await;
    assert_eq!(open.status, 303, "{}", open.body);
    let ada = house.signed_in("ada").await;
    let eve = house.signed_in("eve").await;
    assert_eq!(eve.get("/@ada").await.status, 200);
    let stands = ada.get("/standing").await.body;
    assert!(
        stands.contains("Nothing was decided about you."),
        "{stands}"
    );
    // Closed by hand later, it is not opened by the end of what was lifted long ago.
    let close = keeper
        .put("/admin/people/ada/access", &[("access", "closed")])
        .await;
    assert_eq!(close.status, 303);
    house.clock.advance(3 * DAY);
    worked(&house).await;
    let email = [("email", "ada@example.org"), ("password", PASSWORD)];
    let led = house.stranger().post("/login", &email).await;
    assert!(led.header("location").starts_with("/standing/"));
    house.close().await;
}

#[rocket::async_test]
async fn nobody_judges_an_equal() {
    let house = House::open().await;
    people(&house).await;
    let max = moderator(&house, "max").await;
    crate::table::sql(
        &house,
        "update users set is_admin = 1 where handle = $1",
        &["max"],
    )
    .await;
    drop(max);
    reported(&house, "mo").await;
    let max = program(&house, "max").await;
    for act in ["remind", "suspend", "ban"] {
        let judged = decide(&max, act, json!({ "days": 1 })).await;
        assert_eq!(judged.status, 403, "{act}: {}", judged.text);
    }
    let none = one(
        &house,
        "select cast(count(*) as text) from measures where reason = $1",
        "unkind",
    )
    .await;
    assert_eq!(none, "0");
    house.close().await;
}
