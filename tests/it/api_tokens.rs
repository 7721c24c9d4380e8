//! What a token opens, and when it opens nothing any more.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;
use crate::house::House;

const NOBODY: &str = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10";

#[rocket::async_test]
async fn only_a_token_of_ours_that_is_still_good_opens_anything() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let token = ada.token.clone().unwrap();
    let mut parts = token.split('.');
    let (head, body) = (parts.next().unwrap(), parts.next().unwrap());
    let claims: Value = serde_json::from_slice(&BASE64.decode(body).unwrap()).unwrap();
    assert_eq!(claims["aud"], json!(["fastapi-users:auth"]));
    let now = house.clock.seconds();
    assert!((3_590..=3_600).contains(&(claims["exp"].as_i64().unwrap() - now)));
    let header: Value = serde_json::from_slice(&BASE64.decode(head).unwrap()).unwrap();
    assert_eq!(header, json!({ "alg": "HS256", "typ": "JWT" }));

    let signer = house.app.sessions.signer();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims.clone();
        change(&mut claims);
        signer.sign(&claims).unwrap()
    };
    let encode = |value: Value| BASE64.encode(value.to_string());
    let none = format!("{}.{body}.", encode(json!({ "alg": "none", "typ": "JWT" })));
    let other_alg = format!(
        "{}.{body}.{}",
        encode(json!({ "alg": "HS512", "typ": "JWT" })),
        token.rsplit('.').next().unwrap()
    );
    let foreign = porch::auth::Signer::new(&[7; 32]).sign(&claims).unwrap();
    for (what, bad) in [
        ("no algorithm", none),
        ("another algorithm", other_alg),
        ("another secret", foreign),
        ("exp as text", with(&|c| c["exp"] = "9999999999".into())),
        (
            "no exp",
            with(&|c| drop(c.as_object_mut().unwrap().remove("exp"))),
        ),
        ("exp has passed", with(&|c| c["exp"] = (now - 1).into())),
        (
            "no aud",
            with(&|c| drop(c.as_object_mut().unwrap().remove("aud"))),
        ),
        (
            "another kind",
            with(&|c| c["aud"] = json!(["fastapi-users:verify"])),
        ),
        (
            "a browser's",
            with(&|c| c["aud"] = json!(["porch:session"])),
        ),
        (
            "no sub",
            with(&|c| drop(c.as_object_mut().unwrap().remove("sub"))),
        ),
        ("somebody else's sub", with(&|c| c["sub"] = NOBODY.into())),
        ("another session", with(&|c| c["sid"] = NOBODY.into())),
        ("cut", token[..token.len() - 2].to_owned()),
        ("empty", String::new()),
        ("no token", "porch_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".into()),
    ] {
        let reply = ada.with_token(Some(&bad)).get("/users/me").await;
        assert_eq!(
            (reply.status, reply.detail()),
            (401, json!("Unauthorized")),
            "{what}"
        );
        assert!(reply.header("www-authenticate").is_empty());
    }
    let plain = ada.with_token(None);
    for (header, status) in [
        (format!("bearer {token}"), 200),
        (format!("BEARER  {token}"), 200),
        (format!("Basic {token}"), 401),
        (token.clone(), 401),
    ] {
        let request = plain
            .request(Method::GET, "/users/me")
            .header("authorization", header);
        assert_eq!(plain.send(request).await.status, status);
    }
    house.clock.advance(Duration::from_secs(3_601));
    assert_eq!(ada.get("/users/me").await.status, 401, "an hour has passed");
    house.close().await;
}

#[rocket::async_test]
async fn a_token_of_one_kind_is_refused_in_place_of_another() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    let browser = house.signed_in("ada").await;
    let cookie = browser.cookie();
    let jwt = cookie.split_once('=').unwrap().1;
    // Just used, so that whatever is remembered of it is remembered now.
    assert_eq!(browser.get("/").await.status, 200);
    assert_eq!(ada.with_token(Some(jwt)).get("/users/me").await.status, 401);
    assert_eq!(ada.get("/users/me").await.status, 200);
    let bearer = ada.token.as_deref().unwrap();
    let request = ada.with_token(None).request(Method::GET, "/users/me");
    let request = request.header("cookie", format!("porch={bearer}"));
    assert_eq!(ada.send(request).await.status, 401);
    house.close().await;
}

#[rocket::async_test]
async fn what_was_asked_before_a_reset_is_not_done_after_it() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    // The viewer as a request knew them whose body was slow to come.
    let sessions = &house.app.sessions;
    let token = ada.token.as_deref().unwrap();
    let credential = porch::auth::Credential::Bearer(token);
    let viewer = sessions.find(credential, None).await.unwrap().unwrap();
    let mut tx = house.app.db.write().await.unwrap();
    sessions.end_all(&mut tx, viewer.id).await.unwrap();
    tx.commit().await.unwrap();
    let (db, clock) = (&house.app.db, &house.clock);
    assert!(db.write_as(&viewer, clock).await.is_err());
    let mut tx = db.write().await.unwrap();
    let late = sessions.start_token(&mut tx, &viewer, ("late", i64::MAX));
    assert!(late.await.is_err());
    drop(tx);
    house.close().await;
}

#[rocket::async_test]
async fn an_access_token_of_an_administrator_holds_no_office() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let made = mo
        .post("/users/me/tokens", json!({ "name": "x" }))
        .await
        .json();
    let token = mo.with_token(made["token"].as_str());
    let path = format!("/users/{}", mo.id().await);
    let ada = Client::member(&house, "ada").await;
    let other = format!("/users/{}", ada.id().await);
    for body in [
        json!({ "password": "another long sentence" }),
        json!({ "is_verified": true }),
        json!({ "is_superuser": true }),
        json!({ "is_active": false }),
    ] {
        for path in [&path, &other] {
            assert_eq!(token.patch(path, body.clone()).await.status, 403, "{body}");
        }
    }
    assert_eq!(token.delete(&other).await.status, 403);
    // Not by the forms either, with the password at hand.
    let password = crate::house::PASSWORD;
    for (path, fields) in [
        ("/settings/email", "email=evil%40example.org"),
        ("/settings/password", "new_password=another+long+sentence"),
        ("/settings/account", "_=x"),
    ] {
        let fields = format!("{fields}&password={}", password.replace(' ', "+"));
        let kind = "application/x-www-form-urlencoded";
        let method = match path {
            "/settings/account" => reqwest::Method::DELETE,
            _ => reqwest::Method::PUT,
        };
        let refused = token.raw(method, path, (kind, &fields)).await;
        assert_eq!(refused.status, 403, "{path}: {}", refused.text);
    }
    // Nor does it see what members see of nobody.
    assert_eq!(token.get(&other).await.status, 403);
    assert_eq!(token.get("/admin/jobs").await.status, 403);
    ada.upload("Hers").await;
    assert_eq!(
        mo.get("/feeds").await.json()["posts"][0]["email"],
        "ada@example.org"
    );
    assert_eq!(token.get("/feeds").await.json()["posts"][0]["email"], "ada");
    // A sign-in of long ago does not do either, and says so.
    house.clock.advance(std::time::Duration::from_secs(7_200));
    let stale = mo.patch(&other, json!({ "is_superuser": true })).await;
    assert_eq!(stale.status, 401, "{}", stale.text);
    assert_eq!(mo.delete(&other).await.status, 401);
    let mo = mo.logged_in("mo@example.org", crate::house::PASSWORD).await;
    let changed = mo.patch(&other, json!({ "is_verified": true })).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    house.close().await;
}
