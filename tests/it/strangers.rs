//! The place tries itself what strangers get: nothing where it is closed, and whatever it should not give is told.

use porch::admin::seen_ways::{Holds, Things, addresses};
use porch::clock::Clock;
use porch::config::{Given, Settings};
use rocket::fairing::AdHoc;
use rocket::http::ContentType;
use serde_json::{Value, json};

use crate::choir::program;
use crate::client::Client;
use crate::house::House;

#[test]
fn every_address_has_something_to_be_tried_with() {
    let figment = Settings::figment();
    let settings = Settings::from(&figment, Given::default()).unwrap();
    let rocket = porch::rocket(figment, settings, Clock::default());
    let gets = rocket
        .routes()
        .filter(|route| route.method.as_str() == "GET");
    let mut tried = 0;
    for path in gets.map(|route| route.uri.path()) {
        let ways = addresses(path, &Things::default());
        let ways = ways.unwrap_or_else(|| panic!("say in seen_ways.rs how {path} is asked for"));
        tried += ways.len();
        for way in ways {
            assert!(!way.address.contains('<'), "{way:?} of {path}");
        }
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(addresses("/unheard/<of>", &Things::default()), None);
    let live = addresses("/live", &Things::default()).unwrap();
    assert_eq!(live[0].holds, Holds::Socket);
}

/// Has it looked, and what came of it.
async fn looked(house: &House) -> Value {
    let mo = program(house, "mo").await;
    let before = mo.get("/house/checks").await.json()["last"]["at"].clone();
    assert_eq!(mo.post("/house/checks", Value::Null).await.status, 202);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let last = mo.get("/house/checks").await.json();
        if last["last"]["at"] != before && last["under_way"] == false {
            return last["last"].clone();
        }
        assert!(std::time::Instant::now() < until, "it did not end");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// The addresses of that colour, without the server.
fn of(check: &Value, colour: &str) -> Vec<String> {
    let lines = check["lines"].as_array().unwrap().iter();
    lines
        .filter(|line| line["colour"] == colour)
        .map(|line| {
            format!(
                "{} {}",
                line["address"].as_str().unwrap(),
                line["says"].as_str().unwrap()
            )
        })
        .collect()
}

/// A member, who has posted for everybody, for followers and for a group, and said something.
async fn lived_in(house: &House) {
    house.visitor("ada").await.publish("Ada was here").await;
    let ada = house.visitor("Adelheid").await;
    let choir = json!({ "name": "The secret choir", "slug": "choir", "joining": "invitation" });
    let made = program(house, "adelheid")
        .await
        .post("/groups", choir)
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let group = made.json()["id"].as_str().unwrap().to_owned();
    ada.publish_in("followers", "For those who follow me").await;
    ada.publish_in(&group, "Our rehearsal on Sunday").await;
    let post = ada.publish("The sea at night #winter").await;
    let said = [
        ("text", "How dark it is there"),
        ("key", "abcdefgh12345678"),
    ];
    let answer = ada.post(&format!("/p/{post}/comments"), &said).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
}

#[rocket::async_test]
async fn a_closed_place_gives_strangers_nothing() {
    let house = House::open_with(&[("PICTURES", "ticket")]).await;
    lived_in(&house).await;
    let check = looked(&house).await;
    assert_eq!(of(&check, "red"), Vec::<String>::new());
    assert_eq!(of(&check, "amber"), Vec::<String>::new());
    assert!(check["green"].as_i64().unwrap() > 150, "{check}");
    let asked = of(&check, "green").join("\n");
    for what in [
        "/media/tr:w-640/",
        "?pt=",
        "/live",
        "a session that has ended",
        "/~choir",
        "/tags/winter",
        "/@adelheid/photos",
    ] {
        assert!(asked.contains(what), "{what}: {asked}");
    }
    let mo = house.signed_in("mo").await;
    let page = mo.get("/admin/seen").await;
    assert!(
        page.body
            .contains("Strangers get nothing that they should not."),
        "{}",
        page.body
    );
    // A member sees what came of it, and no address.
    let ada = house.signed_in("Adelheid").await;
    let page = ada.get("/admin/seen").await;
    assert!(page.body.contains("Strangers get nothing") && !page.body.contains("/media/"));
    assert_eq!(ada.post("/admin/seen", &[]).await.status, 403);
    let api = program(&house, "adelheid").await;
    let seen = api.get("/house/checks").await.json();
    assert_eq!(seen["last"]["lines"], json!([]));
    assert_eq!(api.post("/house/checks", Value::Null).await.status, 403);
    assert_eq!(Client::new(&house).get("/house/checks").await.status, 401);
    house.close().await;
}

#[rocket::async_test]
async fn what_somebody_has_opened_is_said_to_be_so() {
    let house = House::open().await;
    lived_in(&house).await;
    let check = looked(&house).await;
    assert_eq!(of(&check, "red"), Vec::<String>::new());
    let open = of(&check, "amber");
    assert!(
        !open.is_empty() && open.iter().all(|line| line.contains("/media/")),
        "{open:?}"
    );
    // After another choice it is looked again by itself.
    let mo = house.signed_in("mo").await;
    assert_eq!(
        mo.put("/admin/place/pictures", &[("value", "strict")])
            .await
            .status,
        303
    );
    let check = looked(&house).await;
    assert_eq!(of(&check, "amber"), Vec::<String>::new());
    let (looks,): (i64,) = sqlx::query_as("select count(*) from site_checks")
        .fetch_one(house.app.db.read())
        .await
        .unwrap();
    assert!(looks >= 2, "{looks}");
    house.close().await;
}

#[rocket::get("/broken")]
async fn broken(app: &porch::app::App) -> String {
    let (caption,): (String,) =
        sqlx::query_as("select caption from posts where audience = 'followers'")
            .fetch_one(app.db.read())
            .await
            .unwrap();
    caption
}

#[rocket::get("/leaks/<key>")]
async fn forgotten(key: &str) -> (ContentType, Vec<u8>) {
    (ContentType::JPEG, key.into())
}

#[rocket::get("/open.jpg")]
async fn open() -> (ContentType, &'static [u8]) {
    (ContentType::Plain, b"\xff\xd8\xff\xe0 and more")
}

#[rocket::get("/who")]
async fn who() -> &'static str {
    "Ask Adelheid!"
}

#[rocket::async_test]
async fn a_route_that_is_broken_on_purpose_is_red() {
    let routes = rocket::routes![broken, forgotten, open, who];
    let with = AdHoc::on_ignite("Broken on purpose", |rocket| {
        Box::pin(async move { rocket.mount("/", routes) })
    });
    let house = House::open_and(&[("PICTURES", "ticket")], with).await;
    lived_in(&house).await;
    let red = of(&looked(&house).await, "red");
    for (path, says) in [
        ("/broken", "For those who follow me"),
        ("/leaks/<key>", "nobody tries"),
        ("/open.jpg", "a picture"),
        ("/who", "Adelheid"),
    ] {
        let found = red
            .iter()
            .any(|line| line.contains(path) && line.contains(says));
        assert!(found, "{path}: {red:?}");
    }
    assert_eq!(red.len(), 4, "{red:?}");
    let mo = house.signed_in("mo").await;
    let overview = mo.get("/admin").await;
    assert!(
        overview.body.contains("4 addresses give strangers"),
        "{}",
        overview.body
    );
    house.close().await;
}
