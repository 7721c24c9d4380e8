//! A group and those around it, for the tests of both files about groups.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, Reply};
use crate::house::{House, PASSWORD};
use crate::nowhere;
use crate::visitor::Visitor;

pub const ID: &str = "select id from groups where slug = $1";

pub async fn program(house: &House, name: &str) -> Client {
    let email = format!("{name}@example.org");
    Client::new(house).logged_in(&email, PASSWORD).await
}

pub async fn put(client: &Client, path: &str, body: Value) -> Reply {
    let kind = ("application/json", &*body.to_string());
    client.raw(reqwest::Method::PUT, path, kind).await
}

const DUE: &str = "
    select cast(count(*) as bigint) from jobs where state = 'running' or (state = 'waiting' and run_at <= $1)";

/// Waits until every job that is due was done, and everybody told.
pub async fn worked(house: &House) {
    let due = async || -> i64 {
        let (due,) = sqlx::query_as(DUE)
            .bind(house.clock.now())
            .fetch_one(house.app.db.read())
            .await
            .unwrap();
        due
    };
    while due().await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.settled().await;
}

/// A group that Ada looks after and Ben is in; its id.
pub async fn choir(house: &House, given: Value) -> String {
    let ada = program(house, "ada").await;
    let mut body = json!({ "name": "The choir", "slug": "choir", "joining": "open" });
    for (name, value) in given.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = ada.post("/groups", body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let invited = put(&ada, "/groups/choir/members/ben", json!({})).await;
    assert_eq!(invited.json()["tie"], "invited", "{}", invited.text);
    let ben = program(house, "ben").await;
    let joined = put(&ben, "/groups/choir/membership", json!({})).await;
    assert_eq!(joined.json()["tie"], "member", "{}", joined.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Ada, who looks after a group, Ben, who is in it, and Eve, who is not.
pub async fn people(house: &House) -> [Visitor; 3] {
    [
        house.visitor("ada").await,
        house.visitor("ben").await,
        house.visitor("eve").await,
    ]
}

/// Somebody gets nothing of a post, by any way that a member has, nor of its hashtag.
pub async fn is_nowhere(house: &House, reader: &Visitor, post: &str) {
    let pages = [
        "/",
        "/?of=following",
        "/@ada",
        "/@ada/posts",
        "/search?q=descant",
        "/search?q=%23quavers",
        "/suggest?q=%23qua",
        "/tags/quavers",
        "/notices",
        "/~",
        "/~choir",
        "/new",
    ];
    nowhere::is_nowhere(house, reader, post, &pages).await;
    for path in pages {
        let page = reader.get(path).await;
        assert!(!page.body.contains("#quavers</a>"), "{path}");
    }
}
