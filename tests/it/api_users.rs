//! `/users/…`, row by row of the contract (docs/api.md).

use reqwest::Method;
use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD};

const NOBODY: &str = "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10";

#[rocket::async_test]
async fn ones_own_account_is_read_and_changed() {
    let house = House::open().await;
    let (ada, _ben) = (
        Client::member(&house, "ada").await,
        Client::member(&house, "ben").await,
    );
    house.confirm("ada").await;
    let me = ada.get("/users/me").await.json();
    assert_eq!(me["email"], "ada@example.org");
    for (body, email, verified) in [
        (json!({}), "ada@example.org", true),
        (
            json!({ "password": null, "is_superuser": true, "is_verified": false, "id": "x" }),
            "ada@example.org",
            true,
        ),
        (
            json!({ "email": "Ada@Example.com" }),
            "Ada@example.com",
            false,
        ),
    ] {
        let reply = ada.patch("/users/me", body.clone()).await;
        assert_eq!(reply.status, 200, "{body}: {}", reply.text);
        let user = reply.json();
        assert_eq!(
            (&user["email"], &user["is_verified"]),
            (&json!(email), &json!(verified)),
            "{body}"
        );
        assert_eq!(user["is_superuser"], false);
    }
    for (body, status, detail) in [
        (
            json!({ "email": "ben@example.org" }),
            400,
            json!("UPDATE_USER_EMAIL_ALREADY_EXISTS"),
        ),
        (
            json!({ "email": "ada@example.com" }),
            400,
            json!("UPDATE_USER_EMAIL_ALREADY_EXISTS"),
        ),
        (
            json!({ "password": "short" }),
            400,
            json!("UPDATE_USER_INVALID_PASSWORD"),
        ),
    ] {
        let reply = ada.patch("/users/me", body.clone()).await;
        assert_eq!(reply.status, status, "{body}");
        let said = reply.detail();
        let code = if said.is_object() {
            said["code"].clone()
        } else {
            said
        };
        assert_eq!(code, detail, "{body}");
    }
    for (body, mistakes) in [
        (
            json!({ "email": "nonsense", "is_active": 7 }),
            vec!["value_error email", "bool_parsing is_active"],
        ),
        (json!({ "password": 7 }), vec!["string_type password"]),
    ] {
        assert_eq!(ada.patch("/users/me", body).await.mistakes(), mistakes);
    }
    let nothing = ada
        .raw(Method::PATCH, "/users/me", ("application/json", ""))
        .await;
    assert_eq!(nothing.mistakes(), ["missing body"]);
    house.letter("your address was changed").await;
    house.close().await;
}

#[rocket::async_test]
async fn other_accounts_are_an_administrators() {
    let house = House::open().await;
    let (mo, ada) = (
        Client::admin(&house).await,
        Client::member(&house, "ada").await,
    );
    let ben = Client::member(&house, "ben").await;
    let id = ben.id().await;
    let path = format!("/users/{id}");
    for who in [&ada, &ben] {
        for path in [
            path.as_str(),
            "/users/nonsense",
            &format!("/users/{NOBODY}"),
        ] {
            for method in [Method::GET, Method::PATCH, Method::DELETE] {
                let request = who.request(method.clone(), path).json(&json!({}));
                let reply = who.send(request).await;
                assert_eq!(
                    (reply.status, reply.detail()),
                    (403, json!("Forbidden")),
                    "{method} {path}"
                );
            }
        }
    }
    let unknown = ada.with_token(None);
    assert_eq!(unknown.get(&path).await.status, 401);
    for spelling in [
        id.clone(),
        id.replace('-', ""),
        id.to_uppercase(),
        format!("%7B{id}%7D"),
        format!("urn:uuid:{id}"),
    ] {
        let reply = mo.get(&format!("/users/{spelling}")).await;
        assert_eq!(
            (reply.status, &reply.json()["id"]),
            (200, &json!(id)),
            "{spelling}"
        );
    }
    for path in ["/users/nonsense", &format!("/users/{NOBODY}")] {
        let reply = mo.get(path).await;
        assert_eq!(
            (reply.status, reply.detail()),
            (404, json!("Not Found")),
            "{path}"
        );
    }
    let flags = json!({ "is_verified": true, "is_superuser": "yes", "email": "benno@example.org" });
    let user = mo.patch(&path, flags).await.json();
    assert_eq!(
        (&user["is_verified"], &user["is_superuser"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(user["email"], "benno@example.org");
    assert_eq!(
        mo.patch(&format!("/users/{NOBODY}"), json!({ "is_active": 7 }))
            .await
            .status,
        404
    );
    let own = mo.id().await;
    mo.patch(&path, json!({ "is_superuser": false })).await;
    let last = mo
        .patch(&format!("/users/{own}"), json!({ "is_superuser": false }))
        .await;
    assert_eq!(last.status, 409, "somebody has to look after the place");
    assert_eq!(mo.delete(&format!("/users/{own}")).await.status, 409);
    house.close().await;
}

#[rocket::async_test]
async fn deleting_an_account_takes_everything_with_it_at_once() {
    let house = House::open().await;
    let (mo, ada) = (
        Client::admin(&house).await,
        Client::member(&house, "ada").await,
    );
    let post = ada.upload("First light").await.json();
    ada.upload("Second light").await;
    let reader = house.signed_in("mo").await;
    let mut feed = reader.listen(&reader.get("/").await.cursor()).await;
    let media = post["url"].as_str().unwrap().to_owned();
    let id = ada.id().await;
    let reply = mo.delete(&format!("/users/{id}")).await;
    assert_eq!((reply.status, reply.text.as_str()), (204, ""));
    assert_eq!(mo.delete(&format!("/users/{id}")).await.status, 404);
    assert_eq!(mo.get("/feeds").await.json()["posts"], json!([]));
    assert_eq!(reqwest::get(&media).await.unwrap().status(), 404);
    assert_eq!(ada.get("/users/me").await.status, 401);
    assert_eq!(ada.login("ada@example.org", PASSWORD).await.status, 400);
    let frame = feed.act().await;
    assert_eq!(
        (&frame["op"], &frame["author"]),
        (&"gone-by".into(), &json!(id.to_string())),
        "open feeds let go of everything by them"
    );
    assert_eq!(mo.delete("/users/me").await.status, 404, "`me` is no id");
    house.close().await;
}
