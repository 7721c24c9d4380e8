//! `/users/me/…`: access tokens, sessions, and leaving.

use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD};

#[rocket::async_test]
async fn access_tokens_are_shown_once_and_open_until_they_are_revoked() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let made = ada
        .post(
            "/users/me/tokens",
            json!({ "name": "photo frame", "days": 30 }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let text = made["token"].as_str().unwrap();
    assert!(text.starts_with("porch_") && text.len() == 38);
    let frame = ada.with_token(Some(text));
    assert_eq!(frame.get("/feeds").await.status, 200);
    assert_eq!(frame.upload("By the frame").await.status, 200);
    assert_eq!(
        frame
            .post("/users/me/tokens", json!({ "name": "more" }))
            .await
            .status,
        403
    );
    let dear = frame
        .patch("/users/me", json!({ "password": "another long sentence" }))
        .await;
    assert_eq!(
        dear.status, 403,
        "an access token does not change the password"
    );
    let listed = ada.get("/users/me/tokens").await.json();
    assert_eq!(listed["tokens"][0]["name"], "photo frame");
    assert!(!listed.to_string().contains(text), "its text is not kept");
    for (body, mistakes) in [
        (json!({}), vec!["missing name"]),
        (json!({ "name": " " }), vec!["value_error name"]),
        (json!({ "name": "x", "days": 0 }), vec!["value_error days"]),
        (
            json!({ "name": "x", "days": "many" }),
            vec!["int_type days"],
        ),
    ] {
        assert_eq!(
            ada.post("/users/me/tokens", body.clone()).await.mistakes(),
            mistakes,
            "{body}"
        );
    }
    let ben = Client::member(&house, "ben").await;
    let path = format!("/users/me/tokens/{}", made["id"].as_str().unwrap());
    assert_eq!(ben.delete(&path).await.status, 404, "it is not Ben's");
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(frame.get("/feeds").await.status, 401);
    let short = ada
        .post("/users/me/tokens", json!({ "name": "short", "days": 1 }))
        .await
        .json();
    let short = ada.with_token(short["token"].as_str());
    assert_eq!(short.get("/feeds").await.status, 200);
    house.clock.advance(Duration::from_secs(86_401));
    assert_eq!(short.get("/feeds").await.status, 401);
    house.close().await;
}

#[rocket::async_test]
async fn sessions_are_listed_and_ended_one_by_one() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let phone = house.signed_in("ada").await;
    let socket = phone.listen(&phone.get("/").await.cursor()).await;
    let sessions = ada.get("/users/me/sessions").await.json();
    let sessions = sessions["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2);
    let browser = sessions.iter().find(|s| s["kind"] == "browser").unwrap();
    assert_eq!(browser["current"], false);
    let path = format!("/users/me/sessions/{}", browser["id"].as_str().unwrap());
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(ada.delete(&path).await.status, 404);
    assert_eq!(socket.closed().await, Some(4401));
    assert_eq!(phone.get("/").await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn an_account_leaves_after_a_grace_time_in_which_it_may_stay() {
    let house = House::open().await;
    let (mo, ada) = (
        Client::admin(&house).await,
        Client::member(&house, "ada").await,
    );
    house.confirm("ada").await;
    ada.upload("First light").await;
    let ask = async |client: &Client, password: &str| {
        client
            .post("/users/me/deletion", json!({ "password": password }))
            .await
    };
    assert_eq!(
        ask(&ada, "wrong password").await.mistakes(),
        ["value_error password"]
    );
    let reply = ask(&ada, PASSWORD).await;
    assert_eq!(reply.status, 202, "{}", reply.text);
    assert_eq!(
        ada.get("/users/me").await.status,
        401,
        "signed out everywhere"
    );
    house.letter("your account is leaving").await;
    let week = Duration::from_secs(7 * 86_400);
    house.clock.advance(week - Duration::from_secs(60));
    porch::sweep(&house.app).await.unwrap();
    let ada = ada.logged_in("ada@example.org", PASSWORD).await;
    house.clock.advance(week);
    porch::sweep(&house.app).await.unwrap();
    let mo = mo.logged_in("mo@example.org", PASSWORD).await;
    assert_eq!(
        mo.get("/feeds").await.json()["posts"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "signing in has kept it"
    );
    let ada = ada.logged_in("ada@example.org", PASSWORD).await;
    assert_eq!(ask(&ada, PASSWORD).await.status, 202);
    house.clock.advance(week + Duration::from_secs(1));
    porch::sweep(&house.app).await.unwrap();
    let mo = mo.logged_in("mo@example.org", PASSWORD).await;
    assert_eq!(mo.get("/feeds").await.json()["posts"], json!([]));
    assert_eq!(ada.login("ada@example.org", PASSWORD).await.status, 400);
    assert_eq!(
        ask(&mo, PASSWORD).await.status,
        409,
        "the only administrator stays"
    );
    house.close().await;
}
