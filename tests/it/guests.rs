//! Links by which somebody without an account sees one post.

use std::time::Duration;

use serde_json::{Value, json};

use crate::choir::{choir, people, program};
use crate::client::Client;
use crate::house::House;
use crate::table::one;
use crate::visitor::{Answer, Visitor};

const KEY: &str = "select key from media where post_id = $1";

async fn link(author: &Client, post: &str, body: Value) -> String {
    let made = author.post(&format!("/posts/{post}/guests"), body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let link = made.json()["link"].as_str().unwrap().to_owned();
    link[link.find("/g/").unwrap()..].to_owned()
}

/// The address of the first picture of a guest's page.
fn picture(page: &Answer) -> String {
    page.between("<img src=\"", "\"").replace("&amp;", "&")
}

async fn shows(guest: &Visitor, path: &str) -> (u16, u16) {
    let page = guest.get(path).await;
    let address = match page.status {
        200 => picture(&page),
        _ => return (page.status, 0),
    };
    (page.status, guest.get(&address).await.status)
}

#[rocket::async_test]
async fn a_guest_sees_one_post_and_nothing_else_until_the_link_ends() {
    for pictures in ["address", "ticket", "strict"] {
        let house = House::open_with(&[("pictures", pictures)]).await;
        let [ada, ben, _] = people(&house).await;
        let post = ada.publish("Two pears for @ben #fruit").await;
        let other = ada.publish("Something else").await;
        let say = [("text", "Lovely"), ("key", &*post)];
        ben.post(&format!("/p/{post}/comments"), &say).await;
        let api = program(&house, "ada").await;
        let path = link(&api, &post, json!({ "note": "Aunt Mo" })).await;
        let guest = house.stranger();
        let page = guest.get(&path).await;
        assert_eq!(page.status, 200, "{pictures}");
        assert!(
            page.body.contains("Two pears for @ben #fruit") && page.body.contains("From <bdi>ada")
        );
        assert_eq!(page.header("cache-control"), "private, no-store");
        for hidden in [
            "Lovely",
            "/@ada",
            "/@ben",
            "/tags/",
            "Something else",
            "Aunt Mo",
        ] {
            assert!(!page.body.contains(hidden), "{hidden}");
        }
        let address = picture(&page);
        let seen = guest.get(&address).await;
        assert_eq!(seen.status, 200);
        assert_eq!(seen.header("cache-control"), "private, no-store");
        let ticket = address.split_once("?gt=").unwrap().1;
        let key = one(&house, KEY, &post).await;
        let others = one(&house, KEY, &other).await;
        for path in [
            format!("/media/{others}?gt={ticket}"),
            format!("/media/tr:l-image,i-{others},l-end/{key}?gt={ticket}"),
            format!("/media/tr:orig-true/{key}?gt={ticket}"),
            format!("/media/tr:w-100/{others}?gt={ticket}&pt={ticket}"),
        ] {
            let found = guest.get(&path).await.status;
            let open = pictures == "address" && !path.contains("orig");
            assert!(open || [403, 404].contains(&found), "{path}: {found}");
        }
        if pictures != "address" {
            assert_eq!(
                guest
                    .get(&format!("/media/{key}?gt={ticket}x"))
                    .await
                    .status,
                404
            );
            assert_eq!(guest.get(&format!("/media/{key}")).await.status, 404);
        }
        let listed = api.get(&format!("/posts/{post}/guests")).await.json();
        assert_eq!(listed["links"][0]["note"], "Aunt Mo");
        assert_eq!(listed["links"][0]["visits"], 1, "{listed}");
        let id = listed["links"][0]["id"].as_str().unwrap();
        for wrong in [
            path.replace("/g/0", "/g/1"),
            path[..path.len() - 1].to_owned(),
            "/g/nothing".into(),
            format!("/g/{}", id.replace('-', "")),
        ] {
            let ended = guest.get(&wrong).await;
            assert_eq!(ended.status, 404, "{wrong}");
            assert!(ended.body.contains("This link has ended"));
        }
        // Ended, it shows nothing with the next request, whatever is open.
        let ended = api.delete(&format!("/posts/{post}/guests/{id}")).await;
        assert_eq!(ended.status, 204);
        assert_eq!(shows(&guest, &path).await, (404, 0));
        assert_eq!(guest.get(&address).await.status, 404);
        house.close().await;
    }
}

#[rocket::async_test]
async fn a_link_shows_what_its_author_still_shows() {
    let house = House::open_with(&[("pictures", "ticket")]).await;
    let [ada, ..] = people(&house).await;
    let group = choir(&house, json!({})).await;
    let api = program(&house, "ada").await;
    let guest = house.stranger();
    let post = ada.publish("Pears").await;
    let path = link(&api, &post, json!({ "days": 2 })).await;
    let address = picture(&guest.get(&path).await);
    let is_seen = async |wanted: bool, why: &str| {
        let page = guest.get(&path).await.status == 200;
        let file = guest.get(&address).await.status == 200;
        assert_eq!((page, file), (wanted, wanted), "{why}");
    };
    let change = format!("/posts/{post}");
    for (audience, wanted) in [("followers", true), (&*group, false), ("everyone", true)] {
        let moved = api.patch(&change, json!({ "audience": audience })).await;
        assert_eq!(moved.status, 200);
        is_seen(wanted, audience).await;
    }
    let away = "update users set hidden_at = 1 where handle = $1";
    crate::table::sql(&house, away, &["ada"]).await;
    is_seen(false, "its author is away").await;
    let back = "update users set hidden_at = null where handle = $1";
    crate::table::sql(&house, back, &["ada"]).await;
    is_seen(true, "and back").await;
    for (now, wanted) in [(0_i64, false), (1, true)] {
        let stands = match now {
            0 => "update users set is_active = 0 where handle = $1",
            _ => "update users set is_active = 1 where handle = $1",
        };
        crate::table::sql(&house, stands, &["ada"]).await;
        is_seen(wanted, "its author is shut out, and back").await;
    }
    house.clock.advance(Duration::from_secs(2 * 86_400 + 1));
    is_seen(false, "its end").await;
    let api = program(&house, "ada").await;
    let path = link(&api, &post, json!({})).await;
    assert_eq!(shows(&guest, &path).await, (200, 200));
    assert_eq!(api.delete(&change).await.status, 200);
    assert_eq!(shows(&guest, &path).await, (404, 0));
    house.close().await;
}

#[rocket::async_test]
async fn a_password_is_asked_of_whoever_opens_it() {
    let house = House::open_with(&[("rate_limit", "on"), ("pictures", "ticket")]).await;
    let ada = house.visitor("ada").await;
    let post = ada.publish("Pears").await;
    let form = [
        ("days", "3"),
        ("password", "pears on the hill"),
        ("note", ""),
    ];
    let made = ada.post(&format!("/p/{post}/guests"), &form).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let page = ada.get(&format!("/p/{post}/guests")).await;
    let link = page.between("<p class=\"address\"><a href=\"", "\"");
    let path = link[link.find("/g/").unwrap()..].to_owned();
    let guest = house.stranger();
    let asked = guest.get(&path).await;
    assert!(asked.body.contains("locked it with a password"));
    assert!(!asked.body.contains("Pears") && !asked.body.contains("/media/"));
    let wrong = guest.post(&path, &[("password", "apples")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("This is not the password"));
    let right = guest
        .post(&path, &[("password", "pears on the hill")])
        .await;
    assert_eq!(right.header("location"), path, "{}", right.body);
    assert_eq!(shows(&guest, &path).await, (200, 200));
    let another = house.stranger();
    assert!(another.get(&path).await.body.contains("locked"));
    let mut last = 422;
    for _ in 0..6 {
        last = another.post(&path, &[("password", "apples")]).await.status;
    }
    assert_eq!(last, 429, "nobody guesses for long");
    house.close().await;
}

#[rocket::async_test]
async fn who_may_show_what_to_guests_is_said_in_words() {
    let house = House::open_with(&[("newcomers", "1")]).await;
    let mo = Client::admin(&house).await;
    let post = mo.upload("Mine").await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/posts/{post}/guests");
    for wrong in [
        json!({ "days": 0 }),
        json!({ "days": 91 }),
        json!({ "days": "many" }),
        json!({ "password": "short" }),
        json!({ "note": "x".repeat(101) }),
    ] {
        assert_eq!(mo.post(&path, wrong.clone()).await.status, 422, "{wrong}");
    }
    let eve = Client::member(&house, "eve").await;
    assert_eq!(eve.post(&path, json!({})).await.status, 403);
    assert_eq!(eve.get(&path).await.status, 403);
    let newcomers = eve.upload("Hers").await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let hers = format!("/posts/{newcomers}/guests");
    let refused = eve.post(&hers, json!({})).await;
    assert_eq!(refused.status, 409, "it waits: {}", refused.text);
    for n in 0..5 {
        assert_eq!(mo.post(&path, json!({})).await.status, 201, "{n}");
    }
    assert_eq!(mo.post(&path, json!({})).await.status, 409);
    let desk = house.signed_in("mo").await;
    let form = [("days", "0"), ("note", "Kept")];
    let again = desk.post(&format!("/p/{post}/guests"), &form).await;
    assert_eq!(again.status, 422);
    assert!(again.body.contains("from 1 to 90") && again.body.contains("Kept"));
    house.close().await;

    let house = House::open_with(&[("guests", "nobody")]).await;
    let ada = Client::member(&house, "ada").await;
    let post = ada.upload("Mine").await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        ada.post(&format!("/posts/{post}/guests"), json!({}))
            .await
            .status,
        403
    );
    let page = house.signed_in("ada").await;
    assert!(
        page.get(&format!("/p/{post}/guests"))
            .await
            .body
            .contains("Nobody here shows posts")
    );
    house.close().await;
}
