use std::time::{Duration, Instant};

use crate::house::{House, PASSWORD};

#[rocket::async_test]
async fn the_first_visitor_names_the_site_and_looks_after_it() {
    let house = House::empty().await;
    let ada = house.stranger();
    assert_eq!(ada.get("/").await.header("location"), "/setup");
    assert_eq!(ada.get("/login").await.header("location"), "/setup");
    assert!(ada.get("/setup").await.body.contains("The light is on"));
    let fields = [
        ("site_name", "Larkfield"),
        ("email", "ada@example.org"),
        ("password", PASSWORD),
    ];
    assert_eq!(ada.post("/setup", &fields).await.status, 303);
    assert!(ada.get("/").await.body.contains("Larkfield"));
    assert_eq!(
        house.stranger().get("/setup").await.status,
        404,
        "afterwards the page is gone"
    );
    assert_eq!(house.stranger().post("/setup", &fields).await.status, 404);
    house.close().await;
}

#[rocket::async_test]
async fn of_two_first_visitors_one_gets_the_house() {
    let house = House::empty().await;
    let found = async |name: &str| {
        let email = format!("{name}@example.org");
        let fields = [
            ("site_name", name),
            ("email", &email),
            ("password", PASSWORD),
        ];
        house.stranger().post("/setup", &fields).await.status
    };
    let mut statuses = [0; 2];
    (statuses[0], statuses[1]) = tokio::join!(found("ada"), found("ben"));
    statuses.sort();
    assert_eq!(statuses, [303, 404]);
    house.close().await;
}

#[rocket::async_test]
async fn from_elsewhere_only_the_one_time_link_opens_the_first_run() {
    let house = House::empty().await;
    let elsewhere = house.stranger().with("x-forwarded-for", "203.0.113.9");
    let proxies = [
        ("via", "1.1 front"),
        ("forwarded", "for=203.0.113.9"),
        ("x-real-ip", "203.0.113.9"),
        ("x-forwarded-proto", "https"),
        // What forwards lines as they are, from another address of this machine.
        ("host", "192.0.2.2:8000"),
        ("host", "[2001:db8::1]:8000"),
        ("connection", "close"),
        // HTTP/1.0, or a proxy that keeps lines of its own.
        ("connection", ""),
    ];
    for (name, value) in proxies {
        let refused = house.stranger().with(name, value).get("/setup").await;
        assert_eq!(refused.status, 403, "{name}: {value}");
        assert!(refused.body.contains("one-time link"));
    }
    let public = [("public_url", "https://feed.example.org")];
    let known = House::empty_with(&public).await;
    assert_eq!(known.stranger().get("/setup").await.status, 403);
    known.close().await;
    assert_eq!(elsewhere.get("/setup?key=guess").await.status, 403);
    let link = format!("/setup?key={}", house.app.site.key);
    assert_eq!(elsewhere.get(&link).await.status, 200);
    let key = house.app.site.key.clone();
    let fields = [
        ("site_name", "S"),
        ("email", "a@example.org"),
        ("password", PASSWORD),
        ("key", &key),
    ];
    assert_eq!(elsewhere.post("/setup", &fields).await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn registering_makes_name_and_handle_of_the_address() {
    let house = House::open().await;
    let ada = house.stranger();
    let fields = [("email", "Ada.L@Example.org"), ("password", PASSWORD)];
    assert_eq!(ada.post("/register", &fields).await.status, 303);
    assert!(ada.get("/").await.body.contains("/@ada_l"));
    let ben = house.stranger();
    ben.post(
        "/register",
        &[("email", "ada.l@example.com"), ("password", PASSWORD)],
    )
    .await;
    assert!(
        ben.get("/").await.body.contains("/@ada_l2"),
        "the handle was taken"
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_failed_registration_comes_back_with_what_was_typed() {
    let house = House::open().await;
    let fields = [
        ("email", "nobody"),
        ("password", "kurz"),
        ("name", "Ada <3"),
        ("handle", "a-b"),
    ];
    let answer = house.stranger().post("/register", &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body.contains("value=\"nobody\"") && answer.body.contains("Ada &lt;3"));
    for message in ["no e-mail address", "Too short", "digits and underscores"] {
        assert!(answer.body.contains(message), "{message}");
    }
    assert!(!answer.body.contains("kurz"), "never the password");
    let fragment = house.stranger().htmx().post("/register", &fields).await;
    assert_eq!(fragment.status, 422);
    assert!(fragment.body.trim_start().starts_with("<form") && !fragment.body.contains("<html"));
    house.close().await;
}

#[rocket::async_test]
async fn one_address_has_one_account_whatever_its_case() {
    let house = House::open().await;
    house.visitor("ada").await;
    let fields = [("email", "ADA@example.org"), ("password", PASSWORD)];
    let answer = house.stranger().post("/register", &fields).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer
            .body
            .contains("There is an account with this address")
    );
    house.close().await;
}

#[rocket::async_test]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer() {
    let house = House::open().await;
    house.visitor("ada").await;
    let visitor = house.stranger();
    let try_with = async |email: &str| {
        visitor
            .post(
                "/login",
                &[("email", email), ("password", "not the password")],
            )
            .await
    };
    let (known, unknown) = (
        try_with("ada@example.org").await,
        try_with("eve@example.org").await,
    );
    assert_eq!((known.status, unknown.status), (422, 422));
    assert_eq!(known.body.replace("ada@", "eve@"), unknown.body);
    house.close().await;
}

/// The medians of fifty tries each, taken in turns; the hash is the work, so it is a real one here. A
/// busy machine may spoil one comparison; a difference in the code spoils all three.
#[rocket::async_test]
async fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let house = House::open_with(&[("ARGON2_MEMORY_KIB", "4096")]).await;
    house.visitor("ada").await;
    let visitor = house.stranger();
    let mut ratios = Vec::new();
    for _ in 0..3 {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..50 {
            for (times, email) in times.iter_mut().zip(["ada@example.org", "eve@example.org"]) {
                let start = Instant::now();
                visitor
                    .post("/login", &[("email", email), ("password", "not the one")])
                    .await;
                times.push(start.elapsed());
            }
        }
        let [known, unknown] = times.map(|mut times| {
            times.sort();
            times[times.len() / 2].as_secs_f64()
        });
        ratios.push(known / unknown);
        if (known / unknown - 1.0).abs() < 0.2 {
            break;
        }
    }
    assert!((ratios.last().unwrap() - 1.0).abs() < 0.2, "{ratios:?}");
    house.close().await;
}

#[rocket::async_test]
async fn next_leads_inside_and_nowhere_else() {
    let house = House::open().await;
    house.visitor("ada").await;
    let login = async |next: &str| {
        let fields = [
            ("email", "ada@example.org"),
            ("password", PASSWORD),
            ("next", next),
        ];
        house
            .stranger()
            .post("/login", &fields)
            .await
            .header("location")
            .to_owned()
    };
    assert_eq!(login("/settings").await, "/settings");
    assert_eq!(login("//evil.example/").await, "/");
    assert_eq!(login("https://evil.example/").await, "/");
    let asked = house.stranger().get("/p/xyz?a=1").await;
    assert_eq!(asked.status, 303);
    assert_eq!(asked.header("location"), "/login?next=%2Fp%2Fxyz%3Fa%3D1");
    house.close().await;
}

#[rocket::async_test]
async fn signing_out_ends_the_session_and_its_socket() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let old = ada.with("x-kept", "the same cookie");
    let socket = ada.listen(&ada.get("/").await.cursor()).await;
    assert_eq!(ada.post("/logout", &[]).await.header("location"), "/login");
    assert_eq!(socket.closed().await, Some(4401));
    assert_eq!(old.get("/").await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn a_new_password_ends_every_other_session() {
    let house = House::open().await;
    let (phone, desk) = (house.visitor("ada").await, house.signed_in("ada").await);
    let socket = desk.listen(&desk.get("/").await.cursor()).await;
    let wrong = [
        ("password", "not it at all"),
        ("new_password", "another sentence"),
    ];
    assert_eq!(phone.put("/settings/password", &wrong).await.status, 422);
    let fields = [("password", PASSWORD), ("new_password", "another sentence")];
    assert_eq!(phone.put("/settings/password", &fields).await.status, 303);
    assert_eq!(
        phone.get("/").await.status,
        200,
        "this browser stays signed in"
    );
    assert_eq!(desk.get("/").await.status, 303);
    assert_eq!(socket.closed().await, Some(4401));
    let old = [("email", "ada@example.org"), ("password", PASSWORD)];
    assert_eq!(house.stranger().post("/login", &old).await.status, 422);
    house.close().await;
}

#[rocket::async_test]
async fn signing_out_everywhere_else_leaves_this_browser() {
    let house = House::open().await;
    let (phone, desk) = (house.visitor("ada").await, house.signed_in("ada").await);
    assert_eq!(phone.delete("/settings/sessions").await.status, 303);
    assert_eq!(
        (phone.get("/").await.status, desk.get("/").await.status),
        (200, 303)
    );
    house.close().await;
}

#[rocket::async_test]
async fn a_session_is_renewed_while_it_is_used_and_ends_when_it_is_not() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let day = Duration::from_secs(86_400);
    let post = ada.publish("First light").await;
    let key = ada.keys(&post).await.remove(0);
    house.clock.advance(2 * day);
    assert!(
        !ada.get(&format!("/media/{key}"))
            .await
            .headers
            .contains_key("set-cookie"),
        "a cache may keep a picture"
    );
    assert!(
        ada.get("/")
            .await
            .header("set-cookie")
            .starts_with("porch=")
    );
    assert!(
        !ada.get("/").await.headers.contains_key("set-cookie"),
        "once a day is enough"
    );
    house.clock.advance(29 * day);
    assert_eq!(ada.get("/").await.status, 200);
    house.clock.advance(31 * day);
    assert_eq!(ada.get("/").await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn an_appointed_administrator_chooses_the_password_once() {
    let house = House::open().await;
    let (db, clock, sessions) = (&house.app.db, &house.clock, &house.app.sessions);
    let email = porch::account::Email::new("jo@example.org").unwrap();
    let made = porch::account::appoint(db, clock, sessions, &email)
        .await
        .unwrap();
    let porch::account::Appointed::Chooses { path } = made else {
        panic!("there was no such account")
    };
    let jo = house.stranger();
    let page = jo.get(&path).await;
    assert!(page.body.contains("jo@example.org"));
    assert_eq!(page.header("referrer-policy"), "strict-origin");
    let token = path.split('=').next_back().unwrap();
    assert_eq!(
        jo.post("/reset", &[("token", token), ("password", "kurz")])
            .await
            .status,
        422
    );
    assert_eq!(
        jo.post("/reset", &[("token", token), ("password", PASSWORD)])
            .await
            .status,
        303
    );
    assert_eq!(jo.get("/").await.status, 200);
    assert_eq!(jo.get(&path).await.status, 422, "a link works once");
    let again = porch::account::appoint(db, clock, sessions, &email)
        .await
        .unwrap();
    assert!(matches!(again, porch::account::Appointed::Existing));
    house.close().await;
}

#[rocket::async_test]
async fn where_it_is_required_a_newcomer_confirms_the_address_before_coming_in() {
    let house = House::open_with(&[("require_verified", "on")]).await;
    let ada = house.stranger();
    let fields = [("email", "ada@example.org"), ("password", PASSWORD)];
    let joined = ada.post("/register", &fields).await;
    assert_eq!(joined.status, 200);
    assert!(joined.body.contains("Look into your mail"));
    assert_eq!(ada.get("/").await.status, 303, "not in yet");
    let early = ada.post("/login", &fields).await;
    assert!(
        early.body.contains("everybody confirms the address first"),
        "{}",
        early.body
    );
    let again = ada
        .post("/verify/letter", &[("email", "ada@example.org")])
        .await;
    assert!(again.body.contains("a letter is on its way"));
    let letter = house.letter("confirm your address").await;
    let token = crate::house::token_in(&letter);
    let shown = ada.get(&format!("/verify?token={token}")).await;
    assert!(
        shown.body.contains("Confirm the address"),
        "looking at it confirms nothing"
    );
    assert_eq!(ada.post("/verify", &[("token", &token)]).await.status, 200);
    assert_eq!(ada.post("/login", &fields).await.status, 303);
    assert_eq!(ada.get("/").await.status, 200);
    let bad = ada.post("/verify", &[("token", "nonsense")]).await;
    assert_eq!(bad.status, 422);
    house.close().await;
}
