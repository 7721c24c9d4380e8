//! What holds for every path of the JSON API: methods, other sites, rates, and its description.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Client;
use crate::house::House;

/// `GET /posts/{id}` for every route that is mounted.
fn mounted() -> BTreeSet<String> {
    porch::api_routes()
        .iter()
        .map(|route| {
            let path = route.uri.path().replace('<', "{").replace('>', "}");
            format!("{} {path}", route.method)
        })
        .collect()
}

#[rocket::async_test]
async fn the_description_names_every_route_and_no_other() {
    let house = House::open().await;
    let document = Client::new(&house).get("/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            described.insert(format!("{} {path}", method.to_uppercase()));
            assert!(
                operation["summary"].is_string(),
                "{method} {path} says what it does"
            );
            let answers = operation["responses"].as_object().unwrap();
            assert!(answers.contains_key("429") && answers.keys().any(|s| s.starts_with('2')));
            assert_eq!(
                operation["security"].is_array(),
                answers.contains_key("401"),
                "{method} {path}: whoever needs a token hears when it is bad"
            );
            assert!(
                !path.contains('{') || answers.contains_key("404"),
                "{method} {path}: what is named may not be there"
            );
        }
    }
    assert_eq!(described, mounted());
    let docs = Client::new(&house).get("/docs/").await;
    assert_eq!(docs.status, 200);
    assert!(
        docs.header("content-security-policy")
            .contains("img-src 'self' data:")
    );
    assert!(!docs.header("content-security-policy").contains("unsafe"));
    house.close().await;
}

/// Every operation that asks for a token refuses whoever has none, before it looks at anything else.
#[rocket::async_test]
async fn no_route_forgot_to_ask_who_is_there() {
    let house = House::open().await;
    let client = Client::new(&house);
    let document = client.get("/openapi.json").await.json();
    let mut open = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let real = path.replace("{id}", "019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10");
            let reply = client
                .send(client.request(method.clone(), &real).json(&json!({})))
                .await;
            if operation["security"] == Value::Null {
                open.insert(format!("{method} {path}"));
            } else {
                assert_eq!(reply.status, 401, "{method} {path}: {}", reply.text);
            }
        }
    }
    let expected = [
        "GET /hello",
        "OPTIONS /uploads",
        "POST /auth/forgot-password",
        "POST /auth/jwt/login",
        "POST /auth/register",
        "POST /auth/request-verify-token",
        "POST /auth/reset-password",
        "POST /auth/verify",
    ];
    assert_eq!(open, expected.map(str::to_owned).into());
    house.close().await;
}

#[rocket::async_test]
async fn paths_and_methods_are_answered_as_the_contract_says() {
    let house = House::open().await;
    let client = Client::new(&house);
    let hello = client.get("/hello").await;
    assert_eq!(
        (hello.status, hello.json()),
        (200, json!({ "message": "Hello World" }))
    );
    let unknown = client.get("/nothing").await;
    assert_eq!(
        (unknown.status, unknown.detail()),
        (404, json!("Not Found"))
    );
    for (method, path, allow) in [
        (Method::GET, "/upload", "POST"),
        (Method::POST, "/feeds", "GET"),
        (Method::PUT, "/users/me", "GET"),
        (Method::OPTIONS, "/feeds", "GET"),
        (Method::GET, "/auth/register", "POST"),
    ] {
        let reply = client.send(client.request(method.clone(), path)).await;
        assert_eq!(
            (reply.status, reply.detail()),
            (405, json!("Method Not Allowed")),
            "{method} {path}"
        );
        assert!(
            reply.header("allow").contains(allow),
            "{method} {path}: {}",
            reply.header("allow")
        );
    }
    house.close().await;
}

#[rocket::async_test]
async fn pages_of_a_configured_origin_use_the_api_with_a_token_alone() {
    let house = House::open_with(&[("cors_origins", "https://app.example.org")]).await;
    let ada = Client::member(&house, "ada").await;
    let ask = async |client: &Client, method: Method, path: &str, origin: &str| {
        let request = client
            .request(method, path)
            .header("origin", origin)
            .header("access-control-request-method", "PATCH");
        client.send(request).await
    };
    let stranger = ada.with_token(None);
    let preflight = ask(
        &stranger,
        Method::OPTIONS,
        "/users/me",
        "https://app.example.org",
    )
    .await;
    assert_eq!((preflight.status, preflight.text.as_str()), (204, ""));
    assert_eq!(
        preflight.header("access-control-allow-origin"),
        "https://app.example.org"
    );
    assert!(
        preflight
            .header("access-control-allow-methods")
            .contains("PATCH")
    );
    assert!(
        preflight
            .header("access-control-allow-headers")
            .contains("Authorization")
    );
    assert!(
        preflight
            .header("access-control-allow-credentials")
            .is_empty()
    );
    let read = ask(&ada, Method::GET, "/feeds", "https://app.example.org").await;
    assert_eq!(
        (read.status, read.header("access-control-allow-origin")),
        (200, "https://app.example.org")
    );
    let refused = ask(&stranger, Method::GET, "/feeds", "https://app.example.org").await;
    assert_eq!(
        refused.header("access-control-allow-origin"),
        "https://app.example.org",
        "errors too"
    );
    for (method, path, origin, status) in [
        (Method::OPTIONS, "/users/me", "https://evil.example", 405),
        (Method::OPTIONS, "/settings", "https://app.example.org", 405),
        (Method::GET, "/hello", "https://evil.example", 200),
    ] {
        let reply = ask(&stranger, method.clone(), path, origin).await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert!(
            reply.header("access-control-allow-origin").is_empty(),
            "{path} {origin}"
        );
    }
    house.close().await;
}

#[rocket::async_test]
async fn an_account_that_asks_too_much_is_told_to_wait() {
    let house = House::open_with(&[("rate_limit", "on")]).await;
    let ada = Client::member(&house, "ada").await;
    let first = ada.get("/hello").await;
    assert!(
        first.header("ratelimit").is_empty(),
        "nobody in particular asked"
    );
    let first = ada.get("/users/me").await;
    assert_eq!(first.header("ratelimit-policy"), "\"api\";q=300;w=30");
    assert!(
        first.header("ratelimit").starts_with("\"api\";r=299;t="),
        "{}",
        first.header("ratelimit")
    );
    let mut last = first;
    for _ in 0..2_000 {
        last = ada.get("/users/me").await;
        if last.status != 200 {
            break;
        }
    }
    assert_eq!(last.status, 429);
    assert!(last.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert!(last.header("ratelimit").contains("r=0;"));
    // Whoever is not known is told as well. On a busy machine the tries take so long that some come back.
    let mut guess = ada.login("ada@example.org", "wrong").await;
    for _ in 0..100 {
        if guess.status == 429 {
            break;
        }
        guess = ada.login("ada@example.org", "wrong").await;
    }
    assert_eq!(guess.status, 429);
    assert!(guess.header("retry-after").parse::<u32>().unwrap() >= 1);
    assert!(guess.header("ratelimit").starts_with("\"default\";r=0;t="));
    // A header that anybody can write is not believed.
    let request = ada
        .request(Method::POST, "/auth/jwt/login")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-forwarded-for", "198.51.100.7")
        .body("username=ada%40example.org&password=wrong");
    assert_eq!(ada.send(request).await.status, 429);
    house.close().await;
}
