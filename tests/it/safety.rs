use std::io::{Read, Write};
use std::time::Duration;

use crate::house::{House, PASSWORD};
use crate::picture::png;

#[rocket::async_test]
async fn what_another_site_sends_with_our_cookie_is_refused() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let id = ada.publish("Mine").await;
    let path = format!("/p/{id}");
    let foreign = ada.with("origin", "https://evil.example");
    assert_eq!(foreign.put(&path, &[("caption", "x")]).await.status, 403);
    assert_eq!(
        foreign.post(&path, &[("_method", "delete")]).await.status,
        403
    );
    assert_eq!(
        foreign
            .upload("/p", &[], &[("media", "a.png", &png(4, 4))])
            .await
            .status,
        403
    );
    assert_eq!(foreign.post("/logout", &[]).await.status, 403);
    let login = [("email", "ada@example.org"), ("password", PASSWORD)];
    assert_eq!(foreign.post("/login", &login).await.status, 403);
    for site in ["cross-site", "same-site"] {
        let request = ada.with("sec-fetch-site", site);
        assert_eq!(request.delete(&path).await.status, 403, "{site}");
    }
    // A page with `no-referrer` sends this from our own site.
    let own = ada
        .with("origin", "null")
        .with("sec-fetch-site", "same-origin");
    assert_eq!(own.delete(&path).await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn a_name_smuggled_in_by_dns_is_not_this_site() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let port = house.url.rsplit(':').next().unwrap();
    let rebound = ada.with("host", &format!("evil.example:{port}"));
    let rebound = rebound.with("origin", &format!("http://evil.example:{port}"));
    assert_eq!(rebound.post("/logout", &[]).await.status, 403);
    house.close().await;
}

#[rocket::async_test]
async fn every_answer_carries_the_headers_that_keep_a_browser_safe() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    for path in ["/", "/login", "/nothing-here", "/health/live", "/me.css"] {
        let answer = ada.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'self'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(!answer.header("x-request-id").is_empty() && answer.header("server").is_empty());
    }
    assert_eq!(ada.get("/").await.header("cache-control"), "no-store");
    house.close().await;
}

#[rocket::async_test]
async fn an_error_has_three_faces_and_tells_nothing_internal() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let page = ada.get("/p/not-an-id").await;
    assert_eq!(page.status, 404);
    assert!(
        page.body.contains("This post is gone") && page.body.contains(page.header("x-request-id"))
    );
    let json = ada.with("accept", "*/*").get("/nothing").await;
    assert_eq!(
        (json.status, json.body.as_str()),
        (404, "{\"detail\":\"Not Found\"}")
    );
    let fragment = ada.htmx().delete("/p/not-an-id").await;
    assert_eq!(
        (fragment.status, fragment.header("hx-retarget")),
        (404, "#problem")
    );
    assert!(fragment.body.contains("class=\"toast\""));
    let wrong = ada.with("accept", "*/*").delete("/settings").await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET"));
    house.close().await;
}

#[rocket::async_test]
async fn too_many_tries_have_to_wait() {
    let house = House::open_with(&[("RATE_LIMIT", "on")]).await;
    let visitor = house.stranger();
    let fields = [
        ("email", "mo@example.org"),
        ("password", "not the password"),
    ];
    for _ in 0..5 {
        assert_eq!(visitor.post("/login", &fields).await.status, 422);
    }
    let sixth = visitor.post("/login", &fields).await;
    assert_eq!(sixth.status, 429);
    let wait: u64 = sixth.header("retry-after").parse().unwrap();
    assert!((1..=12).contains(&wait));
    assert!(sixth.body.contains("Too many tries. Wait"));
    // A header that anybody can write changes nothing.
    let disguised = visitor
        .with("x-real-ip", "198.51.100.7")
        .with("x-forwarded-for", "198.51.100.8");
    assert_eq!(disguised.post("/login", &fields).await.status, 429);
    house.close().await;
}

#[rocket::async_test]
async fn a_form_whose_session_ended_waits_for_its_author() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let other = house.signed_in("ada").await;
    other.delete("/settings/sessions").await;
    let sent = ada
        .upload(
            "/p",
            &[("caption", "Six hundred letters")],
            &[("media", "a.png", &png(4, 4))],
        )
        .await;
    assert_eq!(sent.status, 303);
    let login = sent.header("location").to_owned();
    assert!(login.starts_with("/login?next=%2Fcompose%3Fkept%3D"));
    let next = format!(
        "/compose?kept={}",
        login.rsplit("%3D").next().unwrap().replace("%2D", "-")
    );
    let ben = house.visitor("ben").await;
    assert!(
        !ben.get(&next).await.body.contains("Six hundred"),
        "not for somebody else"
    );
    let fields = [
        ("email", "ada@example.org"),
        ("password", PASSWORD),
        ("next", &next),
    ];
    assert_eq!(ada.post("/login", &fields).await.header("location"), next);
    let page = ada.get(&next).await;
    assert!(page.body.contains("Six hundred letters") && page.body.contains("signed in again"));
    assert!(
        !ada.get(&next).await.body.contains("Six hundred"),
        "given back once"
    );
    house.close().await;
}

#[rocket::async_test]
async fn an_htmx_form_whose_session_ended_gets_a_sign_in_panel() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    house
        .signed_in("ada")
        .await
        .delete("/settings/sessions")
        .await;
    let sent = ada.htmx().upload("/p", &[("caption", "x")], &[]).await;
    assert_eq!((sent.status, sent.header("hx-retarget")), (401, "#signin"));
    assert!(sent.body.contains("signin-panel") && !sent.body.contains("<html"));
    let fields = [
        ("email", "ada@example.org"),
        ("password", PASSWORD),
        ("panel", "1"),
    ];
    let back = ada.htmx().post("/login", &fields).await;
    assert_eq!(back.status, 200);
    assert!(back.header("hx-trigger").contains("porch:signed-in"));
    house.close().await;
}

#[rocket::async_test]
async fn a_forged_cookie_opens_and_keeps_nothing() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let good = house.app.sessions.signer().sign(&serde_json::json!({
        "sub": "x", "sid": "y", "epoch": 0, "aud": ["fastapi-users:auth"], "iat": 0, "exp": 9_999_999_999_i64,
    }));
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhIn0.";
    for token in [good.unwrap().as_str(), none, "x", ""] {
        let forged = house.stranger().with("cookie", &format!("porch={token}"));
        assert_eq!(forged.get("/").await.status, 303, "{token}");
        let kept = forged.upload("/p", &[("caption", "x")], &[]).await;
        assert_eq!(kept.header("location"), "/login?next=%2Fcompose");
    }
    assert_eq!(ada.get("/").await.status, 200);
    house.close().await;
}

#[rocket::async_test]
async fn large_and_broken_bodies_get_an_answer() {
    let house = House::open_with(&[
        ("FORM_PARTS", "8"),
        ("POST_MAX", "1MB"),
        ("PHOTO_MAX", "200KB"),
    ])
    .await;
    let ada = house.visitor("ada").await;
    let long = "x".repeat(70_000);
    assert_eq!(
        ada.put("/settings/profile", &[("name", &long)])
            .await
            .status,
        413
    );
    let parts: Vec<(&str, &str)> = (0..9).map(|_| ("alt", "x")).collect();
    assert_eq!(ada.upload("/p", &parts, &[]).await.status, 413);
    let text = "x".repeat(60_000);
    let parts: Vec<(&str, &str)> = (0..6).map(|_| ("alt", text.as_str())).collect();
    let many = ada.upload("/p", &parts, &[]).await;
    assert!(
        many.status == 413 && many.body.contains("256 KB"),
        "{}",
        many.body
    );
    let huge = png(700, 700)
        .into_iter()
        .chain(vec![0; 300 << 10])
        .collect::<Vec<u8>>();
    let refused = ada
        .upload(
            "/p",
            &[("caption", "stays")],
            &[("media", "huge.png", &huge)],
        )
        .await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("huge.png") && refused.body.contains("stays"));
    let broken = ada
        .with("content-type", "multipart/form-data")
        .post("/p", &[])
        .await;
    assert_eq!(broken.status, 400);
    let nonsense = ada
        .with("content-type", "multipart/form-data; boundary=x")
        .post("/p", &[])
        .await;
    assert!((400..500).contains(&nonsense.status), "{}", nonsense.status);
    house.close().await;
}

#[rocket::async_test]
async fn raw_requests_with_odd_addresses_are_answered() {
    let house = House::open().await;
    let address = house.url.trim_start_matches("http://").to_owned();
    for target in [
        "/media/tr:l-text,ie-Pz8/,l-end/x",
        "/%00",
        "/media/%ff",
        "//evil",
        "/?before=%",
    ] {
        let request =
            format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let answer = tokio::task::spawn_blocking({
            let address = address.clone();
            move || {
                let mut stream = std::net::TcpStream::connect(address).unwrap();
                stream
                    .set_read_timeout(Some(Duration::from_secs(10)))
                    .unwrap();
                stream.write_all(request.as_bytes()).unwrap();
                let mut text = Vec::new();
                stream.read_to_end(&mut text).unwrap();
                String::from_utf8_lossy(&text).into_owned()
            }
        });
        let answer = answer.await.unwrap();
        let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
        assert!((300..500).contains(&status), "{target}: {status}");
    }
    house.close().await;
}
