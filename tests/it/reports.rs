//! What members report: one case for one thing, looked at by those who may, answered without a name.

use std::time::Duration;

use serde_json::{Value, json};

use crate::choir::{people, program, put, worked};
use crate::client::{Client, Reply};
use crate::house::House;
use crate::table::{one, sql};
use crate::visitor::Visitor;

/// Makes somebody a moderator, and gives their browser back.
pub async fn moderator(house: &House, name: &str) -> Visitor {
    let visitor = house.visitor(name).await;
    let query = "update users set is_moderator = 1 where handle = $1";
    sql(house, query, &[name]).await;
    visitor
}

pub async fn report(house: &House, name: &str, kind: &str, id: &str, why: &str) -> Reply {
    let body = json!({ "kind": kind, "id": id, "why": why, "words": "Look at this, please." });
    program(house, name).await.post("/reports", body).await
}

/// The open cases that somebody gets.
pub async fn cases(client: &Client) -> Vec<Value> {
    let cases = client.get("/house/cases").await.json();
    cases["cases"].as_array().unwrap().clone()
}

/// Does something about the only open case.
pub async fn decide(client: &Client, act: &str, more: Value) -> Reply {
    let case = cases(client).await.remove(0);
    let mut body = json!({ "act": act, "why": "unkind", "version": case["version"] });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let path = format!("/house/cases/{}/measures", case["id"].as_str().unwrap());
    client.post(&path, body).await
}

pub const MINUTE: Duration = Duration::from_secs(60);

#[rocket::async_test]
async fn a_report_becomes_a_case_and_is_answered_without_a_name() {
    let house = House::open().await;
    let mo = Client::admin(&house).await;
    let [ada, ben, eve] = people(&house).await;
    let post = ada.publish("Something unkind").await;
    // By a form, which says what is missing and keeps what was typed.
    let path = format!("/report/post:{post}");
    let form = ben.get(&path).await;
    assert!(form.body.contains("Report a post by") && form.body.contains("Something unkind"));
    let wrong = ben.post(&path, &[("words", "It is about me")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("Choose a reason.") && wrong.body.contains("It is about me"));
    let fields = [("why", "unkind"), ("words", "It is about me")];
    assert_eq!(ben.post(&path, &fields).await.status, 303);
    // The same once more takes the place of the first; another member's joins it.
    assert_eq!(
        report(&house, "ben", "post", &post, "cruel").await.status,
        204
    );
    assert_eq!(
        report(&house, "eve", "post", &post, "danger").await.status,
        204
    );
    let waiting = cases(&mo).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["reports"], 2);
    assert_eq!(waiting[0]["urgent"], true);
    assert_eq!(waiting[0]["handle"], "ada");
    let told = "has reported something";
    assert!(
        house
            .signed_in("mo")
            .await
            .get("/notices")
            .await
            .body
            .contains(told)
    );
    assert!(!ada.get("/notices").await.body.contains(told));
    // What it said then stays readable.
    let api = program(&house, "ada").await;
    let softer = json!({ "caption": "Something kind" });
    assert_eq!(
        api.patch(&format!("/posts/{post}"), softer).await.status,
        200
    );
    let id = waiting[0]["id"].as_str().unwrap();
    let whole = mo.get(&format!("/house/cases/{id}")).await.json();
    assert_eq!(whole["words"], "Something kind");
    assert_eq!(whole["reports"][0]["seen"], "Something unkind");
    assert_eq!(whole["reports"][0]["why"], "cruel");
    let page = house
        .signed_in("mo")
        .await
        .get(&format!("/admin/reports/{id}"))
        .await
        .body;
    assert!(page.contains("Something unkind"), "{page}");
    assert!(
        house
            .signed_in("mo")
            .await
            .get("/admin")
            .await
            .body
            .contains("One urgent report waits")
    );
    // Of two who act the second hears that the first was faster.
    let keep = json!({ "do": "keep", "version": waiting[0]["version"] });
    let path = format!("/house/cases/{id}");
    assert_eq!(
        put(
            &mo,
            &path,
            json!({ "do": "note", "words": "Seen", "version": 0 })
        )
        .await
        .status,
        204
    );
    assert_eq!(put(&mo, &path, keep).await.status, 409);
    assert_eq!(
        put(&mo, &path, json!({ "do": "keep", "version": 1 }))
            .await
            .status,
        204
    );
    assert!(cases(&mo).await.is_empty());
    // For ten minutes that can be taken back too.
    let again = put(&mo, &path, json!({ "do": "reopen" })).await;
    assert_eq!(again.status, 204, "{}", again.text);
    assert_eq!(put(&mo, &path, json!({ "do": "reopen" })).await.status, 409);
    let version = cases(&mo).await[0]["version"].clone();
    let keep = json!({ "do": "keep", "version": version });
    assert_eq!(put(&mo, &path, keep).await.status, 204);
    assert!(
        !house
            .signed_in("mo")
            .await
            .get("/notices")
            .await
            .body
            .contains(told)
    );
    // For ten minutes nobody is answered.
    let answered = "have looked at what you reported";
    house.clock.advance(9 * MINUTE);
    worked(&house).await;
    assert!(!ben.get("/notices").await.body.contains(answered));
    house.clock.advance(2 * MINUTE);
    worked(&house).await;
    for who in [&ben, &eve] {
        let notices = who.get("/notices").await.body;
        assert!(
            notices.contains("The moderators") && notices.contains(answered),
            "{notices}"
        );
        assert!(
            who.get("/reports")
                .await
                .body
                .contains("left it: as we read our rules")
        );
    }
    let own = program(&house, "ben")
        .await
        .get("/users/me/reports")
        .await
        .json();
    assert_eq!(own["reports"][0]["outcome"], "kept");
    assert!(!ada.get("/notices").await.body.contains("The moderators"));
    assert_eq!(
        api.get("/users/me/standing").await.json()["measures"],
        json!([])
    );
    house.close().await;
}

#[rocket::async_test]
async fn one_reports_what_one_sees_and_not_without_end() {
    let house = House::open().await;
    let [ada, ben, _] = people(&house).await;
    let own = ada.publish("Mine").await;
    let secret = ada.publish_in("followers", "For few").await;
    let said = [("text", "A rude word"), ("key", "abcdefgh12345678")];
    assert_eq!(
        ben.post(&format!("/p/{own}/comments"), &said).await.status,
        303
    );
    let comment = one(
        &house,
        "select id from comments where body = $1",
        "A rude word",
    )
    .await;
    let member = one(&house, "select id from users where handle = $1", "ada").await;
    for (who, kind, id, status) in [
        ("ada", "post", &own, 409),
        ("ben", "post", &secret, 404),
        ("ben", "comment", &own, 404),
        ("ben", "comment", &comment, 409),
        ("ada", "comment", &comment, 204),
        ("ben", "member", &member, 204),
        ("ada", "member", &member, 409),
    ] {
        let answer = report(&house, who, kind, id, "unkind").await;
        assert_eq!(answer.status, status, "{who} {kind}: {}", answer.text);
    }
    let ben = program(&house, "ben").await;
    let wrong = ben
        .post(
            "/reports",
            json!({ "kind": "house", "id": "x", "why": "so" }),
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.mistakes().len(), 2, "{}", wrong.text);
    assert_eq!(ben.get("/house/cases").await.status, 403);
    // Ten a day; the same again is no other one.
    let mut posts = Vec::new();
    for n in 0..11 {
        posts.push(ada.publish(&format!("Post {n}")).await);
    }
    for post in &posts[..9] {
        assert_eq!(
            report(&house, "ben", "post", post, "unkind").await.status,
            204
        );
    }
    assert_eq!(
        report(&house, "ben", "post", &posts[0], "cruel")
            .await
            .status,
        204
    );
    let much = report(&house, "ben", "post", &posts[9], "unkind").await;
    assert_eq!(much.status, 409);
    assert!(
        much.text.contains("10 reports since yesterday"),
        "{}",
        much.text
    );
    house.clock.advance(Duration::from_secs(86_400));
    assert_eq!(
        report(&house, "ben", "post", &posts[9], "unkind")
            .await
            .status,
        204
    );
    // What is deleted is answered as gone.
    assert_eq!(ada.delete(&format!("/p/{}", posts[9])).await.status, 303);
    porch::sweep(&house.app).await.unwrap();
    house.clock.advance(11 * MINUTE);
    worked(&house).await;
    let own = program(&house, "ben")
        .await
        .get("/users/me/reports")
        .await
        .json();
    assert_eq!(own["reports"][0]["outcome"], "gone", "{own}");
    house.close().await;
}

#[rocket::async_test]
async fn nobody_looks_at_a_case_about_themselves_and_officers_are_judged_above() {
    let house = House::open().await;
    let [ada, _, _] = people(&house).await;
    let meg = moderator(&house, "meg").await;
    let max = moderator(&house, "max").await;
    let post = meg.publish("By an officer").await;
    assert_eq!(
        report(&house, "ben", "post", &post, "unkind").await.status,
        204
    );
    let told = "has reported something";
    for (who, hears) in [(&meg, false), (&max, false), (&ada, false)] {
        assert_eq!(who.get("/notices").await.body.contains(told), hears);
    }
    let mo = house.signed_in("mo").await;
    assert!(mo.get("/notices").await.body.contains(told));
    for name in ["meg", "max"] {
        let client = program(&house, name).await;
        assert!(cases(&client).await.is_empty(), "{name}");
    }
    let mo = Client::admin(&house).await;
    let case = cases(&mo).await.remove(0);
    let path = format!("/admin/reports/{}", case["id"].as_str().unwrap());
    for who in [&meg, &max] {
        assert_eq!(who.get(&path).await.status, 404);
    }
    // An administrator judges a moderator, a moderator no other one; of administrators there is an equal only.
    assert_eq!(decide(&mo, "remind", json!({})).await.status, 201);
    let other = one(&house, "select id from users where handle = $1", "mo").await;
    let none = report(&house, "ben", "member", &other, "unkind").await;
    assert_eq!(none.status, 409);
    assert!(none.text.contains("could decide about it"), "{}", none.text);
    // Where somebody else could, only they hear of it.
    house.visitor("zoe").await;
    let office = "update users set is_admin = 1 where handle = $1";
    sql(&house, office, &["zoe"]).await;
    let sent = report(&house, "ben", "member", &other, "unkind").await;
    assert_eq!(sent.status, 204, "{}", sent.text);
    assert!(cases(&mo).await.is_empty());
    let log = meg.get("/admin/log").await.body;
    assert!(
        !log.contains("</a> decided about"),
        "nor of what is decided about officers"
    );
    let notices = house.signed_in("mo").await.get("/notices").await.body;
    assert!(!notices.contains(told), "nobody hears of themselves");
    let all = one(
        &house,
        "select cast(count(*) as text) from cases where state = $1",
        "open",
    )
    .await;
    assert_eq!(all, "1");
    house.close().await;
}

#[rocket::async_test]
async fn sixteen_who_report_at_once_make_one_case() {
    let house = House::open().await;
    let ada = house.visitor("ada").await;
    let post = ada.publish("Seen by many").await;
    let mut clients = Vec::new();
    for n in 0..16 {
        let name = format!("member{n}");
        house.visitor(&name).await;
        clients.push(program(&house, &name).await);
    }
    let body = json!({ "kind": "post", "id": post, "why": "naked" });
    let sent = clients
        .iter()
        .map(|client| client.post("/reports", body.clone()));
    for answer in futures::future::join_all(sent).await {
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
    let found = cases(&Client::admin(&house).await).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["reports"], 16);
    house.close().await;
}
