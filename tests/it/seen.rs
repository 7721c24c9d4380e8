//! How far somebody has read, and what is new since.

use std::time::Duration;

use crate::client::Client;
use crate::house::{House, PASSWORD};
use crate::visitor::Visitor;

const LINE: &str = "<div class=\"upto\"";

/// How many posts stand above the line; nothing where there is none.
async fn above(reader: &Visitor, path: &str) -> Option<usize> {
    let page = reader.get(path).await.body;
    let (before, _) = page.split_once(LINE)?;
    Some(before.matches("<article").count())
}

/// Says that the newest post on the page was seen, as a page without script does.
async fn seen(reader: &Visitor, path: &str) {
    let page = reader.get(path).await;
    let style = page.between("<noscript><link rel=\"stylesheet\" href=\"", "\"");
    let answer = reader.get(&style.replace("&amp;", "&")).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "text/css; charset=utf-8")
    );
}

async fn pass(house: &House, minutes: u64) {
    house.clock.advance(Duration::from_secs(minutes * 60));
}

#[rocket::async_test]
async fn the_line_stands_where_the_last_visit_ended_on_every_device() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    ada.publish("Old").await;
    assert_eq!(above(&ben, "/").await, None, "they were never here");
    seen(&ben, "/").await;
    assert_eq!(above(&ben, "/").await, None, "nothing is new");
    pass(&house, 40).await;
    let older = ada.publish("New 1").await;
    ada.publish("New 2").await;
    assert_eq!(above(&ben, "/").await, Some(2));
    // It stays while this visit lasts, on another device too.
    seen(&ben, "/").await;
    let other = house.signed_in("ben").await;
    assert_eq!(above(&other, "/").await, Some(2));
    ada.publish("New 3").await;
    assert_eq!(above(&other, "/").await, Some(3));
    // The next visit begins where this one got to; what an old page says changes nothing.
    pass(&house, 40).await;
    assert_eq!(above(&ben, "/").await, Some(1));
    let by_ben = Client::new(&house)
        .logged_in("ben@example.org", PASSWORD)
        .await;
    let put = async |post: &str, feed: &str| {
        let body = format!("{{\"feed\": \"{feed}\", \"post_id\": \"{post}\"}}");
        let kind = ("application/json", &*body);
        by_ben
            .raw(reqwest::Method::PUT, "/users/me/seen", kind)
            .await
            .status
    };
    assert_eq!(put(&older, "everyone").await, 204);
    assert_eq!(above(&ben, "/").await, Some(1));
    assert_eq!(put(&older, "nothing").await, 422);
    assert_eq!(
        put("019aa5f0-7c1e-7b3a-9d52-0f5a3a1f9c10", "everyone").await,
        404
    );
    // Each feed has its own.
    ben.put("/@ada/follow", &[]).await;
    assert_eq!(above(&ben, "/?of=following").await, None);
    let newest = ada.publish("New 4").await;
    assert_eq!(put(&newest, "everyone").await, 204);
    assert_eq!(put(&older, "following").await, 204);
    pass(&house, 40).await;
    assert_eq!(above(&ben, "/?of=following").await, Some(3));
    assert_eq!(above(&ben, "/?of=everyone").await, None);
    assert!(
        !ben.get("/?of=everyone&kind=photos")
            .await
            .body
            .contains(LINE)
    );
    house.close().await;
}

#[rocket::async_test]
async fn the_line_is_there_when_what_is_new_fills_a_page_exactly() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    for n in 0..3 {
        ada.publish(&format!("Old {n}")).await;
    }
    seen(&ben, "/").await;
    pass(&house, 40).await;
    for n in 0..20 {
        ada.publish(&format!("New {n}")).await;
    }
    let home = ben.get("/").await;
    assert!(!home.body.contains(LINE));
    assert_eq!(above(&ben, &home.older().unwrap()).await, Some(0));
    house.close().await;
}

#[rocket::async_test]
async fn what_is_new_is_a_page_by_author_and_has_an_end() {
    let house = House::open().await;
    let (ada, ben) = (house.visitor("ada").await, house.visitor("ben").await);
    let (cy, dot) = (house.visitor("cy").await, house.visitor("dot").await);
    ada.publish("Old").await;
    seen(&ben, "/").await;
    pass(&house, 40).await;
    let page = ben.get("/new").await.body;
    assert!(
        page.contains("Nothing is new since you were here."),
        "{page}"
    );
    for n in 0..23 {
        ada.publish(&format!("No. {n}")).await;
    }
    for by in [&cy, &dot, &ben] {
        by.publish("One").await;
    }
    ben.put("/@dot/mute", &[]).await;
    // The line is on a later page: what is new is said.
    let home = ben.get("/").await;
    assert!(
        !home.body.contains(LINE) && home.body.contains(": 24 posts by 2 people</a>"),
        "{}",
        home.body
    );
    let second = ben.get(&home.older().unwrap()).await.body;
    assert!(second.contains(LINE));
    let page = ben.get("/new").await.body;
    for part in [
        "24 posts by 2 people.",
        ">ada</bdi></a> <span class=\"help\">23 posts",
        "That is everything that is new.",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains(">dot<"));
    assert_eq!(page.matches("data-tile").count(), 7);
    let by_ben = Client::new(&house)
        .logged_in("ben@example.org", PASSWORD)
        .await;
    let new = by_ben.get("/users/me/new").await.json();
    assert_eq!(
        (new["posts"].as_i64(), new["by"].as_array().unwrap().len()),
        (Some(24), 2)
    );
    ben.put("/@cy/follow", &[]).await;
    let new = by_ben.get("/users/me/new?of=following").await.json();
    assert_eq!(
        (new["posts"].as_i64(), new["since"].is_null()),
        (Some(1), true)
    );
    assert_eq!(by_ben.get("/users/me/new?of=x").await.status, 404);
    house.close().await;
}
