//! Tokens that come by letter: reset and verification, as the contract has them (docs/api.md).

use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD};

#[rocket::async_test]
async fn a_forgotten_password_is_replaced_once() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    for email in ["ada@example.org", "nobody@example.org"] {
        let reply = ada
            .post("/auth/forgot-password", json!({ "email": email }))
            .await;
        assert_eq!((reply.status, reply.text.as_str()), (202, "null"));
    }
    let letter = house.letter("choose a new password").await;
    assert!(letter.contains("To: ada@example.org"));
    let token = crate::house::token_in(&letter);
    let reset = async |token: &str, password: &str| {
        let body = json!({ "token": token, "password": password });
        ada.post("/auth/reset-password", body).await
    };
    let reply = reset(&token, "short").await;
    assert_eq!(reply.detail()["code"], "RESET_PASSWORD_INVALID_PASSWORD");
    let reply = reset(&token, "another long sentence").await;
    assert_eq!(
        (reply.status, reply.text.as_str()),
        (200, "null"),
        "the token was still good"
    );
    assert_eq!(
        ada.get("/users/me").await.status,
        401,
        "every session has ended"
    );
    assert_eq!(ada.login("ada@example.org", PASSWORD).await.status, 400);
    assert_eq!(
        ada.login("ada@example.org", "another long sentence")
            .await
            .status,
        200
    );
    for bad in [token.as_str(), "", "x.y.z"] {
        let reply = reset(bad, PASSWORD).await;
        assert_eq!(
            (reply.status, reply.detail()),
            (400, json!("RESET_PASSWORD_BAD_TOKEN"))
        );
    }
    house.letter("your password was changed").await;
    assert_eq!(house.letters().len(), 2, "nobody else got a letter");
    house.close().await;
}

#[rocket::async_test]
async fn an_address_is_confirmed_by_the_token_of_a_letter() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    for email in ["ada@example.org", "nobody@example.org", "mo@example.org"] {
        let body = json!({ "email": email });
        let reply = ada.post("/auth/request-verify-token", body).await;
        assert_eq!((reply.status, reply.text.as_str()), (202, "null"));
    }
    let token = crate::house::token_in(&house.letter("confirm your address").await);
    let verify = async |token: &str| ada.post("/auth/verify", json!({ "token": token })).await;
    let reply = verify(&token).await;
    assert_eq!(
        (reply.status, &reply.json()["is_verified"]),
        (200, &json!(true))
    );
    let again = verify(&token).await;
    assert_eq!(
        (again.status, again.detail()),
        (400, json!("VERIFY_USER_ALREADY_VERIFIED"))
    );
    let bad = verify("nonsense").await;
    assert_eq!(
        (bad.status, bad.detail()),
        (400, json!("VERIFY_USER_BAD_TOKEN"))
    );
    house.close().await;
}

#[rocket::async_test]
async fn nobody_keeps_a_member_from_getting_a_reset_letter() {
    let house = House::open_with(&[("rate_limit", "on")]).await;
    let ada = Client::member(&house, "ada").await;
    let ask = json!({ "email": "ada@example.org" });
    for _ in 0..5 {
        let reply = ada.post("/auth/request-verify-token", ask.clone()).await;
        assert_eq!(
            reply.status, 202,
            "a letter too many is not sent, and not told"
        );
    }
    assert_eq!(ada.post("/auth/forgot-password", ask).await.status, 202);
    house.letter("choose a new password").await;
    let letters = house.letters();
    let confirming = letters
        .iter()
        .filter(|letter| letter.contains(": confirm your address"));
    assert_eq!(confirming.count(), 3);
    house.close().await;
}

#[rocket::async_test]
async fn a_token_dies_with_the_hour_and_the_address() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let ask = json!({ "email": "ada@example.org" });
    ada.post("/auth/request-verify-token", ask.clone()).await;
    ada.post("/auth/forgot-password", ask).await;
    let verify = crate::house::token_in(&house.letter("confirm your address").await);
    let reset = crate::house::token_in(&house.letter("choose a new password").await);
    // A token of one kind is refused in place of another.
    let body = json!({ "token": verify, "password": "another long sentence" });
    assert_eq!(ada.post("/auth/reset-password", body).await.status, 400);
    assert_eq!(
        ada.post("/auth/verify", json!({ "token": reset }))
            .await
            .status,
        400
    );
    assert_eq!(
        ada.with_token(Some(&reset)).get("/users/me").await.status,
        401
    );
    let moved = ada
        .patch("/users/me", json!({ "email": "ada@example.com" }))
        .await;
    assert_eq!(moved.status, 200);
    let reply = ada.post("/auth/verify", json!({ "token": verify })).await;
    assert_eq!(
        reply.detail(),
        "VERIFY_USER_BAD_TOKEN",
        "the address has changed since"
    );
    house.clock.advance(std::time::Duration::from_secs(3_601));
    let body = json!({ "token": reset, "password": "another long sentence" });
    let reply = ada.post("/auth/reset-password", body).await;
    assert_eq!(reply.detail(), "RESET_PASSWORD_BAD_TOKEN", "it is too old");
    house.close().await;
}

#[rocket::async_test]
async fn where_it_is_required_nobody_comes_in_unverified() {
    let house = House::open_with(&[("require_verified", "on")]).await;
    let client = Client::new(&house);
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    assert_eq!(client.post("/auth/register", body).await.status, 201);
    let reply = client.login("ada@example.org", PASSWORD).await;
    assert_eq!(
        (reply.status, reply.detail()),
        (400, json!("LOGIN_USER_NOT_VERIFIED"))
    );
    let wrong = client.login("ada@example.org", "wrong password").await;
    assert_eq!(wrong.detail(), "LOGIN_BAD_CREDENTIALS");
    client
        .post(
            "/auth/request-verify-token",
            json!({ "email": "ada@example.org" }),
        )
        .await;
    let token = crate::house::token_in(&house.letter("confirm your address").await);
    assert_eq!(
        client
            .post("/auth/verify", json!({ "token": token }))
            .await
            .status,
        200
    );
    assert_eq!(client.login("ada@example.org", PASSWORD).await.status, 200);
    house.close().await;
}
