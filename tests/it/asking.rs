//! How asking to be let in ends: taken back, answered, or never answered; and whose address nobody confirms.

use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::visitor::{Answer, Visitor};

const DAY: Duration = Duration::from_secs(86_400);

async fn ask(house: &House, name: &str) -> (Visitor, Answer) {
    let visitor = house.stranger();
    let email = format!("{name}@example.org");
    let fields = [
        ("email", email.as_str()),
        ("password", PASSWORD),
        ("name", name),
        ("handle", name),
        ("words", "I walk with Fay on Sundays, since last May."),
    ];
    let answer = visitor.post("/register", &fields).await;
    (visitor, answer)
}

async fn sign_in(visitor: &Visitor, name: &str) -> Answer {
    let email = format!("{name}@example.org");
    let fields = [("email", email.as_str()), ("password", PASSWORD)];
    visitor.post("/login", &fields).await
}

async fn days_go_by(house: &House, days: u32) {
    house.clock.advance(DAY * days);
    porch::sweep(&house.app).await.unwrap();
    house.settled().await;
}

#[rocket::async_test]
async fn a_request_is_taken_back_by_whoever_made_it_and_nothing_of_it_stays() {
    let house = House::open_with(&[("joining", "request")]).await;
    let mo = Client::admin(&house).await;
    let (ben, waits) = ask(&house, "ben").await;
    assert_eq!(waits.status, 200);
    let token = waits.between("name=\"token\" value=\"", "\"").to_owned();
    for wrong in ["", "nothing", &token[..token.len() - 2]] {
        let refused = ben.post("/register/back", &[("token", wrong)]).await;
        assert_eq!(refused.status, 422, "{wrong}");
    }
    let desk = house.signed_in("mo").await;
    let told = "asks to be let in";
    let notices = desk.get("/notices").await.body;
    assert!(notices.contains(told) && notices.contains("href=\"/admin/joining\""));
    let request = mo.get("/house/requests").await.json()["requests"][0]["id"].clone();
    let back = ben.post("/register/back", &[("token", &token)]).await;
    assert_eq!(back.status, 200, "{}", back.body);
    assert!(back.body.contains("Taken back"));
    assert_eq!(
        ben.post("/register/back", &[("token", &token)])
            .await
            .status,
        422
    );
    assert_eq!(
        sign_in(&ben, "ben").await.status,
        422,
        "as if they had never been there"
    );
    assert_eq!(
        mo.get("/house/requests").await.json()["requests"],
        json!([])
    );
    let path = format!("/house/requests/{}", request.as_str().unwrap());
    let body = ("application/json", "{\"outcome\": \"in\"}");
    let answer = mo.raw(reqwest::Method::PUT, &path, body).await;
    assert!([404, 409].contains(&answer.status), "{}", answer.text);
    house.settled().await;
    assert!(!desk.get("/notices").await.body.contains(told));
    // Address and handle are free.
    let (ben, waits) = ask(&house, "ben").await;
    assert_eq!(waits.status, 200, "{}", waits.body);
    assert!(desk.get("/notices").await.body.contains(told));
    let token = waits.between("name=\"token\" value=\"", "\"").to_owned();
    // Let in meanwhile, they stay in.
    let request = mo.get("/house/requests").await.json()["requests"][0]["id"].clone();
    let path = format!("/house/requests/{}", request.as_str().unwrap());
    assert_eq!(mo.raw(reqwest::Method::PUT, &path, body).await.status, 204);
    assert!(!desk.get("/notices").await.body.contains(told), "answered");
    let offers = |page: &Answer| page.body.contains("Somebody asks to be let in");
    assert!(offers(&desk.get("/settings/notices").await));
    assert_eq!(
        ben.post("/register/back", &[("token", &token)])
            .await
            .status,
        422
    );
    assert_eq!(sign_in(&ben, "ben").await.status, 303);
    assert!(!offers(&ben.get("/settings/notices").await));
    days_go_by(&house, 40).await;
    assert_eq!(sign_in(&ben, "ben").await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn nobody_waits_for_ever_and_whoever_is_not_answered_is_told() {
    let house = House::open_with(&[("joining", "request"), ("domains", "club.example")]).await;
    let mo = Client::admin(&house).await;
    for name in ["ben", "cy", "dot"] {
        assert_eq!(ask(&house, name).await.1.status, 200);
    }
    house.confirm("ben").await;
    house.confirm("dot").await;
    let visitor = house.stranger();
    let fields = [
        ("email", "eve@club.example"),
        ("password", PASSWORD),
        ("name", "Eve"),
    ];
    assert_eq!(visitor.post("/register", &fields).await.status, 200);
    let requests = mo.get("/house/requests").await.json();
    let dot = requests["requests"].as_array().unwrap().iter();
    let dot = dot.clone().find(|one| one["handle"] == "dot").unwrap()["id"].clone();
    days_go_by(&house, 20).await;
    let mo = Client::admin(&house).await;
    let path = format!("/house/requests/{}", dot.as_str().unwrap());
    let body = (
        "application/json",
        "{\"outcome\": \"no\", \"answer\": \"Not this year.\"}",
    );
    assert_eq!(mo.raw(reqwest::Method::PUT, &path, body).await.status, 204);
    days_go_by(&house, 9).await;
    for name in ["ben", "cy", "dot"] {
        assert_eq!(
            sign_in(&visitor, name).await.status,
            200,
            "{name} still waits"
        );
    }
    days_go_by(&house, 2).await;
    for name in ["ben", "cy"] {
        assert_eq!(sign_in(&visitor, name).await.status, 422, "{name} is gone");
    }
    let eve = [("email", "eve@club.example"), ("password", PASSWORD)];
    assert_eq!(
        visitor.post("/login", &eve).await.status,
        422,
        "never confirmed"
    );
    let kept = sign_in(&visitor, "dot").await;
    assert!(kept.body.contains("Not this year."), "{}", kept.body);
    let told = house.letter("your request was not answered").await;
    assert!(told.contains("ben@example.org") && told.contains("thirty days"));
    let letters = house.letters();
    let told = letters
        .iter()
        .filter(|one| one.contains("was not answered"));
    assert_eq!(
        told.count(),
        1,
        "whose address was never confirmed gets none"
    );
    days_go_by(&house, 20).await;
    assert_eq!(sign_in(&visitor, "dot").await.status, 422);
    house.close().await;
}

#[rocket::async_test]
async fn nothing_is_told_any_more_of_whoever_was_let_in_by_hand_or_is_gone() {
    let house = House::open_with(&[("joining", "request")]).await;
    let mo = Client::admin(&house).await;
    let desk = house.signed_in("mo").await;
    let told = "asks to be let in";
    for (name, is_let_in) in [("ben", true), ("eve", false)] {
        ask(&house, name).await;
        assert!(desk.get("/notices").await.body.contains(told), "{name}");
        let request = mo.get("/house/requests").await.json()["requests"][0]["id"].clone();
        let path = format!("/users/{}", request.as_str().unwrap());
        let status = match is_let_in {
            true => {
                let body = ("application/json", "{\"is_active\": true}");
                mo.raw(reqwest::Method::PATCH, &path, body).await.status
            }
            false => mo.delete(&path).await.status,
        };
        assert!([200, 204].contains(&status), "{name}: {status}");
        assert!(!desk.get("/notices").await.body.contains(told), "{name}");
    }
    let rows = "select cast(count(*) as text) from notices where kind = $1";
    assert_eq!(crate::table::one(&house, rows, "asks").await, "0");
    house.close().await;
}
