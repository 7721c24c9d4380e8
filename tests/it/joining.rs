//! Who comes in: by the page, by invitation, by asking; and what those see who do not.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::visitor::Visitor;

const WAY: &str = "/users/me/invitations";

async fn register(house: &House, body: Value) -> crate::client::Reply {
    Client::new(house).post("/auth/register", body).await
}

fn new(name: &str) -> Value {
    json!({ "email": format!("{name}@example.org"), "password": PASSWORD })
}

/// The path of an invitation's link.
fn path(invitation: &Value) -> String {
    let link = invitation["link"].as_str().unwrap();
    format!("/join/{}", link.rsplit('/').next().unwrap())
}

async fn form(visitor: &Visitor, name: &str, more: &[(&str, &str)]) -> crate::visitor::Answer {
    let email = format!("{name}@example.org");
    let mut fields = vec![
        ("email", email.as_str()),
        ("password", PASSWORD),
        ("name", name),
    ];
    fields.extend(more);
    visitor.post("/register", &fields).await
}

#[rocket::async_test]
async fn the_first_page_asks_who_may_come_in_and_whoever_was_not_asked_leaves_it_open() {
    let house = House::empty().await;
    let fay = house.stranger();
    let page = fay.get("/setup").await;
    assert!(
        page.body.contains("value=\"invitation\" checked"),
        "{}",
        page.body
    );
    let wrong = [
        ("site_name", "The House"),
        ("email", "fay@example.org"),
        ("password", PASSWORD),
        ("joining", "whoever"),
    ];
    assert_eq!(fay.post("/setup", &wrong).await.status, 422);
    let mut right = wrong;
    right[3].1 = "invitation";
    assert_eq!(fay.post("/setup", &right).await.status, 303);
    assert_eq!(register(&house, new("ben")).await.status, 403);
    house.close().await;
    let house = House::open().await;
    assert_eq!(
        register(&house, new("ben")).await.status,
        201,
        "as in the application before"
    );
    house.close().await;
}

#[rocket::async_test]
async fn an_invitation_lets_in_as_many_as_it_says_and_a_look_uses_nothing_up() {
    let house = House::open_with(&[("joining", "invitation"), ("contact", "Fay, 0123")]).await;
    let mo = Client::admin(&house).await;
    let stranger = house.stranger();
    let page = stranger.get("/register").await;
    assert!(page.body.contains("You need an invitation") && page.body.contains("Fay, 0123"));
    let refused = form(&stranger, "ben", &[]).await;
    assert_eq!(refused.status, 403);
    assert!(!refused.body.contains("name=\"password\""));
    for (wrong, field) in [
        (json!({ "people": 0 }), "people"),
        (json!({ "people": 501 }), "people"),
        (json!({ "days": 91 }), "days"),
        (json!({ "note": "x".repeat(101) }), "note"),
        (json!({ "people": "many" }), "people"),
    ] {
        let answer = mo.post(WAY, wrong).await;
        assert_eq!(answer.status, 422, "{field}");
        assert!(answer.text.contains(field), "{}", answer.text);
    }
    let made = mo
        .post(WAY, json!({ "people": 3, "note": "the three" }))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let invitation = made.json();
    for _ in 0..3 {
        let look = stranger.get(&path(&invitation)).await;
        assert_eq!(look.status, 200);
        assert!(look.body.contains("invites you to"), "{}", look.body);
    }
    let scan = format!("{}/qr.svg", path(&invitation));
    let picture = stranger.get(&scan).await;
    assert_eq!(
        (picture.status, picture.header("content-type")),
        (200, "image/svg+xml")
    );
    // Sixteen at once on one for three.
    let code = path(&invitation)["/join/".len()..].to_owned();
    let tries = (0..16).map(|n| {
        let mut body = new(&format!("guest{n}"));
        body["invite"] = json!(code);
        register(&house, body)
    });
    let statuses: Vec<u16> = futures::future::join_all(tries)
        .await
        .iter()
        .map(|one| one.status)
        .collect();
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        3,
        "{statuses:?}"
    );
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 13);
    let over = stranger.get(&path(&invitation)).await;
    assert_eq!(over.status, 404);
    assert_eq!(
        stranger.get(&scan).await.status,
        404,
        "nobody comes in by it"
    );
    assert!(over.body.contains("does not work any more"));
    assert_eq!(mo.get(WAY).await.json()["invitations"], json!([]));
    // By the form; ended, forged and out of time it opens nothing.
    let one = mo.post(WAY, json!({})).await.json();
    let code = path(&one)["/join/".len()..].to_owned();
    let other = if code.ends_with('x') { 'y' } else { 'x' };
    let forged = format!("{}{other}", &code[..code.len() - 1]);
    for wrong in [
        forged.as_str(),
        "nothing",
        "a-b",
        "00000000000000000000000000000000-abcdEFGH12345678",
    ] {
        let answer = form(&stranger, "ben", &[("invite", wrong)]).await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
    let ended = mo.post(WAY, json!({})).await.json();
    let id = ended["id"].as_str().unwrap();
    assert_eq!(mo.delete(&format!("{WAY}/{id}")).await.status, 204);
    assert_eq!(mo.delete(&format!("{WAY}/{id}")).await.status, 404);
    let code_of_ended = path(&ended)["/join/".len()..].to_owned();
    let answer = form(&stranger, "ben", &[("invite", &code_of_ended)]).await;
    assert_eq!(answer.status, 422, "{}", answer.body);
    let ben = house.stranger();
    assert_eq!(form(&ben, "ben", &[("invite", &code)]).await.status, 303);
    assert_eq!(ben.get("/").await.status, 200);
    let late = mo.post(WAY, json!({ "days": 1 })).await.json();
    house.clock.advance(Duration::from_secs(86_500));
    assert_eq!(stranger.get(&path(&late)).await.status, 404);
    house.close().await;
}

#[rocket::async_test]
async fn members_have_five_open_invitations_and_only_where_they_may() {
    let house = House::open().await;
    let ben = Client::member(&house, "ben").await;
    for _ in 0..5 {
        assert_eq!(ben.post(WAY, json!({})).await.status, 201);
    }
    let sixth = ben.post(WAY, json!({})).await;
    assert_eq!(sixth.status, 409, "{}", sixth.text);
    let mo = Client::admin(&house).await;
    let set = mo.raw(
        reqwest::Method::PUT,
        "/house/settings/inviting",
        ("application/json", "{\"value\": \"officers\"}"),
    );
    assert_eq!(set.await.status, 200);
    let cy = Client::member(&house, "cy").await;
    assert_eq!(cy.post(WAY, json!({})).await.status, 403);
    // Who was shut out invites nobody in.
    let one = mo.post(WAY, json!({})).await.json();
    let invitations = ben.get(WAY).await.json();
    let bens = &invitations["invitations"][0];
    let stranger = house.stranger();
    assert_eq!(stranger.get(&path(bens)).await.status, 200);
    let id = ben.id().await;
    assert_eq!(
        mo.patch(&format!("/users/{id}"), json!({ "is_active": false }))
            .await
            .status,
        200
    );
    assert_eq!(stranger.get(&path(bens)).await.status, 404);
    assert_eq!(stranger.get(&path(&one)).await.status, 200);
    // Those who look after the place have a hundred.
    for _ in 0..99 {
        assert_eq!(mo.post(WAY, json!({})).await.status, 201);
    }
    assert_eq!(mo.post(WAY, json!({})).await.status, 409);
    house.close().await;
}

#[rocket::async_test]
async fn who_asks_waits_knows_where_it_stands_and_is_answered_once() {
    let house = House::open_with(&[("joining", "request"), ("domains", "club.example")]).await;
    let mo = Client::admin(&house).await;
    let ben = house.stranger();
    let page = ben.get("/register").await;
    assert!(page.body.contains("Who are you to us?"));
    let short = form(&ben, "ben", &[("words", "Let me in")]).await;
    assert_eq!(short.status, 422);
    assert!(short.body.contains("Say a little more") && short.body.contains("Let me in"));
    let words = [("words", "I walk with Fay on Sundays, since last May.")];
    let waits = form(&ben, "ben", &words).await;
    assert_eq!(waits.status, 200, "{}", waits.body);
    assert!(waits.body.contains("with the people who look after it"));
    assert!(ben.get("/").await.status >= 300, "not in yet");
    // The right password says how it stands, a wrong one as ever.
    let login = [("email", "ben@example.org"), ("password", PASSWORD)];
    assert!(
        ben.post("/login", &login)
            .await
            .body
            .contains("with the people who look after it")
    );
    let wrong = [
        ("email", "ben@example.org"),
        ("password", "another sentence"),
    ];
    assert_eq!(ben.post("/login", &wrong).await.status, 422);
    let program = Client::new(&house).login("ben@example.org", PASSWORD).await;
    assert_eq!(
        (program.status, program.detail()),
        (400, json!("LOGIN_USER_WAITING"))
    );
    let requests = mo.get("/house/requests").await.json();
    let request = &requests["requests"][0];
    assert_eq!(request["words"], words[0].1);
    // No member sees them before.
    let cy = register(&house, new("cy")).await;
    assert_eq!(
        (cy.status, cy.json()["is_active"].clone()),
        (201, json!(false))
    );
    assert_eq!(mo.get("/members/ben").await.status, 404);
    let answer =
        |outcome: &str| format!("{{\"outcome\": \"{outcome}\", \"answer\": \"Welcome, Ben\"}}");
    let path = format!("/house/requests/{}", request["id"].as_str().unwrap());
    let put = async |body: String| {
        mo.raw(reqwest::Method::PUT, &path, ("application/json", &body))
            .await
            .status
    };
    house.confirm("ben").await;
    assert_eq!(put("{\"outcome\": \"perhaps\"}".into()).await, 422);
    assert_eq!(put(answer("in")).await, 204);
    assert_eq!(put(answer("no")).await, 409, "answered once");
    assert!(
        house
            .letter("the answer to your request")
            .await
            .contains("Welcome, Ben")
    );
    assert_eq!(ben.post("/login", &login).await.status, 303);
    assert_eq!(ben.get("/").await.status, 200);
    let audit = mo.get("/house/audit?act=request-accepted").await.json();
    assert_eq!(audit["lines"][0]["actor"], "mo");
    // Declined, they read why.
    let requests = mo.get("/house/requests").await.json();
    let cy = requests["requests"][0]["id"].as_str().unwrap();
    let path = format!("/house/requests/{cy}");
    let no = mo.raw(
        reqwest::Method::PUT,
        &path,
        (
            "application/json",
            "{\"outcome\": \"no\", \"answer\": \"We are full.\"}",
        ),
    );
    assert_eq!(no.await.status, 204);
    let login = [("email", "cy@example.org"), ("password", PASSWORD)];
    let told = house.stranger().post("/login", &login).await;
    assert!(
        told.body.contains("This says nothing about you") && told.body.contains("We are full.")
    );
    // An address of the club comes in once it is confirmed, and not before.
    let dot = house.stranger();
    let fields = [
        ("email", "dot@club.example"),
        ("password", PASSWORD),
        ("name", "Dot"),
    ];
    assert_eq!(dot.post("/register", &fields).await.status, 200);
    let login = [("email", "dot@club.example"), ("password", PASSWORD)];
    assert_ne!(dot.post("/login", &login).await.status, 303);
    let letter = house
        .letter_with("confirm your address", "dot@club.example")
        .await;
    let token = crate::house::token_in(&letter);
    assert_eq!(dot.post("/verify", &[("token", &token)]).await.status, 200);
    assert_eq!(dot.post("/login", &login).await.status, 303);
    house.close().await;
}

#[rocket::async_test]
async fn closed_lets_nobody_in_by_whatever_way() {
    let house = House::open_with(&[("joining", "closed"), ("domains", "example.org")]).await;
    let mo = Client::admin(&house).await;
    let invitation = mo.post(WAY, json!({})).await.json();
    let page = house.stranger().get("/register").await;
    assert!(page.body.contains("Nobody new at present"));
    let mut body = new("ben");
    assert_eq!(register(&house, body.clone()).await.status, 403);
    body["invite"] = invitation["link"].clone();
    assert_eq!(register(&house, body).await.status, 403);
    let set = mo.raw(
        reqwest::Method::PUT,
        "/house/settings/joining",
        ("application/json", "{\"value\": \"open\"}"),
    );
    let set = set.await;
    assert_eq!(set.status, 409, "the environment decides: {}", set.text);
    house.close().await;
}

#[rocket::async_test]
async fn an_account_that_waits_and_is_opened_by_hand_is_in_and_seen() {
    let house = House::open_with(&[("joining", "request")]).await;
    let mo = Client::admin(&house).await;
    let dot = register(&house, new("dot")).await.json();
    let path = format!("/users/{}", dot["id"].as_str().unwrap());
    assert_eq!(mo.get("/members/dot").await.status, 404);
    let opened = mo.patch(&path, json!({ "is_active": true })).await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    assert_eq!(mo.get("/members/dot").await.status, 200);
    assert_eq!(
        mo.get("/house/requests").await.json()["requests"],
        json!([])
    );
    let login = [("email", "dot@example.org"), ("password", PASSWORD)];
    assert_eq!(house.stranger().post("/login", &login).await.status, 303);
    // What changes nothing is no deed of that name.
    let again = mo
        .patch(&path, json!({ "is_active": true, "is_superuser": false }))
        .await;
    assert_eq!(again.status, 200);
    let acts = mo.get("/house/audit?member=dot").await.json();
    let acts: Vec<&str> = acts["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["act"].as_str().unwrap())
        .collect();
    assert_eq!(acts, ["account-changed", "let-in"]);
    house.close().await;
}
