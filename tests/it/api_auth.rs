//! `/auth/…`, row by row of the contract (docs/api.md).

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{House, PASSWORD};

#[rocket::async_test]
async fn register_takes_what_the_contract_takes() {
    let house = House::open().await;
    let client = Client::new(&house);
    for (body, status, email) in [
        (
            json!({ "email": "ada@example.org", "password": PASSWORD }),
            201,
            "ada@example.org",
        ),
        (
            json!({ "email": " Ben@Example.ORG ", "password": PASSWORD }),
            201,
            "Ben@example.org",
        ),
        (
            json!({ "email": "Cleo <cleo@example.org>", "password": PASSWORD }),
            201,
            "cleo@example.org",
        ),
        (
            json!({ "email": "x@XN--EXMPLE-CUA.com", "password": PASSWORD }),
            201,
            "x@exämple.com",
        ),
        // Flags are validated and ignored, what is unknown is ignored.
        (
            json!({ "email": "dan@example.org", "password": PASSWORD, "is_superuser": true, "is_verified": "yes", "is_active": null, "id": 3 }),
            201,
            "dan@example.org",
        ),
    ] {
        let reply = client.post("/auth/register", body).await;
        assert_eq!(reply.status, status, "{}", reply.text);
        let user = reply.json();
        assert_eq!(user["email"], email);
        assert_eq!(
            (
                &user["is_active"],
                &user["is_superuser"],
                &user["is_verified"]
            ),
            (&json!(true), &json!(false), &json!(false))
        );
        assert_eq!(
            user.as_object().unwrap().len(),
            5,
            "never a password: {user}"
        );
        assert_eq!(user["id"].as_str().unwrap().len(), 36);
    }
    assert!(house.letters().is_empty(), "registering sends no letter");
    house.close().await;
}

#[rocket::async_test]
async fn register_refuses_what_the_contract_refuses() {
    let house = House::open().await;
    let client = Client::member(&house, "ada").await;
    let exists = json!("REGISTER_USER_ALREADY_EXISTS");
    let body = json!({ "email": "ADA@example.org", "password": PASSWORD });
    let reply = client.post("/auth/register", body).await;
    assert_eq!((reply.status, reply.detail()), (400, exists));
    // The password's policy comes before the address's uniqueness.
    for password in ["", "short", "password1", &"x".repeat(513)] {
        let body = json!({ "email": "ada@example.org", "password": password });
        let reply = client.post("/auth/register", body).await;
        assert_eq!(reply.status, 400, "{password}");
        assert_eq!(reply.detail()["code"], "REGISTER_INVALID_PASSWORD");
        assert!(reply.detail()["reason"].is_string());
    }
    for (body, mistakes) in [
        (json!({}), vec!["missing email", "missing password"]),
        (
            json!({ "email": "a@example.org" }),
            vec!["missing password"],
        ),
        (
            json!({ "email": "a@b", "password": 7 }),
            vec!["value_error email", "string_type password"],
        ),
        (
            json!({ "email": 7, "password": PASSWORD, "is_active": "perhaps" }),
            vec!["string_type email", "bool_parsing is_active"],
        ),
        (
            json!({ "email": "", "password": PASSWORD }),
            vec!["value_error email"],
        ),
        (json!([1]), vec!["model_attributes_type body"]),
        (json!("text"), vec!["model_attributes_type body"]),
    ] {
        let reply = client.post("/auth/register", body.clone()).await;
        assert_eq!(reply.status, 422, "{body}");
        assert_eq!(reply.mistakes(), mistakes, "{body}");
    }
    for email in [
        "a@b",
        "a@localhost",
        "a..b@x.com",
        "a@1.2",
        "a@x_y.com",
        "a@example.com.",
        "a@x.test",
    ] {
        let body = json!({ "email": email, "password": PASSWORD });
        let reply = client.post("/auth/register", body).await;
        assert_eq!(reply.mistakes(), ["value_error email"], "{email}");
        let mistake = &reply.detail()[0];
        let reason = mistake["ctx"]["reason"].as_str().unwrap();
        assert_eq!(
            mistake["msg"],
            format!("value is not a valid email address: {reason}")
        );
        assert_eq!(mistake["input"], email);
    }
    house.close().await;
}

#[rocket::async_test]
async fn a_body_that_cannot_be_read_is_named_before_anything_else() {
    let house = House::open().await;
    let client = Client::new(&house);
    let json = "application/json";
    for (method, path, kind, body, status, mistakes) in [
        (
            Method::POST,
            "/auth/register",
            json,
            "{\"a\":",
            422,
            vec!["json_invalid 5"],
        ),
        (
            Method::POST,
            "/auth/register",
            "",
            "{}",
            422,
            vec!["missing email", "missing password"],
        ),
        (
            Method::POST,
            "/auth/register",
            json,
            "",
            422,
            vec!["missing body"],
        ),
        (
            Method::POST,
            "/auth/register",
            "text/plain",
            "{}",
            422,
            vec!["model_attributes_type body"],
        ),
        (
            Method::POST,
            "/auth/verify",
            json,
            "",
            422,
            vec!["missing token"],
        ),
        (
            Method::POST,
            "/auth/reset-password",
            json,
            "{}",
            422,
            vec!["missing token", "missing password"],
        ),
        (
            Method::POST,
            "/auth/forgot-password",
            json,
            "{}",
            422,
            vec!["missing email"],
        ),
        (
            Method::POST,
            "/auth/request-verify-token",
            json,
            "{\"email\":\"x\"}",
            422,
            vec!["value_error email"],
        ),
        // Even without a token.
        (
            Method::PATCH,
            "/users/me",
            json,
            "{\"a\":",
            422,
            vec!["json_invalid 5"],
        ),
    ] {
        let reply = client.raw(method, path, (kind, body)).await;
        assert_eq!(reply.status, status, "{path} {body}: {}", reply.text);
        assert_eq!(reply.mistakes(), mistakes, "{path} {body}");
    }
    let missing = client
        .post("/auth/register", json!({ "email": "a@example.org" }))
        .await;
    assert_eq!(
        missing.detail()[0]["input"],
        json!({ "email": "a@example.org" })
    );
    assert_eq!(missing.detail()[0]["msg"], "Field required");
    let embedded = client.post("/auth/verify", json!({ "x": 1 })).await;
    assert_eq!(embedded.detail()[0]["input"], Value::Null);
    let large = format!("{{\"email\":\"{}\"}}", "x".repeat(2 << 20));
    let reply = client
        .raw(Method::POST, "/auth/register", (json, &large))
        .await;
    assert_eq!(reply.status, 413);
    house.close().await;
}

#[rocket::async_test]
async fn logging_in_takes_both_kinds_of_form_and_no_json() {
    let house = House::open().await;
    let client = Client::member(&house, "ada").await;
    let reply = client.login("ADA@example.org", PASSWORD).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json()["token_type"], "bearer");
    assert!(reply.header("set-cookie").is_empty());
    let form = reqwest::multipart::Form::new()
        .text("username", "ada@example.org")
        .text("password", PASSWORD)
        .text("grant_type", "password");
    let request = client
        .request(Method::POST, "/auth/jwt/login")
        .multipart(form);
    assert_eq!(client.send(request).await.status, 200);

    for (email, password) in [
        ("ada@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        ("ada @example.org", PASSWORD),
        ("ada@example.org", ""),
        ("", ""),
    ] {
        let reply = client.login(email, password).await;
        assert_eq!(
            (reply.status, reply.detail()),
            (400, json!("LOGIN_BAD_CREDENTIALS")),
            "{email}"
        );
    }
    let urlencoded = "application/x-www-form-urlencoded";
    for (kind, body, mistakes) in [
        (
            "application/json",
            "{\"username\":\"a\",\"password\":\"b\"}",
            vec!["missing username", "missing password"],
        ),
        (urlencoded, "username=a", vec!["missing password"]),
        (urlencoded, "", vec!["missing username", "missing password"]),
        (
            urlencoded,
            "username=a&password=b&grant_type=code",
            vec!["string_pattern_mismatch grant_type"],
        ),
    ] {
        let reply = client
            .raw(Method::POST, "/auth/jwt/login", (kind, body))
            .await;
        assert_eq!(
            (reply.status, reply.mistakes()),
            (422, mistakes.iter().map(|m| m.to_string()).collect()),
            "{body}"
        );
    }
    let kind = "multipart/form-data; boundary=x";
    let broken = client
        .raw(Method::POST, "/auth/jwt/login", (kind, "not a part"))
        .await;
    assert_eq!(
        (broken.status, broken.detail()),
        (400, json!("There was an error parsing the body"))
    );
    house.close().await;
}

#[rocket::async_test]
async fn both_spellings_log_out() {
    let house = House::open().await;
    let ada = Client::member(&house, "ada").await;
    for path in ["/auth/jwt/logout", "/auth/logout"] {
        let client = ada
            .with_token(None)
            .logged_in("ada@example.org", PASSWORD)
            .await;
        let reply = client.send(client.request(Method::POST, path)).await;
        assert_eq!((reply.status, reply.text.as_str()), (204, ""));
        assert_eq!(
            client.get("/users/me").await.status,
            401,
            "the session has ended"
        );
        let again = client.send(client.request(Method::POST, path)).await;
        assert_eq!((again.status, again.detail()), (401, json!("Unauthorized")));
    }
    assert_eq!(
        ada.get("/users/me").await.status,
        200,
        "other sessions go on"
    );
    house.close().await;
}
